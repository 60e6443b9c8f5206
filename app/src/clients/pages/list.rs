//! All tools of the shared sign-on, for stewards.

use domain::{
    circles,
    clients::{ToolClient, may_manage, store},
    tools::{self, Tool},
};
use leptos::prelude::*;

use super::provider_is_here;
use crate::{
    clients::{actions::page_of, words},
    ctx::Ctx,
    i18n::tr,
    page::{encode, page},
    ui::{Crumbs, Empty, PageHead, Tag, Tone},
};

/// `/tools/sign-on`
#[component]
pub fn ClientsPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        may_manage(&cx.actor)?;
        let l = cx.locale;
        let clients = store::list(cx.db().read()).await?;
        let circles = circles::store::all(cx.db().read()).await?;
        let without: Vec<Tool> = tools::store::list(cx.db().read())
            .await?
            .into_iter()
            .filter(|tool| clients.iter().all(|client| client.tool != Some(tool.id)))
            .collect();
        let list = if clients.is_empty() {
            view! {
                <Empty title=tr!(l, clients.none_title).to_string()><p>{tr!(l, clients.none).to_string()}</p></Empty>
            }
            .into_any()
        } else {
            let rows = clients
                .into_iter()
                .map(|client| {
                    let who = words::door(l, client.door, &circles);
                    view! { <Row cx=cx.clone() client=client who=who/> }
                })
                .collect_view();
            view! { <ul class="rows">{rows}</ul> }.into_any()
        };
        Ok(view! {
            <Crumbs cx=cx.clone() trail=vec![("/tools".to_owned(), tr!(l, tools.title).to_string())]
                here=tr!(l, clients.title).to_string()/>
            <PageHead title=tr!(l, clients.title).to_string() lead=tr!(l, clients.lead).to_string()/>
            {list}
            <section class="mt-8" aria-labelledby="without">
                <h2 id="without">{tr!(l, clients.without_title).to_string()}</h2>
                <p class="max-w-prose">{tr!(l, clients.without).to_string()}</p>
                <ul class="rows">
                    {without.into_iter().map(|tool| view! { <Without cx=cx.clone() tool=tool/> }).collect_view()}
                </ul>
                <p class="mt-6 flex flex-wrap gap-x-6 gap-y-2">
                    <a href="/tools/sign-on/new">{tr!(l, clients.add_other).to_string()}</a>
                    <a href="/tools/sign-on/tokens">{tr!(l, clients.to_tokens).to_string()}</a>
                </p>
            </section>
        }
        .into_any())
    })
}

#[component]
fn Row(cx: Ctx, client: ToolClient, who: String) -> impl IntoView {
    let l = cx.locale;
    let closed = client.disabled_at.is_some();
    let deaf = client.backchannel_logout_uri.is_empty();
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
                <p class="font-semibold"><a href=page_of(&client.client_id)>{client.name}</a></p>
                <p class="text-soft">{tr!(l, clients.known_as, client = client.client_id).to_string()}</p>
            </div>
            <p class="flex flex-wrap gap-2">
                <Tag tone=Tone::Leaf>{who}</Tag>
                {client.registered_itself.then(|| view! { <Tag>{tr!(l, clients.itself).to_string()}</Tag> })}
                {deaf.then(|| view! { <Tag tone=Tone::Clay>{tr!(l, clients.deaf).to_string()}</Tag> })}
                {closed.then(|| view! { <Tag tone=Tone::Clay>{tr!(l, clients.closed).to_string()}</Tag> })}
            </p>
        </li>
    }
}

#[component]
fn Without(cx: Ctx, tool: Tool) -> impl IntoView {
    let to = format!("/tools/sign-on/new?tool={}", encode(&tool.slug));
    let label = tr!(cx.locale, clients.add_label, tool = tool.name.clone()).to_string();
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
                <p class="font-semibold">{tool.name}</p>
                <p class="text-soft">{tool.software}</p>
            </div>
            <a class="btn quiet" href=to aria-label=label>{tr!(cx.locale, clients.add).to_string()}</a>
        </li>
    }
}
