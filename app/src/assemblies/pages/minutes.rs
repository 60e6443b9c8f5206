//! The minutes of a closed assembly.

use chrono::NaiveTime;
use chrono_tz::Tz;
use domain::{
    assemblies::{Entry, EntryKind, Room, rules, store},
    members::MemberRef,
};
use leptos::prelude::*;

use super::{key, part, room::crumbs};
use crate::{
    assemblies::speak,
    ctx::Ctx,
    i18n::tr,
    page::{PageError, page},
    ui::{PageHead, clock, day, iso, short_day},
};

/// `/sessions/{id}/minutes`
#[component]
pub fn MinutesPage() -> impl IntoView {
    let id = part("id");
    page(async move |cx: Ctx| {
        let l = cx.locale;
        let room = store::load(cx.db().read(), key(&id)?).await?;
        rules::may_read_minutes(&cx.actor, &room)?;
        let title = domain::sessions::views::one(cx.db().read(), &cx.actor, room.session.id)
            .await?
            .full_title();
        let from = room.session.opened_at.unwrap_or(room.session.starts_at);
        let to = room.session.closed_at.unwrap_or(room.session.ends_at);
        let when = tr!(
            l,
            assemblies.minutes_when,
            from = clock(from, cx.zone),
            to = clock(to, cx.zone)
        )
        .to_string();
        let zone = if cx.zone == Tz::UTC {
            "UTC".to_owned()
        } else {
            format!("{} · {} UTC", cx.zone.name(), clock(from, Tz::UTC))
        };
        Ok::<_, PageError>(view! {
            {crumbs(&cx, &room, title.clone(), tr!(l, assemblies.minutes_title).to_string())}
            <article class="minutes">
                <PageHead kicker=room.space.name.clone() title=tr!(l, assemblies.minutes_of, title = title).to_string()/>
                <p class="text-soft">
                    <time datetime=iso(from)>{day(from, cx.zone, l)}</time>" · "{when}" ("{zone}")"
                </p>
                {decisions(&cx, &room)}
                {actions(&cx, &room)}
                {notes(&cx, &room)}
                {agenda(&cx, &room)}
                {roles(&cx, &room)}
                {attendance(&cx, &room)}
            </article>
        }
        .into_any())
    })
}

fn name(who: &MemberRef) -> AnyView {
    view! { <a href=format!("/members/{}", who.handle)>{who.name.clone()}</a> }.into_any()
}

fn entries(room: &Room, kind: EntryKind) -> Vec<&Entry> {
    room.assembly
        .entries
        .iter()
        .filter(|entry| entry.kind == kind)
        .collect()
}

fn item_of(room: &Room, entry: &Entry) -> Option<String> {
    let item = room
        .assembly
        .agenda
        .iter()
        .find(|item| Some(item.id) == entry.agenda_item_id);
    item.map(|item| item.title.clone())
}

fn lines(room: &Room, entries: &[&Entry]) -> AnyView {
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            let item = item_of(room, entry).map(|item| view! { <span class="text-soft">" — "{item}</span> });
            view! { <li>{entry.text.clone()}{item}</li> }
        })
        .collect();
    view! { <ol class="entries">{rows}</ol> }.into_any()
}

