//! The room as one reader sees it.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::{
    MemberId,
    access::Actor,
    assemblies::{Entry, Role, Room, agenda::Progress, rules, stage},
    members::MemberRef,
};

use super::snapshot::{Current, Inside, Item, Line, Person, Phase, Seat, Snapshot, Stage};
use crate::{
    i18n::Locale,
    ui::{clock, short_day},
};

/// Who reads, and how.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// In which language.
    pub locale: Locale,
    /// In which zone.
    pub zone: Tz,
    /// When.
    pub now: DateTime<Utc>,
}

/// What this reader may know of the room: whether it is open, how many are there and what is talked about; names, roles
/// and minutes only where they may come in.
pub fn snapshot(room: &Room, reader: Reader<'_>) -> Snapshot {
    Snapshot {
        revision: room.session.revision,
        stage: match room.stage() {
            stage::Stage::Planned { .. } => Stage::Planned,
            stage::Stage::Open { .. } => Stage::Open,
            stage::Stage::Closed { .. } => Stage::Closed,
            stage::Stage::Off => Stage::Off,
        },
        here: match room.stage() {
            stage::Stage::Open { .. } => room.assembly.inside().count(),
            _ => 0,
        },
        current: current(room, reader),
        inside: rules::may_come(reader.actor, room)
            .ok()
            .map(|member| inside(room, member.id, reader)),
    }
}

fn current(room: &Room, reader: Reader<'_>) -> Option<Current> {
    let item = room.assembly.current()?;
    let since = item.started_at?;
    let left = since + TimeDelta::minutes(i64::from(item.minutes)) - reader.now;
    Some(Current {
        place: usize::try_from(item.position).unwrap_or_default(),
        of: room.assembly.agenda.len(),
        title: item.title.clone(),
        minutes: item.minutes,
        since: clock(since, reader.zone),
        left: left.num_milliseconds(),
    })
}

fn inside(room: &Room, me: MemberId, reader: Reader<'_>) -> Inside {
    let assembly = &room.assembly;
    let person = |who: &MemberRef| Person {
        id: who.id.to_string(),
        handle: who.handle.clone(),
        name: who.name.clone(),
        me: who.id == me,
    };
    Inside {
        entered: assembly.is_inside(me),
        leads: rules::may_advance(reader.actor, room).is_ok(),
        notes: rules::may_note(reader.actor, room).is_ok(),
        mark: Progress::of(&assembly.agenda).mark(assembly.agenda.len()),
        agenda: agenda(room, reader),
        roles: Role::ALL
            .into_iter()
            .map(|role| Seat {
                role: role.as_str().to_owned(),
                holder: assembly.holder(role).map(person),
                takes: rules::may_take(reader.actor, room, role).is_ok(),
                releases: rules::may_release(reader.actor, room, role).is_ok(),
            })
            .collect(),
        people: assembly.inside().map(|here| person(&here.member)).collect(),
        came: assembly.attendance.iter().map(|came| person(&came.member)).collect(),
        entries: assembly
            .entries
            .iter()
            .map(|entry| line(room, entry, me, reader))
            .collect(),
    }
}

/// Items with their planned times: one after another from the start, and from what really happened once it began.
fn agenda(room: &Room, reader: Reader<'_>) -> Vec<Item> {
    let mut next = room
        .session
        .opened_at
        .map_or(room.session.starts_at, |opened| opened.max(room.session.starts_at));
    room.assembly
        .agenda
        .iter()
        .map(|item| {
            let begins = item.started_at.unwrap_or(next);
            let ends = begins + TimeDelta::minutes(i64::from(item.minutes));
            next = item.ended_at.unwrap_or_else(|| {
                if item.started_at.is_some() {
                    ends.max(reader.now)
                } else {
                    ends
                }
            });
            let phase = match (item.started_at, item.ended_at) {
                (Some(_), None) => Phase::Now,
                (_, Some(_)) => Phase::Done,
                (None, None) => Phase::Ahead,
            };
            Item {
                title: item.title.clone(),
                minutes: item.minutes,
                planned: clock(begins, reader.zone),
                phase,
                took: item
                    .started_at
                    .zip(item.ended_at)
                    .map(|(from, to)| (to - from).num_minutes()),
            }
        })
        .collect()
}

fn line(room: &Room, entry: &Entry, me: MemberId, reader: Reader<'_>) -> Line {
    let item = room
        .assembly
        .agenda
        .iter()
        .find(|item| Some(item.id) == entry.agenda_item_id);
    Line {
        kind: entry.kind.as_str().to_owned(),
        text: entry.text.clone(),
        item: item.map(|item| item.title.clone()),
        owner: entry.owner.as_ref().map(|who| Person {
            id: who.id.to_string(),
            handle: who.handle.clone(),
            name: who.name.clone(),
            me: who.id == me,
        }),
        // A due day has no hour: it is the same day in every zone.
        due: entry
            .due_on
            .map(|day| short_day(day.and_time(NaiveTime::MIN).and_utc(), Tz::UTC, reader.locale)),
        by: entry.noted_by.name.clone(),
        at: clock(entry.noted_at, reader.zone),
    }
}
