//! Bookings in the database.
//!
//! Every change locks the session's row first (on `SQLite` the whole database), so that the changes of one session follow
//! one another; the trigger and the unique index of the schema stand behind it. Sessions do not wait for each other.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value, entity::prelude::*};

use super::{Booking, BookingError, BookingState, rules};
use crate::{
    BookingId, MemberId, SessionId,
    access::Actor,
    db::Db,
    members::MemberRef,
    sessions::{SessionView, store as sessions, views},
    spaces::store as spaces,
};

/// What an act has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The booking as it stands now.
    pub booking: Booking,
    /// Whether it is another than before: a second press of the same button changes nothing.
    pub changed: bool,
    /// Members who moved up from the queue to a seat, in order.
    pub promoted: Vec<MemberId>,
    /// Revision of the session, for the live room.
    pub revision: i64,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    session_id: Uuid,
    member_id: Uuid,
    state: String,
    booked_at: DateTime<Utc>,
    promoted_at: Option<DateTime<Utc>>,
    ahead: i64,
}

impl TryFrom<Row> for Booking {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: BookingId(row.id),
            session_id: SessionId(row.session_id),
            member_id: MemberId(row.member_id),
            state: state(&row.state, row.ahead)?,
            booked_at: row.booked_at,
            promoted_at: row.promoted_at,
        })
    }
}

fn state(word: &str, ahead: i64) -> Result<BookingState, DbErr> {
    match word {
        "confirmed" => Ok(BookingState::Confirmed),
        "waiting" => Ok(BookingState::Waiting {
            ahead: u32::try_from(ahead).unwrap_or(u32::MAX),
        }),
        "cancelled" => Ok(BookingState::Cancelled),
        other => Err(DbErr::Type(format!("bookings.state {other}"))),
    }
}

/// Bookings with how many wait before each; conditions on `b` follow.
const BOOKINGS: &str = "SELECT b.id, b.session_id, b.member_id, b.state, b.booked_at, b.promoted_at,
    CASE WHEN b.state = 'waiting' THEN (SELECT count(*) FROM bookings q WHERE q.session_id = b.session_id
        AND q.state = 'waiting' AND q.place < b.place) ELSE 0 END AS ahead
    FROM bookings b";

async fn select(db: &impl ConnectionTrait, rest: &str, values: Vec<Value>) -> Result<Vec<Booking>, DbErr> {
    let sql = format!("{BOOKINGS} {rest}");
    Row::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), sql, values))
        .all(db)
        .await?
        .into_iter()
        .map(Booking::try_from)
        .collect()
}

async fn execute(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<(), DbErr> {
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values))
        .await
        .map(drop)
}

/// The member's live booking of the session, with their position in the queue.
pub async fn live(db: &impl ConnectionTrait, session: SessionId, member: MemberId) -> Result<Option<Booking>, DbErr> {
    let rest = "WHERE b.session_id = $1 AND b.member_id = $2 AND b.state <> 'cancelled'";
    Ok(select(db, rest, vec![session.0.into(), member.0.into()]).await?.pop())
}

/// The member's live bookings of sessions that end after this time, by session: for marking a list.
pub async fn live_of_member(
    db: &impl ConnectionTrait,
    member: MemberId,
    from: DateTime<Utc>,
) -> Result<HashMap<SessionId, BookingState>, DbErr> {
    let rest = "JOIN sessions s ON s.id = b.session_id
        WHERE b.member_id = $1 AND b.state <> 'cancelled' AND s.ends_at > $2";
    let found = select(db, rest, vec![member.0.into(), from.into()]).await?;
    Ok(found
        .into_iter()
        .map(|booking| (booking.session_id, booking.state))
        .collect())
}

/// A member's bookings with their sessions: those to come, the next first.
pub async fn upcoming(db: &impl ConnectionTrait, reader: &Actor, now: DateTime<Utc>) -> Result<Vec<Booked>, DbErr> {
    let Some(member) = reader.member() else {
        return Ok(Vec::new());
    };
    of_member(db, reader, member.id, views::upcoming(now, None, 200)).await
}

