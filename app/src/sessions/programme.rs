//! The programme: what is to come, or has been, as a list under months.

use domain::{
    bookings::store as bookings,
    sessions::views::{self, Filter},
    spaces::SpaceKind,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{rows, words};
use crate::{
    ctx::Ctx,
    i18n::tr,
    page::page,
    ui::{Empty, PageHead},
    zones,
};

/// Most sessions that the list shows at once.
const MOST: u64 = 50;

/// `/programme`, with `kind` and `when=past` in its query.
#[component]
pub fn ProgrammePage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let kind = query.get("kind").and_then(|word| SpaceKind::read(&word));
    let past = query.get("when").is_some_and(|when| when == "past");
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let filter = if past {
            views::past(cx.now, None, MOST)
        } else {
            views::upcoming(cx.now, None, MOST)
        };
        let sessions = views::list(cx.db().read(), &cx.actor, &Filter { kind, ..filter }).await?;
        let mine = match cx.member() {
            Some(member) => bookings::live_of_member(cx.db().read(), member.id, cx.now).await?,
            None => rows::Mine::new(),
        };
        let list = if sessions.is_empty() {
            view! {
                <Empty title=tr!(l, sessions.nothing_title)>
                    <p>
                        {if past { tr!(l, sessions.nothing_past) } else { tr!(l, sessions.nothing_to_come) }}
                        " "
                        <a href="/spaces">{tr!(l, sessions.to_spaces)}</a>
                    </p>
                </Empty>
            }
            .into_any()
        } else {
            rows::by_month(&cx, &sessions, &mine)
        };
        Ok(view! {
            {zones::hint(&cx)}
            <PageHead title=tr!(l, sessions.programme) lead=tr!(l, sessions.programme_lead).to_string()/>
            {views_nav(&cx, if past { View::Past } else { View::List })}
            {kinds_nav(&cx, kind, past)}
            {list}
            <p class="aside">
                {tr!(l, sessions.subscribe)} " "
                <a href="/calendar/programme.ics">{tr!(l, sessions.subscribe_link)}</a>
            </p>
        }
        .into_any())
    })
}

/// The ways to look at the programme.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    List,
    Month,
    Past,
}

/// Links between list, month and past.
pub(super) fn views_nav(cx: &Ctx, here: View) -> AnyView {
    let l = cx.locale;
    let links = [
        (View::List, "/programme", tr!(l, sessions.view_list)),
        (View::Month, "/programme/month", tr!(l, sessions.view_month)),
        (View::Past, "/programme?when=past", tr!(l, sessions.view_past)),
    ]
    .map(|(view, to, words)| {
        let current = (view == here).then_some("page");
        view! { <li><a href=to aria-current=current>{words}</a></li> }
    });
    view! {
        <nav class="tabs" aria-label=tr!(l, sessions.views)>
            <ul>{links.into_iter().collect_view()}</ul>
        </nav>
    }
    .into_any()
}

/// Links that keep only one kind of gathering; they stay in the address.
fn kinds_nav(cx: &Ctx, chosen: Option<SpaceKind>, past: bool) -> AnyView {
    let l = cx.locale;
    let link = |kind: Option<SpaceKind>| {
        let mut query: Vec<String> = Vec::new();
        query.extend(kind.map(|kind| format!("kind={}", kind.as_str())));
        query.extend(past.then(|| "when=past".to_owned()));
        let to = if query.is_empty() {
            "/programme".to_owned()
        } else {
            format!("/programme?{}", query.join("&"))
        };
        let current = (kind == chosen).then_some("true");
        let words = kind.map_or_else(|| tr!(l, sessions.all_kinds).to_string(), |kind| words::kind(l, kind));
        view! { <li><a href=to aria-current=current>{words}</a></li> }
    };
    let links: Vec<_> = std::iter::once(None)
        .chain(SpaceKind::ALL.map(Some))
        .map(link)
        .collect();
    view! {
        <nav class="chips" aria-label=tr!(l, sessions.kinds)>
            <ul>{links}</ul>
        </nav>
    }
    .into_any()
}
