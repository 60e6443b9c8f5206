//! The first page: what is next, what is open now, my places, where to start.

mod pages;
pub use pages::HomePage;
