//! The provisioned tools as parties of the shared sign-on: who may enter, what they are told, when they are told to forget.
//!
//! A *client* is what the built-in provider knows of a tool. What the provider itself needs of it stands in
//! [`crate::accounts::provider`]; here is what stewards, members and circles do with it.

mod error;
mod model;

pub use crate::access::Audience;
pub use error::ClientError;
pub use model::*;

#[cfg(feature = "db")]
mod rules;
#[cfg(feature = "db")]
pub use rules::*;

#[cfg(feature = "db")]
pub mod access;
#[cfg(feature = "db")]
pub mod consents;
#[cfg(feature = "db")]
pub mod ending;
#[cfg(feature = "db")]
pub mod guard;
#[cfg(feature = "db")]
pub mod notices;
#[cfg(feature = "db")]
pub mod registration;
#[cfg(feature = "db")]
mod rows;
#[cfg(feature = "db")]
pub mod scim;
#[cfg(feature = "db")]
pub mod session_map;
#[cfg(feature = "db")]
pub mod store;
