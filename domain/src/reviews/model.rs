//! What a review and its questions are.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::circles::Circle;

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A tool that the circle looks after, or that is open to it.
    Tool,
    /// Somebody who belongs to the circle, and so enters what is open to it.
    Person,
}

impl Kind {
    /// The word in the database and in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Person => "person",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Tool, Self::Person]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// A review of one circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Its key.
    pub id: Uuid,
    /// Whose it is.
    pub circle: Circle,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// Until when the circle answers.
    pub due_at: DateTime<Utc>,
    /// When it ended: finished by the circle, or out of time.
    pub closed_at: Option<DateTime<Utc>>,
    /// What it asks.
    pub items: Vec<Item>,
}

/// One question of a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is about.
    pub kind: Kind,
    /// The tool or the person.
    pub subject: Uuid,
    /// What people call it, or them.
    pub name: String,
    /// Name in addresses.
    pub slug: String,
    /// Whether the circle wants it to stay; none where it has not said.
    pub keep: Option<bool>,
}

/// What was not confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The review.
    pub review: Uuid,
    /// Its circle.
    pub circle: Circle,
    /// When the review ended.
    pub closed_at: DateTime<Utc>,
    /// What is to go.
    pub item: Item,
}
