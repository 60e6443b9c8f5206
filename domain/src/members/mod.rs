//! The directory of people and organisations.

mod model;
pub use model::*;
