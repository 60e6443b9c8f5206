//! Several providers side by side: ways back, algorithms, keys that change, claims that are mapped, and silence.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use domain::{
    accounts::{Mapping, browser_sessions, session_key},
    members,
    testing::on_each_database,
};
use http::{StatusCode, header};
use openidconnect::{
    PrivateSigningKey,
    core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm},
};
use p256::{
    ecdsa::{
        Signature, SigningKey,
        signature::{Signer, Verifier},
    },
    pkcs8::{EncodePrivateKey, LineEnding},
};
use serde_json::{Value, json};

use super::house::{FOREIGN, House, OTHER, claims, key, now, pems, provider, query_of, rs256, signed, token};
use crate::sso::{Proof, Provider, Statements};

fn two() -> Vec<Provider> {
    vec![provider("staff", FOREIGN), provider("other", OTHER)]
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_stand_side_by_side_and_each_has_a_way_back_of_its_own() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let mut browser = house.browser();
        let choose = browser.get("/sign-in?to=/programme").await;
        assert_eq!(choose.headers()[header::LOCATION], "/sign-in/choose?to=%2Fprogramme");
        let unknown = browser.get("/sign-in?with=nobody").await;
        assert_eq!(unknown.headers()[header::LOCATION], "/sign-in/choose?to=%2F");
        let built_in = browser.get("/sign-in?with=built-in").await;
        assert!(
            built_in.headers()[header::LOCATION]
                .to_str()
                .unwrap()
                .contains("/oauth2/authorize?")
        );

        let to = browser.get("/sign-in?with=staff&hint=ama%40example.org").await;
        let to = to.headers()[header::LOCATION].to_str().unwrap();
        assert_eq!(
            query_of(to, "redirect_uri").as_deref(),
            Some("https://hub.example/sign-in/callback/staff")
        );
        assert_eq!(query_of(to, "login_hint").as_deref(), Some("ama@example.org"));
        assert_eq!(query_of(to, "scope").as_deref(), Some("openid profile email"));

        // Mixed-up issuers: the answer of one by the way of another, and the token of one where another was asked.
        for path in [
            "/sign-in/callback/other",
            "/sign-in/callback",
            "/sign-in/callback/nobody",
        ] {
            let (state, nonce) = browser.begin("with=staff").await;
            let good = signed(&claims(FOREIGN, &nonce, json!({}))).await;
            let answer = browser.answer(path, &state, &good).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
        }
        let mixed = browser.through("staff", OTHER, json!({}), "").await;
        assert_eq!(mixed.status(), StatusCode::BAD_REQUEST);
        assert_eq!(browser.member().await, None);

        let one = browser.through("staff", FOREIGN, json!({ "sid": "sid-1" }), "").await;
        assert_eq!(one.headers()[header::LOCATION], "/welcome");
        let mut elsewhere = house.browser();
        elsewhere.through("other", OTHER, json!({}), "").await;
        assert_ne!(
            browser.member().await,
            elsewhere.member().await,
            "the same subject elsewhere is somebody else"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_names_itself_must_do_so_each_time() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        house.foreign.names_itself.store(true, Ordering::Relaxed);
        let mut browser = house.browser();
        assert_eq!(
            browser.through("staff", FOREIGN, json!({}), "").await.status(),
            StatusCode::BAD_REQUEST
        );
        let (state, nonce) = browser.begin("with=staff").await;
        let good = signed(&claims(FOREIGN, &nonce, json!({}))).await;
        let path = "/sign-in/callback/staff";
        let other = browser.answer(&format!("{path}?iss={OTHER}&x=1"), &state, &good).await;
        assert_eq!(other.status(), StatusCode::BAD_REQUEST);
        let (state, nonce) = browser.begin("with=staff").await;
        let good = signed(&claims(FOREIGN, &nonce, json!({}))).await;
        let came = browser
            .get(&format!("{path}?iss={FOREIGN}&state={state}&code={good}"))
            .await;
        assert_eq!(came.headers()[header::LOCATION], "/welcome");
    })
    .await;
}

/// Signs with P-256.
fn es256(key: &SigningKey) -> impl FnOnce(&[u8]) -> Vec<u8> + '_ {
    |message| {
        let signature: Signature = key.sign(message);
        signature.to_bytes().to_vec()
    }
}

