//! Accounts of the built-in OpenID provider, identities, browser sessions and invitations.
//!
//! An *account* is a way to sign in at the built-in provider; an *identity* (issuer and subject) says which member a
//! person is, whoever the provider; a *browser session* is one device. What the provider hands out (codes, tokens) stands
//! in [`grants`], what it is made of (keys, clients) in [`provider`].

mod model;
mod rules;
pub use model::*;
pub use rules::*;

mod claims;
pub use claims::{Gift, GiftError, Mapping, Ruled};

mod error;
pub use error::AccountError;

#[cfg(feature = "db")]
mod entity;

#[cfg(feature = "db")]
pub mod addresses;
#[cfg(feature = "db")]
pub mod arrivals;
#[cfg(feature = "db")]
pub mod browser_sessions;
#[cfg(feature = "db")]
pub mod browsers;
#[cfg(feature = "db")]
pub mod devices;
#[cfg(feature = "db")]
pub mod elsewhere;
#[cfg(feature = "db")]
pub mod events;
#[cfg(feature = "db")]
pub mod gifts;
#[cfg(feature = "db")]
pub mod grants;
#[cfg(feature = "db")]
pub mod identities;
#[cfg(feature = "db")]
pub mod invitations;
#[cfg(feature = "db")]
pub mod letters;
#[cfg(feature = "db")]
pub mod links;
#[cfg(feature = "db")]
mod lock;
#[cfg(feature = "db")]
pub mod logout;
#[cfg(feature = "db")]
pub mod merge;
#[cfg(feature = "db")]
pub mod passkeys;
#[cfg(feature = "db")]
pub mod password;
#[cfg(feature = "db")]
pub mod provider;
#[cfg(feature = "db")]
pub mod requests;
#[cfg(feature = "db")]
pub mod reset;
#[cfg(feature = "db")]
pub mod second_step;
#[cfg(feature = "db")]
pub mod sign_on_tokens;
#[cfg(feature = "db")]
pub mod store;
#[cfg(feature = "db")]
mod sweep;
#[cfg(feature = "db")]
pub mod throttle;

#[cfg(feature = "db")]
pub use sweep::sweep;
