//! Venue spaces: where live gatherings are hosted.

mod model;
pub use model::*;
