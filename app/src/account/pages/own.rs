//! One's own account: an overview, and the devices that are signed in.

use domain::{
    accounts::{BrowserSession, browser_sessions, identities},
    tokens,
};
use leptos::prelude::*;

use crate::{
    account::{device::in_words, pages::ways::way},
    ctx::Ctx,
    i18n::tr,
    page::page,
    ui::{Card, Crumbs, PageHead, Tag, Tone, day_and_time, iso},
};

/// `/account`
#[component]
pub fn AccountPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let member = cx.actor.signed_in()?.clone();
        let l = cx.locale;
        let profile = format!("/members/{}", member.handle);
        let devices = browser_sessions::of_member(cx.db().read(), cx.now, member.id).await?.len();
        let ways: Vec<String> = identities::of_member(cx.db().read(), member.id)
            .await?
            .into_iter()
            .map(|identity| way(&cx, &identity.issuer))
            .collect();
        let builtin = cx.settings().builtin_provider;
        let has_account = builtin
            && identities::account_of(cx.db().read(), member.id).await?.is_some();
        let class = match (member.class.operational, member.class.user) {
            (true, true) => tr!(l, account.class_both),
            (true, false) => tr!(l, account.class_operational),
            (false, true) => tr!(l, account.class_user),
            (false, false) => tr!(l, account.class_guest),
        }
        .to_string();
        Ok(view! {
            <PageHead title=tr!(l, account.account_title) lead=tr!(l, account.account_lead, name = member.name.clone()).to_string()/>
            <div class="grid gap-6 md:grid-cols-2">
                <Card title=tr!(l, account.membership)>
                    <p class="max-w-prose">{class}</p>
                    {member.steward.then(|| view! { <p><Tag tone=Tone::Leaf>{tr!(l, account.steward)}</Tag></p> })}
                    {(member.steward && builtin).then(|| view! {
                        <p><a class="btn quiet" href="/stewards/accounts">{tr!(l, account.people_look)}</a></p>
                    })}
                </Card>
                <Card title=tr!(l, account.profile)>
                    <p class="max-w-prose">{tr!(l, account.profile_words)}</p>
                    <p class="flex flex-wrap gap-3">
                        <a class="btn quiet" href="/account/profile">{tr!(l, common.edit_profile)}</a>
                        <a href=profile>{tr!(l, common.my_profile)}</a>
                    </p>
                </Card>
                <Card title=tr!(l, account.devices)>
                    <p class="max-w-prose">{tr!(l, account.devices_count, count = devices)}</p>
                    <p class="flex flex-wrap gap-3">
                        <a class="btn quiet" href="/account/sessions">{tr!(l, account.devices_look)}</a>
                        <a class="btn quiet" href="/account/trail">{tr!(l, account.trail_look)}</a>
                    </p>
                </Card>
                {builtin.then(|| {
                    view! {
                        <Card title=tr!(l, clients.own_title).to_string()>
                            <p class="max-w-prose">{tr!(l, clients.own_card).to_string()}</p>
                            <p><a class="btn quiet" href="/account/tools">{tr!(l, clients.own_look).to_string()}</a></p>
                        </Card>
                    }
                })}
                <Card title=tr!(l, account.ways_in)>
                    {has_account.then(|| view! {
                        <p><a class="btn quiet" href="/account/security">{tr!(l, account.security_look)}</a></p>
                    })}
                    <ul>{ways.into_iter().map(|way| view! { <li>{way}</li> }).collect_view()}</ul>
                    <p><a class="btn quiet" href="/account/identities">{tr!(l, identities.look)}</a></p>
                    <form method="post" action="/sign-out">
                        <button class="btn quiet" type="submit">{tr!(l, common.sign_out)}</button>
                    </form>
                </Card>
            </div>
        }
        .into_any())
    })
}

/// `/account/sessions`
#[component]
pub fn SessionsPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let member = cx.actor.signed_in()?.id;
        let l = cx.locale;
        let this = cx.session.id().map(|id| tokens::fingerprint(&id.to_string())).unwrap_or_default();
        let sessions = browser_sessions::of_member(cx.db().read(), cx.now, member).await?;
        let others = sessions.iter().any(|session| session.id != this);
        let (here, elsewhere): (Vec<_>, Vec<_>) = sessions.into_iter().partition(|session| session.id == this);
        let rows = here
            .into_iter()
            .map(|session| (session, true))
            .chain(elsewhere.into_iter().map(|session| (session, false)))
            .map(|(session, this)| view! { <Device cx=cx.clone() session=session this=this/> })
            .collect_view();
        Ok(view! {
            <Crumbs cx=cx.clone() trail=vec![("/account".to_owned(), tr!(l, account.account_title).to_string())]
                here=tr!(l, account.devices)/>
            <PageHead title=tr!(l, account.devices) lead=tr!(l, account.devices_lead).to_string()/>
            <ul class="rows">{rows}</ul>
            {others.then(|| {
                view! {
                    <form class="mt-6" method="post" action="/do/account/end-other-sessions">
                        <button class="btn" type="submit">{tr!(l, account.end_others)}</button>
                    </form>
                }
            })}
        }
        .into_any())
    })
}

/// One device, with the button that signs it out.
#[component]
fn Device(cx: Ctx, session: BrowserSession, this: bool) -> impl IntoView {
    let l = cx.locale;
    let name = in_words(l, &session.user_agent);
    let label = tr!(l, account.end_one_label, device = name.clone()).to_string();
    let since = tr!(l, account.since, when = day_and_time(session.created_at, cx.zone, l)).to_string();
    let seen = tr!(l, account.last_seen, when = day_and_time(session.last_seen_at, cx.zone, l)).to_string();
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
                <p class="font-semibold">
                    {name}" "{this.then(|| view! { <Tag tone=Tone::Leaf>{tr!(l, account.this_device)}</Tag> })}
                </p>
                <p>
                    <time datetime=iso(session.last_seen_at)>{seen}</time>" · "
                    <time datetime=iso(session.created_at)>{since}</time>
                </p>
            </div>
            {if this {
                view! {
                    <form method="post" action="/sign-out">
                        <button class="btn quiet" type="submit">{tr!(l, common.sign_out)}</button>
                    </form>
                }
                .into_any()
            } else {
                view! {
                    <form method="post" action="/do/account/end-session">
                        <input type="hidden" name="id" value=session.id/>
                        <button class="btn quiet" type="submit" aria-label=label>{tr!(l, account.end_one)}</button>
                    </form>
                }
                .into_any()
            }}
        </li>
    }
}