fn decisions(cx: &Ctx, room: &Room) -> AnyView {
    let l = cx.locale;
    let found = entries(room, EntryKind::Decision);
    let body = if found.is_empty() {
        view! { <p class="text-soft">{tr!(l, assemblies.decisions_none)}</p> }.into_any()
    } else {
        lines(room, &found)
    };
    view! {
        <section aria-labelledby="decisions">
            <h2 id="decisions">{tr!(l, assemblies.decisions)}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn actions(cx: &Ctx, room: &Room) -> AnyView {
    let l = cx.locale;
    let found = entries(room, EntryKind::Action);
    let rows: Vec<_> = found
        .iter()
        .map(|entry| {
            let owner = entry
                .owner
                .as_ref()
                .map_or_else(|| tr!(l, assemblies.nobody).to_string().into_any(), name);
            // A due day has no hour: it is the same day in every zone.
            let due = entry.due_on.map_or_else(
                || tr!(l, assemblies.no_due).to_string(),
                |due| short_day(due.and_time(NaiveTime::MIN).and_utc(), Tz::UTC, l),
            );
            view! { <tr><td>{entry.text.clone()}</td><td>{owner}</td><td>{due}</td></tr> }
        })
        .collect();
    let body = if rows.is_empty() {
        view! { <p class="text-soft">{tr!(l, assemblies.actions_none)}</p> }.into_any()
    } else {
        let columns = [
            tr!(l, assemblies.column_action),
            tr!(l, assemblies.column_owner),
            tr!(l, assemblies.column_due),
        ];
        table(tr!(l, assemblies.actions_caption), columns, rows)
    };
    view! {
        <section aria-labelledby="actions">
            <h2 id="actions">{tr!(l, assemblies.actions)}</h2>
            {body}
        </section>
    }
    .into_any()
}

/// Facts in rows under the names of their columns.
fn table(caption: &'static str, columns: [&'static str; 3], rows: Vec<impl IntoView + 'static>) -> AnyView {
    let heads = columns.map(|name| view! { <th scope="col">{name}</th> });
    view! {
        <table class="table">
            <caption>{caption}</caption>
            <thead>
                <tr>{heads.into_iter().collect_view()}</tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn notes(cx: &Ctx, room: &Room) -> Option<AnyView> {
    let found = entries(room, EntryKind::Note);
    (!found.is_empty()).then(|| {
        view! {
            <section aria-labelledby="notes">
                <h2 id="notes">{tr!(cx.locale, assemblies.notes)}</h2>
                {lines(room, &found)}
            </section>
        }
        .into_any()
    })
}

fn agenda(cx: &Ctx, room: &Room) -> AnyView {
    let l = cx.locale;
    let min = tr!(l, assemblies.min).to_string();
    let minutes = |n: i64| min.replace("{n}", &n.to_string());
    let rows: Vec<_> = room
        .assembly
        .agenda
        .iter()
        .map(|item| {
            let took = item
                .started_at
                .zip(item.ended_at)
                .map(|(from, to)| (to - from).num_minutes());
            let took = took.map_or_else(|| tr!(l, assemblies.not_reached).to_string(), minutes);
            view! { <tr><td>{item.title.clone()}</td><td>{minutes(item.minutes.into())}</td><td>{took}</td></tr> }
        })
        .collect();
    let body = if rows.is_empty() {
        view! { <p class="text-soft">{tr!(l, assemblies.agenda_none)}</p> }.into_any()
    } else {
        let columns = [
            tr!(l, assemblies.column_item),
            tr!(l, assemblies.column_planned),
            tr!(l, assemblies.column_took),
        ];
        table(tr!(l, assemblies.agenda_caption), columns, rows)
    };
    view! {
        <section aria-labelledby="agenda">
            <h2 id="agenda">{tr!(l, assemblies.agenda)}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn roles(cx: &Ctx, room: &Room) -> AnyView {
    let l = cx.locale;
    let names = speak::role_names(l);
    let rows: Vec<_> = room
        .assembly
        .roles
        .iter()
        .map(|(role, who)| {
            let words = names
                .iter()
                .find(|(code, _)| code == role.as_str())
                .map(|(_, words)| words.clone());
            view! { <div><dt>{words}</dt><dd>{name(who)}</dd></div> }
        })
        .collect();
    let body = if rows.is_empty() {
        view! { <p class="text-soft">{tr!(l, assemblies.roles_none)}</p> }.into_any()
    } else {
        view! { <dl class="facts">{rows}</dl> }.into_any()
    };
    view! {
        <section aria-labelledby="roles">
            <h2 id="roles">{tr!(l, assemblies.roles)}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn attendance(cx: &Ctx, room: &Room) -> AnyView {
    let l = cx.locale;
    let rows: Vec<_> = room
        .assembly
        .attendance
        .iter()
        .map(|came| {
            let left = came
                .left_at
                .map_or_else(|| tr!(l, assemblies.to_the_end).to_string(), |at| clock(at, cx.zone));
            view! { <tr><td>{name(&came.member)}</td><td>{clock(came.entered_at, cx.zone)}</td><td>{left}</td></tr> }
        })
        .collect();
    let body = if rows.is_empty() {
        view! { <p class="text-soft">{tr!(l, assemblies.attendance_none)}</p> }.into_any()
    } else {
        let columns = [
            tr!(l, assemblies.column_name),
            tr!(l, assemblies.column_entered),
            tr!(l, assemblies.column_left),
        ];
        table(tr!(l, assemblies.attendance_caption), columns, rows)
    };
    view! {
        <section aria-labelledby="attendance">
            <h2 id="attendance">{tr!(l, assemblies.attendance)}</h2>
            {body}
        </section>
    }
    .into_any()
}
