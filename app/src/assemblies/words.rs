//! The words that islands say, in the reader's language. The page fills them in; `{name}`, `{n}` and the like stand for
//! what only the moment knows.

use serde::{Deserialize, Serialize};

/// Words of the sign that says whether a session is open now.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StateWords {
    /// `Open now`.
    pub open: String,
    /// `{n} here`.
    pub here: String,
    /// Link to the door.
    pub enter: String,
    /// `It is closed.`
    pub closed: String,
    /// Link to the minutes.
    pub minutes: String,
}

/// Words of the live room.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RoomWords {
    /// The sign of state.
    pub state: StateWords,
    /// Heading of the agenda.
    pub agenda: String,
    /// Where there is none.
    pub agenda_none: String,
    /// Above the current item.
    pub now: String,
    /// Instead of it, before the first.
    pub before: String,
    /// Instead of it, after the last.
    pub done: String,
    /// `Item {place} of {of}`.
    pub place: String,
    /// `{n} min left`.
    pub left: String,
    /// `{n} min over time`.
    pub over: String,
    /// `{n} min`.
    pub min: String,
    /// `took {n} min`.
    pub took: String,
    /// Beside items: to come, now, done.
    pub phases: [String; 3],
    /// Button for the first item.
    pub begin: String,
    /// Button for the item after.
    pub next: String,
    /// Button after the last item.
    pub finish: String,
    /// Button for the item before.
    pub back: String,
    /// Heading of the roles.
    pub roles: String,
    /// Code and name of each role.
    pub role_names: Vec<(String, String)>,
    /// Where nobody holds a role.
    pub nobody: String,
    /// Button to take a role.
    pub take: String,
    /// Button to hand one's own role back.
    pub release: String,
    /// Button to free somebody else's role.
    pub free: String,
    /// Heading of the people, with `{n}`.
    pub people: String,
    /// After the reader's own name.
    pub me: String,
    /// Heading of the minutes.
    pub minutes: String,
    /// Where nothing is noted yet.
    pub minutes_none: String,
    /// Code and name of each sort of line.
    pub kinds: Vec<(String, String)>,
    /// `{name} takes this on`.
    pub owner: String,
    /// `due {day}`.
    pub due: String,
    /// `noted by {name} at {time}`.
    pub noted: String,
    /// Heading of the form for a line.
    pub write: String,
    /// Labels of its fields: sort, words, owner, due day.
    pub fields: [String; 4],
    /// Help for owner and due day.
    pub action_help: String,
    /// Option for an action that nobody takes on yet.
    pub no_owner: String,
    /// Its button.
    pub send: String,
    /// Announcements: opened, closed, `{item}` taken up, `{name}` came, left, took `{role}`, `{kind}: {text}` noted.
    pub news: [String; 7],
}

impl RoomWords {
    /// The name of a role.
    pub fn role(&self, code: &str) -> String {
        named(&self.role_names, code)
    }

    /// The name of a sort of line.
    pub fn kind(&self, code: &str) -> String {
        named(&self.kinds, code)
    }
}

fn named(names: &[(String, String)], code: &str) -> String {
    names
        .iter()
        .find(|(known, _)| known == code)
        .map(|(_, name)| name.clone())
        .unwrap_or_default()
}

/// Puts what the moment knows into a sentence.
pub fn fill(sentence: &str, parts: &[(&str, &str)]) -> String {
    parts.iter().fold(sentence.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

/// What was typed into the form for a line before it failed, and what is wrong with it, in words.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TypedLine {
    /// Sort.
    pub kind: String,
    /// Words.
    pub text: String,
    /// Owner.
    pub owner: String,
    /// Due day.
    pub due: String,
    /// Field and sentence.
    pub wrong: Vec<(String, String)>,
}

impl TypedLine {
    /// What is wrong with a field.
    pub fn wrong(&self, field: &str) -> Option<String> {
        self.wrong
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, sentence)| sentence.clone())
    }
}
