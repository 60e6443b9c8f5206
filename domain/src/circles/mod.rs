//! Sociocratic circles of operational members.

mod model;
pub use model::*;