/// An Ed25519 key made of one byte, in PKCS #8.
fn ed25519() -> CoreEdDsaPrivateSigningKey {
    use base64::engine::general_purpose::STANDARD;
    let mut der = vec![
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ];
    der.extend([7; 32]);
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der)
    );
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, None).unwrap()
}

fn p256_key() -> SigningKey {
    SigningKey::from_slice(&[9; 32]).unwrap()
}

fn p256_jwk() -> Value {
    let point = p256_key().verifying_key().to_sec1_point(false);
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({ "kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig",
        "x": part(point.x().unwrap()), "y": part(point.y().unwrap()) })
}

#[tokio::test(flavor = "multi_thread")]
async fn four_kinds_of_signatures_are_proof() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let rsa = &pems().await[0];
        let mut ed = serde_json::to_value(ed25519().as_verification_key()).unwrap();
        ed["kid"] = json!("ed");
        *house.foreign.keys.lock().unwrap() = json!({ "keys": [key(rsa).as_verification_key(), p256_jwk(), ed] });
        for (alg, kid) in [("RS256", "k"), ("PS256", "k"), ("ES256", "ec"), ("EdDSA", "ed")] {
            let mut browser = house.browser();
            let (state, nonce) = browser.begin("with=staff").await;
            let (header, claims) = (json!({ "alg": alg, "kid": kid }), claims(FOREIGN, &nonce, json!({})));
            let code = match alg {
                "RS256" => token(&header, &claims, rs256(rsa)),
                "PS256" => token(&header, &claims, |message| {
                    key(rsa)
                        .sign(&CoreJwsSigningAlgorithm::RsaSsaPssSha256, message)
                        .unwrap()
                }),
                "ES256" => token(&header, &claims, es256(&p256_key())),
                _ => token(&header, &claims, |message| {
                    ed25519().sign(&CoreJwsSigningAlgorithm::EdDsa, message).unwrap()
                }),
            };
            let came = browser.answer("/sign-in/callback/staff", &state, &code).await;
            assert_eq!(came.status(), StatusCode::SEE_OTHER, "{alg}");
            assert!(browser.member().await.is_some(), "{alg}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_known_is_fetched_once_and_not_again_soon() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let mut browser = house.browser();
        browser.begin("with=staff").await;
        let before = house.foreign.keys_fetched.load(Ordering::Relaxed);
        *house.foreign.keys.lock().unwrap() = json!({ "keys": [p256_jwk()] });
        let es = json!({ "alg": "ES256", "kid": "ec" });
        let (state, nonce) = browser.begin("with=staff").await;
        let new = token(&es, &claims(FOREIGN, &nonce, json!({})), es256(&p256_key()));
        let came = browser.answer("/sign-in/callback/staff", &state, &new).await;
        assert_eq!(
            came.headers()[header::LOCATION],
            "/welcome",
            "the provider has a new key"
        );
        assert_eq!(house.foreign.keys_fetched.load(Ordering::Relaxed), before + 1);
        for _ in 0..3 {
            let mut other = house.browser();
            let (state, nonce) = other.begin("with=staff").await;
            let made_up = token(
                &json!({ "alg": "ES256", "kid": "zz" }),
                &claims(FOREIGN, &nonce, json!({})),
                es256(&p256_key()),
            );
            let refused = other.answer("/sign-in/callback/staff", &state, &made_up).await;
            assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        }
        assert_eq!(
            house.foreign.keys_fetched.load(Ordering::Relaxed),
            before + 1,
            "there is a limit"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_may_differ_a_little() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let at = |seconds: i64| now().timestamp() + seconds;
        for (changes, fine) in [
            (json!({ "exp": at(-30) }), true),
            (json!({ "exp": at(-61) }), false),
            (json!({ "iat": at(30) }), true),
            (json!({ "iat": at(300) }), false),
        ] {
            let mut browser = house.browser();
            let came = browser.through("staff", FOREIGN, changes.clone(), "").await;
            assert_eq!(came.status() == StatusCode::SEE_OTHER, fine, "{changes}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_proves_itself_as_the_operator_said() {
    on_each_database(|db| async move {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hub.pem");
        std::fs::write(&file, p256_key().to_pkcs8_pem(LineEnding::LF).unwrap().as_bytes()).unwrap();
        let statements = |key_id: Option<&str>, for_token_endpoint| {
            Proof::Key(Statements {
                key: file.clone(),
                key_id: key_id.map(str::to_owned),
                for_token_endpoint,
            })
        };
        for proof in [
            Proof::Basic("s: %".into()),
            Proof::Post("s: %".into()),
            statements(None, false),
            statements(Some("hub-2026"), true),
            Proof::Public,
        ] {
            let house = House::beside(
                db.clone(),
                vec![Provider {
                    proof: proof.clone(),
                    ..provider("staff", FOREIGN)
                }],
            );
            let mut browser = house.browser();
            browser.through("staff", FOREIGN, json!({}), "").await;
            assert!(browser.member().await.is_some(), "{proof:?}");
            let (header, form) = house.foreign.asked.lock().unwrap().remove(0);
            assert!(form["code_verifier"].len() >= 43, "PKCE, whatever the proof");
            let said = |name: &str| form.get(name).map(String::as_str);
            match proof {
                Proof::Basic(_) => {
                    use base64::engine::general_purpose::STANDARD;
                    assert_eq!(header, Some(format!("Basic {}", STANDARD.encode("our-hub:s%3A+%25"))));
                    assert_eq!(said("client_secret"), None);
                }
                Proof::Post(_) => {
                    assert_eq!(
                        (said("client_id"), said("client_secret")),
                        (Some("our-hub"), Some("s: %"))
                    );
                }
                Proof::Key(how) => {
                    assert_eq!((header, said("client_secret")), (None, None));
                    assert_eq!(
                        said("client_assertion_type"),
                        Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                    );
                    let statement = said("client_assertion").unwrap();
                    let (message, signature) = statement.rsplit_once('.').unwrap();
                    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
                    p256_key()
                        .verifying_key()
                        .verify(message.as_bytes(), &signature)
                        .unwrap();
                    let part = |at| {
                        let part = URL_SAFE_NO_PAD.decode(message.split('.').nth(at).unwrap()).unwrap();
                        serde_json::from_slice::<Value>(&part).unwrap()
                    };
                    let (header, claims) = (part(0), part(1));
                    let audience = if how.for_token_endpoint {
                        format!("{FOREIGN}/token")
                    } else {
                        FOREIGN.to_owned()
                    };
                    assert_eq!(
                        (&claims["iss"], &claims["sub"], &claims["aud"]),
                        (&json!("our-hub"), &json!("our-hub"), &json!(audience))
                    );
                    assert!(claims["jti"].as_str().is_some_and(|jti| jti.len() >= 22), "of its own");
                    assert_eq!(header.get("kid").and_then(Value::as_str), how.key_id.as_deref());
                    assert_eq!(claims["exp"], json!(now().timestamp() + 60));
                }
                _ => {
                    assert_eq!((header, said("client_id")), (None, Some("our-hub")));
                    assert_eq!((said("client_secret"), said("client_assertion")), (None, None));
                }
            }
        }
    })
    .await;
}

fn mapped(groups_claim: &str) -> Provider {
    let (work, keys) = (vec!["operational".to_owned()], vec!["steward".to_owned()]);
    let mut mapped = Provider {
        mapping: Mapping::new([("work", &work[..]), ("keys", &keys[..])], "class steward name").unwrap(),
        ..provider("staff", FOREIGN)
    };
    mapped.claims.groups = groups_claim.to_owned();
    mapped
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_read_from_the_token_from_userinfo_or_from_a_statement_within() {
    on_each_database(|db| async move {
        let house = House::beside(db, vec![mapped("hub.groups")]);
        domain::testing::make_member(&house.db, "somebody").await;
        let mut browser = house.browser();
        let come = async |browser: &mut super::house::Browser, changes: Value| {
            browser.post("/test/leave", "").await;
            browser.through("staff", FOREIGN, changes, "").await;
            let id = browser.member().await.unwrap();
            members::store::get(house.db.read(), id).await.unwrap().unwrap()
        };
        let own = json!({ "name": "Ama", "email": "a@x.example", "hub": { "groups": ["work", "choir"] } });
        let member = come(&mut browser, own).await;
        assert!(member.class.operational && !member.steward);
        assert_eq!(member.name, "Ama");

        // The token leaves groups out, and userinfo has them.
        *house.foreign.userinfo.lock().unwrap() = json!({ "sub": "s-1", "name": "Ama M.", "email": "a@x.example", "hub": { "groups": ["keys"] } });
        let member = come(&mut browser, json!({})).await;
        assert!(member.steward && !member.class.operational);
        assert_eq!(member.name, "Ama M.", "the provider rules the name");

        // Neither has them: nothing is taken.
        *house.foreign.userinfo.lock().unwrap() = json!({ "sub": "s-1" });
        assert!(come(&mut browser, json!({})).await.steward);

        // Aggregated claims, signed by the provider; what somebody else signed says nothing.
        let statement = json!({ "iss": FOREIGN, "sub": "s-1", "hub": { "groups": ["work"] } });
        let within = async |statement: String| {
            json!({ "_claim_names": { "hub": "src" }, "_claim_sources": { "src": { "JWT": statement } } })
        };
        let forged = token(&json!({ "alg": "RS256", "kid": "k" }), &statement, rs256(&pems().await[1]));
        let member = come(&mut browser, within(forged).await).await;
        assert!(!member.class.operational);
        let theirs = signed(&json!({ "iss": FOREIGN, "sub": "s-2", "hub": { "groups": ["work"] } })).await;
        assert!(!come(&mut browser, within(theirs).await).await.class.operational);
        let member = come(&mut browser, within(signed(&statement).await).await).await;
        assert!(member.class.operational);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_the_provider_says_or_the_operator() {
    on_each_database(|db| async move {
        let short = Provider {
            session: Some(TimeDelta::hours(12)),
            ..provider("staff", FOREIGN)
        };
        let house = House::beside(db, vec![short]);
        for (changes, hours) in [
            (json!({}), 12),
            (json!({ "session_expiry": now().timestamp() + 7200 }), 2),
        ] {
            let mut browser = house.browser();
            browser.through("staff", FOREIGN, changes, "").await;
            let member = browser.member().await.unwrap();
            let ends: BTreeSet<_> = browser_sessions::of_member(house.db.read(), now(), member)
                .await
                .unwrap()
                .into_iter()
                .map(|session| session.expires_at)
                .collect();
            assert!(ends.contains(&(now() + TimeDelta::hours(hours))), "{ends:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_are_in_stay_in_while_a_provider_is_silent() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let mut inside = house.browser();
        inside.through("staff", FOREIGN, json!({}), "").await;
        let member = inside.member().await;
        assert!(member.is_some());

        house.other.down.store(true, Ordering::Relaxed);
        let mut outside = house.browser();
        let down = outside.get("/sign-in?with=other&to=/programme").await;
        assert_eq!(down.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            down.headers()[header::REFRESH],
            "20; url=/sign-in?to=%2Fprogramme&with=other"
        );
        let door = house.sso.doors().into_iter().find(|door| door.name == "other").unwrap();
        assert_eq!(door.trouble(), Some((app::doors::Trouble::Silent, now())));
        house.foreign.down.store(true, Ordering::Relaxed);
        assert_eq!(inside.member().await, member);

        // It comes back, and somebody notices by looking, without anybody's asking.
        house.other.down.store(false, Ordering::Relaxed);
        let entrance = house.sso.entrance("other").unwrap();
        house
            .sso
            .look(entrance, std::time::Duration::from_secs(5), true)
            .await
            .unwrap();
        assert_eq!(door.trouble(), None);
        assert_eq!(
            outside.through("other", OTHER, json!({}), "").await.headers()[header::LOCATION],
            "/welcome"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_leads_to_the_provider_of_the_session() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let mut browser = house.browser();
        browser.through("other", OTHER, json!({}), "").await;
        assert_eq!(
            browser
                .kept(session_key::ID_TOKEN)
                .await
                .map(|token| token.contains('.')),
            Some(true)
        );
        let out = browser.post("/sign-out", "").await;
        assert_eq!(out.status(), StatusCode::OK);
        let page = axum::body::to_bytes(out.into_body(), 1 << 16).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        for part in [
            "https://elsewhere.example/end?id_token_hint=",
            "client_id=our-hub",
            "post_logout_redirect_uri=https%3A%2F%2Fhub.example%2F",
            "ui_locales=en",
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert_eq!(browser.member().await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_with_a_refresh_token_follows_its_provider() {
    on_each_database(|db| async move {
        let house = House::beside(db, vec![mapped("groups")]);
        domain::testing::make_member(&house.db, "somebody").await;
        *house.foreign.more.lock().unwrap() = json!({ "refresh_token": "r-1", "expires_in": 600 });
        let mut browser = house.browser();
        let own = json!({ "name": "Ama", "email": "a@x.example", "groups": ["work"] });
        browser.through("staff", FOREIGN, own, "").await;
        let id = browser.member().await.unwrap();
        assert_eq!(house.foreign.asked.lock().unwrap().len(), 1, "not due yet");
        let class = async |db: &domain::db::Db| members::store::get(db.read(), id).await.unwrap().unwrap().class;
        assert!(class(&house.db).await.operational);

        // Half an hour later it is due: what the provider says now counts, and the new token is kept, sealed.
        let later = house.beside_later(vec![mapped("groups")]);
        *later.foreign.more.lock().unwrap() = json!({ "refresh_token": "r-2", "expires_in": 600 });
        *later.foreign.userinfo.lock().unwrap() =
            json!({ "sub": "s-1", "name": "Ama", "email": "a@x.example", "groups": [] });
        let mut at_noon = later.browser();
        at_noon.cookie = browser.cookie.clone();
        assert_eq!(at_noon.member().await, Some(id));
        assert!(!class(&house.db).await.operational, "claims are mapped anew");
        assert_eq!(at_noon.member().await, Some(id));
        let asked = later.foreign.asked.lock().unwrap().clone();
        assert_eq!(asked.len(), 1, "once");
        assert_eq!(
            (asked[0].1["grant_type"].as_str(), asked[0].1["refresh_token"].as_str()),
            ("refresh_token", "r-1")
        );

        // A silent provider ends nothing, and a wrong secret is nobody's sign-out.
        let next_day = house.beside_tomorrow(vec![mapped("groups")]);
        let mut tomorrow = next_day.browser();
        tomorrow.cookie = at_noon.cookie.clone();
        next_day.foreign.down.store(true, Ordering::Relaxed);
        assert_eq!(tomorrow.member().await, Some(id));
        assert!(next_day.foreign.asked.lock().unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_session_there_any_more_has_none_here() {
    on_each_database(|db| async move {
        for (more, userinfo, stays) in [
            (json!({ "error": "invalid_grant" }), json!({ "sub": "s-1" }), false),
            (json!({ "error": "invalid_client" }), json!({ "sub": "s-1" }), true),
            (json!({}), json!({ "sub": "somebody-else" }), false),
            (json!({}), json!({ "sub": "s-1" }), true),
        ] {
            let house = House::beside(db.clone(), vec![mapped("groups")]);
            *house.foreign.more.lock().unwrap() = json!({ "refresh_token": "r-1", "expires_in": 600 });
            let mut browser = house.browser();
            browser.through("staff", FOREIGN, json!({}), "").await;
            assert!(browser.member().await.is_some());
            let later = house.beside_later(vec![mapped("groups")]);
            *later.foreign.more.lock().unwrap() = more.clone();
            *later.foreign.userinfo.lock().unwrap() = userinfo;
            let mut again = later.browser();
            again.cookie = browser.cookie.clone();
            assert_eq!(again.member().await.is_some(), stays, "{more}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_given_back_at_sign_out() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        *house.foreign.more.lock().unwrap() = json!({ "refresh_token": "r-1" });
        let mut browser = house.browser();
        browser.through("staff", FOREIGN, json!({}), "").await;
        browser.post("/sign-out", "").await;
        let asked = house.foreign.asked.lock().unwrap().clone();
        let (header, form) = asked.last().unwrap();
        assert_eq!(
            (form["token"].as_str(), form["token_type_hint"].as_str()),
            ("r-1", "refresh_token")
        );
        assert!(header.as_ref().unwrap().starts_with("Basic "));
    })
    .await;
}
