//! Access review: a circle confirms what it answers for, a steward decides on the rest.

pub mod actions;
mod pages;
mod proposals;

pub use pages::ReviewPage;
pub use proposals::ProposalsPage;
