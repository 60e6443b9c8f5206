//! Where a person types the code that a program without a browser shows (RFC 8628), sees what it asks for, and answers.

use domain::accounts::{
    grants::{Device, look_at_device},
    provider::client,
    throttle::{self, CODES},
};
use leptos::prelude::*;

use super::{asked, provider::provider_is_here};
use crate::{
    account::at_provider::here,
    ctx::Ctx,
    forms::FormState,
    i18n::{Locale, tr},
    page::{encode, page},
    ui::{Card, Field, PageHead, Submit},
};

/// `/device?code=WDJB-MJHT`, also when it was answered: `/device?answer=allowed`
#[component]
pub fn DevicePage() -> impl IntoView {
    let (code, answer) = (asked("code"), asked("answer"));
    page(async move |cx: Ctx| {
        provider_is_here(&cx)?;
        let l = cx.locale;
        if let Some(view) = answered(l, &answer) {
            return Ok(view);
        }
        let Some(session) = here(&cx).await? else {
            return Ok(sign_in_first(l, &code));
        };
        if code.trim().is_empty() {
            return Ok(ask_for_code(&cx, &code, None));
        }
        // Codes are short: who tries many is slowed down.
        let who = format!("device:{}", session.account);
        if !throttle::take(cx.db(), cx.now, CODES, &who).await? {
            return Ok(ask_for_code(&cx, &code, Some(tr!(l, device.too_many).to_string())));
        }
        let waiting = look_at_device(cx.db().read(), cx.now, &code).await?;
        let known = match &waiting {
            Some(device) => client(cx.db().read(), &device.client_id).await?,
            None => None,
        };
        let Some((device, client)) = waiting.zip(known).filter(|(_, client)| client.disabled_at.is_none()) else {
            return Ok(ask_for_code(&cx, &code, Some(tr!(l, device.unknown).to_string())));
        };
        throttle::forgive(cx.db(), CODES, &who).await?;
        Ok(ask(l, &device, &client.name, &code))
    })
}

fn sign_in_first(l: Locale, code: &str) -> AnyView {
    let next = format!("/device?code={}", encode(code));
    let to = format!("/provider/sign-in?continue={}", encode(&next));
    view! {
        <PageHead title=tr!(l, device.title) lead=tr!(l, device.sign_in_lead).to_string()/>
        <p><a class="btn" href=to>{tr!(l, device.sign_in_button)}</a></p>
    }
    .into_any()
}

fn ask_for_code(cx: &Ctx, typed: &str, wrong: Option<String>) -> AnyView {
    let l = cx.locale;
    view! {
        <PageHead title=tr!(l, device.title) lead=tr!(l, device.lead).to_string()/>
        {wrong.map(|wrong| view! { <p class="max-w-prose" role="alert">{wrong}</p> })}
        <form class="form max-w-md" method="get" action="/device">
            <Field cx=cx.clone() form=FormState::default() name="code" label=tr!(l, device.code) value=typed.to_owned()
                help=tr!(l, device.code_help).to_string() autocomplete="off" required=true/>
            <p><Submit label=tr!(l, device.look_button)/></p>
        </form>
    }
    .into_any()
}

/// What a scope lets a tool learn, in words.
fn learned(l: Locale, scope: &str) -> Option<String> {
    let words = match scope {
        "openid" => tr!(l, device.scope_openid),
        "profile" => tr!(l, device.scope_profile),
        "email" => tr!(l, device.scope_email),
        "groups" => tr!(l, device.scope_groups),
        "membership" => tr!(l, device.scope_membership),
        "offline_access" => tr!(l, device.scope_offline_access),
        _ => return None,
    };
    Some(words.to_string())
}

fn ask(l: Locale, device: &Device, name: &str, code: &str) -> AnyView {
    let code = code.trim().to_uppercase();
    let name = name.to_owned();
    let learns: Vec<String> = device.scope.split(' ').filter_map(|scope| learned(l, scope)).collect();
    view! {
        <PageHead title=tr!(l, device.ask_title, name = name.clone())
            lead=tr!(l, device.ask_lead, name = name, code = code.clone()).to_string()/>
        <p class="max-w-prose" role="note">{tr!(l, device.careful)}</p>
        <Card title=tr!(l, device.learns)>
            <ul class="list-disc ps-6">{learns.into_iter().map(|words| view! { <li>{words}</li> }).collect_view()}</ul>
        </Card>
        <form class="mt-6 flex flex-wrap gap-3" method="post" action="/do/account/answer-device">
            <input type="hidden" name="code" value=code/>
            <button class="btn" type="submit" name="answer" value="allow">{tr!(l, device.allow)}</button>
            <button class="btn quiet" type="submit" name="answer" value="refuse">{tr!(l, device.refuse)}</button>
        </form>
    }
    .into_any()
}

/// What is said once the person has answered.
fn answered(l: Locale, answer: &str) -> Option<AnyView> {
    let (title, words) = match answer {
        "allowed" => (tr!(l, device.allowed_title).to_string(), tr!(l, device.allowed).to_string()),
        "refused" => (tr!(l, device.refused_title).to_string(), tr!(l, device.refused).to_string()),
        "late" => (tr!(l, device.late_title).to_string(), tr!(l, device.late).to_string()),
        "denied" => (tr!(l, device.denied_title).to_string(), tr!(l, device.denied).to_string()),
        _ => return None,
    };
    Some(
        view! {
            <PageHead title=title lead=words/>
            <p><a class="btn quiet" href="/device">{tr!(l, device.another)}</a></p>
        }
        .into_any(),
    )
}
