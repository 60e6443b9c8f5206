//! Pictures and other files of the handbook.

use app::ctx::Ctx;
use axum::{
    Extension, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::{access::Actor, db::Db, handbook::store};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{conditional::already_there, state::AppState};

/// Opened by itself, a drawing may style itself and nothing else: no script, no form, no other host.
const POLICY: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'");
/// What everybody may see may be kept by everybody.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// What a member sees is asked about each time; the answer is short.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// `/handbook-files/{*path}`.
pub fn routes() -> Router<AppState> {
    Router::new().route("/handbook-files/{*path}", get(file))
}

async fn file(
    State(state): State<AppState>,
    cx: Option<Extension<Ctx>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    let actor = cx.map_or(Actor::Anonymous, |Extension(cx)| cx.actor);
    match answer(state.db(), &actor, &path, &headers).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a file of the handbook could not be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn answer(db: &Db, actor: &Actor, path: &str, headers: &HeaderMap) -> Result<Response, sea_orm::DbErr> {
    let db = db.read();
    let Some(etag) = store::file_etag(db, path, actor).await? else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let tag = format!("\"{etag}\"");
    let cache = if actor.member().is_some() { PRIVATE } else { PUBLIC };
    if already_there(headers, &tag) {
        let kept = [
            (header::ETAG, HeaderValue::try_from(tag).unwrap_or(PRIVATE)),
            (header::CACHE_CONTROL, cache),
        ];
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let Some(file) = store::file(db, path, actor).await? else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let shown = file.media_type.starts_with("image/") || file.media_type.starts_with("audio/");
    let mut response = file.content.into_response();
    let answered = response.headers_mut();
    answered.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    answered.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answered.insert(header::CACHE_CONTROL, cache);
    answered.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static(if shown { "inline" } else { "attachment" }),
    );
    for (name, value) in [(header::CONTENT_TYPE, file.media_type), (header::ETAG, tag)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            answered.insert(name, value);
        }
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::body::to_bytes;
    use domain::{
        access::Actor,
        handbook::{import::from_files, store},
        testing::{at, on_each_database},
    };
    use http::{HeaderMap, StatusCode, header};

    use super::answer;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_drawing_is_shown_and_can_do_nothing() {
        on_each_database(|db| async move {
            let files: &[(&str, &[u8])] = &[
                ("SUMMARY.md", b"* [A](a.md)\n* [B](b.md)"),
                ("a.md", b"![p](img/a%20b.svg) [t](t.txt)"),
                ("b.md", b"---\naudience: members\n---\n![p](img/key.svg)"),
                ("img/a b.svg", b"<svg/>"),
                ("img/key.svg", b"<svg/>"),
                ("t.txt", b"words"),
            ];
            store::replace(&db, from_files(files).unwrap(), None, at(2026, 11, 23, 9, 0))
                .await
                .unwrap();
            let get = async |path: &str, known: &str| {
                let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, known.parse().unwrap())]);
                answer(&db, &Actor::Anonymous, path, &headers).await.unwrap()
            };

            let drawing = get("img/a b.svg", "\"other\"").await;
            assert_eq!(drawing.status(), StatusCode::OK);
            let headers = drawing.headers().clone();
            assert_eq!(headers["content-type"], "image/svg+xml");
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert!(
                headers["content-security-policy"]
                    .to_str()
                    .unwrap()
                    .starts_with("sandbox; default-src 'none'")
            );
            assert_eq!(to_bytes(drawing.into_body(), 1000).await.unwrap().as_ref(), b"<svg/>");

            let again = get("img/a b.svg", headers["etag"].to_str().unwrap()).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
            assert_eq!(again.headers()["etag"], headers["etag"]);

            assert_eq!(get("t.txt", "").await.headers()["content-disposition"], "attachment");
            assert_eq!(get("img/key.svg", "").await.status(), StatusCode::NOT_FOUND);
            assert_eq!(get("img/key.svg", "*").await.status(), StatusCode::NOT_FOUND);
            assert_eq!(get("../../etc/passwd", "").await.status(), StatusCode::NOT_FOUND);
        })
        .await;
    }
}
