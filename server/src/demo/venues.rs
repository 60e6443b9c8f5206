//! Spaces, series, a year of commons.hour, specials, and who is coming.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use domain::{
    SeriesId, SessionId, SpaceId,
    access::{Actor, Audience},
    bookings,
    db::Db,
    sessions::{
        Part, PartKind, Series, Session, recurrence, series,
        store::{self as sessions, NewSession},
    },
    spaces::{self, Space, SpaceKind},
};

use super::{
    DemoError, data,
    directory::{self, Directory},
    missing,
};

/// How far ahead series are written out.
const AHEAD: TimeDelta = TimeDelta::days(120);
/// Half of the programme's year.
const HALF_A_YEAR: TimeDelta = TimeDelta::days(183);
/// The rule of commons.hour: fourth Monday, 18:00 UTC.
const COMMONS_HOUR: &str = "FREQ=MONTHLY;BYDAY=4MO";
/// Who is left out of the crowd that books: people to try the demo as find a place to book.
const STILL_TO_BOOK: [&str; 2] = ["jonas", "sam"];

/// What was filled in.
#[derive(Default)]
pub(super) struct Venues {
    pub(super) spaces: usize,
    pub(super) sessions: usize,
    pub(super) bookings: usize,
}

pub(super) async fn fill(db: &Db, directory: &Directory, now: DateTime<Utc>) -> Result<Venues, DemoError> {
    let mut venues = Venues::default();
    let tx = db.begin().await?;
    let mut position = 0;
    for row in data::spaces()? {
        let space = Space {
            id: SpaceId::generate(),
            kind: SpaceKind::read(&row.kind).ok_or_else(|| missing("kind", &row.kind))?,
            audience: directory.audience(&row.audience)?,
            slug: row.slug,
            name: row.name,
            purpose: row.purpose,
            protocol: row.protocol.trim().to_owned(),
            protocol_version: 1,
            room_link: row.room,
            time_zone: directory::zone(&row.zone)?,
        };
        spaces::store::insert(&tx, &space, position, &directory.several(&row.facilitators)?, now).await?;
        position += 1;
    }
    for row in data::circles()? {
        let space = circle_space(&row, directory)?;
        spaces::store::insert(&tx, &space, position, &directory.holders[&row.slug], now).await?;
        series::insert(&tx, &circle_series(&row, &space, now)?, now).await?;
        position += 1;
    }
    for (slug, rule, first, minutes, number) in [
        ("standing-assembly", "FREQ=MONTHLY;BYDAY=1TU", "17:00", 90, 9),
        ("board-of-stewards", "FREQ=MONTHLY;BYDAY=3WE", "18:00", 60, 14),
    ] {
        let space = spaces::store::by_slug(&tx, slug).await?;
        let tomorrow = now.date_naive() + Days::new(1);
        let one = Series {
            starts_local: tomorrow.and_time(time(first)?),
            rrule: rule.to_owned(),
            parts: vec![gathering(minutes)],
            first_number: number,
            ..series_of(&space, now)
        };
        series::insert(&tx, &one, now).await?;
    }
    tx.commit().await?;
    venues.spaces = usize::try_from(position).unwrap_or_default();

    fill_commons_hour(db, directory, now, &mut venues).await?;
    fill_specials(db, directory, now, &mut venues).await?;
    venues.sessions += series::materialise(db, now, now + AHEAD).await?.written;
    Ok(venues)
}

fn gathering(minutes: u32) -> Part {
    Part {
        kind: PartKind::Gathering,
        minutes,
    }
}

fn time(text: &str) -> Result<NaiveTime, DemoError> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| missing("time", text))
}

/// What all series share.
fn series_of(space: &Space, now: DateTime<Utc>) -> Series {
    Series {
        id: SeriesId::generate(),
        space_id: space.id,
        title: space.name.clone(),
        summary: space.purpose.clone(),
        rrule: String::new(),
        starts_local: now.naive_utc(),
        time_zone: space.time_zone,
        parts: vec![gathering(60)],
        capacity: None,
        first_number: 1,
    }
}

