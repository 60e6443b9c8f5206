//! Ways of signing in: choosing one, being asked about a new one, seeing one's own, and what is left after signing out.

use domain::accounts::{
    BUILT_IN_ISSUER, Identity, Source,
    arrivals::{Pending, Person},
    identities, may_unlink,
    provider::HUB,
    session_key,
};
use leptos::prelude::*;

use super::asked;
use crate::{
    ctx::Ctx,
    doors::{self, Door, Trouble},
    forms::local_path,
    i18n::tr,
    page::{PageError, encode, page},
    ui::{Card, Crumbs, ErrorSummary, PageHead, Tag, Tone, day_and_time, problem},
};

/// What a person calls a provider: by its label, the built-in one by its own words, one that is not set up by its address.
fn name_of(cx: &Ctx, issuer: &str) -> String {
    match doors::of_issuer(&cx.settings().doors, issuer) {
        Some(door) if !door.label.is_empty() => door.label.clone(),
        _ if issuer == BUILT_IN_ISSUER => tr!(cx.locale, identities.built_in).to_string(),
        _ => issuer.to_owned(),
    }
}

/// A way of signing in, in a sentence of one's own account.
pub(super) fn way(cx: &Ctx, issuer: &str) -> String {
    if issuer == BUILT_IN_ISSUER {
        tr!(cx.locale, account.way_built_in).to_string()
    } else {
        tr!(cx.locale, account.way_foreign, issuer = name_of(cx, issuer)).to_string()
    }
}

/// Somebody who waits to be confirmed in this browser.
async fn pending(cx: &Ctx) -> Option<Pending> {
    cx.session.id()?;
    let pending = cx.session.get::<Pending>(session_key::PENDING).await.ok().flatten()?;
    pending.holds(cx.now).then_some(pending)
}

/// What is wrong with a provider just now.
fn trouble(cx: &Ctx, door: &Door) -> Option<String> {
    let l = cx.locale;
    let (trouble, since) = door.trouble()?;
    let when = day_and_time(since, cx.zone, l);
    Some(match trouble {
        Trouble::Silent => tr!(l, identities.silent_since, when = when).to_string(),
        Trouble::Strange => tr!(l, identities.strange_since, when = when).to_string(),
    })
}

/// `/sign-in/choose?to=/path`: one button for each provider, with what is wrong where one does not answer.
#[component]
pub fn ChoosePage() -> impl IntoView {
    let to = asked("to");
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let to = local_path(&to).unwrap_or("/").to_owned();
        let community = cx.settings().community.clone();
        let on = cx.member().is_some().then(|| {
            view! {
                <p class="notice">
                    {tr!(l, identities.choose_signed_in).to_string()}" "
                    <a href=to.clone()>{tr!(l, identities.choose_on).to_string()}</a>
                </p>
            }
        });
        let ways = cx
            .settings()
            .doors
            .iter()
            .map(|door| {
                let label = if door.is_built_in() {
                    tr!(l, identities.choose_built_in).to_string()
                } else {
                    tr!(l, identities.choose_with, provider = door.label.clone()).to_string()
                };
                let href = format!("/sign-in?with={}&to={}", encode(&door.name), encode(&to));
                let wrong = trouble(&cx, door);
                let quiet = wrong.is_some();
                view! {
                    <li class="py-3">
                        <a class="btn" class:quiet=quiet rel="nofollow" href=href>{label}</a>
                        {wrong.map(|words| view! { <p class="help max-w-prose">{words}</p> })}
                    </li>
                }
            })
            .collect_view();
        Ok(view! {
            <PageHead title=tr!(l, identities.choose_title).to_string()
                lead=tr!(l, identities.choose_lead, community = community).to_string()/>
            {on}
            <ul class="rows">{ways}</ul>
        }
        .into_any())
    })
}

/// The client that a way onward leads to, where it is another than the hub itself.
fn tool_of(next: &str) -> Option<String> {
    let query = next.strip_prefix("/oauth2/authorize?")?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, client) = pairs.find(|(key, _)| key == "client_id")?;
    (client != HUB).then(|| client.into_owned())
}

