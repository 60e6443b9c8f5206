//! Work that comes round by itself. Every node runs the same loop; a row of `job_runs` decides which of them does a turn.

mod claim;

use std::{future::Future, pin::Pin, time::Duration};

use chrono::TimeDelta;
use domain::{clients, reviews, sessions::series};
use tokio::time::MissedTickBehavior;

use crate::{clock, sso, state::AppState};

pub use claim::claim;

/// How often a node looks whether a turn is due.
const LOOK: Duration = Duration::from_secs(30);

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Work = for<'s> fn(&'s AppState) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 's>>;

/// A piece of work and how often it is due.
struct Job {
    name: &'static str,
    every: TimeDelta,
    work: Work,
}

/// Everything that comes round.
const JOBS: &[Job] = &[
    Job {
        name: "sweep_sessions",
        every: TimeDelta::hours(1),
        work: |state| Box::pin(sweep_sessions(state)),
    },
    Job {
        name: "access_reviews",
        every: TimeDelta::hours(6),
        work: |state| Box::pin(access_reviews(state)),
    },
    Job {
        name: "settle_tools",
        every: TimeDelta::seconds(20),
        work: |state| Box::pin(settle_tools(state)),
    },
    Job {
        name: "settle_accounts",
        every: TimeDelta::seconds(20),
        work: |state| Box::pin(settle_accounts(state)),
    },
    Job {
        name: "provider_keys",
        every: TimeDelta::hours(1),
        work: |state| Box::pin(provider_keys(state)),
    },
    Job {
        name: "write_out_series",
        every: TimeDelta::hours(24),
        work: |state| Box::pin(write_out_series(state)),
    },
];

/// How far ahead the sessions of a series stand in the programme: what people plan for, without filling it.
const AHEAD: TimeDelta = TimeDelta::days(120);

/// Removes browser sessions, codes and tokens that have expired, and what left the outbox long ago.
async fn sweep_sessions(state: &AppState) -> Result<(), Failure> {
    sso::session_store::sweep(state.db(), clock::now()).await?;
    clients::notices::sweep(state.db(), clock::now()).await?;
    clients::guard::sweep(state.db(), clock::now()).await?;
    domain::accounts::sweep(state.db(), clock::now()).await?;
    domain::outbox::sweep(state.db(), clock::now()).await?;
    Ok(())
}

/// Adds the keys of the provider that are due, and forgets those whose time is over.
async fn provider_keys(state: &AppState) -> Result<(), Failure> {
    if state.config.sign_on.has_built_in() {
        state.sso.keys_due().await?;
    }
    Ok(())
}

/// Asks circles anew what they answer for, and ends what is out of time.
async fn access_reviews(state: &AppState) -> Result<(), Failure> {
    let review = &state.config.access_review;
    if review.every_days == 0 {
        return Ok(());
    }
    let (every, within) = (review.every_days.into(), review.answer_within_days.into());
    reviews::store::come_round(
        state.db(),
        clock::now(),
        TimeDelta::days(every),
        TimeDelta::days(within),
    )
    .await?;
    Ok(())
}

/// Ends what tools have of people who are gone or may no longer enter, and tells the tools.
async fn settle_tools(state: &AppState) -> Result<(), Failure> {
    let told = clients::ending::settle(state.db(), clock::now()).await?;
    if told > 0 {
        tracing::info!(told, "tools are told that somebody is gone");
    }
    Ok(())
}

/// Looks what tools that take accounts ahead should know by now, and begins to send what differs.
async fn settle_accounts(state: &AppState) -> Result<(), Failure> {
    if state.config.sign_on.issuer.is_none() {
        let begun = clients::scim::settle(state.db(), clock::now()).await?;
        if begun > 0 {
            tracing::info!(begun, "accounts are sent ahead to tools");
        }
    }
    Ok(())
}

/// Writes the coming sessions of every series into the programme.
async fn write_out_series(state: &AppState) -> Result<(), Failure> {
    let now = clock::now();
    for (series, start) in series::materialise(state.db(), now, now + AHEAD).await?.taken {
        tracing::warn!(%series, %start, "a session of a series was left out: another holds its space then");
    }
    Ok(())
}

/// Runs until the program is told to stop; a turn that has begun is finished.
pub async fn run(state: AppState) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stopping = state.shutdown.begun();
    tokio::pin!(stopping);
    loop {
        tokio::select! {
            () = &mut stopping => return,
            _ = ticks.tick() => turn(&state).await,
        }
    }
}

/// Does what is due and not yet taken by another node.
async fn turn(state: &AppState) {
    for job in JOBS {
        match claim(state.db(), job.name, job.every, clock::now()).await {
            Ok(false) => {}
            Ok(true) => match (job.work)(state).await {
                Ok(()) => tracing::debug!(job = job.name, "done"),
                Err(error) => tracing::error!(job = job.name, %error, "a job failed; it is tried again when next due"),
            },
            Err(error) => tracing::error!(job = job.name, %error, "could not look whether a job is due"),
        }
    }
}
