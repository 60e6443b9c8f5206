//! The catalogue of provisioned tools.

mod model;
pub use model::*;
