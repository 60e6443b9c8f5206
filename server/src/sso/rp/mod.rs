//! The hub as relying party, with the built-in provider and with any other in the same way.

pub mod callback;
pub mod http;
pub mod issuer;
pub mod sign_in;
pub mod sign_out;
