//! Who may use a tool, and what a tool needs before it stands in the catalogue.

use super::{NewTool, Tool, ToolError};
use crate::access::{Actor, Denied};

/// Whether the tool is this person's to use, and why not where it is not.
pub fn may_use(tool: &Tool, actor: &Actor) -> Result<(), Denied> {
    tool.audience.may_enter(actor)
}

/// The tool, if it can stand in the catalogue.
pub fn checked(tool: NewTool) -> Result<NewTool, ToolError> {
    let web = |link: &str| link.starts_with("https://") || link.starts_with("http://");
    if tool.name.trim().is_empty() || tool.slug.is_empty() {
        return Err(ToolError::NoName);
    }
    if !web(&tool.link) || !(tool.source_link.is_empty() || web(&tool.source_link)) {
        return Err(ToolError::BadLink);
    }
    Ok(tool)
}
