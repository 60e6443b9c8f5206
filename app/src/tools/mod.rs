//! The catalogue of provisioned tools.

mod pages;

pub use pages::ToolsPage;
