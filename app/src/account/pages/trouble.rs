//! What is said where signing in did not work. The router shows it with the status that fits.

use leptos::prelude::*;

use super::asked;
use crate::{
    ctx::Ctx,
    forms::local_path,
    i18n::tr,
    page::{encode, page},
    ui::PageHead,
};

/// `/sign-in/trouble?why=code&to=/path`
#[component]
pub fn TroublePage() -> impl IntoView {
    let (why, to, with) = (asked("why"), asked("to"), asked("with"));
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let (title, words, again) = match why.as_str() {
            "provider_down" => (tr!(l, account.trouble_down_title), tr!(l, account.trouble_down), true),
            "provider_answer" => (tr!(l, account.trouble_answer_title), tr!(l, account.trouble_answer), true),
            "attempt_lost" => (tr!(l, account.trouble_lost_title), tr!(l, account.trouble_lost), true),
            "token_refused" => (tr!(l, account.trouble_refused_title), tr!(l, account.trouble_refused), true),
            "said_no" => (tr!(l, account.trouble_no_title), tr!(l, account.trouble_no), true),
            "member_left" => (tr!(l, account.trouble_left_title), tr!(l, account.trouble_left), false),
            "client_off" => (tr!(l, account.trouble_client_off_title), tr!(l, account.trouble_client_off), false),
            "identity_taken" => (tr!(l, identities.trouble_taken_title), tr!(l, identities.trouble_taken), false),
            "unknown_client" => (tr!(l, account.trouble_client_title), tr!(l, account.trouble_client), false),
            "unknown_redirect" => (tr!(l, account.trouble_redirect_title), tr!(l, account.trouble_redirect), false),
            _ => (tr!(l, problems.title_internal), tr!(l, problems.internal), true),
        };
        let mut to = format!("/sign-in?to={}", encode(local_path(&to).unwrap_or("/")));
        let several = cx.settings().doors.len() > 1;
        let other = (again && several).then(|| to.replacen("/sign-in", "/sign-in/choose", 1));
        if !with.is_empty() {
            to = format!("{to}&with={}", encode(&with));
        }
        let by_itself = (why == "provider_down").then(|| tr!(l, identities.tries_again).to_string());
        Ok(view! {
            <PageHead title=title.to_string() lead=words.to_string()/>
            {by_itself.map(|words| view! { <p class="max-w-prose">{words}</p> })}
            <p class="mt-6 flex flex-wrap gap-3">
                {again.then(|| view! { <a class="btn" rel="nofollow" href=to>{tr!(l, account.start_again)}</a> })}
                {other.map(|to| view! { <a class="btn quiet" rel="nofollow" href=to>{tr!(l, identities.other_way)}</a> })}
                <a class="btn quiet" href="/">{tr!(l, common.to_home)}</a>
            </p>
        }
        .into_any())
    })
}
