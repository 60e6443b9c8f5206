//! What a circle is.

use serde::{Deserialize, Serialize};

use crate::{CircleId, members::MemberRef};

/// A role in a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CircleRole {
    /// Calls the circle together and facilitates it.
    Convenor,
    /// Keeps its records.
    Secretary,
    /// Speaks for it in another circle.
    Link,
    /// Takes part.
    Member,
}

impl CircleRole {
    /// All roles, in the order in which a circle lists them.
    pub const ALL: [Self; 4] = [Self::Convenor, Self::Secretary, Self::Link, Self::Member];

    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Convenor => "convenor",
            Self::Secretary => "secretary",
            Self::Link => "link",
            Self::Member => "member",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// A circle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circle {
    /// Key.
    pub id: CircleId,
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
}

/// A circle with its people, in the order of their roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircleWithMembers {
    /// The circle.
    pub circle: Circle,
    /// Its people; those who hide their circles from the reader are left out.
    pub members: Vec<(MemberRef, CircleRole)>,
    /// How many there are in all.
    pub count: usize,
}
