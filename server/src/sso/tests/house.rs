//! A hub with its provider, a foreign provider that lies as told, and browsers.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::Path,
    response::Response,
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    AccountId,
    accounts::{provider::sessions, session_key, store},
    db::Db,
    testing::{at, sealer},
};
use http::{Request, header};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use rsa::{
    RsaPrivateKey,
    pkcs1::{EncodeRsaPrivateKey, LineEnding},
};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tower::ServiceExt;
use tower_sessions::Session;

use crate::sso::{Foreign, Settings, Sso, routes};

pub(super) const BASE: &str = "https://hub.example";
/// The foreign provider lives under the hub's address, so that it is asked in this process.
pub(super) const FOREIGN: &str = "https://hub.example/foreign";

pub(super) fn now() -> DateTime<Utc> {
    at(2026, 11, 23, 9, 0)
}

fn later() -> DateTime<Utc> {
    now() + TimeDelta::minutes(30)
}

fn tomorrow() -> DateTime<Utc> {
    now() + TimeDelta::hours(25)
}

/// Two keys for all tests: making them takes a while.
pub(super) async fn pems() -> &'static [String; 2] {
    static PEMS: OnceCell<[String; 2]> = OnceCell::const_new();
    let make = || {
        let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
        key.to_pkcs1_pem(LineEnding::LF).unwrap().to_string()
    };
    PEMS.get_or_init(|| async { tokio::task::spawn_blocking(move || [make(), make()]).await.unwrap() })
        .await
}

pub(super) fn key(pem: &str) -> CoreRsaPrivateSigningKey {
    CoreRsaPrivateSigningKey::from_pem(pem, Some(JsonWebKeyId::new("k".to_owned()))).unwrap()
}

pub(super) struct House {
    pub(super) db: Db,
    pub(super) sso: Arc<Sso>,
    pub(super) router: Router,
}

impl House {
    /// A hub that is its own provider.
    pub(super) fn new(db: Db) -> Self {
        Self::built(db, None, now)
    }

    /// The same hub half an hour later.
    pub(super) fn later(&self) -> Self {
        Self::built(self.db.clone(), None, later)
    }

    /// The same hub on the next day.
    pub(super) fn tomorrow(&self) -> Self {
        Self::built(self.db.clone(), None, tomorrow)
    }

    /// A hub with a provider elsewhere.
    pub(super) fn with_foreign(db: Db) -> Self {
        let foreign = Foreign {
            issuer: FOREIGN.parse().unwrap(),
            client_id: "our-hub".to_owned(),
            client_secret: "shared secret of thirty-two bytes or more".into(),
        };
        Self::built(db, Some(foreign), now)
    }

    fn built(db: Db, foreign: Option<Foreign>, clock: fn() -> DateTime<Utc>) -> Self {
        let settings = Settings {
            base_url: format!("{BASE}/"),
            key_life: TimeDelta::days(90),
            foreign,
        };
        let sso = Sso::new(db.clone(), settings, sealer(), clock).unwrap();
        let router = routes::<()>(sso.clone())
            .route(
                "/test/enter/{account}",
                post({
                    let db = db.clone();
                    move |session: Session, Path(account): Path<AccountId>| enter(db, session, account)
                }),
            )
            .route("/test/leave", post(leave))
            .route("/test/kept/{key}", get(kept))
            .nest("/foreign", foreign_provider())
            .layer(sso.session_layer());
        sso.connect(router.clone());
        Self { db, sso, router }
    }

    /// What time it is there.
    pub(super) fn sso_now(&self) -> DateTime<Utc> {
        (self.sso.clock)()
    }

    pub(super) fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookie: None,
            device: None,
        }
    }

    /// The same browser, at the time of this house.
    pub(super) fn again(&self, browser: &Browser) -> Browser {
        Browser {
            router: self.router.clone(),
            cookie: browser.cookie.clone(),
            device: browser.device.clone(),
        }
    }

    pub(super) async fn account(&self, email: &str) -> AccountId {
        let tx = self.db.begin().await.unwrap();
        let account = store::insert_account(&tx, now(), email, "Ama Owusu", "").await.unwrap();
        tx.commit().await.unwrap();
        account.id
    }
}

/// What the sign-in page of the provider does once the password fits.
async fn enter(db: Db, session: Session, account: AccountId) {
    let before = session.get::<String>(session_key::PROVIDER_SID).await.unwrap();
    let here = sessions::enter(&db, now(), account, &["pwd"], "Firefox", before.as_deref())
        .await
        .unwrap();
    session.cycle_id().await.unwrap();
    session.insert(session_key::PROVIDER_SID, here.sid).await.unwrap();
    session.insert(session_key::PROVIDER_ACCOUNT, account).await.unwrap();
    session
        .insert(session_key::PROVIDER_AUTH_TIME, now().timestamp())
        .await
        .unwrap();
}

