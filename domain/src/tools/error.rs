//! What can go wrong with the catalogue of tools.

use crate::problem::{Kind, Problem};

/// Why a tool cannot stand in the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// A link that a browser should not follow.
    #[error("the link of a tool begins with https:// or http://")]
    BadLink,
    /// A tool without a name.
    #[error("a tool needs a name")]
    NoName,
    /// Another tool has that name in addresses.
    #[error("another tool has that address already")]
    SlugTaken,
    /// The database.
    #[cfg(feature = "db")]
    #[error(transparent)]
    Db(sea_orm::DbErr),
}

impl Problem for ToolError {
    fn kind(&self) -> Kind {
        match self {
            Self::BadLink | Self::NoName => Kind::Invalid,
            Self::SlugTaken => Kind::Conflict,
            #[cfg(feature = "db")]
            Self::Db(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadLink => "tool_bad_link",
            Self::NoName => "tool_no_name",
            Self::SlugTaken => "tool_slug_taken",
            #[cfg(feature = "db")]
            Self::Db(_) => "internal",
        }
    }
}
