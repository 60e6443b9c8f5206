//! The whole hub, as it is served: pages, files, probes, the cookie.
#![allow(clippy::unwrap_used)]

use http::{StatusCode, header};

use super::{Hub, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_for_one_person_and_its_scripts_carry_the_nonce_of_the_policy() {
    let hub = Hub::new(&[], true).await;
    let response = hub.get("/welcome", &[]).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "private, no-cache");
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    let page = text(response).await;
    assert!(page.contains(&format!("nonce=\"{nonce}\"")), "{page}");
    assert!(!page.contains("style=\""), "inline styles do not pass the policy");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_a_page_says_so() {
    let hub = Hub::new(&[], true).await;
    for path in ["/nowhere", "/no/where/at-all", "/nothing.png", "/pkg/gone.wasm"] {
        let response = hub.get(path, &[]).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        let page = text(response).await;
        assert!(
            page.contains("<main") && page.contains("href=\"/\""),
            "{path} shows the frame of the hub"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_compressed_where_the_browser_takes_that() {
    let hub = Hub::new(&[], true).await;
    let response = hub.get("/", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "br");
    assert!(!hub.get("/", &[]).await.headers().contains_key(header::CONTENT_ENCODING));
}

#[tokio::test(flavor = "multi_thread")]
async fn built_files_come_compressed_beforehand_and_without_a_session() {
    let hub = Hub::new(&[], true).await;
    let response = hub.get("/pkg/hub.css", &[("accept-encoding", "br")]).await;
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "br");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/css");
    assert!(
        response.headers()[header::CACHE_CONTROL]
            .to_str()
            .unwrap()
            .starts_with("public")
    );
    assert!(response.headers().contains_key(header::LAST_MODIFIED));
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    assert_eq!(text(response).await, "not really brotli");
    assert_eq!(text(hub.get("/robots.txt", &[]).await).await, "User-agent: *");
    for path in ["/../secret.txt", "/%2e%2e/secret.txt", "/pkg/..%2f..%2fsecret.txt"] {
        assert_ne!(hub.get(path, &[]).await.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
    // Signing in has to remember something, so it sets the cookie.
    let plain = Hub::new(&[], true).await.get("/sign-in", &[]).await;
    let cookie = plain.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("hub=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let tls = [("HUB_SERVER__BASE_URL", "https://hub.example.org")];
    let on_tls = Hub::new(&tls, true).await.get("/sign-in", &[]).await;
    let cookie = on_tls.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("__Host-hub=") && cookie.contains("Secure") && cookie.contains("Path=/"),
        "{cookie}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_takes_no_newer_cookie_away() {
    let hub = Hub::new(&[], true).await;
    let before = ("cookie", "hub=AAAAAAAAAAAAAAAAAAAAAA");
    for path in ["/", "/account", "/nowhere"] {
        let late = hub.get(path, &[before]).await;
        assert!(!late.headers().contains_key(header::SET_COOKIE), "{path}");
    }
    // What is only fetched ahead begins nothing.
    let ahead = hub.get("/sign-in", &[("sec-purpose", "prefetch")]).await;
    assert!(!ahead.headers().contains_key(header::SET_COOKIE));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probes_tell_the_process_from_the_database() {
    let hub = Hub::new(&[], true).await;
    assert_eq!(hub.get("/healthz", &[]).await.status(), StatusCode::OK);
    assert_eq!(hub.get("/readyz", &[]).await.status(), StatusCode::OK);
    let behind = Hub::new(&[], false).await;
    assert_eq!(behind.get("/healthz", &[]).await.status(), StatusCode::OK);
    let response = behind.get("/readyz", &[]).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(text(response).await.contains("hub migrate"));
}
