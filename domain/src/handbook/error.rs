//! What can go wrong with the handbook.

use crate::{
    access::Denied,
    problem::{Kind, Problem},
};

/// Why a page is not shown, or a folder not taken.
#[derive(Debug, thiserror::Error)]
pub enum HandbookError {
    /// Not this reader's to read.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such page.
    #[error("the handbook has no such page")]
    NotFound,
    /// The folder has no SUMMARY.md.
    #[error("{0} has no SUMMARY.md: it is the list of pages, in reading order")]
    NoSummary(String),
    /// SUMMARY.md names no page that is there.
    #[error("SUMMARY.md names no page that is there: nothing was changed")]
    NothingListed,
    /// The folder cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, std::io::Error),
    /// The database.
    #[cfg(feature = "db")]
    #[error(transparent)]
    Db(#[from] sea_orm::DbErr),
}

impl Problem for HandbookError {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(denied) => denied.kind(),
            Self::NotFound => Kind::NotFound,
            Self::NoSummary(_) | Self::NothingListed | Self::Unreadable(..) => Kind::Invalid,
            #[cfg(feature = "db")]
            Self::Db(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Denied(denied) => denied.code(),
            Self::NotFound => "not_found",
            Self::NoSummary(_) => "handbook_no_summary",
            Self::NothingListed => "handbook_nothing_listed",
            Self::Unreadable(..) => "handbook_unreadable",
            #[cfg(feature = "db")]
            Self::Db(_) => "internal",
        }
    }
}
