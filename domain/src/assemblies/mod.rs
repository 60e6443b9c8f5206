//! What happens in an open session: agenda, roles, attendance, minutes.

pub mod agenda;
mod error;
mod model;
pub mod plan;
pub mod rules;
pub mod stage;

#[cfg(feature = "db")]
mod entity;
#[cfg(feature = "db")]
pub mod store;

pub use error::AssemblyError;
pub use model::*;
