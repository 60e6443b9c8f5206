//! What can go wrong with a booking.

use crate::{
    access::Denied,
    problem::{Kind, Problem},
    sessions::SessionError,
    spaces::SpaceError,
};

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The session is over.
    #[error("the session is over")]
    Past,
    /// The session will not happen.
    #[error("the session will not happen")]
    CalledOff,
    /// There is no booking to let go.
    #[error("there is no booking to let go")]
    NothingBooked,
    /// The session is missing.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The space is missing.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// The database failed.
    #[cfg(feature = "db")]
    #[error(transparent)]
    Db(#[from] sea_orm::DbErr),
}

impl Problem for BookingError {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::Past | Self::CalledOff | Self::NothingBooked => Kind::Conflict,
            Self::Session(session) => session.kind(),
            Self::Space(space) => space.kind(),
            #[cfg(feature = "db")]
            Self::Db(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::Past => "booking_past",
            Self::CalledOff => "booking_called_off",
            Self::NothingBooked => "booking_nothing",
            Self::Session(session) => session.code(),
            Self::Space(space) => space.code(),
            #[cfg(feature = "db")]
            Self::Db(_) => "internal",
        }
    }
}
