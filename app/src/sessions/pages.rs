//! The page of a session: what it is, when, who leads, and the reader's own place in it.

use domain::{
    Kind, Problem, SessionId,
    bookings::{Booking, BookingError, BookingState, rules as booking_rules, store as bookings},
    markdown,
    members::MemberRef,
    sessions::{
        SessionState, SessionView,
        rules::{RoomLink, room_link},
        views,
    },
    spaces::{rules::may_facilitate, store as spaces},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{rows, words};
use crate::{
    assemblies::pages::live_state,
    ctx::Ctx,
    i18n::tr,
    page::{PageError, encode, page},
    ui::{Card, Crumbs, Field, Markdown, PageHead, Pattern, SeatBar, Submit, Tag, Tone, clock, day, day_and_time, language, problem, span},
};

/// What the page knows beside the session itself.
struct Around {
    booking: Option<Booking>,
    facilitates: bool,
    /// Who is coming, for facilitators only.
    people: Vec<(Booking, MemberRef)>,
}

/// `/sessions/{id}`.
#[component]
pub fn SessionPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").and_then(|id| id.parse::<SessionId>().ok());
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let id = id.ok_or(PageError::NOT_FOUND)?;
        let db = cx.db().read();
        let view = views::one(db, &cx.actor, id).await?;
        let facilitators = spaces::facilitator_ids(db, view.space.id).await?;
        let facilitates = may_facilitate(&cx.actor, &facilitators).is_ok();
        let around = Around {
            booking: match cx.member() {
                Some(member) => bookings::live(db, id, member.id).await?,
                None => None,
            },
            people: if facilitates { bookings::for_session(db, id).await? } else { Vec::new() },
            facilitates,
        };
        let session = &view.session;
        let live = live_state(&cx, session, None).await?;
        let lead = format!("{} · {}", day(session.starts_at, cx.zone, l), words::when(&cx, session));
        let space = format!("/spaces/{}", view.space.slug);
        Ok(view! {
            {crate::zones::hint(&cx)}
            <Crumbs
                cx=cx.clone()
                trail=vec![
                    ("/programme".to_owned(), tr!(l, sessions.programme).to_string()),
                    (space, view.space.name.clone()),
                ]
                here=view.full_title()
            />
            <div class="session-head">
                <Pattern name=view.space.name.clone()/>
                <PageHead title=view.full_title() kicker=words::kind(l, view.space.kind) lead=lead/>
            </div>
            {notices(&cx, &view)}
            {live}
            <div class="with-side">
                <div>{about(&cx, &view)}</div>
                <aside aria-label=tr!(l, sessions.your_place)>
                    {place_card(&cx, &view, &around)}
                    {room_card(&cx, &view, &around)}
                    {facilitates.then(|| people_card(&cx, &view, &around))}
                    {facilitates.then(|| change_card(&cx, &view))}
                </aside>
            </div>
        }
        .into_any())
    })
}

/// What is not as it was announced, and what is happening now.
fn notices(cx: &Ctx, view: &SessionView) -> AnyView {
    let l = cx.locale;
    let session = &view.session;
    let reason = (!session.reason.is_empty()).then(|| format!(" {}", session.reason));
    let moved = session.original_start.filter(|_| session.is_moved()).map(|original| {
        let from = day_and_time(original, cx.zone, l);
        tr!(l, sessions.moved_from, from = from).to_string()
    });
    match session.state {
        SessionState::Skipped => view! {
            <p class="notice clay" role="note"><strong>{tr!(l, sessions.is_skipped)}</strong>{reason}</p>
        }
        .into_any(),
        SessionState::Cancelled => view! {
            <p class="notice clay" role="note"><strong>{tr!(l, sessions.is_cancelled)}</strong>{reason}</p>
        }
        .into_any(),
        // The live sign says so.
        SessionState::Open => ().into_any(),
        SessionState::Closed => view! {
            <p class="notice" role="note">
                {tr!(l, sessions.is_closed)} " "
                <a href=format!("/sessions/{}/minutes", session.id)>{tr!(l, sessions.read_minutes)}</a>
            </p>
        }
        .into_any(),
        SessionState::Scheduled => moved
            .map(|moved| view! { <p class="notice clay" role="note"><strong>{moved}</strong>{reason}</p> })
            .into_any(),
    }
}