/// On the way to a tool: the ways in through providers elsewhere, and why that was not enough for who is in already.
pub(super) fn on_to_a_tool(cx: &Ctx, next: &str, source: Option<&Source>) -> Option<AnyView> {
    tool_of(next)?;
    let l = cx.locale;
    let elsewhere: Vec<_> = cx.settings().doors.iter().filter(|door| !door.is_built_in()).collect();
    if elsewhere.is_empty() {
        return None;
    }
    let source = source.filter(|source| cx.member().is_some() && source.issuer != BUILT_IN_ISSUER);
    let unknown = source.map(|source| {
        let words = tr!(l, identities.tool_unknown, provider = name_of(cx, &source.issuer)).to_string();
        view! { <p class="notice max-w-prose">{words}</p> }
    });
    // Who is in already is here to show anew who they are.
    let again = if source.is_some() { "&fresh=second" } else { "" };
    let ways = elsewhere
        .into_iter()
        .map(|door| {
            let href = format!("/sign-in?with={}&to={}{again}", encode(&door.name), encode(next));
            let label = tr!(l, identities.choose_with, provider = door.label.clone()).to_string();
            view! {
                <li class="py-2">
                    <a class="btn quiet" rel="nofollow" href=href>{label}</a>
                    {trouble(cx, door).map(|words| view! { <p class="help max-w-prose">{words}</p> })}
                </li>
            }
        })
        .collect_view();
    Some(
        view! {
            <section class="mt-8">
                {unknown}
                <h2>{tr!(l, identities.tool_ways).to_string()}</h2>
                <ul>{ways}</ul>
            </section>
        }
        .into_any(),
    )
}

/// `/sign-in/known`: a new way of signing in has a verified address that somebody here has too.
#[component]
pub fn KnownPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let Some(pending) = pending(&cx).await else {
            return Ok(view! {
                <PageHead title=tr!(l, identities.known_over_title).to_string()
                    lead=tr!(l, identities.known_over).to_string()/>
                <p class="mt-6"><a class="btn" rel="nofollow" href="/sign-in">{tr!(l, common.sign_in).to_string()}</a></p>
            }
            .into_any());
        };
        let address = pending.person.email.unwrap_or_default();
        let before = if cx.settings().doors.len() > 1 { "/sign-in/choose?to=/account/identities" } else { "/sign-in?to=/account/identities" };
        Ok(view! {
            <PageHead title=tr!(l, identities.known_title).to_string()
                lead=tr!(l, identities.known_lead, address = address).to_string()/>
            <p class="max-w-prose">{tr!(l, identities.known_why).to_string()}</p>
            <div class="mt-6 flex flex-wrap gap-3">
                <a class="btn" rel="nofollow" href=before>{tr!(l, identities.known_before).to_string()}</a>
                <form method="post" action="/sign-in/as-new">
                    <button class="btn quiet" type="submit">{tr!(l, identities.known_new).to_string()}</button>
                </form>
            </div>
        }
        .into_any())
    })
}

/// `/account/identities`: one's ways of signing in, a new one to confirm, and those that could be added.
#[component]
pub fn IdentitiesPage() -> impl IntoView {
    let linked = !asked("linked").is_empty();
    page(async move |cx: Ctx| {
        let member = cx.actor.signed_in()?.id;
        let l = cx.locale;
        let ways = identities::of_member(cx.db().read(), member).await?;
        let in_use = cx.session.get::<Source>(session_key::SOURCE).await.ok().flatten();
        let confirm = match pending(&cx).await {
            Some(pending) => {
                let whose = identities::find(cx.db().read(), &pending.person.issuer, &pending.person.subject).await?;
                Some(confirm(&cx, &pending.person, whose.map(|whose| whose == member)))
            }
            None => None,
        };
        let form = cx.flash.form("ways");
        let rows = ways
            .iter()
            .map(|identity| view! { <Way cx=cx.clone() ways=ways.clone() identity=identity.clone() in_use=in_use.clone()/> })
            .collect_view();
        Ok(view! {
            <Crumbs cx=cx.clone() trail=vec![("/account".to_owned(), tr!(l, account.account_title).to_string())]
                here=tr!(l, identities.title).to_string()/>
            <PageHead title=tr!(l, identities.title).to_string() lead=tr!(l, identities.lead).to_string()/>
            {linked.then(|| view! { <p class="notice" role="status">{tr!(l, identities.linked_notice).to_string()}</p> })}
            <ErrorSummary cx=cx.clone() form=form/>
            {confirm}
            <ul class="rows">{rows}</ul>
            {add(&cx, &ways)}
        }
        .into_any())
    })
}

/// The question whether a new way of signing in is the reader's. `own` where it is somebody's: the reader's, or not.
fn confirm(cx: &Ctx, person: &Person, own: Option<bool>) -> AnyView {
    let l = cx.locale;
    let provider = name_of(cx, &person.issuer);
    let name = person.name.clone().or_else(|| person.nickname.clone());
    let name = name.unwrap_or_else(|| tr!(l, identities.unnamed).to_string());
    let words = match person.email.clone() {
        Some(address) => {
            tr!(l, identities.confirm_words_address, provider = provider, name = name, address = address).to_string()
        }
        None => tr!(l, identities.confirm_words, provider = provider, name = name).to_string(),
    };
    let said = match own {
        None => tr!(l, identities.confirm_what).to_string(),
        Some(true) => tr!(l, identities.confirm_own).to_string(),
        Some(false) => tr!(l, identities.confirm_taken).to_string(),
    };
    let yes = own.is_none().then(|| {
        view! {
            <form method="post" action="/sign-in/link">
                <button class="btn" type="submit">{tr!(l, identities.confirm).to_string()}</button>
            </form>
        }
    });
    view! {
        <Card title=tr!(l, identities.confirm_title).to_string()>
            <p class="max-w-prose">{words}</p>
            <p class="max-w-prose">{said}</p>
            <div class="flex flex-wrap gap-3">
                {yes}
                <form method="post" action="/sign-in/forget">
                    <button class="btn quiet" type="submit">{tr!(l, identities.refuse).to_string()}</button>
                </form>
            </div>
        </Card>
    }
    .into_any()
}

