//! Kept pages are never older than the database, and never somebody else's.
#![allow(clippy::unwrap_used)]

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::testing::make_space;
use http::header;
use sha2::{Digest, Sha256};

use super::{Hub, text};

/// A page, whose inline scripts must be those that its policy lets run.
async fn page(hub: &Hub, path: &str, headers: &[(&str, &str)]) -> String {
    let response = hub.get(path, headers).await;
    let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    let page = text(response).await;
    assert!(page.contains("</html>"), "{page}");
    let scripts: Vec<_> = page.split("<script").skip(1).collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        let script = script.split_once('>').unwrap().1.split_once("</script>").unwrap().0;
        let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
        assert!(policy.contains(&hash), "{hash} of {script} is not in {policy}");
    }
    assert!(
        !policy.contains("nonce"),
        "a nonce that many readers share proves nothing"
    );
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_whom_nothing_is_known_share_a_page() {
    let hub = Hub::new(&[], true).await;
    let first = page(&hub, "/spaces", &[]).await;
    assert_eq!(page(&hub, "/spaces", &[]).await, first);
    let kept = hub.get("/spaces", &[]).await;
    assert_eq!(kept.headers()[header::CACHE_CONTROL], "private, no-cache");
    assert_eq!(kept.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let packed = [("accept-encoding", "gzip, br")];
    for _ in 0..2 {
        assert_eq!(
            hub.get("/spaces", &packed).await.headers()[header::CONTENT_ENCODING],
            "br"
        );
    }
    assert_eq!(page(&hub, "/spaces", &[]).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_shows_at_once() {
    let hub = Hub::new(&[], true).await;
    assert!(!page(&hub, "/spaces", &[]).await.contains("/spaces/orchard"));
    make_space(&hub.db, "orchard", &[]).await;
    assert!(page(&hub, "/spaces", &[]).await.contains("/spaces/orchard"));
    assert!(page(&hub, "/spaces", &[]).await.contains("/spaces/orchard"));
    make_space(&hub.db, "cellar", &[]).await;
    assert!(page(&hub, "/spaces", &[]).await.contains("/spaces/cellar"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_read_has_its_own() {
    let hub = Hub::new(&[], true).await;
    let plain = page(&hub, "/programme", &[]).await;
    let spanish = page(&hub, "/programme", &[("accept-language", "es-MX")]).await;
    let dark = page(&hub, "/programme", &[("cookie", "theme=dark")]).await;
    let elsewhere = page(&hub, "/programme", &[("cookie", "zone=Asia/Tokyo")]).await;
    assert!(spanish.contains("lang=\"es\"") && plain.contains("lang=\"en\""));
    assert!(dark.contains("data-theme=\"dark\"") && !plain.contains("data-theme=\"dark\""));
    assert!(elsewhere.contains("Asia/Tokyo") && !plain.contains("Asia/Tokyo"));
    assert_eq!(page(&hub, "/programme", &[]).await, plain);
    assert_eq!(page(&hub, "/programme", &[("cookie", "theme=dark")]).await, dark);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_session_gets_a_page_of_their_own() {
    let hub = Hub::new(&[], true).await;
    page(&hub, "/spaces", &[]).await;
    // Starting to sign in makes a session.
    let begun = hub.get("/sign-in", &[]).await;
    let cookie = begun.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let own = hub.get("/spaces", &[("cookie", &cookie)]).await;
    let policy = own.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(text(own).await.contains(&format!("nonce=\"{nonce}\"")));
}
