//! Looks after providers elsewhere, so that no page has to wait for one: pages show what was found last, and a provider
//! that comes back is noticed without anybody asking.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::sso::Sso;

/// How often a node looks whether there is something to look after.
const LOOK: Duration = Duration::from_secs(15);
/// How long a provider has to answer here, where nobody waits.
const PATIENCE: Duration = Duration::from_secs(10);
/// How old what is known may be before it is looked at again: nobody is sent to a provider that has long been silent.
const AGE: TimeDelta = TimeDelta::seconds(40);

/// Runs until `stopping`.
pub async fn run(sso: Arc<Sso>, stopping: impl Future<Output = ()>) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut looked: Vec<Option<DateTime<Utc>>> = vec![None; sso.entrances.len()];
    tokio::pin!(stopping);
    loop {
        tokio::select! {
            () = &mut stopping => return,
            _ = ticks.tick() => round(&sso, &mut looked).await,
        }
    }
}

async fn round(sso: &Sso, looked: &mut [Option<DateTime<Utc>>]) {
    for (entrance, last) in sso.entrances.iter().zip(looked) {
        if entrance.provider.is_built_in() {
            continue;
        }
        let now = sso.now();
        let before = entrance.door.trouble();
        if before.is_none() && last.is_some_and(|last| now - last < AGE) {
            continue;
        }
        match sso.look(entrance, PATIENCE, true).await {
            Ok(_) if before.is_some() => tracing::info!(provider = entrance.provider.name, "answers again"),
            Ok(_) => {}
            Err(error) if before.is_none() => {
                tracing::warn!(
                    provider = entrance.provider.name,
                    error = &error as &dyn std::error::Error,
                    "cannot be asked; it is tried again"
                );
            }
            Err(error) => tracing::debug!(provider = entrance.provider.name, %error, "still cannot be asked"),
        }
        *last = Some(now);
    }
}