/// A member's bookings with their sessions: those that are over, the last first.
pub async fn past(
    db: &impl ConnectionTrait,
    reader: &Actor,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Booked>, DbErr> {
    let Some(member) = reader.member() else {
        return Ok(Vec::new());
    };
    of_member(db, reader, member.id, views::past(now, None, limit)).await
}

/// A booking with its session.
pub type Booked = (Booking, SessionView);

async fn of_member(
    db: &impl ConnectionTrait,
    reader: &Actor,
    member: MemberId,
    filter: views::Filter,
) -> Result<Vec<Booked>, DbErr> {
    let filter = views::Filter {
        booked_by: Some(member),
        ..filter
    };
    let sessions = views::list(db, reader, &filter).await?;
    let (Some(first), Some(last)) = (
        sessions.iter().map(|view| view.session.starts_at).min(),
        sessions.iter().map(|view| view.session.starts_at).max(),
    ) else {
        return Ok(Vec::new());
    };
    let rest = "JOIN sessions s ON s.id = b.session_id
        WHERE b.member_id = $1 AND b.state <> 'cancelled' AND s.starts_at >= $2 AND s.starts_at <= $3";
    let mut bookings: HashMap<_, _> = select(db, rest, vec![member.0.into(), first.into(), last.into()])
        .await?
        .into_iter()
        .map(|booking| (booking.session_id, booking))
        .collect();
    Ok(sessions
        .into_iter()
        .filter_map(|view| Some((bookings.remove(&view.session.id)?, view)))
        .collect())
}

/// Sessions to come that the member has let go of and not booked again: the last let go first, for "Book again".
pub async fn let_go(db: &impl ConnectionTrait, member: MemberId, now: DateTime<Utc>) -> Result<Vec<SessionId>, DbErr> {
    let rest = "JOIN sessions s ON s.id = b.session_id WHERE b.member_id = $1 AND b.state = 'cancelled'
        AND s.ends_at > $2 AND s.state NOT IN ('skipped', 'cancelled', 'closed')
        AND NOT EXISTS (SELECT 1 FROM bookings l WHERE l.session_id = b.session_id AND l.member_id = b.member_id
            AND l.state <> 'cancelled')
        ORDER BY b.cancelled_at DESC";
    let mut found: Vec<SessionId> = Vec::new();
    for booking in select(db, rest, vec![member.0.into(), now.into()]).await? {
        if !found.contains(&booking.session_id) {
            found.push(booking.session_id);
        }
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct Who {
    id: Uuid,
    handle: String,
    name: String,
}

/// Live bookings of a session in order of their place, with who made them: for its facilitators.
pub async fn for_session(db: &impl ConnectionTrait, session: SessionId) -> Result<Vec<(Booking, MemberRef)>, DbErr> {
    let rest = "WHERE b.session_id = $1 AND b.state <> 'cancelled' ORDER BY b.place";
    let bookings = select(db, rest, vec![session.0.into()]).await?;
    let people = Who::find_by_statement(Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT m.id, m.handle, m.name FROM bookings b JOIN members m ON m.id = b.member_id
            WHERE b.session_id = $1 AND b.state <> 'cancelled'",
        [session.0.into()],
    ))
    .all(db)
    .await?;
    let mut people: HashMap<_, _> = people
        .into_iter()
        .map(|who| {
            let id = MemberId(who.id);
            let who = MemberRef {
                id,
                handle: who.handle,
                name: who.name,
            };
            (id, who)
        })
        .collect();
    Ok(bookings
        .into_iter()
        .filter_map(|booking| people.remove(&booking.member_id).map(|who| (booking, who)))
        .collect())
}

#[derive(FromQueryResult)]
struct Count {
    confirmed: i64,
    waiting: i64,
    next_place: i64,
}

async fn count(tx: &impl ConnectionTrait, session: SessionId) -> Result<Count, DbErr> {
    Count::find_by_statement(Statement::from_sql_and_values(
        tx.get_database_backend(),
        "SELECT count(CASE WHEN state = 'confirmed' THEN 1 END) AS confirmed,
            count(CASE WHEN state = 'waiting' THEN 1 END) AS waiting, coalesce(max(place), 0) + 1 AS next_place
        FROM bookings WHERE session_id = $1",
        [session.0.into()],
    ))
    .one(tx)
    .await?
    .ok_or_else(|| DbErr::RecordNotFound("a count".to_owned()))
}

/// Books a seat, or a place in the queue where none is free. Who has a booking already keeps it as it is.
///
/// # Errors
/// Where the person may not come, or the session takes no bookings any more.
pub async fn book(db: &Db, actor: &Actor, id: SessionId, now: DateTime<Utc>) -> Result<Outcome, BookingError> {
    let tx = db.begin().await?;
    let session = sessions::lock(&tx, id).await?;
    let audience = spaces::get(&tx, session.space_id).await?.audience;
    let member = rules::may_book(actor, audience, &session, now)?.id;
    if let Some(booking) = live(&tx, id, member).await? {
        return Ok(Outcome {
            booking,
            changed: false,
            promoted: Vec::new(),
            revision: session.revision,
        });
    }
    let count = count(&tx, id).await?;
    let (word, state) = if rules::has_seat(session.capacity, count.confirmed, count.waiting) {
        ("confirmed", BookingState::Confirmed)
    } else {
        let ahead = u32::try_from(count.waiting).unwrap_or(u32::MAX);
        ("waiting", BookingState::Waiting { ahead })
    };
    let booking = Booking {
        id: BookingId::generate(),
        session_id: id,
        member_id: member,
        state,
        booked_at: now,
        promoted_at: None,
    };
    execute(
        &tx,
        "INSERT INTO bookings (id, session_id, member_id, state, place, booked_at) VALUES ($1, $2, $3, $4, $5, $6)",
        vec![
            booking.id.0.into(),
            id.0.into(),
            member.0.into(),
            word.into(),
            count.next_place.into(),
            now.into(),
        ],
    )
    .await?;
    let revision = sessions::bump_revision(&tx, id).await?;
    tx.commit().await?;
    Ok(Outcome {
        booking,
        changed: true,
        promoted: Vec::new(),
        revision,
    })
}

/// Lets a seat or a place in the queue go; whoever waits longest gets the seat in the same transaction.
///
/// # Errors
/// [`BookingError::NothingBooked`] where there is no live booking, [`BookingError::Past`] where the session is over.
pub async fn cancel(db: &Db, actor: &Actor, id: SessionId, now: DateTime<Utc>) -> Result<Outcome, BookingError> {
    let member = actor.signed_in()?.id;
    let tx = db.begin().await?;
    let session = sessions::lock(&tx, id).await?;
    let mut booking = live(&tx, id, member).await?.ok_or(BookingError::NothingBooked)?;
    rules::still_changes(&session, now)?;
    execute(
        &tx,
        "UPDATE bookings SET state = 'cancelled', cancelled_at = $2 WHERE id = $1",
        vec![booking.id.0.into(), now.into()],
    )
    .await?;
    let promoted = promote(&tx, id, session.capacity, now).await?;
    let revision = sessions::bump_revision(&tx, id).await?;
    tx.commit().await?;
    booking.state = BookingState::Cancelled;
    Ok(Outcome {
        booking,
        changed: true,
        promoted,
        revision,
    })
}

/// Two records of one person are about to become one: where both hold a place in a session, the better one stays and the
/// other is let go, for whoever waits.
pub(crate) async fn settle_doubles(
    tx: &impl ConnectionTrait,
    keep: MemberId,
    goes: MemberId,
    now: DateTime<Utc>,
) -> Result<(), BookingError> {
    let live = "WHERE b.member_id = $1 AND b.state <> 'cancelled' ORDER BY b.session_id";
    let kept = select(tx, live, vec![keep.0.into()]).await?;
    for theirs in select(tx, live, vec![goes.0.into()]).await? {
        let Some(own) = kept.iter().find(|own| own.session_id == theirs.session_id) else {
            continue;
        };
        let session = sessions::lock(tx, own.session_id).await?;
        let better = theirs.state == BookingState::Confirmed && own.state != BookingState::Confirmed;
        let spare = if better { own.id } else { theirs.id };
        execute(
            tx,
            "UPDATE bookings SET state = 'cancelled', cancelled_at = $2 WHERE id = $1",
            vec![spare.0.into(), now.into()],
        )
        .await?;
        if rules::still_changes(&session, now).is_ok() {
            promote(tx, session.id, session.capacity, now).await?;
        }
        sessions::bump_revision(tx, session.id).await?;
    }
    Ok(())
}

/// Gives seats that are free to those who wait, in order. The session is locked by the caller.
async fn promote(
    tx: &impl ConnectionTrait,
    id: SessionId,
    capacity: Option<i32>,
    now: DateTime<Utc>,
) -> Result<Vec<MemberId>, DbErr> {
    let count = count(tx, id).await?;
    let free = rules::promotable(capacity, count.confirmed, count.waiting);
    if free == 0 {
        return Ok(Vec::new());
    }
    let rest = "WHERE b.session_id = $1 AND b.state = 'waiting' ORDER BY b.place LIMIT $2";
    let next = select(tx, rest, vec![id.0.into(), free.into()]).await?;
    for booking in &next {
        execute(
            tx,
            "UPDATE bookings SET state = 'confirmed', promoted_at = $2 WHERE id = $1",
            vec![booking.id.0.into(), now.into()],
        )
        .await?;
    }
    Ok(next.into_iter().map(|booking| booking.member_id).collect())
}

#[cfg(test)]
mod tests;
