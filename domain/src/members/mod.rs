//! The directory of people and organisations.
//!
//! A member's owner decides, field by field, who sees it ([`rules::seen_by`]); lists and search obey the same decision in
//! the database, by columns that the store keeps at each write ([`rules::listing`]).

#[cfg(feature = "db")]
pub(crate) mod entity;
mod error;
mod form;
mod model;
pub mod rules;
#[cfg(feature = "db")]
pub mod store;
#[cfg(all(test, feature = "db"))]
mod visibility_test;

pub use error::{FieldProblem, MemberError};
pub use form::{ProfileChange, ProfileForm};
pub use model::*;
