//! What the provider refuses: each attempt ends in a clear error and changes nothing.

use axum::body::Body;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use domain::{
    accounts::{
        provider::{AuthMethod, sessions},
        session_key,
    },
    testing::on_each_database,
    tokens,
};
use http::{Request, StatusCode, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};

use super::{
    house::{House, now, pems, query_of, token},
    tool::{AFTER, BACK, Tool, claims, location, somebody, write},
};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_led_to_an_address_that_was_not_registered() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = somebody(&house).await;
        let tool = Tool::new(&house, |_| {}).await;
        for redirect in [
            "https://files.example/callback/",
            "https://files.example/callback?next=https://evil.example",
            "https://files.example/callback#x",
            "https://files.example/callback/../evil",
            "https://files.example@evil.example/callback",
            "https://files.example.evil.example/callback",
            "http://files.example/callback",
            "//evil.example",
            "javascript:alert(1)",
            "",
        ] {
            let response = browser.get(&tool.ask(&[("redirect_uri", redirect)])).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{redirect}");
            assert!(!response.headers().contains_key(header::LOCATION));
        }
        let twice = format!("{}&redirect_uri=https://evil.example", tool.ask(&[]));
        assert_eq!(browser.get(&twice).await.status(), StatusCode::BAD_REQUEST);
        for after in ["https://files.example/bye/", "https://evil.example", "//evil.example"] {
            let to = format!("/oauth2/end-session?client_id=files&post_logout_redirect_uri={after}");
            let response = browser.get(&to).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{after}");
        }
        let unnamed = browser
            .get(&format!("/oauth2/end-session?post_logout_redirect_uri={AFTER}"))
            .await;
        assert_eq!(unnamed.status(), StatusCode::BAD_REQUEST, "whose address is it?");
        assert!(
            browser.kept(session_key::PROVIDER_ACCOUNT).await.is_some(),
            "still signed in"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_not_right_are_named_as_the_specification_does() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = somebody(&house).await;
        let tool = Tool::new(&house, |_| {}).await;
        let public = Tool::public(&house).await;
        let device_only = Tool::new(&house, |client| {
            client.client_id = "device-only".to_owned();
            client.grant_types.remove(0);
        })
        .await;
        for (tool, changes, error) in [
            (
                &public,
                vec![("code_challenge", ""), ("code_challenge_method", "")],
                "invalid_request",
            ),
            (&public, vec![("code_challenge_method", "plain")], "invalid_request"),
            (&tool, vec![("code_challenge_method", "plain")], "invalid_request"),
            (&tool, vec![("code_challenge", "")], "invalid_request"),
            (&tool, vec![("code_challenge", "short")], "invalid_request"),
            (&tool, vec![("prompt", "none login")], "invalid_request"),
            (&tool, vec![("prompt", "perhaps")], "invalid_request"),
            (&tool, vec![("max_age", "-1")], "invalid_request"),
            (&tool, vec![("claims", "not json")], "invalid_request"),
            (
                &tool,
                vec![("response_type", "token id_token")],
                "unsupported_response_type",
            ),
            (&tool, vec![("response_mode", "fragment")], "invalid_request"),
            (&tool, vec![("scope", "email")], "invalid_scope"),
            (&tool, vec![("request", "x.y.z")], "request_not_supported"),
            (
                &tool,
                vec![("request_uri", "https://evil.example")],
                "request_uri_not_supported",
            ),
            (&tool, vec![("registration", "{}")], "registration_not_supported"),
            (&device_only, vec![], "unauthorized_client"),
        ] {
            let said = tool.answer(&mut browser, &changes, "error").await;
            assert_eq!(said.as_deref(), Some(error), "{changes:?}");
        }
        let silent = house.browser().get(&tool.ask(&[("prompt", "none")])).await;
        assert_eq!(query_of(&location(&silent), "error").as_deref(), Some("login_required"));
        let without = tool.tokens_without_pkce(&mut browser).await;
        assert_eq!(
            without.0,
            StatusCode::OK,
            "a client with a secret may do without: {}",
            without.1
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_bound_to_client_address_verifier_and_one_use() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = somebody(&house).await;
        let tool = Tool::new(&house, |_| {}).await;
        let thief = Tool::new(&house, |client| client.client_id = "thief".to_owned()).await;
        let invalid_grant = |(status, body): (StatusCode, Value)| {
            assert_eq!(
                (status, &body["error"]),
                (StatusCode::BAD_REQUEST, &json!("invalid_grant")),
                "{body}"
            );
        };
        let code = tool.code(&mut browser, &[]).await;
        invalid_grant(thief.exchange(&code, &[]).await);
        assert_eq!(
            tool.exchange(&code, &[]).await.0,
            StatusCode::OK,
            "the thief did not use it up"
        );

        for change in [
            ("code_verifier", "another-verifier-of-at-least-43-characters-00"),
            ("code_verifier", ""),
            ("redirect_uri", "https://files.example/"),
        ] {
            let code = tool.code(&mut browser, &[]).await;
            invalid_grant(tool.exchange(&code, &[change]).await);
            invalid_grant(tool.exchange(&code, &[]).await);
        }
        // Two codes whose verifiers are swapped.
        let other = "the-other-verifier-of-at-least-43-characters-0";
        let swapped = tool
            .code(&mut browser, &[("code_challenge", &tokens::fingerprint(other))])
            .await;
        invalid_grant(tool.exchange(&swapped, &[]).await);
        // A challenge that somebody took away on the way (RFC 9700, 2.1.1).
        let bare = [("code_challenge", ""), ("code_challenge_method", "")];
        let downgraded = tool.code(&mut browser, &bare).await;
        invalid_grant(tool.exchange(&downgraded, &[]).await);

        let code = tool.code(&mut browser, &[]).await;
        let late = house.later();
        invalid_grant(tool.at(&late).exchange(&code, &[]).await);

        let code = tool.code(&mut browser, &[]).await;
        let (_, given) = tool.exchange(&code, &[]).await;
        invalid_grant(tool.exchange(&code, &[]).await);
        assert_eq!(tool.userinfo(&given["access_token"]).await.0, StatusCode::UNAUTHORIZED);
        invalid_grant(tool.refresh(given["refresh_token"].as_str().unwrap()).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_were_not_given_open_nothing() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = somebody(&house).await;
        let tool = Tool::new(&house, |_| {}).await;
        let thief = Tool::new(&house, |client| client.client_id = "thief".to_owned()).await;
        let tokens = tool.tokens(&mut browser, &[]).await;
        let late = house.later();
        assert_eq!(
            tool.at(&late).userinfo(&tokens["access_token"]).await.0,
            StatusCode::UNAUTHORIZED,
            "expired"
        );
        for wrong in [&json!("made up"), &tokens["id_token"], &tokens["refresh_token"]] {
            let (status, body) = tool.userinfo(wrong).await;
            assert_eq!(
                (status, &body["error"]),
                (StatusCode::UNAUTHORIZED, &json!("invalid_token"))
            );
        }
        let twice = Request::post("/oauth2/userinfo")
            .header(header::AUTHORIZATION, "Bearer x")
            .body(Body::from("access_token=x"))
            .unwrap();
        assert_eq!(house.browser().send(twice).await.status(), StatusCode::BAD_REQUEST);
        let in_form = format!("access_token={}", tokens["access_token"].as_str().unwrap());
        let in_form = Request::post("/oauth2/userinfo").body(Body::from(in_form)).unwrap();
        assert_eq!(house.browser().send(in_form).await.status(), StatusCode::OK);

        let refresh = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(thief.refresh(refresh).await.1["error"], "invalid_grant");
        let more = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh),
            ("scope", "openid groups"),
        ];
        assert_eq!(tool.post("/oauth2/token", &more).await.1["error"], "invalid_scope");
        assert_eq!(tool.refresh(refresh).await.0, StatusCode::OK, "none of that used it up");

        let public = Tool::public(&house).await;
        let with_secret = [
            ("grant_type", "refresh_token"),
            ("client_id", "terminal"),
            ("client_secret", "x"),
        ];
        assert_eq!(
            public.post("/oauth2/token", &with_secret).await.1["error"],
            "invalid_client"
        );
        let by_name = [
            ("grant_type", "refresh_token"),
            ("client_id", "files"),
            ("refresh_token", refresh),
        ];
        assert_eq!(
            tool.post("/oauth2/token", &by_name).await.0,
            StatusCode::UNAUTHORIZED,
            "a name is no proof"
        );
        assert_eq!(
            tool.post("/oauth2/token", &[("grant_type", "password")]).await.1["error"],
            "unsupported_grant_type"
        );
        write(
            &house,
            "UPDATE provider_clients SET disabled_at = created_at WHERE client_id = 'files'",
        )
        .await;
        assert_eq!(tool.refresh(refresh).await.0, StatusCode::UNAUTHORIZED, "out of use");
        assert_eq!(browser.get(&tool.ask(&[])).await.status(), StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_hint_signs_nobody_out() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, account) = somebody(&house).await;
        let tool = Tool::new(&house, |_| {}).await;
        let tokens = tool.tokens(&mut browser, &[]).await;
        let real = tokens["id_token"].as_str().unwrap();
        let kid = jsonwebtoken::decode_header(real).unwrap().kid.unwrap();
        let said = claims(&tokens["id_token"]);
        let other_key = token(
            &json!({ "alg": "RS256", "kid": kid }),
            &said,
            super::house::rs256(&pems().await[1]),
        );
        let none = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "kid": kid }).to_string()),
            URL_SAFE_NO_PAD.encode(said.to_string())
        );
        let jwks = super::house::json_of(house.browser().get("/oauth2/jwks").await).await;
        let public = jwks["keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["kid"] == kid)
            .unwrap();
        let shared = EncodingKey::from_secret(public["n"].as_str().unwrap().as_bytes());
        let hs256 = Header {
            kid: Some(kid.clone()),
            ..Header::new(Algorithm::HS256)
        };
        let hs256 = jsonwebtoken::encode(&hs256, &said, &shared).unwrap();
        let (head, rest) = real.split_once('.').unwrap();
        let changed = said.to_string().replace(&account.to_string(), "somebody");
        let changed = format!(
            "{head}.{}.{}",
            URL_SAFE_NO_PAD.encode(changed),
            rest.split_once('.').unwrap().1
        );
        for forged in [other_key, none, hs256, changed, "a.b.c".to_owned()] {
            let to =
                format!("/oauth2/end-session?id_token_hint={forged}&client_id=files&post_logout_redirect_uri={AFTER}");
            assert!(
                location(&browser.get(&to).await).starts_with("/provider/sign-out"),
                "{forged}"
            );
            let silent = tool
                .answer(&mut browser, &[("id_token_hint", &forged), ("prompt", "none")], "error")
                .await;
            assert_eq!(silent.as_deref(), Some("login_required"));
        }
        // A hint of one client in the name of another.
        let mixed = format!("/oauth2/end-session?id_token_hint={real}&client_id=hub&post_logout_redirect_uri={AFTER}");
        assert_eq!(browser.get(&mixed).await.status(), StatusCode::BAD_REQUEST);
        let sid = said["sid"].as_str().unwrap();
        assert!(
            sessions::open(house.db.read(), sid).await.unwrap().is_some(),
            "still signed in"
        );

        let bo = house.account("bo@example.org").await;
        let mut elsewhere = house.browser();
        elsewhere.enter(bo).await;
        let silent = [("id_token_hint", real), ("prompt", "none")];
        assert_eq!(
            tool.answer(&mut elsewhere, &silent, "error").await.as_deref(),
            Some("login_required")
        );
        let ended = elsewhere
            .get(&format!("/oauth2/end-session?id_token_hint={real}"))
            .await;
        assert_eq!(location(&ended), "/provider/sign-out", "the hint names somebody else");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_has_to_be_the_clients_own_for_us_now_and_new() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = somebody(&house).await;
        let pem = pems().await[0].as_bytes();
        let ours = EncodingKey::from_rsa_pem(pem).unwrap();
        let mut jwk = Jwk::from_encoding_key(&ours, Algorithm::RS256).unwrap();
        jwk.common.key_id = Some("c1".to_owned());
        let public = serde_json::to_value(&jwk).unwrap();
        let tool = Tool::new(&house, |client| {
            client.auth = AuthMethod::PrivateKeyJwt;
            client.jwks = json!({ "keys": [public] }).to_string();
        })
        .await;
        let right = |jti: &str| {
            json!({
                "iss": "files", "sub": "files", "aud": "https://hub.example/oauth2/token", "jti": jti,
                "iat": now().timestamp(), "exp": (now() + TimeDelta::minutes(1)).timestamp(),
            })
        };
        let signed = |claims: &Value, algorithm: Algorithm, key: &EncodingKey| {
            let header = Header {
                kid: Some("c1".to_owned()),
                ..Header::new(algorithm)
            };
            jsonwebtoken::encode(&header, claims, key).unwrap()
        };
        let prove = async |browser: &mut super::house::Browser, assertion: &str| {
            let code = tool.code(browser, &[]).await;
            let proof = [
                (
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ),
                ("client_assertion", assertion),
            ];
            tool.exchange(&code, &proof).await
        };
        let good = signed(&right("1"), Algorithm::RS256, &ours);
        let (status, body) = prove(&mut browser, &good).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(
            prove(&mut browser, &good).await.1["error"],
            "invalid_client",
            "shown before"
        );

        let with = |jti: &str, name: &str, value: Value| {
            let mut claims = right(jti);
            claims[name] = value;
            signed(&claims, Algorithm::RS256, &ours)
        };
        let other = EncodingKey::from_rsa_pem(pems().await[1].as_bytes()).unwrap();
        let shared = EncodingKey::from_secret(public["n"].as_str().unwrap().as_bytes());
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "none" }).to_string());
        let none = format!("{header}.{}.", URL_SAFE_NO_PAD.encode(right("2").to_string()));
        for (wrong, assertion) in [
            ("alg none", none),
            (
                "HS256 with the public key",
                signed(&right("3"), Algorithm::HS256, &shared),
            ),
            ("another key", signed(&right("4"), Algorithm::RS256, &other)),
            (
                "another algorithm of the key",
                signed(&right("5"), Algorithm::RS512, &ours),
            ),
            (
                "for somebody else",
                with("6", "aud", json!("https://elsewhere.example")),
            ),
            (
                "expired",
                with("7", "exp", json!((now() - TimeDelta::hours(1)).timestamp())),
            ),
            (
                "good for ever",
                with("8", "exp", json!((now() + TimeDelta::days(365)).timestamp())),
            ),
            (
                "not yet",
                with("9", "nbf", json!((now() + TimeDelta::hours(1)).timestamp())),
            ),
            ("another issuer", with("10", "iss", json!("hub"))),
            ("another client", with("11", "sub", json!("hub"))),
            ("without a name", with("12", "jti", Value::Null)),
            ("no token at all", "x".to_owned()),
        ] {
            let (status, body) = prove(&mut browser, &assertion).await;
            assert_eq!(
                (status, &body["error"]),
                (StatusCode::UNAUTHORIZED, &json!("invalid_client")),
                "{wrong}"
            );
        }
        let code = tool.code(&mut browser, &[]).await;
        let both = [("client_assertion", good.as_str()), ("client_secret", "x")];
        assert_eq!(tool.exchange(&code, &both).await.1["error"], "invalid_request");
        let strange = [
            ("client_assertion", good.as_str()),
            ("client_assertion_type", "urn:saml"),
        ];
        assert_eq!(tool.exchange(&code, &strange).await.1["error"], "invalid_request");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_changes_nothing() {
    on_each_database(|db| async move {
        let house = House::new(db);
        let (mut browser, _) = somebody(&house).await;
        let tool = Tool::new(&house, |_| {}).await;
        let query = tool.ask(&[]).split_once('?').unwrap().1.to_owned();
        // The browser leaves our cookie out of such a post; the endpoint asks it to come again by itself.
        let post = Request::post("/oauth2/authorize").header("sec-fetch-site", "cross-site");
        let again = house.browser().send(post.body(Body::from(query)).unwrap()).await;
        assert!(location(&again).starts_with("/oauth2/authorize?"));
        let post = Request::post("/oauth2/end-session").header("sec-fetch-site", "cross-site");
        let again = house
            .browser()
            .send(post.body(Body::from("client_id=files")).unwrap())
            .await;
        assert!(location(&again).starts_with("/oauth2/end-session?"));
        let asked = browser.get(&location(&again)).await;
        assert_eq!(location(&asked), "/provider/sign-out", "the person is asked");
        assert!(
            tool.answer(&mut browser, &[], "code").await.is_some(),
            "still signed in"
        );
        // A session that was ended elsewhere is not brought back by its cookie.
        let sid = browser.kept(session_key::PROVIDER_SID).await.unwrap();
        let tx = house.db.begin().await.unwrap();
        sessions::end(&tx, now(), &sid).await.unwrap();
        tx.commit().await.unwrap();
        let out = browser.get(&tool.ask(&[])).await;
        assert!(!location(&out).starts_with(BACK));
    })
    .await;
}
