//! The demo community.

pub mod handbook;
