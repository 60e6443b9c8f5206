//! Tools of the shared sign-on: stewards register them, people decide what they learn and see where they are signed in.

pub mod access_actions;
pub mod actions;
pub mod own_actions;
pub mod pages;
pub mod scim_actions;
pub mod token_actions;
pub mod words;
