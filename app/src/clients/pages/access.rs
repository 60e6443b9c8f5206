//! Ending somebody's access, and seeing which tools have followed.

use domain::{
    clients::{
        ClientError,
        access::{Ending, last, may_end, stewards},
        may_manage,
        notices::{self, Notice, State},
        scim::{self, AtTool, Ended},
    },
    members::{Member, MemberError, Standing, store},
};
use leptos::prelude::*;

use super::part;
use crate::{
    clients::words,
    ctx::Ctx,
    i18n::tr,
    page::{PageError, encode, page},
    ui::{Crumbs, Empty, ErrorSummary, Field, PageHead, Submit, Tag, Tone, day_and_time, problem},
};

/// `/members/{handle}/access`
#[component]
pub fn AccessPage() -> impl IntoView {
    let handle = part("handle");
    page(async move |cx: Ctx| {
        may_manage(&cx.actor)?;
        let l = cx.locale;
        let member = store::by_handle(cx.db().read(), &handle).await?.ok_or(MemberError::NotFound)?;
        let ending = last(cx.db().read(), member.id).await?;
        let trail = vec![
            ("/members".to_owned(), tr!(l, members.title).to_string()),
            (format!("/members/{}", member.handle), member.name.clone()),
        ];
        let title = tr!(l, clients.access_title, name = member.name.clone()).to_string();
        let body = match ending.filter(|_| member.standing == Standing::Left) {
            Some(ending) => ended(&cx, &member, ending).await?,
            None => open(&cx, &member).await?,
        };
        Ok(view! {
            <Crumbs cx=cx.clone() trail=trail here=title.clone()/>
            <PageHead title=title lead=tr!(l, clients.access_lead).to_string()/>
            {body}
        }
        .into_any())
    })
}

/// The form that ends it, or why this steward cannot.
async fn open(cx: &Ctx, member: &Member) -> Result<AnyView, PageError> {
    let l = cx.locale;
    let form = cx.flash.form("access");
    match may_end(&cx.actor, member, stewards(cx.db().read()).await?) {
        Ok(_) => {}
        Err(error @ (ClientError::Denied(_) | ClientError::Db(_))) => return Err(error.into()),
        Err(error) => {
            let why = problem(l, domain::Problem::code(&error));
            return Ok(view! { <p class="notice clay max-w-prose">{why}</p> }.into_any());
        }
    }
    Ok(view! {
        <ErrorSummary cx=cx.clone() form=form.clone()/>
        <form class="form max-w-prose" method="post" action="/do/clients/end-access">
            <input type="hidden" name="handle" value=member.handle.clone()/>
            <Field cx=cx.clone() form=form name="reason" label=tr!(l, clients.access_reason).to_string()
                help=tr!(l, clients.access_reason_help).to_string() required=true/>
            <p class="flex flex-wrap gap-3">
                <Submit label=tr!(l, clients.access_end).to_string()/>
                <a class="btn quiet" href=format!("/members/{}", encode(&member.handle))>{tr!(l, common.cancel).to_string()}</a>
            </p>
        </form>
    }
    .into_any())
}

/// What the tools answered, and letting them in again.
async fn ended(cx: &Ctx, member: &Member, ending: Ending) -> Result<AnyView, PageError> {
    let l = cx.locale;
    let notices = notices::of_ending(cx.db().read(), ending.id).await?;
    let accounts = scim::of_member(cx.db().read(), member.id).await?;
    let when = tr!(l, clients.access_ended, when = day_and_time(ending.at, cx.zone, l)).to_string();
    let list = if notices.is_empty() && !accounts.is_empty() {
        ().into_any()
    } else if notices.is_empty() {
        view! { <Empty title=tr!(l, clients.access_tools).to_string()><p>{tr!(l, clients.access_no_tools).to_string()}</p></Empty> }
            .into_any()
    } else {
        let rows = notices
            .into_iter()
            .map(|notice| view! { <Row cx=cx.clone() handle=member.handle.clone() notice=notice/> })
            .collect_view();
        view! {
            <section class="mt-8" aria-labelledby="tools">
                <h2 id="tools">{tr!(l, clients.access_tools).to_string()}</h2>
                <ul class="rows">{rows}</ul>
            </section>
        }
        .into_any()
    };
    Ok(view! {
        <p class="flex flex-wrap gap-3"><Tag tone=Tone::Clay>{when}</Tag></p>
        <p class="mt-3 max-w-prose">{tr!(l, clients.access_why, reason = ending.reason).to_string()}</p>
        {list}
        {(!accounts.is_empty()).then(|| {
            let rows = accounts
                .into_iter()
                .map(|one| view! { <Account cx=cx.clone() member=member.clone() one=one/> })
                .collect_view();
            view! {
                <section class="mt-8" aria-labelledby="accounts">
                    <h2 id="accounts">{tr!(l, clients.access_accounts).to_string()}</h2>
                    <ul class="rows">{rows}</ul>
                </section>
            }
        })}
        <section class="mt-8 max-w-prose">
            <p>{tr!(l, clients.access_restore_words).to_string()}</p>
            <form class="mt-3" method="post" action="/do/clients/restore-access">
                <input type="hidden" name="handle" value=member.handle.clone()/>
                <Submit label=tr!(l, clients.access_restore).to_string() quiet=true/>
            </form>
        </section>
    }
    .into_any())
}

