//! Who may book, and whether a seat or a place in the queue is theirs.

use chrono::{DateTime, Utc};

use super::BookingError;
use crate::{
    access::{ActingMember, Actor, Audience, Denied},
    members::Standing,
    sessions::{Session, SessionState},
};

/// Whether a booking of the session may still change: it has not ended, and it happens.
///
/// # Errors
/// [`BookingError::Past`] and [`BookingError::CalledOff`].
pub fn still_changes(session: &Session, now: DateTime<Utc>) -> Result<(), BookingError> {
    if session.is_cancelled() {
        Err(BookingError::CalledOff)
    } else if session.state == SessionState::Closed || now >= session.ends_at {
        Err(BookingError::Past)
    } else {
        Ok(())
    }
}

/// Whether this person may book the session. Who comes as a guest of the wider community signs in too, so that hosts know
/// how many to prepare for.
///
/// # Errors
/// The denial, or why the session takes no bookings.
pub fn may_book<'a>(
    actor: &'a Actor,
    audience: Audience,
    session: &Session,
    now: DateTime<Utc>,
) -> Result<&'a ActingMember, BookingError> {
    still_changes(session, now)?;
    audience.may_enter(actor)?;
    let member = actor.signed_in()?;
    if member.standing == Standing::Left {
        return Err(Denied::NotActive.into());
    }
    Ok(member)
}

/// Whether the next to book gets a seat: one is free, and nobody waits for it.
pub fn has_seat(capacity: Option<i32>, confirmed: i64, waiting: i64) -> bool {
    capacity.is_none_or(|seats| waiting == 0 && confirmed < i64::from(seats))
}

/// How many of those who wait get a seat now.
pub fn promotable(capacity: Option<i32>, confirmed: i64, waiting: i64) -> i64 {
    match capacity {
        None => waiting,
        Some(seats) => (i64::from(seats) - confirmed).clamp(0, waiting),
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::{
        CircleId,
        sessions::rules::tests::session,
        testing::{at, member},
    };

    #[test]
    fn a_seat_is_free_only_where_nobody_waits() {
        assert!(has_seat(None, 1000, 0));
        assert!(has_seat(Some(2), 1, 0));
        assert!(!has_seat(Some(2), 2, 0));
        assert!(!has_seat(Some(2), 1, 1));
    }

    #[test]
    fn those_who_wait_get_what_is_free_and_no_more() {
        for seats in 1..6 {
            for confirmed in 0..8 {
                for waiting in 0..8 {
                    let promoted = promotable(Some(seats), confirmed, waiting);
                    assert!(promoted >= 0 && promoted <= waiting);
                    assert!(promoted == 0 || confirmed + promoted <= i64::from(seats));
                    let full = confirmed + promoted >= i64::from(seats);
                    assert!(full || promoted == waiting, "no free seat while somebody waits");
                }
            }
        }
        assert_eq!(promotable(None, 3, 5), 5);
    }

    #[test]
    fn who_belongs_books_until_the_end() {
        let session = session();
        let ada = Actor::Member(Box::new(member("ada")));
        let now = session.starts_at;
        assert!(may_book(&ada, Audience::Members, &session, now).is_ok());
        assert!(matches!(
            may_book(&ada, Audience::Members, &session, session.ends_at),
            Err(BookingError::Past)
        ));
        assert!(matches!(
            may_book(&ada, Audience::Circle(CircleId::generate()), &session, now),
            Err(BookingError::Denied(Denied::CircleOnly))
        ));
        for audience in [Audience::Everybody, Audience::Members] {
            assert!(matches!(
                may_book(&Actor::Anonymous, audience, &session, now),
                Err(BookingError::Denied(Denied::SignIn))
            ));
        }
        let gone = Actor::Member(Box::new(crate::access::ActingMember {
            standing: Standing::Left,
            ..member("gone")
        }));
        assert!(matches!(
            may_book(&gone, Audience::Everybody, &session, at(2026, 1, 1, 0, 0)),
            Err(BookingError::Denied(Denied::NotActive))
        ));
    }

    #[test]
    fn what_does_not_happen_takes_no_bookings() {
        let ada = Actor::Member(Box::new(member("ada")));
        for (state, past) in [
            (SessionState::Skipped, false),
            (SessionState::Cancelled, false),
            (SessionState::Closed, true),
        ] {
            let session = Session { state, ..session() };
            let answer = may_book(&ada, Audience::Everybody, &session, session.starts_at);
            assert_eq!(matches!(answer, Err(BookingError::Past)), past);
            assert_eq!(matches!(answer, Err(BookingError::CalledOff)), !past);
        }
    }
}
