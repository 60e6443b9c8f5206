//! One's own tools: where one is signed in, and what each may learn.

use domain::clients::{
    access::accounts_of,
    consents::{self, Consent},
    scim,
    session_map::{self, SignedIn},
};
use leptos::prelude::*;

use super::provider_is_here;
use crate::{
    account::device::device,
    clients::words,
    ctx::Ctx,
    i18n::{Locale, tr},
    page::page,
    ui::{Crumbs, Empty, PageHead, Submit, Tag, Tone, day_and_time, iso},
};

/// `/account/tools`
#[component]
pub fn OwnToolsPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let member = cx.actor.signed_in()?.id;
        let l = cx.locale;
        let (mut inside, mut allowed) = (Vec::new(), Vec::new());
        for account in accounts_of(cx.db().read(), member).await? {
            inside.extend(session_map::of_account(cx.db().read(), account).await?);
            allowed.extend(consents::of_account(cx.db().read(), account).await?);
        }
        let ahead = scim::known_by(cx.db().read(), member).await?;
        let several = inside.len() > 1;
        let map = if inside.is_empty() {
            view! {
                <Empty title=tr!(l, clients.map_none_title).to_string()><p>{tr!(l, clients.map_none).to_string()}</p></Empty>
            }
            .into_any()
        } else {
            let rows = inside.into_iter().map(|one| view! { <Inside cx=cx.clone() one=one/> }).collect_view();
            view! { <ul class="rows">{rows}</ul> }.into_any()
        };
        let consents = if allowed.is_empty() {
            view! { <p class="max-w-prose">{tr!(l, clients.consents_none).to_string()}</p> }.into_any()
        } else {
            let rows = allowed.into_iter().map(|one| view! { <Allowed cx=cx.clone() one=one/> }).collect_view();
            view! { <ul class="rows">{rows}</ul> }.into_any()
        };
        Ok(view! {
            <Crumbs cx=cx.clone() trail=vec![("/account".to_owned(), tr!(l, account.account_title).to_string())]
                here=tr!(l, clients.own_title).to_string()/>
            <PageHead title=tr!(l, clients.own_title).to_string() lead=tr!(l, clients.own_lead).to_string()/>
            <section aria-labelledby="map">
                <h2 id="map">{tr!(l, clients.map_title).to_string()}</h2>
                {map}
                {several.then(|| {
                    view! {
                        <form class="mt-6" method="post" action="/do/clients/leave-all">
                            <Submit label=tr!(l, clients.leave_all).to_string()/>
                        </form>
                    }
                })}
            </section>
            <section class="mt-8" aria-labelledby="consents">
                <h2 id="consents">{tr!(l, clients.consents_title).to_string()}</h2>
                {consents}
            </section>
            {(!ahead.is_empty()).then(|| {
                view! {
                    <section class="mt-8" aria-labelledby="ahead">
                        <h2 id="ahead">{tr!(l, clients.own_ahead_title).to_string()}</h2>
                        <p class="max-w-prose">{tr!(l, clients.own_ahead).to_string()}</p>
                        <ul class="rows">
                            {ahead.into_iter().map(|name| view! { <li class="py-3 font-semibold">{name}</li> }).collect_view()}
                        </ul>
                    </section>
                }
            })}
        }
        .into_any())
    })
}

/// Names of claims in words, each once.
fn told(l: Locale, claims: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for claim in claims.split_whitespace() {
        let word = match claim {
            "sub" => tr!(l, clients.claim_sub).to_string(),
            "name" | "given_name" | "family_name" => tr!(l, clients.claim_name).to_string(),
            "preferred_username" | "nickname" => tr!(l, clients.claim_handle).to_string(),
            "profile" => tr!(l, clients.claim_profile).to_string(),
            "locale" => tr!(l, clients.claim_locale).to_string(),
            "zoneinfo" => tr!(l, clients.claim_zone).to_string(),
            "updated_at" => continue,
            "email" | "email_verified" => tr!(l, clients.claim_email).to_string(),
            "groups" => tr!(l, clients.claim_groups).to_string(),
            "membership" | "class" | "standing" => tr!(l, clients.claim_membership).to_string(),
            "organisation" | "organisations" => tr!(l, clients.claim_organisation).to_string(),
            other => other.to_owned(),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.is_empty() { tr!(l, clients.claim_sub).to_string() } else { words.join(", ") }
}

#[component]
fn Inside(cx: Ctx, one: SignedIn) -> impl IntoView {
    let l = cx.locale;
    let label = tr!(l, clients.leave_label, tool = one.name.clone()).to_string();
    let asked = tr!(l, clients.last_asked, when = day_and_time(one.last_at, cx.zone, l)).to_string();
    let first = tr!(l, clients.first_asked, when = day_and_time(one.first_at, cx.zone, l)).to_string();
    let knows = tr!(l, clients.was_told, what = told(l, &one.claims)).to_string();
    let on = match device(&one.user_agent) {
        (Some(browser), Some(system)) => Some(tr!(l, account.device, browser = browser, system = system).to_string()),
        (Some(known), None) | (None, Some(known)) => Some(known.to_owned()),
        (None, None) => None,
    };
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
                <p class="font-semibold">
                    {one.name}" "
                    {(!one.hears).then(|| view! { <Tag tone=Tone::Clay>{tr!(l, clients.leave_there_too).to_string()}</Tag> })}
                </p>
                <p>{knows}</p>
                <p class="text-soft">
                    <time datetime=iso(one.last_at)>{asked}</time>" · "<time datetime=iso(one.first_at)>{first}</time>
                    {on.map(|on| view! { " · "{on} })}
                </p>
            </div>
            <form method="post" action="/do/clients/leave">
                <input type="hidden" name="sid" value=one.sid/>
                <input type="hidden" name="client" value=one.client_id/>
                <button class="btn quiet" type="submit" aria-label=label>{tr!(l, clients.leave).to_string()}</button>
            </form>
        </li>
    }
}

#[component]
fn Allowed(cx: Ctx, one: Consent) -> impl IntoView {
    let l = cx.locale;
    let label = tr!(l, clients.withdraw_label, tool = one.name.clone()).to_string();
    let since = tr!(l, clients.allowed_since, when = day_and_time(one.given_at, cx.zone, l)).to_string();
    let scopes = one.scopes.iter().map(|scope| view! { <li>{words::scope(l, *scope)}</li> }).collect_view();
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
                <p class="font-semibold">{one.name}</p>
                <ul class="list-disc ps-6"><li>{tr!(l, clients.scope_who).to_string()}</li>{scopes}</ul>
                <p class="text-soft"><time datetime=iso(one.given_at)>{since}</time></p>
            </div>
            <form method="post" action="/do/clients/withdraw">
                <input type="hidden" name="client" value=one.client_id/>
                <button class="btn quiet" type="submit" aria-label=label>{tr!(l, clients.withdraw).to_string()}</button>
            </form>
        </li>
    }
}
