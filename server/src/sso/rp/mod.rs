//! The hub as relying party, with the built-in provider and with any other in the same way.
//!
//! [`sign_in`] sends a person to a provider, [`callback`] takes its answer, [`link`] asks where the person may be known
//! already. [`logout`] hears of sessions that end elsewhere, [`refresh`] asks, [`watch`] looks whether providers answer.

pub mod callback;
mod claims;
pub mod client_key;
pub mod http;
pub mod issuer;
mod jws;
pub mod link;
pub mod logout;
pub mod refresh;
pub mod sign_in;
pub mod sign_out;
mod tokens;
pub mod watch;