fn circle_space(row: &data::Circle, directory: &Directory) -> Result<Space, DemoError> {
    let custom = &row.custom;
    let protocol = format!(
        "## What you may do here\n\
         - If you belong to this circle, you decide with it. Other operational members may ask to listen.\n\
         - Say what you can carry this month, and what you cannot.\n\n\
         ## What we ask of you\n\
         - Come, or say that you will not. Somebody has made room for you.\n\
         - Bring what you promised, or say early that it will be late.\n\n\
         ## How we do things\n\
         1. A check-in of one minute each. {custom}\n\
         2. Tasks of the last meeting: done, moving, or stuck.\n\
         3. Decisions by consent, within what the circle is for. What is larger goes to the standing assembly.\n\
         4. Roles change hands once a year, and nobody holds two for long.\n"
    );
    Ok(Space {
        id: SpaceId::generate(),
        slug: format!("{}-circle", row.slug),
        name: row.name.clone(),
        kind: SpaceKind::Circle,
        purpose: row.purpose.clone(),
        audience: Audience::Circle(directory.circle(&row.slug)?),
        protocol,
        protocol_version: 1,
        room_link: format!("https://rooms.alder.example/{}", row.slug),
        time_zone: directory::zone(&row.zone)?,
    })
}

fn circle_series(row: &data::Circle, space: &Space, now: DateTime<Utc>) -> Result<Series, DemoError> {
    let weekday: Weekday = match row.weekday.as_str() {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        other => return Err(missing("weekday", other)),
    };
    let mut first = now.date_naive() - Days::new(70);
    while first.weekday() != weekday {
        first = first + Days::new(1);
    }
    Ok(Series {
        starts_local: first.and_time(time(&row.at)?),
        rrule: format!("FREQ=WEEKLY;INTERVAL={};BYDAY={}", row.every, row.weekday),
        first_number: 21,
        ..series_of(space, now)
    })
}

/// A year of commons.hour around today: each session with its subject, one skipped, one moved, and those who come.
async fn fill_commons_hour(
    db: &Db,
    directory: &Directory,
    now: DateTime<Utc>,
    venues: &mut Venues,
) -> Result<(), DemoError> {
    let programme = data::programme()?;
    let space = spaces::store::by_slug(db.read(), "commons-hour").await?;
    let wall = |day: NaiveDate| -> Result<NaiveDateTime, DemoError> { Ok(day.and_time(time("18:00")?)) };
    let one = Series {
        rrule: COMMONS_HOUR.to_owned(),
        starts_local: wall((now - HALF_A_YEAR).date_naive())?,
        parts: vec![
            gathering(60),
            Part {
                kind: PartKind::ExtraTime,
                minutes: 30,
            },
        ],
        capacity: Some(30),
        first_number: programme.first_number,
        ..series_of(&space, now)
    };
    let starts = recurrence::starts(&one.rrule, one.starts_local, one.time_zone, now + HALF_A_YEAR)?;
    let tx = db.begin().await?;
    series::insert(&tx, &one, now).await?;
    let mut written = Vec::new();
    for (number, (start, subject)) in (one.first_number..).zip(starts.iter().zip(programme.subject.iter().cycle())) {
        let new = NewSession {
            series: Some((one.id, *start)),
            number: Some(number),
            capacity: one.capacity,
            ..about(space.id, subject, directory, *start, one.parts.clone())?
        };
        written.push(sessions::insert(&tx, new, now).await?);
    }
    tx.commit().await?;
    venues.sessions += written.len();

    let by = Some(directory.person("amara")?);
    let of_month = |month| written.iter().find(move |session| session.starts_at.month() == month);
    if let Some(august) = of_month(8) {
        let reason = "August rests: half of us are travelling, the other half is harvesting.";
        sessions::skip(
            db,
            august.id,
            reason,
            by,
            august.starts_at.min(now) - TimeDelta::days(20),
        )
        .await?;
    }
    if let Some(december) = of_month(12) {
        let reason = "Moved to the second Monday, so that nobody has to choose between us and the end of the year.";
        let start = second_monday(december.starts_at);
        sessions::move_to(db, december.id, start, reason, by, start.min(now) - TimeDelta::days(20)).await?;
    }
    book_commons_hour(db, directory, &written, now, venues).await
}