#[component]
fn Row(cx: Ctx, handle: String, notice: Notice) -> impl IntoView {
    let l = cx.locale;
    let when = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| day_and_time(at, cx.zone, l)).unwrap_or_default();
    let state = notice.state();
    let (tone, words) = match state {
        State::Confirmed => (Tone::Leaf, tr!(l, clients.access_confirmed, when = when(notice.confirmed_at)).to_string()),
        State::ByHand => (Tone::Leaf, tr!(l, clients.access_by_hand, when = when(notice.by_hand_at)).to_string()),
        State::UnderWay => (Tone::Plain, tr!(l, clients.access_under_way).to_string()),
        State::ForAHuman => (Tone::Clay, tr!(l, clients.access_for_human).to_string()),
    };
    let (subject, error) = (notice.subject.clone(), notice.last_error.clone());
    let more = match state {
        State::UnderWay if notice.tries > 0 => {
            Some(tr!(l, clients.access_tries, tries = notice.tries, error = error).to_string())
        }
        State::ForAHuman if notice.address.is_empty() => Some(tr!(l, clients.access_deaf, subject = subject).to_string()),
        State::ForAHuman => Some(tr!(l, clients.access_silent, error = error, subject = subject).to_string()),
        _ => None,
    };
    let by_hand = (state == State::ForAHuman).then(|| {
        let label = tr!(l, clients.access_done_label, tool = notice.name.clone()).to_string();
        view! {
            <form method="post" action="/do/clients/by-hand">
                <input type="hidden" name="handle" value=handle/>
                <input type="hidden" name="notice" value=notice.id.to_string()/>
                <button class="btn quiet" type="submit" aria-label=label>{tr!(l, clients.access_done).to_string()}</button>
            </form>
        }
    });
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
                <p class="font-semibold">{notice.name.clone()}" "<Tag tone=tone>{words}</Tag></p>
                {more.map(|more| view! { <p class="max-w-prose text-soft">{more}</p> })}
            </div>
            {by_hand}
        </li>
    }
}

/// An account that a tool was told of ahead.
#[component]
fn Account(cx: Ctx, member: Member, one: AtTool) -> impl IntoView {
    let l = cx.locale;
    let when = |at| day_and_time(at, cx.zone, l);
    let account = one.account.clone();
    let (tone, words, more) = match one.ended {
        Ended::Confirmed(at) => {
            let when = at.map(when).unwrap_or_default();
            (Tone::Leaf, tr!(l, clients.access_closed, when = when).to_string(), None)
        }
        Ended::ByHand(at) => (Tone::Leaf, tr!(l, clients.access_by_hand, when = when(at)).to_string(), None),
        Ended::UnderWay => (Tone::Plain, tr!(l, clients.access_under_way).to_string(), None),
        Ended::Off => {
            let more = tr!(l, clients.access_account_off, account = account).to_string();
            (Tone::Clay, tr!(l, clients.access_for_human).to_string(), Some(more))
        }
        Ended::ForAHuman(trouble, said) => {
            let why = trouble.map_or_else(String::new, |trouble| words::trouble(l, trouble));
            let why = format!("{why} {said}").trim().to_owned();
            let more = tr!(l, clients.access_account_human, account = account, why = why).to_string();
            (Tone::Clay, tr!(l, clients.access_for_human).to_string(), Some(more))
        }
    };
    let by_hand = more.is_some().then(|| {
        let label = tr!(l, clients.access_done_label, tool = one.name.clone()).to_string();
        view! {
            <form method="post" action="/do/clients/closed-by-hand">
                <input type="hidden" name="handle" value=member.handle.clone()/>
                <input type="hidden" name="client" value=one.client_id.clone()/>
                <input type="hidden" name="member" value=member.id.to_string()/>
                <button class="btn quiet" type="submit" aria-label=label>{tr!(l, clients.access_done).to_string()}</button>
            </form>
        }
    });
    view! {
        <li class="flex flex-wrap items-center justify-between gap-3 py-3">
            <div>
                <p class="font-semibold">{one.name.clone()}" "<Tag tone=tone>{words}</Tag></p>
                {more.map(|more| view! { <p class="max-w-prose text-soft">{more}</p> })}
            </div>
            {by_hand}
        </li>
    }
}
