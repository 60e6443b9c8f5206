//! Files: what cargo-leptos built (under `/pkg`, with a hash in the name) and what stands in `public`.

use std::path::Path;

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderValue, Method, StatusCode, header};
use tower_http::services::ServeDir;

/// A file whose name changes with its content never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Other files: good for an hour, then asked about.
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The part of a request that a file needs, if it may be for one: the last part of a page's address has no dot.
pub(super) fn asked(request: &Request) -> Option<Request> {
    let file = request.uri().path().rsplit('/').next()?.contains('.');
    if !file || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let mut asked = Request::builder().method(request.method()).uri(request.uri());
    for name in [header::ACCEPT_ENCODING, header::IF_MODIFIED_SINCE, header::RANGE] {
        if let Some(value) = request.headers().get(&name) {
            asked = asked.header(name, value);
        }
    }
    asked.body(Body::empty()).ok()
}

/// The file, compressed beforehand where the browser takes that; none where there is no such file.
pub(super) async fn find(site: &Path, hashed: bool, asked: Request) -> Option<Response> {
    let lasting = hashed && asked.uri().path().starts_with("/pkg/");
    let mut files = ServeDir::new(site)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let answer = files.try_call(asked).await.ok()?;
    if answer.status() == StatusCode::NOT_FOUND {
        return None;
    }
    let mut answer = answer.map(Body::new);
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, if lasting { FOR_EVER } else { FOR_AN_HOUR });
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Some(answer)
}