/// The second Monday of the month, at the same time of day.
fn second_monday(start: DateTime<Utc>) -> DateTime<Utc> {
    let day = NaiveDate::from_weekday_of_month_opt(start.year(), start.month(), Weekday::Mon, 2);
    day.map_or(start, |day| Utc.from_utc_datetime(&day.and_time(start.time())))
}

async fn book_commons_hour(
    db: &Db,
    directory: &Directory,
    written: &[Session],
    now: DateTime<Utc>,
    venues: &mut Venues,
) -> Result<(), DemoError> {
    let mut ahead = [18, 9, 4].into_iter();
    for (turn, one) in written.iter().enumerate() {
        // As it stands now: perhaps moved, perhaps skipped.
        let session = sessions::get(db.read(), one.id).await?;
        if session.is_cancelled() {
            continue;
        }
        if session.ends_at > now {
            let Some(count) = ahead.next() else { break };
            venues.bookings += book(db, directory, session.id, turn, count, now - TimeDelta::days(3)).await?;
        } else {
            let count = 15 + turn * 5 % 14;
            let before = session.starts_at - TimeDelta::days(4);
            venues.bookings += book(db, directory, session.id, turn, count, before).await?;
        }
    }
    Ok(())
}

/// Lets some of the community book, starting with another person each time, some minutes apart.
async fn book(
    db: &Db,
    directory: &Directory,
    session: SessionId,
    turn: usize,
    count: usize,
    mut at: DateTime<Utc>,
) -> Result<usize, DemoError> {
    for actor in crowd(directory, turn).take(count) {
        at += TimeDelta::minutes(37);
        bookings::store::book(db, actor, session, at).await?;
    }
    Ok(count)
}

fn crowd(directory: &Directory, turn: usize) -> impl Iterator<Item = &Actor> {
    let people = &directory.actors;
    (0..people.len())
        .map(move |step| &people[(turn * 11 + step * 7) % people.len()])
        .filter(|actor| {
            actor
                .member()
                .is_some_and(|member| member.is_member() && !STILL_TO_BOOK.contains(&member.handle.as_str()))
        })
}

async fn fill_specials(
    db: &Db,
    directory: &Directory,
    now: DateTime<Utc>,
    venues: &mut Venues,
) -> Result<(), DemoError> {
    let space = spaces::store::by_slug(db.read(), "specials").await?;
    for (turn, special) in data::specials()?.into_iter().enumerate() {
        let day = now.date_naive() + TimeDelta::days(special.days);
        let start = Utc.from_utc_datetime(&day.and_time(time(&special.at)?));
        let new = NewSession {
            capacity: Some(special.capacity),
            ..about(
                space.id,
                &special.subject,
                directory,
                start,
                vec![gathering(special.minutes)],
            )?
        };
        let asked_at = start.min(now) - TimeDelta::days(6);
        let tx = db.begin().await?;
        let session = sessions::insert(&tx, new, asked_at).await?;
        tx.commit().await?;
        let seats = usize::try_from(special.capacity).unwrap_or_default();
        venues.sessions += 1;
        if special.asked_by > seats {
            // Full: Jonas is the second of those who wait.
            venues.bookings += book(db, directory, session.id, turn, seats + 1, asked_at).await?;
            let later = asked_at + TimeDelta::days(2);
            bookings::store::book(db, directory.actor("jonas")?, session.id, later).await?;
            let rest: Vec<_> = crowd(directory, turn)
                .skip(seats + 1)
                .take(special.asked_by - seats - 2)
                .collect();
            for actor in &rest {
                bookings::store::book(db, actor, session.id, later).await?;
            }
            venues.bookings += 1 + rest.len();
        } else {
            venues.bookings += book(db, directory, session.id, turn, special.asked_by, asked_at).await?;
        }
    }
    Ok(())
}

/// A session about a subject.
fn about(
    space: SpaceId,
    subject: &data::Subject,
    directory: &Directory,
    start: DateTime<Utc>,
    parts: Vec<Part>,
) -> Result<NewSession, DemoError> {
    Ok(NewSession {
        summary: subject.summary.clone(),
        phase: subject.phase.clone(),
        languages: subject.languages.split_whitespace().map(str::to_owned).collect(),
        handbook_path: subject.handbook.clone(),
        leads: directory.several(&subject.leads)?,
        ..NewSession::new(space, &subject.title, start, parts)
    })
}