/// What it is about, how the time is spent, who leads, where it is held.
fn about(cx: &Ctx, view: &SessionView) -> AnyView {
    let l = cx.locale;
    let session = &view.session;
    let mut from = session.starts_at;
    let parts: Vec<_> = session
        .parts
        .iter()
        .map(|part| {
            let to = from + chrono::TimeDelta::minutes(i64::from(part.minutes));
            let times = span(from, to, cx.zone);
            from = to;
            let minutes = tr!(l, sessions.minutes, minutes = part.minutes).to_string();
            view! { <li><span class="num">{times}</span> <span>{words::part(l, *part)}</span> <span class="soft">{minutes}</span></li> }
        })
        .collect();
    let leads: Vec<_> = view
        .leads
        .iter()
        .map(|lead| {
            let of = lead.organisation.clone().map(|of| {
                view! { ", " <a href=format!("/members/{}", of.handle)>{of.name}</a> }
            });
            view! { <li><a href=format!("/members/{}", lead.member.handle)>{lead.member.name.clone()}</a>{of}</li> }
        })
        .collect();
    let languages = session.languages.clone();
    let summary = (!session.summary.is_empty()).then(|| markdown::to_html(&session.summary));
    let handbook = session.handbook_path.clone();
    view! {
        <section aria-labelledby="about">
            <h2 id="about">{tr!(l, sessions.about)}</h2>
            {match summary {
                Some(html) => view! { <Markdown html=html/> }.into_any(),
                None => view! { <p class="max-w-prose">{view.space.purpose.clone()}</p> }.into_any(),
            }}
        </section>
        <section aria-labelledby="course">
            <h2 id="course">{tr!(l, sessions.course)}</h2>
            <ol class="course">{parts}</ol>
            {(cx.zone != chrono_tz::UTC)
                .then(|| {
                    let utc = span(session.starts_at, session.ends_at, chrono_tz::UTC);
                    view! { <p class="soft">{tr!(l, sessions.times_in_your_zone, zone = cx.zone.name(), utc = utc)}</p> }
                })}
        </section>
        <section aria-labelledby="facts">
            <h2 id="facts">{tr!(l, sessions.good_to_know)}</h2>
            <dl class="facts">
                {(!leads.is_empty())
                    .then(|| view! { <div><dt>{tr!(l, sessions.who_leads)}</dt><dd><ul>{leads}</ul></dd></div> })}
                <div>
                    <dt>{tr!(l, sessions.who_may_come)}</dt>
                    <dd>{words::audience(l, view.space.audience)}</dd>
                </div>
                <div>
                    <dt>{tr!(l, sessions.held_in)}</dt>
                    <dd>
                        <a href=format!("/spaces/{}", view.space.slug)>{view.space.name.clone()}</a> " · "
                        <a href=format!("/spaces/{}#protocol", view.space.slug)>{tr!(l, sessions.its_protocol)}</a>
                    </dd>
                </div>
                {(!languages.is_empty())
                    .then(|| {
                        let names: Vec<_> = languages
                            .into_iter()
                            .map(|tag| view! { <li lang=tag.clone()>{language(&tag)}</li> })
                            .collect();
                        view! { <div><dt>{tr!(l, sessions.languages)}</dt><dd><ul>{names}</ul></dd></div> }
                    })}
                {(!session.phase.is_empty())
                    .then(|| view! { <div><dt>{tr!(l, sessions.phase)}</dt><dd>{session.phase.clone()}</dd></div> })}
                {(!handbook.is_empty())
                    .then(|| {
                        view! {
                            <div>
                                <dt>{tr!(l, sessions.read_before)}</dt>
                                <dd><a href=words::handbook_address(&handbook)>{words::handbook_page(&handbook)}</a></dd>
                            </div>
                        }
                    })}
            </dl>
        </section>
    }
    .into_any()
}

/// How many are coming, and the reader's own place.
fn place_card(cx: &Ctx, view: &SessionView, around: &Around) -> AnyView {
    let l = cx.locale;
    let session = &view.session;
    let state = around.booking.as_ref().map(|booking| booking.state);
    let act = match (state, booking_rules::still_changes(session, cx.now)) {
        (_, Err(error)) => view! { <p class="soft">{problem(l, error.code())}</p> }.into_any(),
        (Some(state), Ok(())) => {
            let (tone, sentence) = match state {
                BookingState::Waiting { .. } => (Tone::Clay, tr!(l, bookings.you_wait)),
                _ => (Tone::Leaf, tr!(l, bookings.you_are_in)),
            };
            view! {
                <p><Tag tone=tone>{words::place(l, state)}</Tag></p>
                <p>{sentence}</p>
                {rows::cancel_form(cx, view, state)}
            }
            .into_any()
        }
        (None, Ok(())) => match booking_rules::may_book(&cx.actor, view.space.audience, session, cx.now) {
            Ok(_) => view! { <p>{tr!(l, bookings.why_book)}</p> {rows::book_form(cx, view, true)} }.into_any(),
            Err(BookingError::Denied(domain::access::Denied::SignIn)) => view! {
                <p>{tr!(l, bookings.sign_in_first)}</p>
                <a class="btn" href=format!("/sign-in?to={}", encode(&cx.path))>{tr!(l, bookings.sign_in_to_book)}</a>
            }
            .into_any(),
            Err(error) if error.kind() == Kind::Internal => ().into_any(),
            Err(error) => view! { <p class="soft">{problem(l, error.code())}</p> }.into_any(),
        },
    };
    let file = format!("/calendar/sessions/{}.ics", session.id);
    let seats = (!session.is_cancelled()).then(|| {
        view! { <SeatBar cx=cx.clone() coming=view.coming waiting=view.waiting capacity=session.capacity/> }
    });
    view! {
        <Card title=tr!(l, sessions.your_place)>
            {seats}
            {act}
            <p><a href=file>{tr!(l, sessions.add_to_calendar)}</a></p>
        </Card>
    }
    .into_any()
}

