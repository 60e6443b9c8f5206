//! What follows in the life of a session, and who finds the door to its room.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Part, Session, SessionError, SessionState, length};
use crate::{access::Denied, bookings::BookingState};

/// How long before the start the link to the room is shown.
pub const DOOR_OPENS: TimeDelta = TimeDelta::minutes(15);

/// Whether a session may go from one state to the other.
///
/// # Errors
/// [`SessionError::WrongState`] where it may not.
pub fn may_become(from: SessionState, to: SessionState) -> Result<(), SessionError> {
    use SessionState::{Cancelled, Closed, Open, Scheduled, Skipped};
    match (from, to) {
        (Scheduled, Open | Skipped | Cancelled) | (Open, Closed) => Ok(()),
        _ => Err(SessionError::WrongState),
    }
}

/// Whether these parts make a session: at least one, each of a minute or more, a day at most together.
///
/// # Errors
/// [`SessionError::BadParts`] where they do not.
pub fn check_parts(parts: &[Part]) -> Result<(), SessionError> {
    // Each part is bounded before they are added up.
    let minutes = 1..=24 * 60;
    if !parts.is_empty()
        && parts.iter().all(|part| minutes.contains(&part.minutes))
        && length(parts) <= TimeDelta::days(1)
    {
        Ok(())
    } else {
        Err(SessionError::BadParts)
    }
}

/// What a person sees where the link to the room would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomLink<'a> {
    /// The door is open: here it is.
    Here(&'a str),
    /// It is theirs, from this time on.
    From(DateTime<Utc>),
    /// A confirmed booking shows it.
    BookFirst,
    /// The space is not for them, and why.
    NotForYou(Denied),
    /// The session is over, or will not be.
    Over,
    /// The space has no room link.
    Nowhere,
}

/// Whether the link to the room is shown: to who has a seat or facilitates, from a quarter of an hour before until the end.
pub fn room_link<'a>(
    now: DateTime<Utc>,
    session: &Session,
    link: &'a str,
    enters: Result<(), Denied>,
    booking: Option<BookingState>,
    facilitates: bool,
) -> RoomLink<'a> {
    if session.is_cancelled() || session.state == SessionState::Closed || now >= session.ends_at {
        return RoomLink::Over;
    }
    // Whatever an operator typed, only an address that a browser opens safely becomes a link.
    if !link.starts_with("https://") {
        return RoomLink::Nowhere;
    }
    if !facilitates {
        if let Err(denied) = enters {
            return RoomLink::NotForYou(denied);
        }
        if booking != Some(BookingState::Confirmed) {
            return RoomLink::BookFirst;
        }
    }
    let opens = session.starts_at - DOOR_OPENS;
    if now >= opens || session.state == SessionState::Open {
        RoomLink::Here(link)
    } else {
        RoomLink::From(opens)
    }
}

/// Numbers of a series' occurrences in order: they follow one another and pass over the skipped ones.
pub fn numbers(first: i32, states: impl IntoIterator<Item = SessionState>) -> Vec<Option<i32>> {
    let mut next = first;
    states
        .into_iter()
        .map(|state| {
            (state != SessionState::Skipped).then(|| {
                let number = next;
                next += 1;
                number
            })
        })
        .collect()
}

#[cfg(all(test, feature = "testing"))]
pub(crate) mod tests {
    use super::*;
    use crate::{SessionId, SpaceId, sessions::PartKind, testing::at};

    const LINK: &str = "https://rooms.alder.example/hour";

    pub(crate) fn session() -> Session {
        let starts_at = at(2026, 11, 23, 18, 0);
        Session {
            id: SessionId::generate(),
            space_id: SpaceId::generate(),
            series_id: None,
            original_start: None,
            number: None,
            title: "commons.hour".into(),
            summary: String::new(),
            phase: String::new(),
            languages: vec![],
            handbook_path: String::new(),
            state: SessionState::Scheduled,
            reason: String::new(),
            starts_at,
            ends_at: starts_at + TimeDelta::minutes(90),
            parts: vec![],
            capacity: None,
            opened_at: None,
            closed_at: None,
            sequence: 0,
            revision: 0,
            updated_at: starts_at,
        }
    }

    #[test]
    fn the_room_link_is_for_who_has_a_seat_and_only_when_it_is_near() {
        let seat = Some(BookingState::Confirmed);
        let look = |hour, minute, enters, booking, facilitates| {
            room_link(
                at(2026, 11, 23, hour, minute),
                &session(),
                LINK,
                enters,
                booking,
                facilitates,
            )
        };
        assert_eq!(
            look(17, 44, Ok(()), seat, false),
            RoomLink::From(at(2026, 11, 23, 17, 45))
        );
        assert_eq!(look(17, 45, Ok(()), seat, false), RoomLink::Here(LINK));
        assert_eq!(look(19, 29, Ok(()), seat, false), RoomLink::Here(LINK));
        assert_eq!(look(19, 30, Ok(()), seat, false), RoomLink::Over);
        assert_eq!(look(18, 0, Ok(()), None, false), RoomLink::BookFirst);
        assert_eq!(
            look(18, 0, Ok(()), Some(BookingState::Waiting { ahead: 0 }), false),
            RoomLink::BookFirst
        );
        assert_eq!(
            look(18, 0, Ok(()), Some(BookingState::Cancelled), false),
            RoomLink::BookFirst
        );
        assert_eq!(look(18, 0, Ok(()), None, true), RoomLink::Here(LINK));
        // A member who lapsed after booking is not let in.
        let denied = Err(Denied::NotActive);
        assert_eq!(look(18, 0, denied, seat, false), RoomLink::NotForYou(Denied::NotActive));
    }

    #[test]
    fn no_room_link_where_there_is_no_room_or_no_session() {
        let now = at(2026, 11, 23, 18, 0);
        let seat = Some(BookingState::Confirmed);
        for state in [SessionState::Skipped, SessionState::Cancelled, SessionState::Closed] {
            let session = Session { state, ..session() };
            assert_eq!(room_link(now, &session, LINK, Ok(()), seat, true), RoomLink::Over);
        }
        for link in ["", "http://rooms.alder.example", "javascript:alert(1)"] {
            assert_eq!(room_link(now, &session(), link, Ok(()), seat, true), RoomLink::Nowhere);
        }
    }

    #[test]
    fn a_session_only_goes_forward() {
        use SessionState::{Cancelled, Closed, Open, Scheduled, Skipped};
        let all = [Scheduled, Open, Closed, Skipped, Cancelled];
        let allowed = [
            (Scheduled, Open),
            (Scheduled, Skipped),
            (Scheduled, Cancelled),
            (Open, Closed),
        ];
        for from in all {
            for to in all {
                assert_eq!(
                    may_become(from, to).is_ok(),
                    allowed.contains(&(from, to)),
                    "{from:?} to {to:?}"
                );
            }
        }
    }

    #[test]
    fn numbers_pass_over_what_is_skipped() {
        use SessionState::{Cancelled, Closed, Scheduled, Skipped};
        assert_eq!(
            numbers(7, [Closed, Skipped, Cancelled, Skipped, Scheduled]),
            [Some(7), None, Some(8), None, Some(9)]
        );
    }

    #[test]
    fn parts_have_minutes() {
        let part = |minutes| Part {
            kind: PartKind::Gathering,
            minutes,
        };
        assert!(check_parts(&[part(60), part(30)]).is_ok());
        for parts in [
            &[][..],
            &[part(0)],
            &[part(24 * 60), part(1)],
            &[part(u32::MAX), part(u32::MAX)],
        ] {
            assert!(check_parts(parts).is_err());
        }
    }
}
