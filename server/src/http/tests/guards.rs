//! What holds for every answer, shown on routes made for the purpose.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{path::Path, time::Duration};

use axum::{
    Router,
    body::Body,
    response::Response,
    routing::{get, post},
};
use domain::db::Db;
use http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt;

use crate::{
    config::Config,
    http::{FormsMayLeadTo, guarded},
    state::{AppState, Shutdown},
};

const ON_TLS: &[(&str, &str)] = &[
    ("HUB_SERVER__BASE_URL", "https://hub.example.org"),
    ("HUB_SERVER__REQUEST_SECONDS", "1"),
];

async fn state(settings: &[(&str, &str)]) -> AppState {
    let config = Config::load_with(Path::new("/nonexistent"), settings).unwrap();
    let db = Db::connect("sqlite::memory:", 1).await.unwrap();
    AppState::new(config, db, domain::testing::sealer(), Shutdown::never()).unwrap()
}

/// A small hub with one route for each thing that can happen.
async fn hub(settings: &[(&str, &str)]) -> Router {
    let state = state(settings).await;
    let routes = Router::new()
        .route("/", get(|| async { "hello" }).post(|body: String| async { body }))
        .route("/panic", get(|| async { panic!("as asked") as &'static str }))
        .route("/slow", get(|| tokio::time::sleep(Duration::from_hours(1))))
        .route("/oauth2/token", post(|| async { "a token" }))
        .route(
            "/elsewhere",
            get(|| async { axum::Extension(FormsMayLeadTo("https://tool.example/cb?x=1".parse().unwrap())) }),
        );
    guarded(routes, &state).with_state(state)
}

async fn ask(hub: Router, request: http::request::Builder, body: &str) -> Response {
    hub.oneshot(request.body(Body::from(body.to_owned())).unwrap())
        .await
        .unwrap()
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn policy(headers: &HeaderMap) -> &str {
    headers["content-security-policy"].to_str().unwrap()
}

#[tokio::test]
async fn every_answer_carries_the_headers_errors_too() {
    let large = "x".repeat(2 * 1024 * 1024);
    let own = ("sec-fetch-site", "same-origin");
    let foreign = ("sec-fetch-site", "cross-site");
    for (method, path, body, site, status) in [
        ("GET", "/", "", own, 200),
        ("GET", "/nowhere", "", own, 404),
        ("DELETE", "/", "", own, 405),
        ("POST", "/", large.as_str(), own, 413),
        ("POST", "/", "", foreign, 403),
        ("GET", "/panic", "", own, 500),
        ("GET", "/slow", "", own, 503),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(site.0, site.1)
            .header("content-length", body.len());
        let response = ask(hub(ON_TLS).await, request, body).await;
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
        let headers = response.headers();
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(headers[name], value, "{name} of {method} {path}");
        }
        assert!(headers.contains_key("permissions-policy") && headers.contains_key("x-request-id"));
        assert!(policy(headers).contains("default-src 'none'") && policy(headers).contains("frame-ancestors 'none'"));
        assert!(!policy(headers).contains("unsafe-inline"));
        if status >= 400 {
            assert!(text(response).await.contains("<h1>"), "{method} {path} has a page");
        }
    }
}

#[tokio::test]
async fn a_nonce_is_never_used_twice() {
    let hub = hub(&[]).await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..10 {
        let response = ask(hub.clone(), Request::builder().uri("/"), "").await;
        let nonce = policy(response.headers())
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
            .to_owned();
        assert!(nonce.len() >= 22 && seen.insert(nonce));
    }
}

#[tokio::test]
async fn strict_transport_is_asked_for_on_tls_only() {
    let response = ask(hub(&[]).await, Request::builder().uri("/"), "").await;
    assert!(!response.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn forms_lead_nowhere_else_but_to_the_issuer_and_where_an_answer_says() {
    let response = ask(hub(&[]).await, Request::builder().uri("/elsewhere"), "").await;
    assert!(policy(response.headers()).contains("form-action 'self'  https://tool.example;"));
    let foreign = [
        ("HUB_SIGN_ON__ISSUER", "https://id.example.org/realms/commons"),
        ("HUB_SIGN_ON__CLIENT_ID", "hub"),
        ("HUB_SIGN_ON__CLIENT_SECRET", "secret"),
    ];
    let response = ask(hub(&foreign).await, Request::builder().uri("/"), "").await;
    assert!(policy(response.headers()).contains("form-action 'self' https://id.example.org ;"));
}

#[tokio::test]
async fn what_changes_something_comes_from_our_own_pages() {
    let hub = hub(ON_TLS).await;
    let post = || Request::builder().method("POST").uri("/");
    for (request, status) in [
        (post().header("sec-fetch-site", "same-origin"), StatusCode::OK),
        (post().header("sec-fetch-site", "cross-site"), StatusCode::FORBIDDEN),
        (post().header("origin", "https://hub.example.org"), StatusCode::OK),
        (post().header("origin", "https://evil.example"), StatusCode::FORBIDDEN),
        (post(), StatusCode::FORBIDDEN),
        // Programs ask for tokens without a cookie; pages may be read from anywhere.
        (Request::builder().method("POST").uri("/oauth2/token"), StatusCode::OK),
        (
            Request::builder().uri("/").header("sec-fetch-site", "cross-site"),
            StatusCode::OK,
        ),
    ] {
        assert_eq!(ask(hub.clone(), request, "").await.status(), status);
    }
}

#[tokio::test]
async fn a_body_without_a_length_is_limited_as_well() {
    let request = Request::builder()
        .method("POST")
        .uri("/")
        .header("sec-fetch-site", "same-origin");
    let response = ask(hub(&[]).await, request, &"x".repeat(2 * 1024 * 1024)).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_request_keeps_the_id_that_it_came_with() {
    let request = Request::builder().uri("/").header("x-request-id", "from-the-proxy");
    assert_eq!(
        ask(hub(&[]).await, request, "").await.headers()["x-request-id"],
        "from-the-proxy"
    );
}
