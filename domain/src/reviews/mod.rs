//! Access review: at an interval each circle confirms the tools and people it answers for. What it does not confirm is
//! proposed for removal; a steward decides.

mod error;
mod model;
mod rules;
#[cfg(feature = "db")]
pub mod store;

pub use error::ReviewError;
pub use model::*;
pub use rules::{may_answer, may_decide, may_look};
