//! Circles and their people.

mod pages;

pub use pages::{CirclePage, CirclesPage, role};
