//! What can go wrong with a review.

use crate::{
    access::Denied,
    problem::{Kind, Problem},
};

/// Why a review could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// Not theirs to do.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is none at present, or no such question.
    #[error("no such review")]
    NotFound,
    /// The database failed.
    #[cfg(feature = "db")]
    #[error(transparent)]
    Db(#[from] sea_orm::DbErr),
}

impl Problem for ReviewError {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound => Kind::NotFound,
            #[cfg(feature = "db")]
            Self::Db(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::NotFound => "review_not_found",
            #[cfg(feature = "db")]
            Self::Db(_) => "internal",
        }
    }
}
