//! Through whom people sign in, and whether each of them answers: written by sign-on, read by pages.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use domain::accounts::BUILT_IN_ISSUER;

/// A provider that people sign in with.
#[derive(Debug, Default)]
pub struct Door {
    /// Its name in addresses.
    pub name: String,
    /// What people read on its button; empty for the built-in provider.
    pub label: String,
    /// Its address as the operator wrote it, without a slash at the end; [`BUILT_IN_ISSUER`] for the built-in one.
    pub issuer: String,
    down: Mutex<Option<(Trouble, DateTime<Utc>)>>,
}

/// Why a provider cannot be used just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It does not answer.
    Silent,
    /// It answers something else than it should.
    Strange,
}

impl Door {
    /// A provider that is thought to answer until it does not.
    pub fn new(name: &str, label: &str, issuer: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            issuer: issuer.unwrap_or(BUILT_IN_ISSUER).trim_end_matches('/').to_owned(),
            down: Mutex::default(),
        }
    }

    /// Whether it is the built-in provider.
    pub fn is_built_in(&self) -> bool {
        self.issuer == BUILT_IN_ISSUER
    }

    /// What is wrong with it, and since when.
    pub fn trouble(&self) -> Option<(Trouble, DateTime<Utc>)> {
        *self.down.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that it answers.
    pub fn answers(&self) {
        *self.down.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes that something is wrong with it. The first moment of it is kept.
    pub fn fails(&self, trouble: Trouble, now: DateTime<Utc>) {
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        let since = down.map_or(now, |(_, since)| since);
        *down = Some((trouble, since));
    }
}

/// The provider that an identity belongs to, if it is still set up.
pub fn of_issuer<'d>(doors: &'d [Arc<Door>], issuer: &str) -> Option<&'d Arc<Door>> {
    doors.iter().find(|door| door.issuer == issuer.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_door_remembers_since_when_it_is_shut() {
        let door = Door::new("staff", "Staff", Some("https://id.example/"));
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(door.trouble(), None);
        door.fails(Trouble::Silent, now);
        door.fails(Trouble::Strange, now + TimeDelta::minutes(5));
        assert_eq!(door.trouble(), Some((Trouble::Strange, now)));
        door.answers();
        assert_eq!(door.trouble(), None);
        let doors = [Arc::new(door), Arc::new(Door::new("built-in", "", None))];
        assert_eq!(of_issuer(&doors, "https://id.example").map(|d| d.name.as_str()), Some("staff"));
        assert!(of_issuer(&doors, BUILT_IN_ISSUER).is_some_and(|door| door.is_built_in()));
    }
}
