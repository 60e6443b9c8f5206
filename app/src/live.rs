//! Wake-ups of live rooms within this process. The state itself is in the database; a wake-up only says 'look again'.

use domain::SessionId;
use tokio::sync::broadcast;

/// How many wake-ups a slow listener may miss before it is told to look again anyway.
const BACKLOG: usize = 256;

/// Tells listeners that a session has changed.
#[derive(Clone, Debug)]
pub struct Live(broadcast::Sender<SessionId>);

impl Default for Live {
    fn default() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }
}

impl Live {
    /// Wakes those who watch the session. Nobody watching is fine.
    pub fn notify(&self, session: SessionId) {
        let _ = self.0.send(session);
    }

    /// Wake-ups from now on, for all sessions.
    pub fn subscribe(&self) -> broadcast::Receiver<SessionId> {
        self.0.subscribe()
    }
}
