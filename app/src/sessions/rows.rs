//! Sessions in a list: the date as the hero, what it is, places drawn, and the one act that matters.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use domain::{
    SessionId,
    access::Denied,
    bookings::{BookingError, BookingState, rules},
    sessions::{SessionState, SessionView},
};
use leptos::prelude::*;

use super::words;
use crate::{
    ctx::Ctx,
    i18n::tr,
    page::encode,
    ui::{DateBlock, Pattern, SeatBar, Tag, Tone, language, month},
};

/// The reader's own live bookings, by session.
pub type Mine = HashMap<SessionId, BookingState>;

/// A list of sessions in the order given.
pub fn list(cx: &Ctx, sessions: &[SessionView], mine: &Mine) -> AnyView {
    let rows: Vec<_> = sessions
        .iter()
        .map(|view| row(cx, view, mine.get(&view.session.id).copied(), false))
        .collect();
    view! { <ul class="rows">{rows}</ul> }.into_any()
}

/// Sessions under the months that they fall into for the reader. The first that can be booked has the filled button.
pub fn by_month(cx: &Ctx, sessions: &[SessionView], mine: &Mine) -> AnyView {
    let mut months: Vec<(NaiveDate, Vec<AnyView>)> = Vec::new();
    let mut filled = false;
    for view in sessions {
        let local = view.session.starts_at.with_timezone(&cx.zone).date_naive();
        let first = local.with_day(1).unwrap_or(local);
        let booked = mine.get(&view.session.id).copied();
        let open = booked.is_none() && rules::may_book(&cx.actor, view.space.audience, &view.session, cx.now).is_ok();
        let row = row(cx, view, booked, open && !filled);
        filled |= open;
        match months.last_mut() {
            Some((month, rows)) if *month == first => rows.push(row),
            _ => months.push((first, vec![row])),
        }
    }
    months
        .into_iter()
        .map(|(first, rows)| {
            let id = format!("month-{}", first.format("%Y-%m"));
            view! {
                <section class="month" aria-labelledby=id>
                    <h2 id=id.clone()>{month(first, cx.locale)}</h2>
                    <ul class="rows">{rows}</ul>
                </section>
            }
        })
        .collect_view()
        .into_any()
}

/// One session of a list.
pub fn row(cx: &Ctx, view: &SessionView, mine: Option<BookingState>, filled: bool) -> AnyView {
    let l = cx.locale;
    let session = &view.session;
    let off = session.is_cancelled();
    let to = format!("/sessions/{}", session.id);
    let mut facts = vec![
        words::when(cx, session),
        words::lengths(l, &session.parts),
        words::audience(l, view.space.audience),
    ];
    if !session.languages.is_empty() {
        facts.push(
            session
                .languages
                .iter()
                .map(|tag| language(tag))
                .collect::<Vec<_>>()
                .join(", "),
        );
    }
    let leads = leads(cx, view);
    view! {
        <li class:off=off>
            <DateBlock at=session.starts_at cx=cx.clone()/>
            <Pattern name=view.space.name.clone()/>
            <div class="what">
                <p class="title"><a href=to>{view.full_title()}</a> " " {state_tag(cx, view)}</p>
                <small>{facts.join(" · ")}</small>
                {(!leads.is_empty()).then(|| view! { <small>{tr!(l, sessions.led_by, names = leads)}</small> })}
                {(off && !session.reason.is_empty()).then(|| view! { <small>{session.reason.clone()}</small> })}
            </div>
            {(!off)
                .then(|| {
                    view! {
                        <div class="act">
                            <SeatBar cx=cx.clone() coming=view.coming waiting=view.waiting capacity=session.capacity/>
                            {act(cx, view, mine, filled)}
                        </div>
                    }
                })}
        </li>
    }
    .into_any()
}

/// Names of who leads, each with the organisation that they show.
pub fn leads(cx: &Ctx, view: &SessionView) -> String {
    let names: Vec<_> = view
        .leads
        .iter()
        .map(|lead| match &lead.organisation {
            Some(of) => tr!(
                cx.locale,
                sessions.lead_of,
                name = &lead.member.name,
                organisation = &of.name
            )
            .to_string(),
            None => lead.member.name.clone(),
        })
        .collect();
    names.join(", ")
}

/// A word where a session is not simply to come.
pub fn state_tag(cx: &Ctx, view: &SessionView) -> Option<AnyView> {
    let l = cx.locale;
    let (tone, words) = match view.session.state {
        SessionState::Open => (Tone::Leaf, tr!(l, sessions.tag_open)),
        SessionState::Skipped => (Tone::Clay, tr!(l, sessions.tag_skipped)),
        SessionState::Cancelled => (Tone::Clay, tr!(l, sessions.tag_cancelled)),
        SessionState::Closed => (Tone::Plain, tr!(l, sessions.tag_closed)),
        SessionState::Scheduled if view.session.is_moved() => (Tone::Clay, tr!(l, sessions.tag_moved)),
        SessionState::Scheduled => return None,
    };
    let words = words.to_string();
    Some(view! { <Tag tone=tone>{words}</Tag> }.into_any())
}

/// What the reader can do about a place: their booking, the button, or why there is none.
pub fn act(cx: &Ctx, view: &SessionView, mine: Option<BookingState>, filled: bool) -> AnyView {
    let l = cx.locale;
    if let Some(state) = mine {
        let tone = if state == BookingState::Confirmed {
            Tone::Leaf
        } else {
            Tone::Clay
        };
        return view! { <Tag tone=tone>{words::place(l, state)}</Tag> }.into_any();
    }
    match rules::may_book(&cx.actor, view.space.audience, &view.session, cx.now) {
        Ok(_) => book_form(cx, view, filled),
        Err(BookingError::Denied(Denied::SignIn)) => {
            let to = format!("/sign-in?to={}", encode(&format!("/sessions/{}", view.session.id)));
            let label = tr!(l, bookings.sign_in_to_book_of, title = view.full_title()).to_string();
            view! { <a class="btn quiet" href=to aria-label=label>{tr!(l, bookings.sign_in_to_book)}</a> }.into_any()
        }
        Err(_) => ().into_any(),
    }
}

/// The form that books; its words say what comes of it.
pub fn book_form(cx: &Ctx, view: &SessionView, filled: bool) -> AnyView {
    let l = cx.locale;
    let words = match view.free() {
        None => tr!(l, bookings.i_am_coming),
        Some(free) if free > 0 && view.waiting == 0 => tr!(l, bookings.book_a_place),
        Some(_) => tr!(l, bookings.join_waiting_list),
    }
    .to_string();
    let label = format!("{words}: {}", view.full_title());
    post(cx, "/do/bookings/book", view.session.id, words, label, !filled)
}

/// The form that lets a place go.
pub fn cancel_form(cx: &Ctx, view: &SessionView, state: BookingState) -> AnyView {
    let l = cx.locale;
    let words = match state {
        BookingState::Waiting { .. } => tr!(l, bookings.leave_waiting_list),
        _ => tr!(l, bookings.let_my_place_go),
    }
    .to_string();
    let label = format!("{words}: {}", view.full_title());
    post(cx, "/do/bookings/cancel", view.session.id, words, label, true)
}

fn post(cx: &Ctx, action: &'static str, id: SessionId, words: String, label: String, quiet: bool) -> AnyView {
    view! {
        <form method="post" action=action>
            <input type="hidden" name="session" value=id.to_string()/>
            <input type="hidden" name="back" value=cx.path_and_query.clone()/>
            <button class="btn" class:quiet=quiet type="submit" aria-label=label>{words}</button>
        </form>
    }
    .into_any()
}
