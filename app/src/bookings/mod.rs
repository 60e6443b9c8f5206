//! My places: booking and letting go.

pub mod actions;
pub mod pages;
