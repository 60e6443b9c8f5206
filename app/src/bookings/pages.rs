//! My places: what I have booked, where I wait, what I let go, where I have been.

use domain::{
    bookings::store::{self as bookings, Booked},
    sessions::{
        SessionState,
        views::{self, Filter},
    },
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    i18n::tr,
    page::page,
    sessions::{rows, words},
    ui::{DateBlock, Empty, PageHead, Pattern, SeatBar, Tag, Tone},
};

/// `/bookings`.
#[component]
pub fn BookingsPage() -> impl IntoView {
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let member = cx.actor.signed_in()?.id;
        let db = cx.db().read();
        let coming = bookings::upcoming(db, &cx.actor, cx.now).await?;
        let past = bookings::past(db, &cx.actor, cx.now, 20).await?;
        let let_go = bookings::let_go(db, member, cx.now).await?;
        let again = if let_go.is_empty() {
            Vec::new()
        } else {
            let filter = Filter { ids: Some(let_go), ..Filter::default() };
            views::list(db, &cx.actor, &filter).await?
        };
        let coming_list = if coming.is_empty() {
            view! {
                <Empty title=tr!(l, bookings.nothing_title)>
                    <p>{tr!(l, bookings.nothing)} " " <a href="/programme">{tr!(l, bookings.to_programme)}</a></p>
                </Empty>
            }
            .into_any()
        } else {
            let rows: Vec<_> = coming.iter().map(|booked| row(&cx, booked, true)).collect();
            view! { <ul class="rows">{rows}</ul> }.into_any()
        };
        let past_rows: Vec<_> = past.iter().map(|booked| row(&cx, booked, false)).collect();
        Ok(view! {
            <PageHead title=tr!(l, bookings.title) lead=tr!(l, bookings.lead).to_string()/>
            <section aria-labelledby="coming">
                <h2 id="coming">{tr!(l, bookings.coming)}</h2>
                {coming_list}
            </section>
            {(!again.is_empty())
                .then(|| {
                    let rows: Vec<_> = again.iter().map(|view| again_row(&cx, view)).collect();
                    view! {
                        <section aria-labelledby="again">
                            <h2 id="again">{tr!(l, bookings.you_let_go)}</h2>
                            <p class="soft">{tr!(l, bookings.changed_your_mind)}</p>
                            <ul class="rows">{rows}</ul>
                        </section>
                    }
                })}
            {(!past_rows.is_empty())
                .then(|| {
                    view! {
                        <section aria-labelledby="past">
                            <h2 id="past">{tr!(l, bookings.past)}</h2>
                            <ul class="rows">{past_rows}</ul>
                        </section>
                    }
                })}
        }
        .into_any())
    })
}

fn row(cx: &Ctx, (booking, view): &Booked, to_come: bool) -> AnyView {
    let l = cx.locale;
    let session = &view.session;
    let off = session.is_cancelled();
    let waits = matches!(booking.state, domain::bookings::BookingState::Waiting { .. });
    let minutes = (session.state == SessionState::Closed).then(|| format!("/sessions/{}/minutes", session.id));
    let file = format!("/calendar/sessions/{}.ics", session.id);
    let tone = if waits { Tone::Clay } else { Tone::Leaf };
    let place = words::place(l, booking.state);
    let may_change = to_come && !off && session.state != SessionState::Closed;
    view! {
        <li class:off=off>
            <DateBlock at=session.starts_at cx=cx.clone()/>
            <Pattern name=view.space.name.clone()/>
            <div class="what">
                <p class="title">
                    <a href=format!("/sessions/{}", session.id)>{view.full_title()}</a> " "
                    {rows::state_tag(cx, view)}
                </p>
                <small>{words::when(cx, session)} " · " {words::lengths(l, &session.parts)}</small>
                {(!session.reason.is_empty()).then(|| view! { <small>{session.reason.clone()}</small> })}
                {to_come.then(|| view! { <small><a href=file>{tr!(l, sessions.add_to_calendar)}</a></small> })}
                {minutes.map(|to| view! { <small><a href=to>{tr!(l, sessions.read_minutes)}</a></small> })}
            </div>
            {may_change
                .then(|| {
                    view! {
                        <div class="act">
                            <Tag tone=tone>{place}</Tag>
                            <SeatBar cx=cx.clone() coming=view.coming waiting=view.waiting capacity=session.capacity/>
                            {rows::cancel_form(cx, view, booking.state)}
                        </div>
                    }
                })}
        </li>
    }
    .into_any()
}

fn again_row(cx: &Ctx, view: &domain::sessions::SessionView) -> AnyView {
    let l = cx.locale;
    let session = &view.session;
    let label = format!("{}: {}", tr!(l, bookings.book_again), view.full_title());
    view! {
        <li>
            <DateBlock at=session.starts_at cx=cx.clone()/>
            <Pattern name=view.space.name.clone()/>
            <div class="what">
                <p class="title"><a href=format!("/sessions/{}", session.id)>{view.full_title()}</a></p>
                <small>{words::when(cx, session)}</small>
            </div>
            <div class="act">
                <SeatBar cx=cx.clone() coming=view.coming waiting=view.waiting capacity=session.capacity/>
                <form method="post" action="/do/bookings/book">
                    <input type="hidden" name="session" value=session.id.to_string()/>
                    <input type="hidden" name="back" value="/bookings"/>
                    <button class="btn quiet" type="submit" aria-label=label>{tr!(l, bookings.book_again)}</button>
                </form>
            </div>
        </li>
    }
    .into_any()
}
