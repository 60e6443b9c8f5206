//! The programme for calendars outside: a file for each session and a feed to subscribe to. Both are the same for
//! everybody, because the programme is public; the link to a room is never in them.

pub mod render;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    SessionId,
    access::Actor,
    db::Db,
    sessions::{
        SessionError,
        views::{self, Filter},
    },
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use self::render::Hub;
use crate::{clock, conditional::already_there, state::AppState};

/// How far back and ahead the feed reaches.
const BACK: TimeDelta = TimeDelta::days(90);
const AHEAD: TimeDelta = TimeDelta::days(400);
/// Most sessions of the feed.
const MOST: u64 = 1000;

/// `/calendar/programme.ics` and `/calendar/sessions/{id}.ics`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/calendar/programme.ics", get(programme))
        .route("/calendar/sessions/{file}", get(session))
}

async fn programme(State(state): State<AppState>, headers: HeaderMap) -> Response {
    match feed(state.db(), &hub(&state), clock::now()).await {
        Ok(text) => answer(text, "programme.ics", &headers),
        Err(error) => broken(&error),
    }
}

async fn session(State(state): State<AppState>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(id) = file.strip_suffix(".ics").and_then(|id| id.parse::<SessionId>().ok()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match views::one(state.db().read(), &Actor::Anonymous, id).await {
        Ok(view) => answer(render::file(&hub(&state), &view), "session.ics", &headers),
        Err(SessionError::NotFound) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => broken(&error),
    }
}

/// The programme around this time.
async fn feed(db: &Db, hub: &Hub, now: DateTime<Utc>) -> Result<String, sea_orm::DbErr> {
    let filter = Filter {
        from: Some(now - BACK),
        to: Some(now + AHEAD),
        limit: Some(MOST),
        ..Filter::default()
    };
    let sessions = views::list(db.read(), &Actor::Anonymous, &filter).await?;
    Ok(render::feed(hub, &sessions))
}

fn hub(state: &AppState) -> Hub {
    Hub::new(&state.config.community.name, state.config.base_url().as_str())
}

fn broken(error: &impl std::error::Error) -> Response {
    tracing::error!(%error, "a calendar could not be written");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Answers with the calendar, or with 304 where the client has it already.
fn answer(text: String, name: &str, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..16]));
    let known = already_there(headers, &tag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        text.into_response()
    };
    let answered = response.headers_mut();
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answered.insert(header::ETAG, tag);
    }
    if !known {
        answered.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/calendar; charset=utf-8"),
        );
        if let Ok(name) = HeaderValue::try_from(format!("inline; filename=\"{name}\"")) {
            answered.insert(header::CONTENT_DISPOSITION, name);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::body::to_bytes;
    use domain::{
        sessions::{
            Part, PartKind,
            store::{self, NewSession},
        },
        testing::{at, make_space, on_each_database},
    };

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_feed_shows_what_is_planned_and_what_was_called_off() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 1, 0, 0);
            let space = make_space(&db, "hall", &[]).await;
            let part = Part {
                kind: PartKind::Gathering,
                minutes: 60,
            };
            let tx = db.begin().await.unwrap();
            let mut ids = Vec::new();
            for start in [at(2026, 11, 5, 18, 0), at(2026, 11, 6, 18, 0), at(2020, 1, 1, 18, 0)] {
                let new = NewSession::new(space.id, "Gathering", start, vec![part]);
                ids.push(store::insert(&tx, new, now).await.unwrap().id);
            }
            tx.commit().await.unwrap();
            let hub = render::tests::hub();
            let before = feed(&db, &hub, now).await.unwrap();
            assert_eq!(before, feed(&db, &hub, now + TimeDelta::hours(1)).await.unwrap());
            store::cancel(&db, ids[1], "Storm", None, now).await.unwrap();
            let after = feed(&db, &hub, now).await.unwrap();
            let events = render::tests::read_strictly(&after);
            assert_eq!(events.len(), 2, "what is long past is left out");
            assert_eq!(
                (events[0]["STATUS"].as_str(), events[0]["SEQUENCE"].as_str()),
                ("CONFIRMED", "0")
            );
            assert_eq!(
                (events[1]["STATUS"].as_str(), events[1]["SEQUENCE"].as_str()),
                ("CANCELLED", "1")
            );
            assert_ne!(before, after);
        })
        .await;
    }

    #[tokio::test]
    async fn a_client_that_has_it_is_sent_nothing() {
        let first = answer("BEGIN:VCALENDAR".into(), "x.ics", &HeaderMap::new());
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[header::CONTENT_TYPE], "text/calendar; charset=utf-8");
        let tag = first.headers()[header::ETAG].clone();
        let again = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag.clone())]);
        let second = answer("BEGIN:VCALENDAR".into(), "x.ics", &again);
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(second.headers()[header::ETAG], tag);
        assert!(to_bytes(second.into_body(), 10).await.unwrap().is_empty());
        assert_eq!(answer("another".into(), "x.ics", &again).status(), StatusCode::OK);
    }
}
