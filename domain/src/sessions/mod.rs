//! Series and sessions: when gatherings happen.

mod model;
pub use model::*;
