//! Probes for whoever runs the hub: is the process alive, and may it be sent people.

use std::time::Duration;

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use domain::db::Db;
use http::{StatusCode, header};

use crate::state::AppState;

/// How long the database has to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// `/healthz` and `/readyz`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

async fn alive() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], "ok\n")
}

async fn ready(State(state): State<AppState>) -> impl IntoResponse {
    let (status, words) = match readiness(state.db()).await {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    };
    (status, [(header::CACHE_CONTROL, "no-store")], words)
}

/// Whether the database answers and has the schema of this program. The reason names no address and no secret.
pub(crate) async fn readiness(db: &Db) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, db.pending_migrations()).await {
        Err(_) => Err("the database does not answer in time".to_owned()),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database does not answer");
            Err("the database does not answer".to_owned())
        }
        Ok(Ok(0)) => Ok(()),
        Ok(Ok(pending)) => Err(format!("{pending} migrations are pending: run `hub migrate`")),
    }
}
