//! Venue spaces.

pub mod pages;
