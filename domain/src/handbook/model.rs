//! What a page of the handbook is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Who may read a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageAudience {
    /// Everybody.
    Public,
    /// Active members.
    Members,
}

/// A heading of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// 2 to 4.
    pub level: u8,
    /// Anchor within the page.
    pub id: String,
    /// The words.
    pub text: String,
}

/// A page in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRef {
    /// Address below `/handbook/`, without extension: `spaces/venues`. The first page's is empty.
    pub path: String,
    /// The page above it in the tree.
    pub parent: Option<String>,
    /// Depth in the tree, from 0.
    pub depth: i32,
    /// Title.
    pub title: String,
    /// Who may read it.
    pub audience: PageAudience,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its place in the tree.
    pub place: PageRef,
    /// Clean HTML.
    pub html: String,
    /// Headings, for the outline.
    pub outline: Vec<Heading>,
    /// Last import that changed it.
    pub updated_at: DateTime<Utc>,
}

/// A page that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The page.
    pub place: PageRef,
    /// A passage, as runs of text; `true` marks the words searched for.
    pub passage: Vec<(String, bool)>,
}