/// The link to the room for those who have a seat, when it is near.
fn room_card(cx: &Ctx, view: &SessionView, around: &Around) -> AnyView {
    let l = cx.locale;
    let session = &view.session;
    let enters = view.space.audience.may_enter(&cx.actor);
    let state = around.booking.as_ref().map(|booking| booking.state);
    let door = room_link(cx.now, session, &view.space.room_link, enters, state, around.facilitates);
    let words = match door {
        RoomLink::Here(link) => {
            let link = link.to_owned();
            view! {
                <p>{tr!(l, sessions.door_is_open)}</p>
                <p><a class="btn" rel="noopener noreferrer" href=link>{tr!(l, sessions.to_video_room)}</a></p>
            }
            .into_any()
        }
        RoomLink::From(at) => {
            let at = format!("{} ({} UTC)", clock(at, cx.zone), clock(at, chrono_tz::UTC));
            view! { <p>{tr!(l, sessions.door_opens, at = at)}</p> }.into_any()
        }
        RoomLink::BookFirst => view! { <p>{tr!(l, sessions.door_after_booking)}</p> }.into_any(),
        RoomLink::NotForYou(_) | RoomLink::Over | RoomLink::Nowhere => return ().into_any(),
    };
    view! { <Card title=tr!(l, sessions.the_door)>{words}</Card> }.into_any()
}

/// Who is coming, for those who prepare for them.
fn people_card(cx: &Ctx, view: &SessionView, around: &Around) -> AnyView {
    let l = cx.locale;
    let people: Vec<_> = around
        .people
        .iter()
        .map(|(booking, who)| {
            let waits = matches!(booking.state, BookingState::Waiting { .. });
            let state = words::place(l, booking.state);
            view! {
                <li>
                    <a href=format!("/members/{}", who.handle)>{who.name.clone()}</a>
                    {waits.then(|| view! { <Tag tone=Tone::Clay>{state}</Tag> })}
                </li>
            }
        })
        .collect();
    let nobody = people.is_empty();
    let room = format!("/sessions/{}/room", view.session.id);
    let opens = matches!(view.session.state, SessionState::Scheduled | SessionState::Open);
    view! {
        <Card title=tr!(l, sessions.who_is_coming)>
            {nobody.then(|| view! { <p class="soft">{tr!(l, sessions.nobody_yet)}</p> })}
            <ul class="people">{people}</ul>
            {opens.then(|| view! { <p><a class="btn quiet" href=room>{tr!(l, sessions.to_the_room)}</a></p> })}
        </Card>
    }
    .into_any()
}

/// For facilitators: another time, or not this time.
fn change_card(cx: &Ctx, view: &SessionView) -> AnyView {
    let l = cx.locale;
    let session = &view.session;
    if session.state != SessionState::Scheduled {
        return ().into_any();
    }
    let id = session.id.to_string();
    let zone = view.space.time_zone;
    let stored = session.starts_at.with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string();
    let (moving, leaving) = (cx.flash.form("move"), cx.flash.form("call_off"));
    let open = !moving.errors().is_empty() || !leaving.errors().is_empty();
    let in_series = session.series_id.is_some();
    view! {
        <details class="card change" open=open>
            <summary>{tr!(l, sessions.change_it)}</summary>
            <form method="post" action="/do/sessions/move">
                <input type="hidden" name="session" value=id.clone()/>
                <Field cx=cx.clone() form=moving.clone() name="start" kind="datetime-local" required=true value=stored
                    label=tr!(l, sessions.new_start) help=tr!(l, sessions.new_start_in, zone = zone.name()).to_string()/>
                <Field cx=cx.clone() form=moving name="why" required=true label=tr!(l, sessions.why_moved)/>
                <Submit label=tr!(l, sessions.move_it) quiet=true/>
            </form>
            <form method="post" action="/do/sessions/call-off">
                <input type="hidden" name="session" value=id/>
                <Field cx=cx.clone() form=leaving name="reason" required=true label=tr!(l, sessions.why_called_off)
                    help=if in_series { tr!(l, sessions.skip_help) } else { tr!(l, sessions.call_off_help) }.to_string()/>
                <Submit label=if in_series { tr!(l, sessions.skip_it) } else { tr!(l, sessions.call_it_off) } quiet=true/>
            </form>
        </details>
    }
    .into_any()
}
