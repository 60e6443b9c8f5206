//! The outbox: letters, tokens of log-out, and whatever else has to reach somebody outside.
//!
//! What is to be sent is written down in the transaction of what it follows from ([`enqueue`]), so that neither happens
//! without the other. Any node takes it out under a lease ([`claim`]), carries it, and says how it went ([`done`],
//! [`failed`]). A node that dies in between lets its lease run out; nothing is lost, and while a lease holds nobody else
//! carries the same thing.

mod entity;
mod store;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use uuid::Uuid;

pub use store::{Lag, Standing, claim, done, enqueue, failed, hurry, lag, standing, sweep};

/// How long whoever took something out has it for themselves. Carrying one thing has to take less.
pub const LEASE: TimeDelta = TimeDelta::minutes(2);
/// After so many tries it is given up: about two and a half days.
pub const ATTEMPTS: i32 = 60;
/// Wait after the first failure; it triples with each further one.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(10);
/// Longest wait between two tries.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// Something taken out of the outbox, for as long as [`LEASE`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// Its key; the same on every try, so that a receiver can tell a repetition.
    pub id: Uuid,
    /// What sort of thing it is.
    pub kind: String,
    /// What it says, as JSON.
    pub payload: String,
    /// Which try this is, from 1; it also proves the lease.
    pub attempt: i32,
}

/// What becomes of a try that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Later it may work.
    #[error("{0}")]
    Later(String),
    /// Later it may work, and the other side says how much later.
    #[error("{0}")]
    After(String, TimeDelta),
    /// It never will: it is given up at once.
    #[error("{0}")]
    Never(String),
}

impl Failure {
    /// A failure that time may mend.
    pub fn later(error: impl std::fmt::Display) -> Self {
        Self::Later(error.to_string())
    }

    /// A failure that stays.
    pub fn never(error: impl std::fmt::Display) -> Self {
        Self::Never(error.to_string())
    }
}

/// How long to wait after the try with this number failed; `None` gives up.
pub fn wait_after(attempt: i32) -> Option<TimeDelta> {
    if attempt >= ATTEMPTS {
        return None;
    }
    let tripled = 3_i32.saturating_pow(u32::try_from(attempt - 1).unwrap_or_default().min(10));
    Some((FIRST_WAIT * tripled).min(LONGEST_WAIT))
}
