//! Requests that wanted a new sign-in, so that they are known when the person comes back from it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::tokens;
use tower_sessions::Session;

/// Session key: fingerprint of each request, and when it was asked.
const FRESH: &str = "provider_fresh";
/// How many such requests are remembered.
const ROOM: usize = 5;

/// What is remembered in this browser.
pub(super) struct Fresh(BTreeMap<String, i64>);

impl Fresh {
    pub(super) async fn read(session: &Session) -> Self {
        Self(session.get(FRESH).await.ok().flatten().unwrap_or_default())
    }

    /// Whether the person signed in since this was asked.
    pub(super) fn answered(&self, query: &str, since: DateTime<Utc>) -> bool {
        self.0
            .get(&tokens::fingerprint(query))
            .is_some_and(|asked| since.timestamp() >= *asked)
    }

    pub(super) async fn remember(mut self, session: &Session, query: &str, now: DateTime<Utc>) {
        while self.0.len() >= ROOM {
            let Some(oldest) = self
                .0
                .iter()
                .min_by_key(|(_, asked)| **asked)
                .map(|(key, _)| key.clone())
            else {
                break;
            };
            self.0.remove(&oldest);
        }
        self.0.insert(tokens::fingerprint(query), now.timestamp());
        let _ = session.insert(FRESH, self.0).await;
    }

    pub(super) async fn forget(mut self, session: &Session, query: &str) {
        if self.0.remove(&tokens::fingerprint(query)).is_some() {
            let _ = session.insert(FRESH, self.0).await;
        }
    }
}
