//! Sessions that a provider ends: the logout token is checked in full, heard once, and counts on all nodes.

use axum::body::Body;
use domain::testing::on_each_database;
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::house::{BASE, FOREIGN, House, OTHER, key, now, pems, provider, rs256, signed, token};
use crate::sso::Provider;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn providers() -> Vec<Provider> {
    let front = Provider {
        front_channel: true,
        ..provider("other", OTHER)
    };
    vec![provider("staff", FOREIGN), front]
}

fn logout(jti: &str, changes: Value) -> Value {
    let mut claims = json!({
        "iss": FOREIGN, "aud": "our-hub", "iat": now().timestamp(), "exp": now().timestamp() + 120,
        "jti": jti, "events": { EVENT: {} }, "sub": "s-1", "sid": "sid-1",
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// A provider's program shows a token: no browser, no cookie, no page of ours.
async fn show(house: &House, name: &str, form: &str) -> StatusCode {
    let request = Request::post(format!("/sign-in/back-channel-logout/{name}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    let answer = house.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    answer.status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_token_ends_the_session_it_names_on_every_node() {
    on_each_database(|db| async move {
        let house = House::beside(db.clone(), providers());
        let mut named = house.browser();
        named.through("staff", FOREIGN, json!({ "sid": "sid-1" }), "").await;
        let mut other_device = house.browser();
        other_device
            .through("staff", FOREIGN, json!({ "sid": "sid-2" }), "")
            .await;
        assert_eq!(named.member().await, other_device.member().await);

        let another_node = House::beside(db, providers());
        let good = signed(&logout("1", json!({}))).await;
        assert_eq!(
            show(&another_node, "staff", &format!("logout_token={good}")).await,
            StatusCode::OK
        );
        assert_eq!(named.member().await, None);
        assert!(
            other_device.member().await.is_some(),
            "another session of the person goes on"
        );

        let replayed = show(&house, "staff", &format!("logout_token={good}")).await;
        assert_eq!(
            replayed,
            StatusCode::BAD_REQUEST,
            "a token is heard once, on whichever node"
        );
        let all = signed(&logout("2", json!({ "sid": null }))).await;
        assert_eq!(
            show(&house, "staff", &format!("logout_token={all}")).await,
            StatusCode::OK
        );
        assert_eq!(other_device.member().await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_token_that_is_not_proved_ends_nothing() {
    on_each_database(|db| async move {
        let house = House::beside(db, providers());
        let mut browser = house.browser();
        browser.through("staff", FOREIGN, json!({ "sid": "sid-1" }), "").await;
        let at = |seconds: i64| json!(now().timestamp() + seconds);
        let mut bad = Vec::new();
        for (what, changes) in [
            ("another audience", json!({ "aud": "somebody" })),
            ("another audience beside us", json!({ "aud": ["our-hub", "somebody"] })),
            ("another issuer", json!({ "iss": OTHER })),
            ("no issuer", json!({ "iss": null })),
            ("expired", json!({ "exp": at(-61) })),
            ("no expiry", json!({ "exp": null })),
            ("kept back for long", json!({ "iat": at(-3600), "exp": at(3600) })),
            ("from the future", json!({ "iat": at(300) })),
            ("no issue time", json!({ "iat": null })),
            ("an ID token in disguise", json!({ "nonce": "n" })),
            ("no event", json!({ "events": null })),
            (
                "another event",
                json!({ "events": { "http://schemas.example/other": {} } }),
            ),
            ("an event that is no object", json!({ "events": { EVENT: "yes" } })),
            ("no key of its own", json!({ "jti": null })),
            ("nobody", json!({ "sub": null, "sid": null })),
        ] {
            bad.push((what, signed(&logout(what, changes)).await));
        }
        let [right, wrong] = pems().await;
        let claims = logout("x", json!({}));
        bad.push((
            "another key",
            token(&json!({ "alg": "RS256", "kid": "k" }), &claims, rs256(wrong)),
        ));
        bad.push((
            "an unknown key",
            token(&json!({ "alg": "RS256", "kid": "zz" }), &claims, rs256(right)),
        ));
        bad.push((
            "no signature",
            token(&json!({ "alg": "none" }), &claims, |_| Vec::new()),
        ));
        bad.push((
            "another kind",
            token(
                &json!({ "alg": "RS256", "kid": "k", "typ": "at+jwt" }),
                &claims,
                rs256(right),
            ),
        ));
        bad.push((
            "critical extensions",
            token(
                &json!({ "alg": "RS256", "kid": "k", "crit": ["b64"] }),
                &claims,
                rs256(right),
            ),
        ));
        bad.push((
            "HS256 with the public key",
            token(
                &json!({ "alg": "HS256", "kid": "k" }),
                &claims,
                hs256_with_public_key(right),
            ),
        ));
        bad.push(("garbage", "a.b.c".to_owned()));
        for (what, token) in bad {
            assert_eq!(
                show(&house, "staff", &format!("logout_token={token}")).await,
                StatusCode::BAD_REQUEST,
                "{what}"
            );
        }
        let good = signed(&logout("good", json!({}))).await;
        for (what, name, form) in [
            ("no token", "staff", String::new()),
            (
                "two tokens",
                "staff",
                format!("logout_token={good}&logout_token={good}"),
            ),
            ("another provider's door", "other", format!("logout_token={good}")),
            ("no such provider", "nobody", format!("logout_token={good}")),
        ] {
            assert_eq!(show(&house, name, &form).await, StatusCode::BAD_REQUEST, "{what}");
        }
        assert!(browser.member().await.is_some());
    })
    .await;
}

/// What somebody would try who only has the public key.
pub(super) fn hs256_with_public_key(pem: &str) -> impl FnOnce(&[u8]) -> Vec<u8> {
    use openidconnect::{
        PrivateSigningKey,
        core::{CoreHmacKey, CoreJwsSigningAlgorithm},
    };
    let public = serde_json::to_vec(&key(pem).as_verification_key()).unwrap();
    move |message| {
        CoreHmacKey::new(public)
            .sign(&CoreJwsSigningAlgorithm::HmacSha256, message)
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn front_channel_logout_is_for_those_that_have_nothing_else() {
    on_each_database(|db| async move {
        let house = House::beside(db, providers());
        let (mut staff, mut other) = (house.browser(), house.browser());
        staff.through("staff", FOREIGN, json!({ "sid": "sid-1" }), "").await;
        other.through("other", OTHER, json!({ "sid": "sid-1" }), "").await;
        let mut frame = house.browser();
        let path = "/sign-in/front-channel-logout";
        for (what, query, status) in [
            (
                "not allowed",
                format!("/staff?iss={FOREIGN}&sid=sid-1"),
                StatusCode::NOT_FOUND,
            ),
            (
                "another issuer",
                format!("/other?iss={FOREIGN}&sid=sid-1"),
                StatusCode::BAD_REQUEST,
            ),
            ("no session", format!("/other?iss={OTHER}"), StatusCode::BAD_REQUEST),
            ("no issuer", "/other?sid=sid-1".to_owned(), StatusCode::BAD_REQUEST),
            (
                "another session",
                format!("/other?iss={OTHER}&sid=sid-2"),
                StatusCode::OK,
            ),
        ] {
            assert_eq!(frame.get(&format!("{path}{query}")).await.status(), status, "{what}");
        }
        assert!(other.member().await.is_some());
        let ended = frame.get(&format!("{path}/other?iss={OTHER}&sid=sid-1")).await;
        let policy = ended.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.ends_with(&format!("frame-ancestors {BASE}")),
            "the provider may frame it: {policy}"
        );
        assert_eq!(other.member().await, None);
        assert!(staff.member().await.is_some());
    })
    .await;
}
