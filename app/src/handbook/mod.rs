//! The handbook that everybody browses.

mod pages;
mod search;
mod tree;

pub use pages::{HandbookPage, HandbookStartPage};
pub use search::HandbookSearchPage;
