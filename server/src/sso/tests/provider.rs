//! The built-in provider, as a client that may be hostile finds it.

use axum::{body::Body, response::Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{AccountId, testing::on_each_database, tokens};
use http::{Request, StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::house::{self, Browser, House, json_of, query_of};

const BACK: &str = "https://hub.example/sign-in/callback";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0";

/// A request that is right, with some parameters changed; an empty one is left out.
fn authorize(changes: &[(&str, &str)]) -> String {
    let challenge = tokens::fingerprint(VERIFIER);
    let parameters = vec![
        ("client_id", "hub"),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("state", "the state"),
        ("nonce", "n-1"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    house::authorize(parameters, changes)
}

fn location(response: &Response) -> &str {
    response.headers()[header::LOCATION].to_str().unwrap()
}

async fn entered(house: &House) -> (Browser, AccountId) {
    let account = house.account("ama@example.org").await;
    let mut browser = house.browser();
    browser.enter(account).await;
    (browser, account)
}

async fn hub_secret(house: &House) -> String {
    let (_, secret) = house.sso.hub_client().await.unwrap();
    secret.expose_secret().to_owned()
}

async fn code(browser: &mut Browser) -> String {
    let response = browser.get(&authorize(&[])).await;
    assert_eq!(query_of(location(&response), "state").as_deref(), Some("the state"));
    assert_eq!(
        query_of(location(&response), "iss").as_deref(),
        Some("https://hub.example")
    );
    query_of(location(&response), "code").unwrap()
}

/// Asks the token endpoint; fields may be changed, an empty one is left out.
async fn exchange(house: &House, code: &str, secret: Option<&str>, changes: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    fields.retain(|(_, value)| !value.is_empty());
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let mut request = Request::post("/oauth2/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(secret) = secret {
        request = request.header(
            header::AUTHORIZATION,
            format!("Basic {}", STANDARD.encode(format!("hub:{secret}"))),
        );
    }
    let response = house.browser().send(request.body(Body::from(form)).unwrap()).await;
    let status = response.status();
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(
        response.headers().contains_key(header::WWW_AUTHENTICATE),
        status == StatusCode::UNAUTHORIZED
    );
    (status, json_of(response).await)
}

async fn userinfo(house: &House, token: &str) -> (StatusCode, Option<Value>) {
    let request = Request::get("/oauth2/userinfo").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let response = house.browser().send(request.body(Body::empty()).unwrap()).await;
    let status = response.status();
    (
        status,
        if status == StatusCode::OK {
            Some(json_of(response).await)
        } else {
            None
        },
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_known_client_and_address_nobody_is_sent_anywhere() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = entered(&house).await;
        for (name, value) in [
            ("client_id", ""),
            ("client_id", "stranger"),
            ("redirect_uri", ""),
            ("redirect_uri", "https://evil.example/"),
            ("redirect_uri", "https://hub.example/sign-in/callback/"),
            ("redirect_uri", "https://hub.example/sign-in/callback?x=1"),
            ("redirect_uri", "https://hub.example/sign-in/callback#x"),
            ("redirect_uri", "https://HUB.example/sign-in/callback"),
        ] {
            let response = browser.get(&authorize(&[(name, value)])).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{name}={value}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_errors_go_back_to_the_client_by_name() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = entered(&house).await;
        for (name, value, error) in [
            ("response_type", "", "invalid_request"),
            ("response_type", "token", "unsupported_response_type"),
            ("response_mode", "fragment", "invalid_request"),
            ("scope", "email", "invalid_scope"),
            ("code_challenge", "", "invalid_request"),
            ("code_challenge", "short", "invalid_request"),
            ("code_challenge_method", "", "invalid_request"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("prompt", "none login", "invalid_request"),
            ("max_age", "soon", "invalid_request"),
            ("request", "x", "request_not_supported"),
            ("request_uri", "https://x.example", "request_uri_not_supported"),
        ] {
            let response = browser.get(&authorize(&[(name, value)])).await;
            let to = location(&response);
            assert!(to.starts_with(BACK), "{to}");
            assert_eq!(query_of(to, "error").as_deref(), Some(error), "{name}={value}");
            assert_eq!(query_of(to, "state").as_deref(), Some("the state"));
            assert_eq!(query_of(to, "code"), None);
        }
        let twice = browser.get(&format!("{}&nonce=n-2", authorize(&[]))).await;
        assert_eq!(query_of(location(&twice), "error").as_deref(), Some("invalid_request"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prompt_and_max_age_ask_for_a_new_sign_in_and_then_let_through() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let mut stranger = house.browser();
        let account = house.account("ama@example.org").await;
        let silent = stranger.get(&authorize(&[("prompt", "none")])).await;
        assert_eq!(query_of(location(&silent), "error").as_deref(), Some("login_required"));

        let mut browser = house.later().browser();
        browser.enter(account).await;
        for change in [("prompt", "login"), ("max_age", "60")] {
            let request = authorize(&[change]);
            let asked = browser.get(&request).await;
            assert!(location(&asked).starts_with("/provider/sign-in?"), "{change:?}");
        }
        assert!(location(&browser.get(&authorize(&[("max_age", "3600")])).await).starts_with(BACK));

        let mut today = house.browser();
        today.enter(account).await;
        let request = authorize(&[("prompt", "login")]);
        assert!(location(&today.get(&request).await).starts_with("/provider/sign-in?"));
        today.enter(account).await;
        assert!(
            location(&today.get(&request).await).starts_with(BACK),
            "the new sign-in counts"
        );
        assert!(
            location(&today.get(&request).await).starts_with("/provider/sign-in?"),
            "but once"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_gives_tokens_once_and_its_reuse_takes_them_back() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, account) = entered(&house).await;
        let secret = hub_secret(&house).await;
        let code = code(&mut browser).await;
        let (status, given) = exchange(&house, &code, Some(&secret), &[]).await;
        assert_eq!(status, StatusCode::OK, "{given}");
        let token = given["access_token"].as_str().unwrap();
        assert!(given["id_token"].is_string() && given["token_type"] == "Bearer");

        let (status, claims) = userinfo(&house, token).await;
        assert_eq!(status, StatusCode::OK);
        let claims = claims.unwrap();
        assert_eq!(claims["sub"], account.to_string());
        assert_eq!(claims["email"], "ama@example.org");
        assert_eq!(claims["email_verified"], false);
        assert_eq!(claims.get("name"), None, "the scope profile was not asked for");
        assert_eq!(
            userinfo(&house.later(), token).await.0,
            StatusCode::UNAUTHORIZED,
            "it expires"
        );
        assert_eq!(userinfo(&house, "x").await.0, StatusCode::UNAUTHORIZED);

        let (status, refused) = exchange(&house, &code, Some(&secret), &[]).await;
        assert_eq!(
            (status, &refused["error"]),
            (StatusCode::BAD_REQUEST, &"invalid_grant".into())
        );
        assert_eq!(userinfo(&house, token).await.0, StatusCode::UNAUTHORIZED, "revoked");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_refuses_by_name() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = entered(&house).await;
        let secret = hub_secret(&house).await;
        for (with, name, value, status, error) in [
            (Some("wrong"), "code", "", 401, "invalid_client"),
            (None, "code", "", 401, "invalid_client"),
            (None, "client_id", "stranger", 401, "invalid_client"),
            (Some(secret.as_str()), "client_secret", &secret, 400, "invalid_request"),
            (Some(&secret), "grant_type", "", 400, "invalid_request"),
            (Some(&secret), "grant_type", "password", 400, "unsupported_grant_type"),
            (Some(&secret), "code", "", 400, "invalid_request"),
            (Some(&secret), "code_verifier", "", 400, "invalid_grant"),
            (Some(&secret), "code", "made up", 400, "invalid_grant"),
            (
                Some(&secret),
                "code_verifier",
                "another-verifier-of-at-least-43-characters-00",
                400,
                "invalid_grant",
            ),
            (
                Some(&secret),
                "redirect_uri",
                "https://hub.example/",
                400,
                "invalid_grant",
            ),
        ] {
            let code = code(&mut browser).await;
            let (got, body) = exchange(&house, &code, with, &[(name, value)]).await;
            assert_eq!(
                (got.as_u16(), body["error"].as_str()),
                (status, Some(error)),
                "{name}={value}: {body}"
            );
        }
        let code = code(&mut browser).await;
        let in_form = [("client_id", "hub"), ("client_secret", secret.as_str())];
        assert_eq!(exchange(&house, &code, None, &in_form).await.0, StatusCode::OK);
        let late = super::provider::code(&mut browser).await;
        assert_eq!(
            exchange(&house.later(), &late, Some(&secret), &[]).await.1["error"],
            "invalid_grant"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_a_session_needs_a_hint_or_a_yes_and_leads_nowhere_else() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = entered(&house).await;
        let asked = browser.get("/oauth2/end-session?client_id=hub").await;
        assert_eq!(
            location(&asked),
            "/provider/sign-out",
            "without a hint the person is asked"
        );
        let forged = browser.get("/oauth2/end-session?id_token_hint=a.b.c").await;
        assert_eq!(location(&forged), "/provider/sign-out");
        let away = browser
            .get("/oauth2/end-session?client_id=hub&post_logout_redirect_uri=https://evil.example/")
            .await;
        assert_eq!(away.status(), StatusCode::BAD_REQUEST);
        assert!(
            location(&browser.get(&authorize(&[])).await).starts_with(BACK),
            "still signed in"
        );

        let secret = hub_secret(&house).await;
        let code = code(&mut browser).await;
        let (_, given) = exchange(&house, &code, Some(&secret), &[]).await;
        let hint = given["id_token"].as_str().unwrap();
        let query = format!("id_token_hint={hint}&post_logout_redirect_uri=https://hub.example/&state=s");
        let out = browser.get(&format!("/oauth2/end-session?{query}")).await;
        assert_eq!(location(&out), "https://hub.example/?state=s");
        assert!(
            location(&browser.get(&authorize(&[])).await).starts_with("/provider/sign-in"),
            "signed out"
        );
    })
    .await;
}
