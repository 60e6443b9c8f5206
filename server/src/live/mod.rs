//! Live events of sessions, as server-sent events: `GET /live/sessions/{id}`.
//!
//! The state is in the database; a wake-up only says 'look again'. Within a node a broadcast carries it, between nodes
//! `NOTIFY` of `PostgreSQL` ([`nodes`]). Each event is a whole [`Snapshot`] for its reader, its id the session's revision:
//! who was cut off and comes back with `Last-Event-ID` gets one only if something has changed.

mod follow;
pub mod nodes;
#[cfg(test)]
mod tests;

use std::{convert::Infallible, time::Duration};

use app::{
    assemblies::snapshot::{Snapshot, Stage},
    ctx::Ctx,
    live::Live,
};
use axum::{
    Extension, Router,
    extract::{FromRef, Path, Query, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use chrono::{DateTime, Utc};
use domain::{Kind, Problem, SessionId, db::Db};
use futures::StreamExt;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use crate::state::{AppState, Shutdown};
use follow::{Following, Who};

/// How long a client waits before it comes back.
const RETRY: Duration = Duration::from_secs(1);
/// How often a quiet connection says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What live events need of the program.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The database.
    pub db: Db,
    /// Wake-ups of this node.
    pub live: Live,
    /// Whether the program is told to stop.
    pub shutdown: Shutdown,
    /// The clock.
    pub clock: fn() -> DateTime<Utc>,
}

impl FromRef<AppState> for Watch {
    fn from_ref(state: &AppState) -> Self {
        Self {
            db: state.services.db.clone(),
            live: state.services.live.clone(),
            shutdown: state.shutdown.clone(),
            clock: state.services.clock,
        }
    }
}

/// `/live/sessions/{id}`
pub fn routes() -> Router<AppState> {
    Router::new().route("/live/sessions/{id}", get(live))
}

/// What a client asks for.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    /// Revision that the page was written with.
    since: Option<i64>,
    /// `state`: whether it is open, how many are there, the current item; no names even where the reader may see them.
    only: Option<String>,
}

async fn live(
    State(watch): State<Watch>,
    Path(id): Path<SessionId>,
    Query(asked): Query<Asked>,
    Extension(cx): Extension<Ctx>,
    headers: HeaderMap,
) -> Response {
    let who = Who {
        actor: cx.actor,
        locale: cx.locale,
        zone: cx.zone,
        state_only: asked.only.as_deref() == Some("state"),
    };
    answer(watch, id, who, last_event(&headers).or(asked.since)).await
}

/// The id of the last event that a client which was cut off has seen.
fn last_event(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

async fn answer(watch: Watch, id: SessionId, who: Who, since: Option<i64>) -> Response {
    let session = match domain::sessions::store::get(watch.db.read(), id).await {
        Ok(session) => session,
        Err(error) if error.kind() == Kind::NotFound => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a live event could not be read"
            );
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let over = session.is_cancelled() || session.state == domain::sessions::SessionState::Closed;
    if over && since.is_some_and(|seen| seen >= session.revision) {
        // An event source that gets this does not come back.
        return StatusCode::NO_CONTENT.into_response();
    }
    let events = Following::new(watch, id, who, since)
        .snapshots()
        .map(|snapshot| Ok::<_, Infallible>(event(&snapshot)));
    (
        [
            (header::CACHE_CONTROL, "no-store"),
            (header::HeaderName::from_static("x-accel-buffering"), "no"),
        ],
        Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)),
    )
        .into_response()
}

fn event(snapshot: &Snapshot) -> Event {
    let event = Event::default().id(snapshot.revision.to_string()).retry(RETRY);
    match serde_json::to_string(snapshot) {
        Ok(data) => event.data(data),
        Err(error) => event.comment(error.to_string()),
    }
}

/// Whether nothing follows a snapshot.
fn is_last(snapshot: &Snapshot) -> bool {
    matches!(snapshot.stage, Stage::Closed | Stage::Off)
}
