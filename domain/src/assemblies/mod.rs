//! Assemblies: a session that a facilitator opens, holds with an agenda and roles, and closes with minutes.

mod model;
pub use model::*;
