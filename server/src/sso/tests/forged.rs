//! What somebody would try who is not the provider: each ends in a clear error, and nothing of anybody's changes.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use domain::{
    accounts::{Mapping, identities, session_key},
    circles, members,
    testing::on_each_database,
};
use http::{StatusCode, header};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{
    house::{Browser, FOREIGN, House, OTHER, claims, now, pems, provider, rs256, signed, token},
    logout::hs256_with_public_key,
};
use crate::sso::Provider;

const BACK: &str = "/sign-in/callback/staff";

/// Groups count at both, so that a forged one would be seen.
fn two() -> Vec<Provider> {
    let keys = ["steward".to_owned(), "operational".to_owned()];
    let mapping = Mapping::new([("keys", &keys[..])], "class steward name email").unwrap();
    [("staff", FOREIGN), ("other", OTHER)]
        .map(|(name, issuer)| Provider {
            mapping: mapping.clone(),
            ..provider(name, issuer)
        })
        .into()
}

/// Everything of a person that a sign-in could change, and all that anybody did.
async fn record(house: &House, browser: &mut Browser) -> Vec<String> {
    let Some(id) = browser.member().await else {
        return vec!["nobody".to_owned()];
    };
    let db = house.db.read();
    let mut all = vec![
        format!("{:?}", members::store::get(db, id).await.unwrap()),
        format!("{:?}", identities::of_member(db, id).await.unwrap()),
        format!("{:?}", circles::store::roles_of(db, id).await.unwrap()),
        format!("{:?}", browser.kept(session_key::ID_TOKEN).await),
    ];
    for table in ["members", "identities", "provider_gifts", "sign_on_tokens", "audit_log"] {
        let text = format!("SELECT COUNT(*) AS n FROM {table}");
        let count = sea_orm::Statement::from_string(db.get_database_backend(), text);
        let count: i64 = db
            .query_one_raw(count)
            .await
            .unwrap()
            .unwrap()
            .try_get("", "n")
            .unwrap();
        all.push(format!("{table}: {count}"));
    }
    all
}

