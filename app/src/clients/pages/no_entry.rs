//! What somebody sees who may not enter a tool: why, and whom to ask.

use domain::{
    Problem,
    access::Denied,
    accounts::provider::{self, facts, may_enter},
    circles,
    clients::{ClientError, store},
    tools,
};
use http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use super::{asked, consent::account, provider_is_here};
use crate::{
    clients::words,
    ctx::Ctx,
    i18n::tr,
    page::page,
    ui::{PageHead, problem},
};

/// `/provider/no-entry?client=name`
#[component]
pub fn NoEntryPage() -> impl IntoView {
    let client = asked("client");
    let response = use_context::<ResponseOptions>();
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let l = cx.locale;
        let account = account(&cx).await?;
        let client = store::get(cx.db().read(), &client)
            .await?
            .filter(|client| client.client_id != "hub")
            .ok_or(ClientError::NotFound)?;
        let party = provider::client(cx.db().read(), &client.client_id).await?.ok_or(ClientError::NotFound)?;
        let person = facts(cx.db().read(), account.id).await?.ok_or(Denied::SignIn)?;
        // Who is signed in and yet no member of anything would be told to sign in.
        let answer = may_enter(&party, &person).map_err(|denied| match denied {
            Denied::SignIn => Denied::MembersOnly,
            denied => denied,
        });
        let entry = tools::store::list(cx.db().read()).await?.into_iter().find(|tool| Some(tool.id) == client.tool);
        let circles = circles::store::all(cx.db().read()).await?;
        let who = words::door(l, client.door, &circles);
        let open = client.disabled_at.is_none() && answer.is_ok();
        let why = match answer {
            _ if client.disabled_at.is_some() => tr!(l, clients.no_entry_closed).to_string(),
            Err(denied) => problem(l, denied.code()),
            Ok(()) => tr!(l, clients.no_entry_open).to_string(),
        };
        if !open && let Some(response) = response {
            response.set_status(StatusCode::FORBIDDEN);
        }
        // The circle that the door is for knows best; then the one that looks after the tool.
        let ask = client
            .door
            .circle()
            .and_then(|id| circles.into_iter().find(|circle| circle.id == id))
            .or_else(|| entry.as_ref().and_then(|tool| tool.caretaker.clone()));
        let ask = match ask {
            Some(circle) => {
                let to = format!("/circles/{}", circle.slug);
                let words = tr!(l, clients.no_entry_ask, circle = circle.name).to_string();
                view! { <p>{tr!(l, clients.no_entry_whom).to_string()}" "<a href=to>{words}</a></p> }.into_any()
            }
            None => view! { <p>{tr!(l, clients.no_entry_stewards).to_string()}</p> }.into_any(),
        };
        let to_tool = entry.filter(|_| open).map(|tool| {
            view! { <a class="btn" rel="external" href=tool.link>{tr!(l, tools.open, tool = tool.name).to_string()}</a> }
        });
        let name = account.name;
        Ok(view! {
            <PageHead title=tr!(l, clients.no_entry_title, tool = client.name.clone()).to_string() lead=why/>
            <div class="prose">
                <p>{tr!(l, clients.no_entry_who, tool = client.name, who = who).to_string()}</p>
                {ask}
                <p class="text-soft">{tr!(l, clients.no_entry_as, name = name).to_string()}</p>
            </div>
            <p class="mt-6 flex flex-wrap gap-3">
                {to_tool}
                <a class="btn quiet" href="/tools">{tr!(l, clients.to_tools).to_string()}</a>
            </p>
        }
        .into_any())
    })
}
