//! Bookings: who is coming to a session, and who waits.

mod model;
pub use model::*;
