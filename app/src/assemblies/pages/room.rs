//! The room of an assembly and its door.

use domain::{
    assemblies::{Room, rules, stage::Stage, store},
    markdown,
};
use leptos::prelude::*;

use super::{key, part};
use crate::{
    assemblies::{
        islands::{LiveRoom, LiveState},
        room as parts, seen,
        snapshot::{Inside, Snapshot},
        speak,
        words::TypedLine,
    },
    ctx::Ctx,
    i18n::tr,
    page::{PageError, page},
    ui::{Check, Crumbs, ErrorSummary, Markdown, PageHead, Submit, When, clock, day, day_and_time, problem},
};

/// `/sessions/{id}/room`
#[component]
pub fn RoomPage() -> impl IntoView {
    let id = part("id");
    page(async move |cx: Ctx| {
        let room = store::load(cx.db().read(), key(&id)?).await?;
        rules::may_come(&cx.actor, &room)?;
        let view = domain::sessions::views::one(cx.db().read(), &cx.actor, room.session.id).await?;
        let snapshot = seen::snapshot(&room, (&cx).into());
        let entered = snapshot.inside.as_ref().is_some_and(|inside| inside.entered);
        let lead = match room.stage() {
            Stage::Planned { .. } => Some(tr!(cx.locale, assemblies.planned_lead).to_string()),
            Stage::Open { .. } if entered => None,
            Stage::Open { .. } => Some(tr!(cx.locale, assemblies.door_lead).to_string()),
            Stage::Closed { .. } => Some(tr!(cx.locale, assemblies.closed_lead).to_string()),
            Stage::Off => Some(tr!(cx.locale, assemblies.off_lead).to_string()),
        };
        let body = match room.stage() {
            Stage::Open { .. } if entered => inside(&cx, &room, snapshot),
            Stage::Open { .. } | Stage::Planned { .. } => door(&cx, &room, snapshot),
            Stage::Closed { .. } => parts::closed(&id, &speak::room(cx.locale)),
            Stage::Off => off(&cx, &room),
        };
        Ok::<_, PageError>(
            view! {
                {crumbs(&cx, &room, view.full_title(), tr!(cx.locale, assemblies.room).to_string())}
                <PageHead kicker=room.space.name.clone() title=view.full_title()/>
                {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
                <p class="text-soft">
                    {day(room.session.starts_at, cx.zone, cx.locale)}" · "
                    <When from=room.session.starts_at to=room.session.ends_at cx=cx.clone()/>
                </p>
                {body}
            }
            .into_any(),
        )
    })
}

pub(super) fn crumbs(cx: &Ctx, room: &Room, title: String, here: String) -> AnyView {
    let trail = vec![
        ("/spaces".to_owned(), tr!(cx.locale, assemblies.spaces).to_string()),
        (format!("/spaces/{}", room.space.slug), room.space.name.clone()),
        (format!("/sessions/{}", room.session.id), title),
    ];
    view! { <Crumbs cx=cx.clone() trail=trail here=here/> }.into_any()
}

fn off(cx: &Ctx, room: &Room) -> AnyView {
    let why = (!room.session.reason.is_empty())
        .then(|| tr!(cx.locale, assemblies.off_why, reason = room.session.reason.clone()).to_string());
    view! { <p>{why}</p> }.into_any()
}

/// Outside: the protocol, and the way in or the way to open.
fn door(cx: &Ctx, room: &Room, snapshot: Snapshot) -> AnyView {
    let l = cx.locale;
    let id = room.session.id.to_string();
    let words = speak::room(l);
    let agenda = snapshot
        .inside
        .as_ref()
        .map(|inside| parts::agenda(&inside.agenda, &words));
    let open = matches!(room.stage(), Stage::Open { .. });
    let act = if open {
        Some(enter_form(cx, room))
    } else {
        opening(cx, room)
    };
    let sign = Snapshot {
        inside: None,
        ..snapshot
    };
    view! {
        <LiveState session=id first=sign words=words.state.clone()/>
        <div class="with-side room">
            <div class="room-main">
                <section class="card" aria-labelledby="protocol">
                    <h2 id="protocol">{tr!(l, assemblies.protocol, space = room.space.name.clone())}</h2>
                    {protocol(cx, room)}
                </section>
                {act}
            </div>
            <div class="room-side">
                <section class="card" aria-labelledby="agenda">
                    <h2 id="agenda">{words.agenda.clone()}</h2>
                    {agenda}
                </section>
                <p><a href=format!("/sessions/{}", room.session.id)>{tr!(l, assemblies.to_session)}</a></p>
            </div>
        </div>
        {close_form(cx, room)}
    }
    .into_any()
}

fn protocol(cx: &Ctx, room: &Room) -> AnyView {
    let l = cx.locale;
    if room.space.protocol.is_empty() {
        return view! { <p>{tr!(l, assemblies.protocol_none)}</p> }.into_any();
    }
    view! {
        <Markdown html=markdown::to_html(&room.space.protocol)/>
        <p class="text-soft">{tr!(l, assemblies.protocol_version, version = room.space.protocol_version)}</p>
    }
    .into_any()
}

/// The form that acknowledges the protocol and enters.
fn enter_form(cx: &Ctx, room: &Room) -> AnyView {
    acknowledge(cx, room, "enter", tr!(cx.locale, assemblies.enter).to_string())
}

fn acknowledge(cx: &Ctx, room: &Room, act: &'static str, label: String) -> AnyView {
    let form = cx.flash.form(act);
    view! {
        <ErrorSummary cx=cx.clone() form=form.clone()/>
        <form class="form" method="post" action=format!("/do/assemblies/{act}")>
            <input type="hidden" name="session" value=room.session.id.to_string()/>
            <input type="hidden" name="version" value=room.space.protocol_version.to_string()/>
            <Check cx=cx.clone() form=form name="read" label=tr!(cx.locale, assemblies.acknowledge).to_string()/>
            <Submit label=label/>
        </form>
    }
    .into_any()
}

/// What who leads sees at the door of a planned assembly; nothing for others.
fn opening(cx: &Ctx, room: &Room) -> Option<AnyView> {
    let l = cx.locale;
    rules::may_lead(&cx.actor, room).ok()?;
    let body = match (rules::may_open(&cx.actor, room, cx.now), room.stage()) {
        (Ok(_), _) => acknowledge(cx, room, "open", tr!(l, assemblies.open).to_string()),
        (Err(_), Stage::Planned { from, .. }) if cx.now < from => {
            let time = if from.with_timezone(&cx.zone).date_naive() == cx.now.with_timezone(&cx.zone).date_naive() {
                clock(from, cx.zone)
            } else {
                day_and_time(from, cx.zone, l)
            };
            view! { <p>{tr!(l, assemblies.opens_from, time = time)}</p> }.into_any()
        }
        (Err(_), _) => view! { <p>{tr!(l, assemblies.too_late)}</p> }.into_any(),
    };
    Some(
        view! {
            <section class="card" aria-labelledby="open">
                <h2 id="open">{tr!(l, assemblies.open_title)}</h2>
                <p>{tr!(l, assemblies.open_lead)}</p>
                {body}
            </section>
        }
        .into_any(),
    )
}

/// Inside: the live room, the way out, and the close for who leads.
fn inside(cx: &Ctx, room: &Room, snapshot: Snapshot) -> AnyView {
    let l = cx.locale;
    let id = room.session.id.to_string();
    let form = cx.flash.form("note");
    let typed = TypedLine {
        kind: form.value("kind", "decision"),
        text: form.value("text", ""),
        owner: form.value("owner", ""),
        due: form.value("due", ""),
        wrong: form
            .errors()
            .iter()
            .map(|(field, code)| (field.clone(), problem(l, code)))
            .collect(),
    };
    let leads = snapshot.inside.as_ref().is_some_and(|Inside { leads, .. }| *leads);
    view! {
        <ErrorSummary cx=cx.clone() form=form/>
        <LiveRoom session=id.clone() first=snapshot words=speak::room(l) typed=typed/>
        <details class="confirm">
            <summary>{tr!(l, assemblies.protocol, space = room.space.name.clone())}</summary>
            {protocol(cx, room)}
        </details>
        <div class="room-ways">
            <section aria-labelledby="leave">
                <h2 id="leave">{tr!(l, assemblies.leave_title)}</h2>
                <p>{tr!(l, assemblies.leave_lead)}</p>
                <form method="post" action="/do/assemblies/leave">
                    <input type="hidden" name="session" value=id/>
                    <Submit label=tr!(l, assemblies.leave).to_string() quiet=true/>
                </form>
            </section>
            {leads.then(|| close_form(cx, room))}
        </div>
    }
    .into_any()
}

/// The close, behind one more step: it cannot be undone.
fn close_form(cx: &Ctx, room: &Room) -> Option<AnyView> {
    let l = cx.locale;
    rules::may_close(&cx.actor, room).ok()?;
    Some(
        view! {
            <details class="confirm">
                <summary>{tr!(l, assemblies.close_summary)}</summary>
                <p>{tr!(l, assemblies.close_lead)}</p>
                <form method="post" action="/do/assemblies/close">
                    <input type="hidden" name="session" value=room.session.id.to_string()/>
                    <Submit label=tr!(l, assemblies.close).to_string()/>
                </form>
            </details>
        }
        .into_any(),
    )
}
