//! Where an assembly stands, and how it moves on: planned, open, closed. There is no way back.

use chrono::{DateTime, TimeDelta, Utc};

use super::AssemblyError;
use crate::sessions::{Session, SessionState};

/// How long before the start the doors may be opened.
pub const DOORS: TimeDelta = TimeDelta::minutes(30);

/// Where an assembly stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// To come, or past and never opened.
    Planned {
        /// From when it may be opened.
        from: DateTime<Utc>,
        /// Until when: the time held for it ends here.
        until: DateTime<Utc>,
    },
    /// People are in it.
    Open {
        /// When it was opened.
        since: DateTime<Utc>,
    },
    /// It is over, the minutes remain.
    Closed {
        /// When it was closed.
        at: DateTime<Utc>,
    },
    /// Left out of its series, or called off.
    Off,
}

impl Stage {
    /// Where this session stands.
    pub fn of(session: &Session) -> Self {
        match session.state {
            SessionState::Scheduled => Self::Planned {
                from: session.starts_at - DOORS,
                until: session.ends_at,
            },
            SessionState::Open => Self::Open {
                since: session.opened_at.unwrap_or(session.starts_at),
            },
            SessionState::Closed => Self::Closed {
                at: session.closed_at.unwrap_or(session.ends_at),
            },
            SessionState::Skipped | SessionState::Cancelled => Self::Off,
        }
    }

    /// Opens a planned assembly, once the time has come and while it lasts.
    pub fn open(self, now: DateTime<Utc>) -> Result<Self, AssemblyError> {
        match self {
            Self::Planned { from, .. } if now < from => Err(AssemblyError::TooEarly),
            Self::Planned { until, .. } if now >= until => Err(AssemblyError::TooLate),
            Self::Planned { .. } => Ok(Self::Open { since: now }),
            Self::Open { .. } => Err(AssemblyError::AlreadyOpen),
            Self::Closed { .. } => Err(AssemblyError::Closed),
            Self::Off => Err(AssemblyError::CalledOff),
        }
    }

    /// Closes an open assembly.
    pub fn close(self, now: DateTime<Utc>) -> Result<Self, AssemblyError> {
        self.must_be_open().map(|()| Self::Closed { at: now })
    }

    /// What happens inside happens while it is open.
    pub fn must_be_open(self) -> Result<(), AssemblyError> {
        match self {
            Self::Open { .. } => Ok(()),
            Self::Planned { .. } => Err(AssemblyError::NotOpen),
            Self::Closed { .. } => Err(AssemblyError::Closed),
            Self::Off => Err(AssemblyError::CalledOff),
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::at;

    const PLANNED: fn() -> Stage = || Stage::Planned {
        from: at(2026, 12, 1, 17, 30),
        until: at(2026, 12, 1, 19, 30),
    };

    #[test]
    fn opens_from_half_an_hour_before_until_its_end() {
        assert!(matches!(
            PLANNED().open(at(2026, 12, 1, 17, 29)),
            Err(AssemblyError::TooEarly)
        ));
        assert!(PLANNED().open(at(2026, 12, 1, 17, 30)).is_ok());
        assert!(PLANNED().open(at(2026, 12, 1, 19, 29)).is_ok());
        assert!(matches!(
            PLANNED().open(at(2026, 12, 1, 19, 30)),
            Err(AssemblyError::TooLate)
        ));
    }

    #[test]
    fn opens_once_closes_once_and_never_comes_back() {
        let now = at(2026, 12, 1, 18, 0);
        assert!(matches!(PLANNED().close(now), Err(AssemblyError::NotOpen)));
        let open = PLANNED().open(now).unwrap();
        assert_eq!(open, Stage::Open { since: now });
        assert!(matches!(open.open(now), Err(AssemblyError::AlreadyOpen)));
        let closed = open.close(now).unwrap();
        assert!(matches!(closed.open(now), Err(AssemblyError::Closed)));
        assert!(matches!(closed.close(now), Err(AssemblyError::Closed)));
    }

    #[test]
    fn what_is_called_off_stays_so() {
        let now = at(2026, 12, 1, 18, 0);
        assert!(matches!(Stage::Off.open(now), Err(AssemblyError::CalledOff)));
        assert!(matches!(Stage::Off.close(now), Err(AssemblyError::CalledOff)));
    }
}
