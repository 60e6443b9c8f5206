//! What happens in an open session.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{AgendaItemId, EntryId, members::MemberRef};

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
}
