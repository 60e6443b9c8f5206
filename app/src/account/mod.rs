//! Signing in at the built-in provider, and what a person sees of their own account.

pub mod actions;
pub mod at_provider;
pub mod device;
pub mod pages;
