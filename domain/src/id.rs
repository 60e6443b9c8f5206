//! Keys of things, one type each, so that a member's key never stands where a session's is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new key, `UUIDv7`: later keys sort after earlier ones.
            #[cfg(feature = "db")]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A member of the directory, person or organisation.
    MemberId,
    /// An account of the built-in OpenID provider.
    AccountId,
    /// A circle.
    CircleId,
    /// A venue space.
    SpaceId,
    /// A series of sessions.
    SeriesId,
    /// A session: one gathering in one space.
    SessionId,
    /// A booking of one member for one session.
    BookingId,
    /// An item of a session's agenda.
    AgendaItemId,
    /// A decision, action or note in the minutes.
    EntryId,
    /// A provisioned tool.
    ToolId,
}
