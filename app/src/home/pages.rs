//! The home page.

use chrono::{TimeDelta, Timelike};
use domain::{
    bookings::{BookingState, store as bookings},
    handbook::{PageRef, store as handbook},
    sessions::{
        SessionView,
        views::{self, Filter},
    },
    tools::{Tool, may_use, store as tools},
};
use leptos::prelude::*;

use crate::{
    assemblies::pages::live_state,
    ctx::Ctx,
    i18n::tr,
    page::page,
    sessions::rows::{self, Mine},
    ui::{Card, Empty, PageHead, Tag, Tone},
    zones,
};

/// Gatherings in the list.
const NEXT: u64 = 5;
/// Pages of the handbook offered, after its first.
const PAGES: usize = 4;

/// The first page: what is next, what is open now, my places, where to start.
#[component]
pub fn HomePage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let db = cx.db().read();
        let coming = Filter { happening: true, ..views::upcoming(cx.now, None, NEXT) };
        let coming = views::list(db, &cx.actor, &coming).await?;
        let open = views::list(db, &cx.actor, &views::open_now()).await?;
        let mut live = Vec::new();
        for view in &open {
            live.push(live_state(&cx, &view.session, Some(&view.full_title())).await?);
        }
        let mine = match cx.member() {
            Some(member) => bookings::live_of_member(db, member.id, cx.now).await?,
            None => Mine::new(),
        };
        let pages = handbook::tree(db, &cx.actor).await?;
        let tools = tools::list(db).await?;
        let tools: Vec<_> = tools.into_iter().filter(|tool| may_use(tool, &cx.actor).is_ok()).collect();
        let list = if coming.is_empty() {
            view! { <Empty title=tr!(l, home.nothing_title)><p>{tr!(l, home.nothing)}</p></Empty> }.into_any()
        } else {
            rows::list(&cx, &coming, &mine)
        };
        Ok(view! {
            {zones::hint(&cx)}
            <div class="with-side items-end">
                <Hello cx=cx.clone() coming=coming.clone()/>
                <div class="grid gap-3">{live}</div>
            </div>
            <div class="with-side mt-6">
                <section aria-labelledby="coming">
                    <div class="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 mb-3">
                        <h2 id="coming">{tr!(l, home.coming_up)}</h2>
                        <a href="/programme">{tr!(l, home.whole_programme)}</a>
                    </div>
                    {list}
                </section>
                <div class="grid gap-5">
                    {cx.member().is_some().then(|| my_places(&cx, &coming, &mine))}
                    <Start cx=cx.clone()/>
                    {from_handbook(&cx, &pages)}
                </div>
            </div>
            {(!tools.is_empty()).then(|| tools_for_you(&cx, &tools))}
        }
        .into_any())
    })
}

/// A greeting for the hour where the reader is, and what the week holds.
#[component]
fn Hello(cx: Ctx, coming: Vec<SessionView>) -> impl IntoView {
    let l = cx.locale;
    if cx.member().is_none() {
        let title = tr!(l, home.welcome, community = cx.settings().community.clone());
        return view! { <PageHead title=title lead=tr!(l, home.lead_guest).to_string()/> }.into_any();
    }
    let greeting = match cx.now.with_timezone(&cx.zone).hour() {
        4..12 => tr!(l, home.good_morning),
        12..18 => tr!(l, home.good_afternoon),
        _ => tr!(l, home.good_evening),
    };
    let week = cx.now + TimeDelta::days(7);
    let count = coming.iter().filter(|view| view.session.starts_at < week).count();
    let gatherings = match count {
        0 => tr!(l, home.week_none).to_string(),
        1 => tr!(l, home.week_one).to_string(),
        _ => tr!(l, home.week_some, count = count),
    };
    view! { <PageHead title=format!("{greeting} {gatherings}") lead=tr!(l, home.lead_member).to_string()/> }.into_any()
}

/// The reader's places among what comes next.
fn my_places(cx: &Ctx, coming: &[SessionView], mine: &Mine) -> AnyView {
    let l = cx.locale;
    let rows: Vec<_> = coming
        .iter()
        .filter_map(|view| Some((view, *mine.get(&view.session.id)?)))
        .map(|(view, state)| {
            let (tone, words) = match state {
                BookingState::Waiting { ahead } => (Tone::Clay, tr!(l, home.waiting, place = ahead + 1)),
                _ => (Tone::Leaf, tr!(l, home.booked).to_string()),
            };
            view! {
                <li class="flex items-baseline justify-between gap-3">
                    <a href=format!("/sessions/{}", view.session.id)>{view.full_title()}</a>
                    <Tag tone=tone>{words}</Tag>
                </li>
            }
        })
        .collect();
    let empty = rows.is_empty().then(|| view! { <p class="text-soft">{tr!(l, home.my_places_empty)}</p> });
    view! {
        <Card title=tr!(l, home.my_places)>
            {empty}
            <ul class="grid gap-2">{rows}</ul>
            <p class="mt-3"><a href="/bookings">{tr!(l, home.all_my_places)}</a></p>
        </Card>
    }
    .into_any()
}

/// Where to start: four ways in.
#[component]
fn Start(cx: Ctx) -> impl IntoView {
    let l = cx.locale;
    let mut ways = vec![
        ("/programme", tr!(l, home.start_programme), tr!(l, home.start_programme_why)),
        ("/handbook", tr!(l, home.start_handbook), tr!(l, home.start_handbook_why)),
        ("/spaces", tr!(l, home.start_spaces), tr!(l, home.start_spaces_why)),
    ];
    if cx.member().is_some() {
        ways.push(("/account/profile", tr!(l, home.start_profile), tr!(l, home.start_profile_why)));
    }
    let ways = ways
        .into_iter()
        .map(|(to, what, why)| {
            view! { <li><a href=to>{what}</a><span class="block text-soft">{why}</span></li> }
        })
        .collect_view();
    view! { <Card title=tr!(l, home.start_here)><ul class="grid gap-2">{ways}</ul></Card> }
}

/// A few pages of the handbook.
fn from_handbook(cx: &Ctx, pages: &[PageRef]) -> Option<AnyView> {
    let chosen: Vec<_> = pages.iter().filter(|page| !page.path.is_empty()).take(PAGES).collect();
    (!chosen.is_empty()).then(|| {
        let rows = chosen
            .into_iter()
            .map(|page| view! { <li><a href=format!("/handbook/{}", page.path)>{page.title.clone()}</a></li> })
            .collect_view();
        view! { <Card title=tr!(cx.locale, home.from_handbook)><ul class="grid gap-2">{rows}</ul></Card> }.into_any()
    })
}

/// The tools that are the reader's to use.
fn tools_for_you(cx: &Ctx, tools: &[Tool]) -> AnyView {
    let l = cx.locale;
    let cards = tools
        .iter()
        .map(|tool| {
            let care = tool.caretaker.as_ref().map(|circle| tr!(l, home.cared_by, circle = circle.name.clone()));
            view! {
                <li class="card grid gap-1 content-start">
                    <a class="font-bold text-lg justify-self-start" href=tool.link.clone() rel="noopener">{tool.name.clone()}</a>
                    <span>{tool.purpose.clone()}</span>
                    <span class="text-soft">{tool.software.clone()}{care.map(|care| format!(" · {care}"))}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="mt-10" aria-labelledby="tools">
            <div class="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 mb-3">
                <h2 id="tools">{tr!(l, home.tools)}</h2>
                <a href="/tools">{tr!(l, home.all_tools)}</a>
            </div>
            <ul class="grid-cards">{cards}</ul>
        </section>
    }
    .into_any()
}
