//! What a booking is.

use chrono::{DateTime, Utc};

use crate::{BookingId, MemberId, SessionId};

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingState {
    /// A seat is theirs.
    Confirmed,
    /// In the queue; `ahead` people stand before them.
    Waiting {
        /// How many wait before them.
        ahead: u32,
    },
    /// Let go.
    Cancelled,
}

/// A member's booking of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Key.
    pub id: BookingId,
    /// Session.
    pub session_id: SessionId,
    /// Who booked.
    pub member_id: MemberId,
    /// Where it stands.
    pub state: BookingState,
    /// When it was made.
    pub booked_at: DateTime<Utc>,
    /// When a waiting booking was promoted to a seat.
    pub promoted_at: Option<DateTime<Utc>>,
}
