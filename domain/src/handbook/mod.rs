//! The handbook that everybody browses.

mod model;
pub use model::*;
