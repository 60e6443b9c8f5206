//! What a provisioned tool is.

use crate::{CircleId, ToolId, access::Audience, circles::Circle};

/// A tool that the community provisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Key.
    pub id: ToolId,
    /// Name in addresses.
    pub slug: String,
    /// What people call it: Video rooms, Files.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// The software behind it.
    pub software: String,
    /// Licence of that software, SPDX.
    pub licence: String,
    /// Where its source is.
    pub source_link: String,
    /// Where to use it, https.
    pub link: String,
    /// Who may use it.
    pub audience: Audience,
    /// The circle whose tool it is, where `audience` names one.
    pub circle: Option<Circle>,
    /// The circle that looks after it.
    pub caretaker: Option<Circle>,
}

/// A tool that is to stand in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTool {
    /// Name in addresses.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// The software behind it.
    pub software: String,
    /// Licence of that software, SPDX.
    pub licence: String,
    /// Where its source is; empty where that is not known.
    pub source_link: String,
    /// Where to use it.
    pub link: String,
    /// Who may use it.
    pub audience: Audience,
    /// The circle that looks after it.
    pub caretaker: Option<CircleId>,
    /// Its place in the catalogue, from 0.
    pub position: i32,
}
