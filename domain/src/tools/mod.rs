//! The catalogue of provisioned tools.

mod error;
mod model;
mod rules;

#[cfg(feature = "db")]
mod entity;
#[cfg(feature = "db")]
pub mod store;

pub use error::ToolError;
pub use model::*;
pub use rules::{checked, may_use};
