//! What can go wrong in an assembly.

use crate::{
    access::Denied,
    problem::{Kind, Problem},
    sessions::SessionError,
    spaces::SpaceError,
};

/// Why something in an assembly was not done. The state of the room is the reason more often than the person.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Doors open half an hour before the start.
    #[error("it is too early to open")]
    TooEarly,
    /// The time held for it has passed.
    #[error("it is too late to open")]
    TooLate,
    /// Nobody has opened it yet.
    #[error("the session is not open")]
    NotOpen,
    /// Somebody has opened it already.
    #[error("the session is open already")]
    AlreadyOpen,
    /// It is over, only the minutes remain.
    #[error("the session is closed")]
    Closed,
    /// Minutes are there once it is closed.
    #[error("the session is not over")]
    NotOver,
    /// It was skipped or called off.
    #[error("the session is called off")]
    CalledOff,
    /// The protocol was not acknowledged.
    #[error("the protocol is not acknowledged")]
    ProtocolUnread,
    /// The protocol has changed since it was shown.
    #[error("the protocol has changed")]
    ProtocolChanged,
    /// Somebody else holds the role.
    #[error("the role is taken")]
    RoleTaken,
    /// Nobody holds the role.
    #[error("nobody holds the role")]
    RoleFree,
    /// Somebody else moved the agenda in the meantime.
    #[error("the agenda has moved on")]
    AgendaMoved,
    /// There is no item in that direction.
    #[error("the agenda goes no further")]
    AgendaEnd,
    /// A line of the minutes needs words.
    #[error("a line needs words")]
    EntryEmpty,
    /// A line of the minutes is too long.
    #[error("a line is too long")]
    EntryTooLong,
    /// An action goes to somebody who came.
    #[error("the owner of an action is not here")]
    OwnerAbsent,
    /// The day by which an action is due lies before the session.
    #[error("the due day has passed")]
    DuePassed,
    /// The session or its space is missing, or the space is taken at that time.
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

impl Problem for AssemblyError {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::ProtocolUnread | Self::EntryEmpty | Self::EntryTooLong | Self::OwnerAbsent | Self::DuePassed => {
                Kind::Invalid
            }
            Self::TooEarly
            | Self::TooLate
            | Self::NotOpen
            | Self::AlreadyOpen
            | Self::Closed
            | Self::NotOver
            | Self::CalledOff
            | Self::ProtocolChanged
            | Self::RoleTaken
            | Self::RoleFree
            | Self::AgendaMoved
            | Self::AgendaEnd => Kind::Conflict,
            Self::Session(error) => error.kind(),
            Self::Space(error) => error.kind(),
            #[cfg(feature = "db")]
            Self::Db(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::TooEarly => "assembly_too_early",
            Self::TooLate => "assembly_too_late",
            Self::NotOpen => "assembly_not_open",
            Self::AlreadyOpen => "assembly_already_open",
            Self::Closed => "assembly_closed",
            Self::NotOver => "assembly_not_over",
            Self::CalledOff => "assembly_called_off",
            Self::ProtocolUnread => "protocol_unread",
            Self::ProtocolChanged => "protocol_changed",
            Self::RoleTaken => "role_taken",
            Self::RoleFree => "role_free",
            Self::AgendaMoved => "agenda_moved",
            Self::AgendaEnd => "agenda_end",
            Self::EntryEmpty => "entry_empty",
            Self::EntryTooLong => "entry_too_long",
            Self::OwnerAbsent => "owner_absent",
            Self::DuePassed => "due_passed",
            Self::Session(error) => error.code(),
            Self::Space(error) => error.code(),
            #[cfg(feature = "db")]
            Self::Db(_) => "internal",
        }
    }
}
