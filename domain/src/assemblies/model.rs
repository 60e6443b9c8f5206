//! What happens in an open session.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{AgendaItemId, EntryId, MemberId, members::MemberRef, sessions::Session, spaces::Space};

/// A role that somebody takes for the length of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Leads through the agenda.
    Facilitator,
    /// Writes decisions and actions down.
    NoteTaker,
    /// Watches the minutes of each item.
    TimeKeeper,
    /// Looks after how people fare.
    Care,
}

impl Role {
    /// All roles, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Facilitator, Self::NoteTaker, Self::TimeKeeper, Self::Care];

    /// The word in the database and in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Facilitator => "facilitator",
            Self::NoteTaker => "note_taker",
            Self::TimeKeeper => "time_keeper",
            Self::Care => "care",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// An item of the agenda.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaItem {
    /// Key.
    pub id: AgendaItemId,
    /// Order, from 1.
    pub position: i32,
    /// What it is about.
    pub title: String,
    /// Planned length in minutes.
    pub minutes: i32,
    /// When it was taken up.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was done.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What the minutes note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Decided by those present.
    Decision,
    /// Somebody will do something.
    Action,
    /// Worth remembering.
    Note,
}

impl EntryKind {
    /// All kinds, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Decision, Self::Action, Self::Note];

    /// The word in the database and in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Action => "action",
            Self::Note => "note",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A line of the minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Key.
    pub id: EntryId,
    /// Item it was noted under.
    pub agenda_item_id: Option<AgendaItemId>,
    /// Sort of line.
    pub kind: EntryKind,
    /// The words.
    pub text: String,
    /// Who takes an action on.
    pub owner: Option<MemberRef>,
    /// Day by which an action is due.
    pub due_on: Option<NaiveDate>,
    /// Who wrote it down.
    pub noted_by: MemberRef,
    /// When.
    pub noted_at: DateTime<Utc>,
}

/// Somebody who entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// Who.
    pub member: MemberRef,
    /// Version of the protocol that they acknowledged at the door.
    pub protocol_version: i32,
    /// When they entered.
    pub entered_at: DateTime<Utc>,
    /// When they left, if before the close.
    pub left_at: Option<DateTime<Utc>>,
}

/// The whole state of an assembly, as minutes and the live room show it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Assembly {
    /// Agenda in order.
    pub agenda: Vec<AgendaItem>,
    /// Roles that are taken, at most one person each.
    pub roles: Vec<(Role, MemberRef)>,
    /// Who came, in order of entering.
    pub attendance: Vec<Attendance>,
    /// Decisions, actions and notes in the order they were written.
    pub entries: Vec<Entry>,
}

impl Assembly {
    /// The item taken up and not done yet.
    pub fn current(&self) -> Option<&AgendaItem> {
        self.agenda
            .iter()
            .find(|item| item.started_at.is_some() && item.ended_at.is_none())
    }

    /// Who holds the role.
    pub fn holder(&self, role: Role) -> Option<&MemberRef> {
        self.roles
            .iter()
            .find(|(taken, _)| *taken == role)
            .map(|(_, holder)| holder)
    }

    /// Whether the person has entered and not left.
    pub fn is_inside(&self, member: MemberId) -> bool {
        self.inside().any(|person| person.member.id == member)
    }

    /// Who is here now.
    pub fn inside(&self) -> impl Iterator<Item = &Attendance> {
        self.attendance.iter().filter(|person| person.left_at.is_none())
    }
}

/// A session with all that is asked about its room: where it is, who holds it, and what has happened so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The session.
    pub session: Session,
    /// The space it is held in, with its protocol.
    pub space: Space,
    /// Facilitators of the space.
    pub facilitators: Vec<MemberRef>,
    /// Agenda, roles, people, minutes.
    pub assembly: Assembly,
}
