//! The hub as relying party of a provider that may lie.

use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{accounts::session_key, testing::on_each_database};
use http::{StatusCode, header};
use serde_json::json;

use super::house::{Browser, FOREIGN, House, claims, now, pems, query_of, rs256, signed, token};

async fn finish(browser: &mut Browser, state: &str, code: &str, more: &str) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("state", state)
        .append_pair("code", code)
        .finish();
    browser.get(&format!("/sign-in/callback?{query}{more}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_provider_signs_people_in_and_names_come_from_userinfo() {
    on_each_database(|db| async move {
        let house = House::with_foreign(db);
        let mut browser = house.browser();
        let (state, nonce) = browser.begin("to=/programme").await;
        let good = signed(&claims(FOREIGN, &nonce, json!({}))).await;
        let arrived = finish(&mut browser, &state, &good, "").await;
        assert_eq!(arrived.headers()[header::LOCATION], "/welcome");
        let member = browser.kept(session_key::MEMBER).await.unwrap().parse().unwrap();
        let member = domain::members::store::get(house.db.read(), member)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(member.name, "Bo");

        assert_eq!(
            browser.get("/oauth2/jwks").await.status(),
            StatusCode::NOT_FOUND,
            "then the hub is no provider"
        );
        let out = browser.post("/sign-out", "").await;
        assert_eq!(out.status(), StatusCode::OK, "a page that leads on");
        assert_eq!(browser.kept(session_key::MEMBER).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_proved_changes_nothing() {
    on_each_database(|db| async move {
        let house = House::with_foreign(db);
        let [right, wrong] = pems().await;
        let rs = json!({"alg": "RS256", "kid": "k"});
        let hour = now().timestamp() - 3600;
        for (what, header, changes, pem) in [
            ("another key", &rs, json!({}), wrong),
            ("another audience", &rs, json!({"aud": "somebody"}), right),
            (
                "another audience beside us",
                &rs,
                json!({"aud": ["our-hub", "somebody"]}),
                right,
            ),
            ("another issuer", &rs, json!({"iss": "https://evil.example"}), right),
            ("expired", &rs, json!({"exp": hour}), right),
            ("another nonce", &rs, json!({"nonce": "another"}), right),
            ("no nonce", &rs, json!({"nonce": null}), right),
            (
                "another access token",
                &rs,
                json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
                right,
            ),
            ("userinfo of another subject", &rs, json!({"sub": "s-2"}), right),
        ] {
            let mut browser = house.browser();
            let (state, nonce) = browser.begin("to=/programme").await;
            let bad = token(header, &claims(FOREIGN, &nonce, changes), rs256(pem));
            let response = finish(&mut browser, &state, &bad, "").await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{what}");
            assert_eq!(browser.kept(session_key::MEMBER).await, None, "{what}");
        }
        assert!(domain::members::store::is_empty(house.db.read()).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_and_secretly_signed_tokens_prove_nothing() {
    on_each_database(|db| async move {
        let house = House::with_foreign(db);
        let mut browser = house.browser();
        let (state, nonce) = browser.begin("to=/programme").await;
        let none = token(&json!({"alg": "none"}), &claims(FOREIGN, &nonce, json!({})), |_| {
            Vec::new()
        });
        assert_eq!(
            finish(&mut browser, &state, &none, "").await.status(),
            StatusCode::BAD_REQUEST
        );

        let (state, nonce) = browser.begin("to=/programme").await;
        let hs = openidconnect::core::CoreHmacKey::new(b"shared secret of thirty-two bytes or more".to_vec());
        let hs256 = token(
            &json!({"alg": "HS256"}),
            &claims(FOREIGN, &nonce, json!({})),
            |message| {
                use openidconnect::PrivateSigningKey;
                hs.sign(&openidconnect::core::CoreJwsSigningAlgorithm::HmacSha256, message)
                    .unwrap()
            },
        );
        assert_eq!(
            finish(&mut browser, &state, &hs256, "").await.status(),
            StatusCode::BAD_REQUEST
        );
        let garbage = URL_SAFE_NO_PAD.encode("{}");
        let (state, _) = browser.begin("to=/programme").await;
        let status = finish(&mut browser, &state, &format!("{garbage}.{garbage}."), "")
            .await
            .status();
        assert!(status.is_client_error() || status == StatusCode::BAD_GATEWAY);
        assert_eq!(browser.kept(session_key::MEMBER).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_belongs_to_the_browser_that_asked() {
    on_each_database(|db| async move {
        let house = House::with_foreign(db);
        let mut browser = house.browser();
        let (state, nonce) = browser.begin("to=/programme").await;
        let good = signed(&claims(FOREIGN, &nonce, json!({}))).await;

        let mut victim = house.browser();
        assert_eq!(
            finish(&mut victim, &state, &good, "").await.status(),
            StatusCode::BAD_REQUEST
        );
        assert_eq!(
            finish(&mut browser, "forged", &good, "").await.status(),
            StatusCode::BAD_REQUEST
        );
        let mixed_up = finish(&mut browser, &state, &good, "&iss=https://evil.example").await;
        assert_eq!(mixed_up.status(), StatusCode::BAD_REQUEST);

        let (state, _) = browser.begin("to=/programme").await;
        let no = browser
            .get(&format!("/sign-in/callback?state={state}&error=access_denied"))
            .await;
        assert_eq!(no.status(), StatusCode::FORBIDDEN);
        assert_eq!(browser.kept(session_key::MEMBER).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authorized_party_is_the_hub() {
    on_each_database(|db| async move {
        let house = House::with_foreign(db);
        for (party, fine) in [("somebody", false), ("our-hub", true)] {
            let mut browser = house.browser();
            let (state, nonce) = browser.begin("to=/programme").await;
            let token = token(
                &json!({"alg": "RS256", "kid": "k"}),
                &claims(FOREIGN, &nonce, json!({ "azp": party })),
                rs256(&pems().await[0]),
            );
            let answer = finish(&mut browser, &state, &token, "").await;
            assert_eq!(answer.status() == StatusCode::SEE_OTHER, fine, "{party}");
            assert_eq!(browser.kept(session_key::MEMBER).await.is_some(), fine, "{party}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_made_of_the_public_key_proves_nothing() {
    on_each_database(|db| async move {
        let house = House::with_foreign(db);
        let mut browser = house.browser();
        let (state, nonce) = browser.begin("to=/programme").await;
        let header = json!({"alg": "HS256", "kid": "k"});
        let sign = super::logout::hs256_with_public_key(&pems().await[0]);
        let forged = token(&header, &claims(FOREIGN, &nonce, json!({})), sign);
        assert_eq!(
            finish(&mut browser, &state, &forged, "").await.status(),
            StatusCode::BAD_REQUEST
        );
        assert!(domain::members::store::is_empty(house.db.read()).await.unwrap());
    })
    .await;
}

/// Two sign-ins in one browser, each with a verifier of its own: the code of one does not go with the state of the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_swapped_verifier_opens_nothing() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let account = house.account("ama@example.org").await;
        let mut browser = house.browser();
        browser.enter(account).await;
        let mut codes = Vec::new();
        for to in ["/one", "/two"] {
            let to_provider = browser.get(&format!("/sign-in?to={to}")).await;
            let back = browser.follow(&to_provider).await;
            let back = back.headers()[header::LOCATION].to_str().unwrap().to_owned();
            codes.push((query_of(&back, "state").unwrap(), query_of(&back, "code").unwrap()));
        }
        let iss = format!("&iss={}", super::house::BASE);
        let swapped = finish(&mut browser, &codes[0].0, &codes[1].1, &iss).await;
        assert_eq!(swapped.status(), StatusCode::BAD_REQUEST);
        assert_eq!(browser.kept(session_key::MEMBER).await, None);
    })
    .await;
}

/// Somebody plants their own session in another person's browser, before that person signs in.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_somebody_planted_opens_nothing() {
    on_each_database(|db| async move {
        let house = House::with_foreign(db);
        let mut attacker = house.browser();
        attacker.begin("to=/programme").await;
        let mut victim = house.browser();
        victim.cookie = attacker.cookie.clone();
        let (state, nonce) = victim.begin("to=/programme").await;
        let good = signed(&claims(FOREIGN, &nonce, json!({}))).await;
        finish(&mut victim, &state, &good, "").await;
        assert!(victim.kept(session_key::MEMBER).await.is_some());
        assert_ne!(victim.cookie, attacker.cookie);
        assert_eq!(attacker.kept(session_key::MEMBER).await, None);
    })
    .await;
}
