//! Venue spaces: where live gatherings are hosted.

mod error;
mod model;
pub mod rules;

#[cfg(feature = "db")]
pub(crate) mod entity;
#[cfg(feature = "db")]
pub mod store;

pub use error::SpaceError;
pub use model::*;
