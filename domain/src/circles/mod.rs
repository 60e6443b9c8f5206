//! Sociocratic circles of operational members.

#[cfg(feature = "db")]
pub(crate) mod entity;
mod error;
mod model;
#[cfg(feature = "db")]
pub mod store;

pub use error::CircleError;
pub use model::*;
