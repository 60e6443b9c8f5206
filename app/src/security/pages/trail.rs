//! One's own trail: what happened to one's account, and what one did where it is written down.

use chrono::{DateTime, Utc};
use domain::{
    accounts::{events, identities},
    audit,
};
use leptos::prelude::*;

use crate::{
    account::device::in_words,
    ctx::Ctx,
    i18n::{Locale, tr},
    page::page,
    ui::{Crumbs, Empty, PageHead, day_and_time, iso},
};

/// How many lines are shown.
const LINES: u64 = 100;

/// `/account/trail`
#[component]
pub fn TrailPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let member = cx.actor.signed_in()?.clone();
        let l = cx.locale;
        let db = cx.db().read();
        let mut lines: Vec<(DateTime<Utc>, String)> = Vec::new();
        if let Some(account) = identities::account_of(db, member.id).await? {
            for event in events::latest(db, account, LINES).await? {
                lines.push((event.at, words(l, &event.act, &event.detail)));
            }
        }
        for line in audit::of_member(db, member.id, &member.handle, LINES).await? {
            lines.push((line.at, recorded(l, &line.act, line.own, line.subject)));
        }
        lines.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        lines.truncate(usize::try_from(LINES).unwrap_or(usize::MAX));
        let list = if lines.is_empty() {
            view! { <Empty title=tr!(l, security.trail_empty_title)>{tr!(l, security.trail_empty)}</Empty> }.into_any()
        } else {
            let rows = lines.into_iter().map(|(at, words)| {
                view! {
                    <li class="flex flex-wrap justify-between gap-3 py-3">
                        <span>{words}</span>
                        <time datetime=iso(at)>{day_and_time(at, cx.zone, l)}</time>
                    </li>
                }
            });
            view! { <ul class="rows">{rows.collect_view()}</ul> }.into_any()
        };
        Ok(view! {
            <Crumbs cx=cx.clone() trail=vec![("/account".to_owned(), tr!(l, account.account_title).to_string())]
                here=tr!(l, security.trail_title)/>
            <PageHead title=tr!(l, security.trail_title) lead=tr!(l, security.trail_lead).to_string()/>
            {list}
        }
        .into_any())
    })
}

/// A line of the audit log in words, by what it was about.
fn recorded(l: Locale, act: &str, own: bool, subject: String) -> String {
    match (act, own) {
        ("session.open", _) => tr!(l, security.did_open).to_string(),
        ("session.close", _) => tr!(l, security.did_close).to_string(),
        ("session.move" | "session.skip" | "session.cancel" | "session.schedule", _) => tr!(l, security.did_plan).to_string(),
        ("handbook.import", _) => tr!(l, security.did_handbook).to_string(),
        ("account.invite", _) => tr!(l, security.did_invite, who = subject).to_string(),
        ("account.approve", _) => tr!(l, security.did_approve, who = subject).to_string(),
        ("account.decline", _) => tr!(l, security.did_decline, who = subject).to_string(),
        ("account.withdraw_invitation", _) => tr!(l, security.did_withdraw, who = subject).to_string(),
        ("member.arrive" | "member.first_steward", _) => tr!(l, security.did_arrive).to_string(),
        ("identity.link", _) => tr!(l, security.did_link).to_string(),
        ("identity.unlink", _) => tr!(l, security.did_unlink).to_string(),
        (other, true) if other.starts_with("client.") => tr!(l, security.did_tool).to_string(),
        (other, true) if other.starts_with("member.") => tr!(l, security.did_member, who = subject).to_string(),
        ("member.promote", false) => tr!(l, security.was_promoted).to_string(),
        ("member.demote", false) => tr!(l, security.was_demoted).to_string(),
        (other, true) => tr!(l, security.did_other, act = other.to_owned()).to_string(),
        (other, false) => tr!(l, security.was_done, act = other.to_owned()).to_string(),
    }
}

/// An event in words.
fn words(l: Locale, act: &str, detail: &str) -> String {
    let detail = detail.to_owned();
    match act {
        "signed_in" => tr!(l, security.event_signed_in, device = in_words(l, &detail)).to_string(),
        "account_made" => tr!(l, security.event_account_made).to_string(),
        "password_changed" => tr!(l, security.event_password_changed).to_string(),
        "password_reset" => tr!(l, security.event_password_reset).to_string(),
        "address_added" => tr!(l, security.event_address_added, address = detail).to_string(),
        "address_verified" => tr!(l, security.event_address_verified, address = detail).to_string(),
        "address_main" => tr!(l, security.event_address_main, address = detail).to_string(),
        "address_removed" => tr!(l, security.event_address_removed, address = detail).to_string(),
        "totp_on" => tr!(l, security.event_totp_on).to_string(),
        "totp_off" => tr!(l, security.event_totp_off).to_string(),
        "recovery_codes" => tr!(l, security.event_recovery_codes).to_string(),
        "recovery_used" => tr!(l, security.event_recovery_used).to_string(),
        "passkey_added" => tr!(l, security.event_passkey_added, name = detail).to_string(),
        "passkey_removed" => tr!(l, security.event_passkey_removed, name = detail).to_string(),
        "passkey_second_on" => tr!(l, security.event_passkey_second_on).to_string(),
        "passkey_second_off" => tr!(l, security.event_passkey_second_off).to_string(),
        "session_ended" => tr!(l, security.event_session_ended, device = in_words(l, &detail)).to_string(),
        other => other.to_owned(),
    }
}