/// One way of signing in, with the button that takes it off, or why there is none.
#[component]
fn Way(cx: Ctx, ways: Vec<Identity>, identity: Identity, in_use: Option<Source>) -> impl IntoView {
    let l = cx.locale;
    let name = name_of(&cx, &identity.issuer);
    let set_up = doors::of_issuer(&cx.settings().doors, &identity.issuer).is_some();
    let used = in_use.as_ref().map(|source| (source.issuer.as_str(), source.subject.as_str()));
    let here = used == Some((identity.issuer.as_str(), identity.subject.as_str()));
    let refused = may_unlink(&ways, (&identity.issuer, &identity.subject), used).err();
    let address = (!identity.email.is_empty())
        .then(|| tr!(l, identities.with_address, address = identity.email.clone()).to_string());
    let linked = tr!(l, identities.linked, when = day_and_time(identity.created_at, cx.zone, l)).to_string();
    let seen = tr!(l, identities.used, when = day_and_time(identity.last_seen_at, cx.zone, l)).to_string();
    let label = tr!(l, identities.take_off_label, way = name.clone()).to_string();
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div class="max-w-prose">
                <p class="font-semibold">
                    {name}" "{address}" "
                    {identity.email_verified.then(|| view! { <Tag>{tr!(l, identities.address_verified).to_string()}</Tag> })}
                    " "{here.then(|| view! { <Tag tone=Tone::Leaf>{tr!(l, identities.in_use).to_string()}</Tag> })}
                </p>
                <p>{linked}" · "{seen}</p>
                {(!set_up).then(|| view! { <p class="help">{tr!(l, identities.not_set_up).to_string()}</p> })}
            </div>
            {match refused {
                None => view! {
                    <form method="post" action="/do/account/unlink">
                        <input type="hidden" name="issuer" value=identity.issuer/>
                        <input type="hidden" name="subject" value=identity.subject/>
                        <button class="btn quiet" type="submit" aria-label=label>{tr!(l, identities.take_off).to_string()}</button>
                    </form>
                }
                .into_any(),
                Some(error) => {
                    use domain::Problem;
                    view! { <p class="help max-w-xs">{problem(l, error.code())}</p> }.into_any()
                }
            }}
        </li>
    }
}

/// Providers that can be linked. Of the built-in one there is one account a browser.
fn add(cx: &Ctx, ways: &[Identity]) -> AnyView {
    let l = cx.locale;
    let has_built_in = ways.iter().any(|identity| identity.issuer == BUILT_IN_ISSUER);
    let doors: Vec<_> = cx.settings().doors.iter().filter(|door| !(door.is_built_in() && has_built_in)).collect();
    let body = if doors.is_empty() {
        view! { <p class="max-w-prose">{tr!(l, identities.add_none).to_string()}</p> }.into_any()
    } else {
        let rows = doors
            .into_iter()
            .map(|door| {
                let name = if door.is_built_in() { tr!(l, identities.built_in).to_string() } else { door.label.clone() };
                let href = format!("/sign-in?link=yes&with={}&to=/account/identities", encode(&door.name));
                view! {
                    <li class="py-2">
                        <a class="btn quiet" rel="nofollow" href=href>{tr!(l, identities.add_with, provider = name).to_string()}</a>
                        {trouble(cx, door).map(|words| view! { <p class="help max-w-prose">{words}</p> })}
                    </li>
                }
            })
            .collect_view();
        view! {
            <p class="max-w-prose">{tr!(l, identities.add_words).to_string()}</p>
            <ul>{rows}</ul>
        }
        .into_any()
    };
    view! { <section class="mt-8"><h2>{tr!(l, identities.add_title).to_string()}</h2>{body}</section> }.into_any()
}

/// `/signed-out?of=provider`: the hub could not sign the person out of their provider.
#[component]
pub fn SignedOutPage() -> impl IntoView {
    let of = asked("of");
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let door = cx.settings().doors.iter().find(|door| door.name == of && !door.is_built_in());
        let provider = door.map(|door| door.label.clone()).ok_or(PageError::NOT_FOUND)?;
        Ok(view! {
            <PageHead title=tr!(l, identities.signed_out_title).to_string()
                lead=tr!(l, identities.signed_out, provider = provider).to_string()/>
            <p class="mt-6"><a class="btn quiet" href="/">{tr!(l, common.to_home).to_string()}</a></p>
        }
        .into_any())
    })
}