/// Leaves the hub, stays signed in at the provider.
async fn leave(session: Session) {
    session.remove_value(session_key::MEMBER).await.unwrap();
}

async fn kept(session: Session, Path(key): Path<String>) -> Json<Value> {
    Json(session.get_value(&key).await.unwrap().unwrap_or(Value::Null))
}

pub(super) struct Browser {
    router: Router,
    pub(super) cookie: Option<String>,
    /// The cookie by which accounts know this browser.
    pub(super) device: Option<String>,
}

impl Browser {
    pub(super) fn of(router: Router) -> Self {
        Self {
            router,
            cookie: None,
            device: None,
        }
    }

    pub(super) async fn get(&mut self, path: &str) -> Response {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn post(&mut self, path: &str, form: &str) -> Response {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    pub(super) async fn send(&mut self, mut request: Request<Body>) -> Response {
        let cookies: Vec<&str> = [&self.cookie, &self.device]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if !cookies.is_empty() {
            request
                .headers_mut()
                .insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        for set in response.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            if set.starts_with("__Host-device=") {
                self.device = Some(set.split(';').next().unwrap().to_owned());
                continue;
            }
            assert!(set.starts_with("__Host-hub="), "{set}");
            let gone = set.contains("Max-Age=0");
            for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
                assert!(gone || set.contains(attribute), "{set}");
            }
            self.cookie = (!gone).then(|| set.split(';').next().unwrap().to_owned());
        }
        response
    }

    /// Goes where a redirect of the hub leads.
    pub(super) async fn follow(&mut self, response: &Response) -> Response {
        let to = response.headers()["location"].to_str().unwrap();
        let path = to.strip_prefix(BASE).unwrap_or(to);
        assert!(path.starts_with('/'), "{to} leads elsewhere");
        self.get(path).await
    }

    /// Signs in at the provider.
    pub(super) async fn enter(&mut self, account: AccountId) {
        self.post(&format!("/test/enter/{account}"), "").await;
    }

    /// The whole way, for somebody who is signed in at the provider; says where it ends.
    pub(super) async fn sign_in(&mut self, to: &str) -> String {
        self.post("/test/leave", "").await;
        let mut response = self.get(&format!("/sign-in?to={to}")).await;
        while response.headers()["location"].to_str().unwrap().starts_with(BASE) {
            response = self.follow(&response).await;
        }
        response.headers()["location"].to_str().unwrap().to_owned()
    }

    /// A text that the session keeps.
    pub(super) async fn kept(&mut self, key: &str) -> Option<String> {
        let response = self.get(&format!("/test/kept/{key}")).await;
        json_of(response).await.as_str().map(str::to_owned)
    }
}

pub(super) async fn json_of(response: Response) -> Value {
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    serde_json::from_slice(&body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&body)))
}

/// A parameter of an address.
pub(super) fn query_of(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A provider that answers with whatever ID token the code spells out: header and claims as JSON, and how it is signed.
fn foreign_provider() -> Router {
    Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(|| async {
                Json(json!({
                    "issuer": FOREIGN,
                    "authorization_endpoint": "https://elsewhere.example/authorize",
                    "token_endpoint": format!("{FOREIGN}/token"),
                    "userinfo_endpoint": format!("{FOREIGN}/userinfo"),
                    "jwks_uri": format!("{FOREIGN}/jwks"),
                    "end_session_endpoint": "https://elsewhere.example/end",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                }))
            }),
        )
        .route(
            "/jwks",
            get(|| async {
                Json(CoreJsonWebKeySet::new(vec![
                    key(&pems().await[0]).as_verification_key(),
                ]))
            }),
        )
        .route(
            "/userinfo",
            get(|| async { Json(json!({ "sub": "s-1", "name": "Bo", "email": "bo@example.org" })) }),
        )
        .route(
            "/token",
            post(|body: Bytes| async move {
                let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
                Json(json!({ "access_token": "at", "token_type": "Bearer", "id_token": form["code"] }))
            }),
        )
}

/// A JSON Web Token, signed as asked.
pub(super) fn token(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// Signs with RS256.
pub(super) fn rs256(pem: &str) -> impl FnOnce(&[u8]) -> Vec<u8> {
    let key = key(pem);
    move |message| {
        key.sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, message)
            .unwrap()
    }
}
