//! Accounts that are sent ahead to a tool: where to, how far it is, what is wrong.

use domain::clients::scim::{self, Counts, Refusal, Target};
use leptos::prelude::*;

use crate::{
    clients::words,
    ctx::Ctx,
    i18n::{Locale, tr},
    page::PageError,
    ui::{Card, Check, ErrorSummary, Field, Submit, Tag, Tone, day_and_time},
};

/// How many refusals the page lists.
const LISTED: u32 = 20;

/// What the page of a tool says about it.
#[derive(Debug, Clone, Default)]
pub(super) struct Ahead {
    target: Option<Target>,
    counts: Counts,
    given_up: bool,
    refusals: Vec<Refusal>,
}

impl Ahead {
    pub(super) async fn of(cx: &Ctx, client_id: &str) -> Result<Self, PageError> {
        let db = cx.db().read();
        let Some(target) = scim::get(db, client_id).await? else {
            return Ok(Self::default());
        };
        let (counts, given_up) = scim::counts(db, &target).await?;
        let refusals = if counts.refused > 0 { scim::refusals(db, client_id, LISTED).await? } else { Vec::new() };
        Ok(Self { target: Some(target), counts, given_up, refusals })
    }
}

/// Where accounts are sent, for stewards.
#[component]
pub(super) fn SentAhead(cx: Ctx, client_id: String, ahead: Ahead) -> impl IntoView {
    let l = cx.locale;
    let form = cx.flash.form("scim");
    let address = ahead.target.as_ref().map(|target| target.address.clone()).unwrap_or_default();
    let active = ahead.target.as_ref().is_none_or(|target| target.active);
    let token_help = if ahead.target.is_some() {
        tr!(l, clients.scim_token_kept).to_string()
    } else {
        tr!(l, clients.scim_token_help).to_string()
    };
    let state = ahead.target.clone().map(|target| {
        view! { <State cx=cx.clone() client_id=client_id.clone() target=target ahead=ahead/> }
    });
    view! {
        <section class="mt-8" aria-labelledby="scim">
            <h2 id="scim">{tr!(l, clients.scim_title).to_string()}</h2>
            <p class="mb-4 max-w-prose">{tr!(l, clients.scim_words).to_string()}</p>
            <ErrorSummary cx=cx.clone() form=form.clone()/>
            <form class="form" method="post" action="/do/clients/scim">
                <input type="hidden" name="client" value=client_id/>
                <Field cx=cx.clone() form=form.clone() name="scim_address" kind="url"
                    label=tr!(l, clients.scim_address).to_string() value=address
                    help=tr!(l, clients.scim_address_help).to_string() required=true/>
                <Field cx=cx.clone() form=form.clone() name="scim_token" kind="password" autocomplete="off"
                    label=tr!(l, clients.scim_token).to_string() help=token_help/>
                <Check cx=cx form=form name="scim_active" label=tr!(l, clients.scim_active).to_string() checked=active/>
                <p><Submit label=tr!(l, clients.scim_save).to_string() quiet=true/></p>
            </form>
            {state}
        </section>
    }
}

/// How far it is.
#[component]
fn State(cx: Ctx, client_id: String, target: Target, ahead: Ahead) -> impl IntoView {
    let l = cx.locale;
    let pushed = target
        .pushed_at
        .map_or_else(|| tr!(l, clients.scim_never).to_string(), |at| day_and_time(at, cx.zone, l));
    let since = target.troubled_at.map(|at| day_and_time(at, cx.zone, l)).unwrap_or_default();
    let trouble = target.trouble.map(|(trouble, detail)| {
        let since = tr!(l, clients.scim_since, when = since).to_string();
        view! {
            <div class="notice clay mt-4" role="status">
                <p class="font-semibold">{words::trouble(l, trouble)}</p>
                <p>{since}{said(l, &detail)}</p>
                {ahead.given_up.then(|| view! { <p>{tr!(l, clients.scim_given_up).to_string()}</p> })}
            </div>
        }
    });
    let more = ahead.counts.refused - i64::try_from(ahead.refusals.len()).unwrap_or_default();
    let refused = (!ahead.refusals.is_empty()).then(|| {
        let rows = ahead
            .refusals
            .into_iter()
            .map(|one| {
                let why = format!("{}{}", words::trouble(l, one.trouble), said(l, &one.detail));
                view! { <li class="py-3"><p class="font-semibold">{one.name}</p><p class="text-soft">{why}</p></li> }
            })
            .collect_view();
        view! {
            <h3 class="mt-6">{tr!(l, clients.scim_refused_title).to_string()}</h3>
            <ul class="rows">{rows}</ul>
            {(more > 0).then(|| view! { <p>{tr!(l, clients.scim_refused_more, number = more.to_string()).to_string()}</p> })}
        }
    });
    view! {
        {trouble}
        <div class="mt-6">
            <Card title=tr!(l, clients.scim_state).to_string()>
                {(!target.active).then(|| view! { <p><Tag tone=Tone::Clay>{tr!(l, clients.scim_off).to_string()}</Tag></p> })}
                <dl class="facts">
                    <dt>{tr!(l, clients.scim_last).to_string()}</dt>
                    <dd>{pushed}</dd>
                    <dt>{tr!(l, clients.scim_people).to_string()}</dt>
                    <dd>{ahead.counts.people}</dd>
                    <dt>{tr!(l, clients.scim_groups).to_string()}</dt>
                    <dd>{ahead.counts.groups}</dd>
                    <dt>{tr!(l, clients.scim_waiting).to_string()}</dt>
                    <dd>{ahead.counts.waiting}</dd>
                    <dt>{tr!(l, clients.scim_refused).to_string()}</dt>
                    <dd>{ahead.counts.refused}</dd>
                </dl>
                <form class="mt-3" method="post" action="/do/clients/scim-again">
                    <input type="hidden" name="client" value=client_id/>
                    <Submit label=tr!(l, clients.scim_again).to_string() quiet=true/>
                </form>
            </Card>
        </div>
        {refused}
    }
}

/// The tool's own words, if it had any.
fn said(l: Locale, detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(" {}", tr!(l, clients.scim_said, words = detail.to_owned())) }
}
