//! What a session is.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{SeriesId, SessionId, SpaceId, members::MemberRef, spaces::Space};

/// What a part of a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// The gathering itself.
    Gathering,
    /// Extra time for offers and wants and informal check-in.
    ExtraTime,
}

/// A part of a session, held one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it is for.
    pub kind: PartKind,
    /// Its length in minutes.
    pub minutes: u32,
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// To come, or past and never opened.
    Scheduled,
    /// People are in it now.
    Open,
    /// Closed by its facilitator; the minutes remain.
    Closed,
    /// An occurrence of a series that is left out.
    Skipped,
    /// Called off.
    Cancelled,
}

impl SessionState {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        [
            Self::Scheduled,
            Self::Open,
            Self::Closed,
            Self::Skipped,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
    }
}

/// A rule that sessions follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Key.
    pub id: SeriesId,
    /// Space it is held in.
    pub space_id: SpaceId,
    /// Title of its sessions, before the number.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// RFC 5545 RRULE value, without DTSTART.
    pub rrule: String,
    /// Wall time of the first occurrence, in `time_zone`.
    pub starts_local: NaiveDateTime,
    /// Zone that the wall time is anchored to; UTC among them.
    pub time_zone: Tz,
    /// Parts of each session.
    pub parts: Vec<Part>,
    /// Seats of each session; `None` for as many as come.
    pub capacity: Option<i32>,
    /// Number of the first occurrence.
    pub first_number: i32,
}

/// One gathering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Key.
    pub id: SessionId,
    /// Space it is held in.
    pub space_id: SpaceId,
    /// Series it belongs to.
    pub series_id: Option<SeriesId>,
    /// Start that the series' rule gave; differs from `starts_at` where the session was moved.
    pub original_start: Option<DateTime<Utc>>,
    /// Number within the series; a skipped session keeps none.
    pub number: Option<i32>,
    /// Title, without the number.
    pub title: String,
    /// What it is about, Markdown.
    pub summary: String,
    /// Phase of the programme.
    pub phase: String,
    /// Languages it is held in, BCP 47 tags.
    pub languages: Vec<String>,
    /// Page of the handbook it bears on; empty for none.
    pub handbook_path: String,
    /// Where it stands.
    pub state: SessionState,
    /// Why it was moved, skipped or cancelled.
    pub reason: String,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End of the last part: the space is held until then.
    pub ends_at: DateTime<Utc>,
    /// Parts, one after another.
    pub parts: Vec<Part>,
    /// Seats; `None` for as many as come.
    pub capacity: Option<i32>,
    /// When a facilitator opened it.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// RFC 5545 SEQUENCE: rises with each change that calendars must learn of.
    pub sequence: i32,
    /// Rises with each change that people in the live room must see.
    pub revision: i64,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// How long the parts last together.
pub fn length(parts: &[Part]) -> TimeDelta {
    parts
        .iter()
        .map(|part| TimeDelta::minutes(i64::from(part.minutes)))
        .sum()
}

impl Session {
    /// The title as calendars and lists show it, with the number within its series:
    /// "commons.hour #17", or "commons.hour #17: furnishing a space" where the session has a title of its own.
    pub fn full_title(&self, series: Option<&str>) -> String {
        match (series, self.number) {
            (Some(series), Some(number)) if series != self.title => format!("{series} #{number}: {}", self.title),
            (_, Some(number)) => format!("{} #{number}", self.title),
            (Some(series), None) if series != self.title => format!("{series}: {}", self.title),
            _ => self.title.clone(),
        }
    }

    /// Whether its start differs from what its series' rule gave.
    pub fn is_moved(&self) -> bool {
        self.original_start.is_some_and(|original| original != self.starts_at)
    }

    /// Whether it will not happen: left out of its series, or called off.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.state, SessionState::Skipped | SessionState::Cancelled)
    }
}

/// A session as lists and pages show it: with its space, leads, and how many are coming.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The session.
    pub session: Session,
    /// Its space, shared among the sessions of a list.
    pub space: Arc<Space>,
    /// Title of its series, if it has one.
    pub series_title: Option<String>,
    /// Lead contributors, each with an organisation if they show one.
    pub leads: Vec<Lead>,
    /// Confirmed bookings.
    pub coming: i64,
    /// Waiting bookings.
    pub waiting: i64,
}

impl SessionView {
    /// The title with the number and the name of its series.
    pub fn full_title(&self) -> String {
        self.session.full_title(self.series_title.as_deref())
    }

    /// Seats that nobody has; `None` where as many come as like.
    pub fn free(&self) -> Option<i64> {
        self.session
            .capacity
            .map(|seats| (i64::from(seats) - self.coming).max(0))
    }
}

/// A lead contributor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// Who.
    pub member: MemberRef,
    /// Their organisation, if its affiliation is visible to the reader.
    pub organisation: Option<MemberRef>,
}
