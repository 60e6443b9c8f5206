//! Tokens with which tools register themselves.

use domain::{
    circles,
    clients::{
        may_manage,
        registration::{InitialToken, TOKEN_VALID, usable_tokens},
    },
};
use leptos::prelude::*;

use super::provider_is_here;
use crate::{
    clients::{token_actions::TOKEN_ONCE, words},
    ctx::Ctx,
    i18n::tr,
    page::page,
    ui::{Crumbs, ErrorSummary, Field, PageHead, Select, Submit, Tag, Tone, day_and_time},
};

/// `/tools/sign-on/tokens`
#[component]
pub fn RegistrationTokensPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        may_manage(&cx.actor)?;
        let l = cx.locale;
        let form = cx.flash.form("token");
        let once = cx.session.get::<String>(TOKEN_ONCE).await.ok().flatten();
        if once.is_some() {
            let _ = cx.session.remove_value(TOKEN_ONCE).await;
        }
        let tokens = usable_tokens(cx.db().read(), cx.now).await?;
        let circles = circles::store::all(cx.db().read()).await?;
        let rows = tokens
            .into_iter()
            .map(|token| {
                let who = words::door(l, token.door, &circles);
                view! { <Row cx=cx.clone() token=token who=who/> }
            })
            .collect::<Vec<_>>();
        let list = if rows.is_empty() {
            view! { <p class="max-w-prose">{tr!(l, clients.tokens_none).to_string()}</p> }.into_any()
        } else {
            view! { <ul class="rows">{rows.into_iter().collect_view()}</ul> }.into_any()
        };
        let options = std::iter::once((String::new(), tr!(l, clients.no_circle).to_string()))
            .chain(circles.iter().map(|circle| (circle.id.to_string(), circle.name.clone())))
            .collect();
        let address = format!("{}/oauth2/register", cx.settings().base_url);
        Ok(view! {
            <Crumbs cx=cx.clone()
                trail=vec![
                    ("/tools".to_owned(), tr!(l, tools.title).to_string()),
                    ("/tools/sign-on".to_owned(), tr!(l, clients.title).to_string()),
                ]
                here=tr!(l, clients.tokens_title).to_string()/>
            <PageHead title=tr!(l, clients.tokens_title).to_string()
                lead=tr!(l, clients.tokens_lead, address = address).to_string()/>
            {once.map(|token| {
                view! {
                    <section class="notice" aria-labelledby="token">
                        <h2 id="token">{tr!(l, clients.token_made).to_string()}</h2>
                        <p class="prose"><code>{token}</code></p>
                        <p class="max-w-prose">{tr!(l, clients.token_once).to_string()}</p>
                    </section>
                }
            })}
            {list}
            <section class="mt-8" aria-labelledby="make">
                <h2 id="make">{tr!(l, clients.token_make).to_string()}</h2>
                <ErrorSummary cx=cx.clone() form=form.clone()/>
                <form class="form" method="post" action="/do/clients/make-token">
                    <Field cx=cx.clone() form=form.clone() name="note" label=tr!(l, clients.token_note).to_string()
                        help=tr!(l, clients.token_note_help).to_string() required=true/>
                    <Field cx=cx.clone() form=form.clone() name="uses" kind="number" label=tr!(l, clients.token_uses).to_string()
                        value="1"
                        help=tr!(l, clients.token_uses_help, days = TOKEN_VALID.num_days()).to_string()/>
                    <Select cx=cx.clone() form=form.clone() name="door" label=tr!(l, clients.token_door).to_string()
                        value="members" options=words::doors(l)/>
                    <Select cx=cx form=form name="circle" label=tr!(l, clients.circle).to_string()
                        help=tr!(l, clients.circle_help).to_string() options=options/>
                    <p><Submit label=tr!(l, clients.token_button).to_string()/></p>
                </form>
            </section>
        }
        .into_any())
    })
}

#[component]
fn Row(cx: Ctx, token: InitialToken, who: String) -> impl IntoView {
    let l = cx.locale;
    let until = tr!(l, clients.token_until, when = day_and_time(token.expires_at, cx.zone, l)).to_string();
    let left = tr!(l, clients.token_left, uses = token.uses_left).to_string();
    let label = tr!(l, clients.token_back_label, note = token.note.clone()).to_string();
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
                <p class="font-semibold">{token.note}" "<Tag tone=Tone::Leaf>{who}</Tag></p>
                <p class="text-soft">{left}" · "{until}</p>
            </div>
            <form method="post" action="/do/clients/revoke-token">
                <input type="hidden" name="token" value=token.hash/>
                <button class="btn quiet" type="submit" aria-label=label>{tr!(l, clients.token_back).to_string()}</button>
            </form>
        </li>
    }
}
