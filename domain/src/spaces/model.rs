//! What a venue space is.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{SpaceId, access::Audience};

/// The kinds of venue space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpaceKind {
    /// A circle's meetings.
    Circle,
    /// All-hands of operational members.
    StandingAssembly,
    /// All members, convened by the board of stewards.
    GeneralAssembly,
    /// A spokesperson of each circle.
    Board,
    /// The monthly hour for everybody in the commons.
    CommonsHour,
    /// A special, proposed and led by members.
    Special,
}

impl SpaceKind {
    /// All kinds, in the order of the spaces page.
    pub const ALL: [Self; 6] = [
        Self::CommonsHour,
        Self::Special,
        Self::StandingAssembly,
        Self::GeneralAssembly,
        Self::Board,
        Self::Circle,
    ];

    /// The word in the database and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Circle => "circle",
            Self::StandingAssembly => "standing_assembly",
            Self::GeneralAssembly => "general_assembly",
            Self::Board => "board",
            Self::CommonsHour => "commons_hour",
            Self::Special => "special",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A venue space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// Key.
    pub id: SpaceId,
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Kind of gathering.
    pub kind: SpaceKind,
    /// What it is for, one or two sentences.
    pub purpose: String,
    /// Who may come.
    pub audience: Audience,
    /// The protocol that holds there: privileges, obligations, how things are done. Markdown.
    pub protocol: String,
    /// Rises by one with each change of the protocol.
    pub protocol_version: i32,
    /// Where people meet: address of the video room, https. Shown to those who booked, when it is near.
    pub room_link: String,
    /// The zone that its times are proposed in.
    pub time_zone: Tz,
}
