//! What can go wrong with circles.

use crate::problem::{Kind, Problem};

/// Problems of circles.
#[derive(Debug, thiserror::Error)]
pub enum CircleError {
    /// There is no such circle.
    #[error("no such circle")]
    NotFound,
    /// The database failed.
    #[cfg(feature = "db")]
    #[error(transparent)]
    Db(#[from] sea_orm::DbErr),
}

impl Problem for CircleError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            #[cfg(feature = "db")]
            Self::Db(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "circle_not_found",
            #[cfg(feature = "db")]
            Self::Db(_) => "internal",
        }
    }
}
