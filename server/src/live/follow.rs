//! One reader following one session.

use std::{pin::Pin, time::Duration};

use app::{
    assemblies::{
        seen::{self, Reader},
        snapshot::Snapshot,
    },
    i18n::Locale,
};
use chrono_tz::Tz;
use domain::{
    SessionId,
    access::Actor,
    assemblies::{self, AssemblyError},
    members, sessions,
};
use futures::{Stream, stream};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep, sleep_until},
};

use super::{Watch, is_last};

/// How long one connection lasts. The client then comes back by itself, and whether it still may is asked anew.
const LIFETIME: Duration = Duration::from_mins(15);
/// How often a connection looks without having been woken, should a wake-up between nodes get lost.
const LOOK: Duration = Duration::from_secs(30);

/// Who follows, and how they read.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) actor: Actor,
    pub(super) locale: Locale,
    pub(super) zone: Tz,
    pub(super) state_only: bool,
}

pub(super) struct Following {
    watch: Watch,
    id: SessionId,
    who: Who,
    seen: Option<i64>,
    wakes: Receiver<SessionId>,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
    until: Instant,
    over: bool,
}

impl Following {
    /// Wake-ups count from here on, before the first look: nothing falls between the two.
    pub(super) fn new(watch: Watch, id: SessionId, who: Who, seen: Option<i64>) -> Self {
        Self {
            wakes: watch.live.subscribe(),
            stop: Box::pin(watch.shutdown.begun()),
            until: Instant::now() + LIFETIME,
            over: false,
            watch,
            id,
            who,
            seen,
        }
    }

    /// The present state unless it has been seen, then each state that follows, until the session or the program ends.
    pub(super) fn snapshots(self) -> impl Stream<Item = Snapshot> + Send {
        stream::unfold(self, async |mut me| me.next().await.map(|snapshot| (snapshot, me)))
    }

    async fn next(&mut self) -> Option<Snapshot> {
        if self.over {
            return None;
        }
        loop {
            match self.look().await {
                Ok(Some(snapshot)) => {
                    self.seen = Some(snapshot.revision);
                    self.over = is_last(&snapshot);
                    return Some(snapshot);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a live event could not be read"
                    );
                    return None;
                }
            }
            if !self.woken().await {
                return None;
            }
        }
    }

    /// Waits until it is worth looking again; `false` when it is time to end.
    async fn woken(&mut self) -> bool {
        let quiet = sleep(LOOK);
        tokio::pin!(quiet);
        loop {
            tokio::select! {
                () = &mut self.stop => return false,
                () = sleep_until(self.until) => return false,
                () = &mut quiet => return true,
                wake = self.wakes.recv() => match wake {
                    Ok(id) if id != self.id => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return true,
                    Err(RecvError::Closed) => return false,
                },
            }
        }
    }

    /// The state, if it is newer than what was seen. Who asks is read anew: rights may have changed since.
    async fn look(&mut self) -> Result<Option<Snapshot>, AssemblyError> {
        let db = self.watch.db.read();
        let session = sessions::store::get(db, self.id).await?;
        if self.seen.is_some_and(|seen| seen >= session.revision) {
            return Ok(None);
        }
        let room = assemblies::store::load_for(db, session).await?;
        if let Some(member) = self.who.actor.member() {
            let again = members::store::acting(db, member.id).await?;
            self.who.actor = again.map_or(Actor::Anonymous, |member| Actor::Member(Box::new(member)));
        }
        let reader = Reader {
            actor: &self.who.actor,
            locale: self.who.locale,
            zone: self.who.zone,
            now: (self.watch.clock)(),
        };
        let mut snapshot = seen::snapshot(&room, reader);
        if self.who.state_only {
            snapshot.inside = None;
        }
        Ok(Some(snapshot))
    }
}
