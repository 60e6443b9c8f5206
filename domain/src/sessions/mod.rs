//! Series and sessions: when gatherings happen.

mod error;
mod model;
pub mod rules;

#[cfg(feature = "db")]
pub(crate) mod entity;
#[cfg(feature = "db")]
pub mod recurrence;
#[cfg(feature = "db")]
pub mod series;
#[cfg(feature = "db")]
mod series_entity;
#[cfg(feature = "db")]
pub mod store;
#[cfg(feature = "db")]
pub mod views;

pub use error::SessionError;
pub use model::*;
