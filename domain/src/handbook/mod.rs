//! The handbook that everybody browses.
//!
//! Its home is a folder of Markdown with a `SUMMARY.md`, kept wherever its authors like to write. [`import`] reads such a
//! folder (or the same as a list of files) into clean pages; [`store::replace`] puts them where the old ones were, in one
//! transaction; [`store`] and [`search`] answer readers, each according to who asks.

mod error;
mod model;
mod rules;

#[cfg(feature = "db")]
mod entity;
#[cfg(feature = "db")]
mod hints;
#[cfg(feature = "db")]
pub mod import;
#[cfg(feature = "db")]
mod links;
#[cfg(feature = "db")]
mod render;
#[cfg(feature = "db")]
pub mod search;
#[cfg(feature = "db")]
mod source;
#[cfg(feature = "db")]
pub mod store;
#[cfg(feature = "db")]
mod summary;

pub use error::HandbookError;
pub use model::*;
pub use rules::{address, crumbs, may_read, neighbours, sees_members_pages, words};

#[cfg(test)]
mod tests;