/// ID tokens that are none, about a person whom the provider never named.
async fn forgeries(nonce: &str) -> Vec<(&'static str, String)> {
    let [right, wrong] = pems().await;
    let rs = json!({ "alg": "RS256", "kid": "k" });
    let evil = json!({ "sub": "s-2", "groups": ["keys"], "name": "Eve", "email": "eve@x.example" });
    let said = |changes: Value| {
        let mut said = claims(FOREIGN, nonce, evil.clone());
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => _ = said.as_object_mut().unwrap().remove(name),
                value => said[name] = value.clone(),
            }
        }
        said
    };
    let at = |seconds: i64| now().timestamp() + seconds;
    let mut all = Vec::new();
    for (what, changes) in [
        ("expired", json!({ "exp": at(-61) })),
        ("no expiry", json!({ "exp": null })),
        ("from the future", json!({ "iat": at(300) })),
        ("for somebody else", json!({ "aud": "somebody" })),
        ("for us and somebody else", json!({ "aud": ["our-hub", "somebody"] })),
        ("for nobody", json!({ "aud": null })),
        ("by another issuer", json!({ "iss": OTHER })),
        (
            "by an issuer that begins like it",
            json!({ "iss": format!("{FOREIGN}.evil.example") }),
        ),
        ("by nobody", json!({ "iss": null })),
        ("asked for by somebody else", json!({ "azp": "somebody" })),
        ("of another sign-in", json!({ "nonce": "another" })),
        ("of no sign-in", json!({ "nonce": null })),
        ("about nobody", json!({ "sub": null })),
    ] {
        all.push((what, signed(&said(changes)).await));
    }
    let whole = said(json!({}));
    for (what, header, pem) in [
        ("another key", rs.clone(), wrong),
        ("a key that is not known", json!({ "alg": "RS256", "kid": "zz" }), right),
        (
            "extensions that are not known",
            json!({ "alg": "RS256", "kid": "k", "crit": ["x"], "x": 1 }),
            right,
        ),
        (
            "another kind of token",
            json!({ "alg": "RS256", "kid": "k", "typ": "at+jwt" }),
            right,
        ),
        (
            "a logout token",
            json!({ "alg": "RS256", "kid": "k", "typ": "logout+jwt" }),
            right,
        ),
        (
            "another algorithm than the key's",
            json!({ "alg": "ES256", "kid": "k" }),
            right,
        ),
    ] {
        all.push((what, token(&header, &whole, rs256(pem))));
    }
    for none in ["none", "None", "NONE"] {
        let header = json!({ "alg": none, "kid": "k" });
        all.push(("no signature", token(&header, &whole, |_| Vec::new())));
    }
    let hs = json!({ "alg": "HS256", "kid": "k" });
    all.push((
        "HS256 with the public key",
        token(&hs, &whole, hs256_with_public_key(right)),
    ));
    // The signature of a good token under other claims.
    let good = signed(&claims(FOREIGN, nonce, json!({}))).await;
    let (start, signature) = good.rsplit_once('.').unwrap();
    let other = token(&rs, &whole, |_| Vec::new());
    all.push(("the signature of another token", format!("{other}{signature}")));
    all.push(("a signature that was cut off", format!("{start}.")));
    all.push(("nothing", String::new()));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn no_forged_token_lets_anybody_in() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let mut tried = 0;
        for at in 0.. {
            let mut browser = house.browser();
            let (state, nonce) = browser.begin("with=staff").await;
            let Some((what, forged)) = forgeries(&nonce).await.into_iter().nth(at) else {
                break;
            };
            let answer = browser.answer(BACK, &state, &forged).await;
            assert!(
                answer.status().is_client_error() || answer.status() == StatusCode::BAD_GATEWAY,
                "{what}"
            );
            assert_eq!(browser.member().await, None, "{what}");
            tried += 1;
        }
        assert!(tried > 20);
        assert!(members::store::is_empty(house.db.read()).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_forged_token_changes_somebody_who_is_in() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let mut ama = house.browser();
        let own = json!({ "name": "Ama", "email": "ama@x.example", "groups": [] });
        ama.through("staff", FOREIGN, own, "").await;
        let before = record(&house, &mut ama).await;
        assert!(before.len() > 1);
        // She links another way; what comes back is not what the provider said.
        for at in 0.. {
            let (state, nonce) = ama.begin("with=staff&link=yes").await;
            let Some((what, forged)) = forgeries(&nonce).await.into_iter().nth(at) else {
                break;
            };
            let answer = ama.answer(BACK, &state, &forged).await;
            assert!(
                answer.status().is_client_error() || answer.status() == StatusCode::BAD_GATEWAY,
                "{what}"
            );
            let confirmed = ama.post("/sign-in/link", "").await;
            assert_eq!(confirmed.status(), StatusCode::BAD_REQUEST, "{what}: nothing waits");
            assert_eq!(record(&house, &mut ama).await, before, "{what}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_token_counts_once_for_one_browser_and_not_for_long() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let mut ama = house.browser();
        let (state, nonce) = ama.begin("with=staff").await;
        let good = signed(&claims(FOREIGN, &nonce, json!({}))).await;
        // Somebody saw it on its way and shows it in an attempt of their own.
        let mut eve = house.browser();
        let (own, _) = eve.begin("with=staff").await;
        assert_eq!(eve.answer(BACK, &own, &good).await.status(), StatusCode::BAD_REQUEST);
        assert_eq!(eve.answer(BACK, &state, &good).await.status(), StatusCode::BAD_REQUEST);
        assert_eq!(eve.member().await, None);

        assert_eq!(ama.answer(BACK, &state, &good).await.status(), StatusCode::SEE_OTHER);
        let inside = record(&house, &mut ama).await;
        let again = ama.answer(BACK, &state, &good).await;
        assert_eq!(again.status(), StatusCode::BAD_REQUEST, "an answer counts once");
        assert_eq!(record(&house, &mut ama).await, inside);

        // An attempt that was left for a day is over, whatever comes.
        let mut late = house.browser();
        let (state, nonce) = late.begin("with=staff").await;
        let tomorrow = house.beside_tomorrow(two());
        let day = (tomorrow.sso_now() - now()).num_seconds();
        assert!(day > TimeDelta::hours(1).num_seconds());
        let changes = json!({ "sub": "s-3", "iat": now().timestamp() + day, "exp": now().timestamp() + day + 60 });
        let good = signed(&claims(FOREIGN, &nonce, changes)).await;
        let mut late = tomorrow.again(&late);
        assert_eq!(late.answer(BACK, &state, &good).await.status(), StatusCode::BAD_REQUEST);
        assert_eq!(late.member().await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_address_somebody_comes_with_they_stay_on_the_hub() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        let mut first = house.browser();
        first.through("staff", FOREIGN, json!({}), "").await;
        for evil in [
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "///evil.example",
            "https://evil.example/",
            "https:evil.example",
            "javascript:alert(1)",
            "hub.example",
            "@evil.example",
            "/programme\r\nLocation: https://evil.example/",
            "/\tevil",
            " /programme",
            "",
        ] {
            let to: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("with", "staff")
                .append_pair("to", evil)
                .finish();
            let mut browser = house.browser();
            let (state, nonce) = browser.begin(&to).await;
            let good = signed(&claims(FOREIGN, &nonce, json!({}))).await;
            let came = browser.answer(BACK, &state, &good).await;
            assert_eq!(came.headers()[header::LOCATION], "/", "{evil:?}");
            let again = browser.get(&format!("/sign-in?{to}")).await;
            assert_eq!(
                again.headers()[header::LOCATION],
                "/",
                "{evil:?}, when signed in already"
            );
            let choose = house
                .browser()
                .get(&format!("/sign-in?{}", to.replace("staff", "nobody")))
                .await;
            assert_eq!(choose.headers()[header::LOCATION], "/sign-in/choose?to=%2F", "{evil:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_in_another_name_is_not_believed() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        *house.foreign.names.lock().unwrap() = Some(OTHER);
        let mut browser = house.browser();
        let answer = browser.get("/sign-in?with=staff").await;
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
        assert!(answer.headers().get(header::LOCATION).is_none());
        assert_eq!(browser.kept(session_key::ATTEMPTS).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_breaks_off_on_the_way_changes_nothing() {
    on_each_database(|db| async move {
        let house = House::beside(db, two());
        for (what, more, status) in [
            ("refused", json!({ "error": "invalid_grant" }), StatusCode::BAD_REQUEST),
            ("no ID token", json!({ "id_token": null }), StatusCode::BAD_GATEWAY),
            (
                "no access token",
                json!({ "access_token": null }),
                StatusCode::BAD_GATEWAY,
            ),
            ("no tokens at all", json!({ "id_token": 7 }), StatusCode::BAD_GATEWAY),
        ] {
            *house.foreign.more.lock().unwrap() = more;
            let mut browser = house.browser();
            let answer = browser.through("staff", FOREIGN, json!({}), "").await;
            assert_eq!(answer.status(), status, "{what}");
            assert_eq!(browser.member().await, None, "{what}");
        }
        *house.foreign.more.lock().unwrap() = json!({});
        let mut browser = house.browser();
        let (state, nonce) = browser.begin("with=staff").await;
        house.foreign.down.store(true, Ordering::Relaxed);
        let good = signed(&claims(FOREIGN, &nonce, json!({}))).await;
        let answer = browser.answer(BACK, &state, &good).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(members::store::is_empty(house.db.read()).await.unwrap());
    })
    .await;
}
