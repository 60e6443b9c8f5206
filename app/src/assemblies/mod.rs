//! The live room of an assembly, and its minutes.

mod follow;
pub mod islands;
mod room;
pub mod snapshot;
pub mod words;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod seen;
#[cfg(feature = "ssr")]
mod speak;
