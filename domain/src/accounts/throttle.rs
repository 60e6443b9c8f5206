//! A brake on guessing passwords.
//!
//! First form: counted in this process, per account *and* place, so that nobody can lock another person out from
//! elsewhere; each node of a larger hub counts for itself. What is counted goes when the process ends.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::tokens;

/// Wrong passwords in a row before one has to wait.
const BURST: i32 = 8;
/// How long until one more is allowed.
const REFILL: TimeDelta = TimeDelta::seconds(30);
/// How many places are remembered at most.
const ROOM: usize = 20_000;

/// Counts wrong passwords.
#[derive(Debug, Default)]
pub struct Throttle {
    /// Per fingerprint of account and place: until when what was spent has come back.
    spent_until: Mutex<HashMap<String, DateTime<Utc>>>,
}

impl Throttle {
    /// Takes one try; false means wait. Call it before the password is looked at, so that tries at once count too.
    pub fn take(&self, now: DateTime<Utc>, email: &str, place: &str) -> bool {
        let key = tokens::fingerprint(&format!("{}\n{place}", super::normal_email(email)));
        let mut spent = self.spent_until.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.len() >= ROOM {
            spent.retain(|_, until| *until > now);
        }
        if spent.len() >= ROOM && !spent.contains_key(&key) {
            return false;
        }
        let until = spent.entry(key).or_insert(now);
        let next = (*until).max(now) + REFILL;
        if next - now > REFILL * BURST {
            return false;
        }
        *until = next;
        true
    }

    /// Forgets what was spent: the right password was given.
    pub fn forgive(&self, email: &str, place: &str) {
        let key = tokens::fingerprint(&format!("{}\n{place}", super::normal_email(email)));
        self.spent_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    #[test]
    fn tries_run_out_and_come_back_without_touching_others() {
        let throttle = Throttle::default();
        let now = at(2026, 11, 23, 9, 0);
        for _ in 0..BURST {
            assert!(throttle.take(now, "ama@example.org", "192.0.2.1"));
        }
        assert!(!throttle.take(now, "AMA@example.org ", "192.0.2.1"));
        assert!(throttle.take(now, "ama@example.org", "198.51.100.7"));
        assert!(throttle.take(now, "bo@example.org", "192.0.2.1"));
        let later = now + REFILL;
        assert!(throttle.take(later, "ama@example.org", "192.0.2.1"));
        assert!(!throttle.take(later, "ama@example.org", "192.0.2.1"));
        throttle.forgive("ama@example.org", "192.0.2.1");
        assert!(throttle.take(later, "ama@example.org", "192.0.2.1"));
    }
}
