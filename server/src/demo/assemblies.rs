//! Two assemblies: one that was held, with its minutes; one that can be opened today.

use chrono::{DateTime, DurationRound, NaiveTime, TimeDelta, TimeZone, Utc};
use domain::{
    SessionId,
    access::Actor,
    assemblies::{
        EntryKind, Role,
        agenda::Step,
        plan::{Plan, PlannedItem},
        rules::NewEntry,
        store::{self, Opening},
    },
    bookings,
    db::Db,
    spaces,
};

use super::{DemoError, data, directory::Directory, missing};

pub(super) async fn fill(db: &Db, directory: &Directory, now: DateTime<Utc>) -> Result<(), DemoError> {
    let assemblies = data::assemblies()?;
    hold(db, directory, &assemblies.held, now).await?;
    prepare(db, directory, &assemblies.today, now).await
}

fn items(agenda: &[data::Item]) -> Vec<PlannedItem> {
    agenda
        .iter()
        .map(|item| PlannedItem {
            title: item.title.clone(),
            minutes: item.minutes,
        })
        .collect()
}

/// Holds the assembly of the past from its opening to its close, as its people would have.
async fn hold(db: &Db, directory: &Directory, held: &data::Held, now: DateTime<Utc>) -> Result<(), DemoError> {
    let at = NaiveTime::parse_from_str(&held.at, "%H:%M").map_err(|_| missing("time", &held.at))?;
    let day = now.date_naive() + TimeDelta::days(held.days);
    let start = Utc.from_utc_datetime(&day.and_time(at));
    let space = spaces::store::by_slug(db.read(), &held.space).await?;
    let facilitator = directory.actor(&held.facilitator)?;
    let plan = Plan {
        title: held.title.clone(),
        summary: held.summary.clone(),
        starts_at: start,
        minutes: held.minutes,
        agenda: items(&held.agenda),
    };
    let session = store::schedule(db, facilitator, &space, plan, start - TimeDelta::days(14))
        .await?
        .id;

    let version = space.protocol_version;
    for handle in held.present.split_whitespace() {
        let before = start - TimeDelta::days(3);
        bookings::store::book(db, directory.actor(handle)?, session, before).await?;
    }
    let mut time = start - TimeDelta::minutes(4);
    store::open(db, facilitator, session, Opening::Entering(version), time).await?;
    for handle in held
        .present
        .split_whitespace()
        .filter(|handle| *handle != held.facilitator)
    {
        time += TimeDelta::seconds(25);
        store::enter(db, directory.actor(handle)?, session, Some(version), time).await?;
    }
    for (role, handle) in [
        (Role::NoteTaker, &held.note_taker),
        (Role::TimeKeeper, &held.time_keeper),
        (Role::Care, &held.care),
    ] {
        store::take(db, directory.actor(handle)?, session, role, time).await?;
    }

    let note_taker = directory.actor(&held.note_taker)?;
    let mut time = start + TimeDelta::minutes(2);
    for (seen, item) in held.agenda.iter().enumerate() {
        store::advance(db, facilitator, session, Step::Next, seen, time).await?;
        let pause = TimeDelta::minutes(i64::from(item.minutes)) / (i32::try_from(item.entry.len()).unwrap_or(0) + 1);
        for line in &item.entry {
            time += pause;
            write(db, directory, note_taker, session, line, time).await?;
        }
        time += pause;
    }
    store::close(db, facilitator, session, time).await?;
    Ok(())
}

async fn write(
    db: &Db,
    directory: &Directory,
    note_taker: &Actor,
    session: SessionId,
    line: &data::Line,
    time: DateTime<Utc>,
) -> Result<(), DemoError> {
    let kind = match line.kind.as_str() {
        "decision" => EntryKind::Decision,
        "action" => EntryKind::Action,
        "note" => EntryKind::Note,
        other => return Err(missing("kind of line", other)),
    };
    let owner = if line.owner.is_empty() {
        None
    } else {
        Some(directory.person(&line.owner)?)
    };
    let entry = NewEntry {
        kind,
        text: line.text.clone(),
        owner,
        due_on: owner.map(|_| (time + TimeDelta::days(line.due_in)).date_naive()),
    };
    store::note(db, note_taker, session, entry, time).await?;
    Ok(())
}

/// Schedules the assembly of today: it starts at the next quarter of an hour, so that its doors can be opened right away.
async fn prepare(db: &Db, directory: &Directory, today: &data::Today, now: DateTime<Utc>) -> Result<(), DemoError> {
    let quarter = TimeDelta::minutes(15);
    let start = now.duration_trunc(quarter).unwrap_or(now) + quarter;
    let space = spaces::store::by_slug(db.read(), &today.space).await?;
    let plan = Plan {
        title: today.title.clone(),
        summary: today.summary.trim().to_owned(),
        starts_at: start,
        minutes: today.minutes,
        agenda: items(&today.agenda),
    };
    let before = now - TimeDelta::days(21);
    let session = store::schedule(db, directory.actor("amara")?, &space, plan, before).await?;
    for (turn, handle) in (0..).zip(today.booked.split_whitespace()) {
        let at = before + TimeDelta::hours(9) * turn;
        bookings::store::book(db, directory.actor(handle)?, session.id, at).await?;
    }
    Ok(())
}
