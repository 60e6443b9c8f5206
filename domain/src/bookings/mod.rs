//! Bookings: who is coming to a session, and who waits.

mod error;
mod model;
pub mod rules;

#[cfg(feature = "db")]
pub mod store;

pub use error::BookingError;
pub use model::*;
