//! Carries out what stands in the outbox. Every node runs the same loop; a lease decides which of them carries a thing.

#[cfg(test)]
mod tests;

use std::{future::Future, pin::Pin, time::Duration};

use domain::{
    clients::{ending::LOGOUT, scim::PUSH},
    outbox::{self, Failure, Leased},
};
use futures::future::join_all;
use tokio::time::MissedTickBehavior;

use crate::{clock, mail, scim, sso::backchannel, state::AppState};

/// How often a node looks by itself; what this process puts in wakes it at once.
const LOOK: Duration = Duration::from_secs(5);
/// How many things a node has in hand at a time.
const IN_HAND: u32 = 8;
/// How long carrying one thing may take: well under the lease.
const PATIENCE: Duration = Duration::from_mins(1);

type Carried<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

/// A kind of thing and how it is carried.
pub struct Kind {
    /// Its name in the table.
    pub name: &'static str,
    /// Carries one.
    pub carry: for<'a> fn(&'a AppState, &'a Leased) -> Carried<'a>,
}

/// Everything that this program carries.
const KINDS: &[Kind] = &[
    Kind {
        name: LOGOUT,
        carry: |state, leased| Box::pin(backchannel::carry(state, leased)),
    },
    mail::LETTERS,
    Kind {
        name: PUSH,
        carry: |state, leased| Box::pin(scim::carry(state, leased)),
    },
];

/// Runs until the program is told to stop; what is in hand is finished.
pub async fn run(state: AppState) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stopping = state.shutdown.begun();
    tokio::pin!(stopping);
    loop {
        tokio::select! {
            () = &mut stopping => return,
            _ = ticks.tick() => {}
            () = state.db().outbox_woken() => {}
        }
        carry_due(&state, KINDS).await;
    }
}

/// Carries what is due until nothing is; says how many arrived.
pub async fn drain(state: &AppState) -> usize {
    carry_due(state, KINDS).await
}

async fn carry_due(state: &AppState, kinds: &[Kind]) -> usize {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    let mut arrived = 0;
    loop {
        let due = match outbox::claim(state.db(), clock::now(), &names, IN_HAND).await {
            Ok(due) if due.is_empty() => return arrived,
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "could not look into the outbox");
                return arrived;
            }
        };
        let mut in_hand = Vec::new();
        for leased in &due {
            in_hand.push(carry(state, kinds, leased));
        }
        arrived += join_all(in_hand).await.into_iter().filter(|arrived| *arrived).count();
    }
}

/// Carries one thing and writes down how it went.
async fn carry(state: &AppState, kinds: &[Kind], leased: &Leased) -> bool {
    let Some(kind) = kinds.iter().find(|kind| kind.name == leased.kind) else {
        return false;
    };
    let outcome = match tokio::time::timeout(PATIENCE, (kind.carry)(state, leased)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::later("it took too long")),
    };
    let (now, db) = (clock::now(), state.db());
    let settled = match &outcome {
        Ok(()) => outbox::done(db, now, leased).await,
        Err(failure) => outbox::failed(db, now, leased, failure).await.map(|given_up| {
            if given_up {
                tracing::error!(kind = kind.name, id = %leased.id, %failure, "given up; it stays in the outbox");
            } else {
                tracing::warn!(kind = kind.name, id = %leased.id, attempt = leased.attempt, %failure, "tried again later");
            }
        }),
    };
    if let Err(error) = settled {
        tracing::error!(kind = kind.name, id = %leased.id, %error, "could not write down how it went");
    }
    outcome.is_ok()
}
