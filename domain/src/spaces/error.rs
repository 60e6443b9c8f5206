//! What can go wrong with a venue space.

use crate::{
    access::Denied,
    problem::{Kind, Problem},
};

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum SpaceError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No such space.
    #[error("there is no such space")]
    NotFound,
    /// Another space has this name in addresses.
    #[error("the name in addresses is taken")]
    SlugTaken,
    /// The database failed.
    #[cfg(feature = "db")]
    #[error(transparent)]
    Db(#[from] sea_orm::DbErr),
}

impl Problem for SpaceError {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound => Kind::NotFound,
            Self::SlugTaken => Kind::Conflict,
            #[cfg(feature = "db")]
            Self::Db(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::NotFound => "space_not_found",
            Self::SlugTaken => "space_slug_taken",
            #[cfg(feature = "db")]
            Self::Db(_) => "internal",
        }
    }
}
