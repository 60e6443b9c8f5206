//! What can go wrong with a session.

use crate::{
    access::Denied,
    problem::{Kind, Problem},
    spaces::SpaceError,
};

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No such session.
    #[error("there is no such session")]
    NotFound,
    /// Another session holds the space at that time.
    #[error("the space is taken at that time")]
    Conflict,
    /// It does not stand where this act can be done: a closed session is not opened again.
    #[error("the session does not stand where this can be done")]
    WrongState,
    /// It has no part, a part without minutes, or lasts longer than a day.
    #[error("the parts of the session cannot be right")]
    BadParts,
    /// The recurrence rule cannot be read, or repeats more often than daily.
    #[error("the recurrence rule cannot be taken: {0}")]
    BadRule(String),
    /// The space is missing.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// The database failed.
    #[cfg(feature = "db")]
    #[error(transparent)]
    Db(sea_orm::DbErr),
}

/// The name of the invariant that the database keeps.
#[cfg(feature = "db")]
const OVERLAP: &str = "sessions_do_not_overlap";

#[cfg(feature = "db")]
impl From<sea_orm::DbErr> for SessionError {
    fn from(error: sea_orm::DbErr) -> Self {
        if crate::db::violates(&error, OVERLAP) {
            Self::Conflict
        } else {
            Self::Db(error)
        }
    }
}

impl Problem for SessionError {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound => Kind::NotFound,
            Self::Conflict | Self::WrongState => Kind::Conflict,
            Self::BadParts | Self::BadRule(_) => Kind::Invalid,
            Self::Space(space) => space.kind(),
            #[cfg(feature = "db")]
            Self::Db(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::NotFound => "session_not_found",
            Self::Conflict => "session_conflict",
            Self::WrongState => "session_wrong_state",
            Self::BadParts => "session_bad_parts",
            Self::BadRule(_) => "session_bad_rule",
            Self::Space(space) => space.code(),
            #[cfg(feature = "db")]
            Self::Db(_) => "internal",
        }
    }
}
