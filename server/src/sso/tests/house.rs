//! A hub with its provider, a foreign provider that lies as told, and browsers.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
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
use http::{HeaderMap, Request, StatusCode, header};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use rsa::{
    RsaPrivateKey,
    pkcs1::{EncodeRsaPrivateKey, LineEnding},
};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tower::ServiceExt;
use tower_sessions::Session;

use crate::sso::{Proof, Provider, Settings, Sso, routes};

pub(super) const BASE: &str = "https://hub.example";
/// The foreign provider lives under the hub's address, so that it is asked in this process.
pub(super) const FOREIGN: &str = "https://hub.example/foreign";
/// Another one.
pub(super) const OTHER: &str = "https://hub.example/other";

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
    /// The provider at [`FOREIGN`].
    pub(super) foreign: Arc<Elsewhere>,
    /// The provider at [`OTHER`].
    pub(super) other: Arc<Elsewhere>,
}

/// A provider of the tests, by its name and address.
pub(super) fn provider(name: &str, issuer: &str) -> Provider {
    let secret = Proof::Secret("shared secret of thirty-two bytes or more".into());
    Provider::new(name, issuer.parse().unwrap(), "our-hub", secret)
}

impl House {
    /// A hub that is its own provider.
    pub(super) fn new(db: Db) -> Self {
        Self::built(db, true, Vec::new(), now)
    }

    /// The same hub half an hour later.
    pub(super) fn later(&self) -> Self {
        Self::built(self.db.clone(), true, Vec::new(), later)
    }

    /// The same hub on the next day.
    pub(super) fn tomorrow(&self) -> Self {
        Self::built(self.db.clone(), true, Vec::new(), tomorrow)
    }

    /// A hub with a provider elsewhere, as the single-issuer keys set it up.
    pub(super) fn with_foreign(db: Db) -> Self {
        let single = Provider {
            callback: "/sign-in/callback".to_owned(),
            ..provider("single", FOREIGN)
        };
        Self::built(db, false, vec![single], now)
    }

    /// A hub with the built-in provider and others beside it.
    pub(super) fn beside(db: Db, providers: Vec<Provider>) -> Self {
        Self::built(db, true, providers, now)
    }

    /// The same hub half an hour later, with these providers.
    pub(super) fn beside_later(&self, providers: Vec<Provider>) -> Self {
        Self::built(self.db.clone(), true, providers, later)
    }

    /// The same hub on the next day, with these providers.
    pub(super) fn beside_tomorrow(&self, providers: Vec<Provider>) -> Self {
        Self::built(self.db.clone(), true, providers, tomorrow)
    }

    fn built(db: Db, built_in: bool, providers: Vec<Provider>, clock: fn() -> DateTime<Utc>) -> Self {
        let settings = Settings {
            base_url: format!("{BASE}/"),
            key_life: TimeDelta::days(90),
            built_in,
            providers,
        };
        let sso = Sso::new(db.clone(), settings, sealer(), clock).unwrap();
        let (foreign, other) = (Elsewhere::new(FOREIGN), Elsewhere::new(OTHER));
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
            .nest("/foreign", foreign.router())
            .nest("/other", other.router())
            .layer(middleware::from_fn_with_state(
                sso.clone(),
                crate::sso::rp::refresh::follow,
            ))
            .layer(sso.session_layer());
        sso.connect(router.clone());
        Self {
            db,
            sso,
            router,
            foreign,
            other,
        }
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

/// What the hub sent: its header of authorization, and the fields of its form.
type Asked = (Option<String>, HashMap<String, String>);

/// A provider that answers with whatever ID token the code spells out: header and claims as JSON, and how it is signed.
pub(super) struct Elsewhere {
    issuer: &'static str,
    /// What it publishes as its keys, if not the first key of the tests.
    pub(super) keys: Mutex<Value>,
    /// How often they were fetched.
    pub(super) keys_fetched: AtomicUsize,
    /// Whether it answers nothing but 503.
    pub(super) down: AtomicBool,
    /// What userinfo says.
    pub(super) userinfo: Mutex<Value>,
    /// What came to its token endpoint: the header of authorization, and the form.
    pub(super) asked: Mutex<Vec<Asked>>,
    /// What the token endpoint adds to its answer.
    pub(super) more: Mutex<Value>,
    /// Whether its answers name it (RFC 9207).
    pub(super) names_itself: AtomicBool,
    /// In whose name it answers discovery, if not in its own.
    pub(super) names: Mutex<Option<&'static str>>,
}

impl Elsewhere {
    fn new(issuer: &'static str) -> Arc<Self> {
        Arc::new(Self {
            issuer,
            keys: Mutex::default(),
            keys_fetched: AtomicUsize::default(),
            down: AtomicBool::default(),
            userinfo: Mutex::new(json!({ "sub": "s-1", "name": "Bo", "email": "bo@example.org" })),
            asked: Mutex::default(),
            more: Mutex::new(json!({})),
            names_itself: AtomicBool::default(),
            names: Mutex::default(),
        })
    }

    fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(discovered))
            .route("/jwks", get(published))
            .route("/userinfo", get(known))
            .route("/token", post(given))
            .layer(middleware::from_fn_with_state(self.clone(), up_or_down))
            .with_state(self.clone())
    }
}

async fn up_or_down(State(there): State<Arc<Elsewhere>>, request: Request<Body>, next: Next) -> Response {
    if there.down.load(Ordering::Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    next.run(request).await
}

async fn discovered(State(there): State<Arc<Elsewhere>>) -> Json<Value> {
    let issuer = there.issuer;
    Json(json!({
        "issuer": there.names.lock().unwrap().unwrap_or(issuer),
        "authorization_endpoint": "https://elsewhere.example/authorize",
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": "https://elsewhere.example/end",
        "revocation_endpoint": format!("{issuer}/token"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        "authorization_response_iss_parameter_supported": there.names_itself.load(Ordering::Relaxed),
    }))
}

async fn published(State(there): State<Arc<Elsewhere>>) -> Json<Value> {
    there.keys_fetched.fetch_add(1, Ordering::Relaxed);
    let told = there.keys.lock().unwrap().clone();
    match told {
        Value::Null => Json(json!({ "keys": [key(&pems().await[0]).as_verification_key()] })),
        keys => Json(keys),
    }
}

async fn known(State(there): State<Arc<Elsewhere>>) -> Json<Value> {
    Json(there.userinfo.lock().unwrap().clone())
}

async fn given(State(there): State<Arc<Elsewhere>>, headers: HeaderMap, body: Bytes) -> Response {
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let header = headers
        .get(header::AUTHORIZATION)
        .map(|value| value.to_str().unwrap().to_owned());
    there.asked.lock().unwrap().push((header, form.clone()));
    let mut answer = json!({ "access_token": "at", "token_type": "Bearer" });
    if let Some(code) = form.get("code") {
        answer["id_token"] = json!(code);
    }
    let more = there.more.lock().unwrap().clone();
    for (name, value) in more.as_object().unwrap() {
        answer[name] = value.clone();
    }
    let status = if answer.get("error").is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    (status, Json(answer)).into_response()
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

/// The address of a request with some parameters changed; an empty one is left out.
pub(super) fn authorize<'a>(mut parameters: Vec<(&'a str, &'a str)>, changes: &[(&'a str, &'a str)]) -> String {
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        parameters.push((name, value));
    }
    parameters.retain(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("/oauth2/authorize?{query}")
}

/// What the ID token of the foreign provider says in these tests, with changes.
pub(super) fn claims(issuer: &str, nonce: &str, changes: Value) -> Value {
    let mut claims = json!({
        "iss": issuer, "sub": "s-1", "aud": "our-hub", "nonce": nonce,
        "iat": now().timestamp(), "exp": now().timestamp() + 300,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

/// A token as a good provider signs it.
pub(super) async fn signed(claims: &Value) -> String {
    token(&json!({ "alg": "RS256", "kid": "k" }), claims, rs256(&pems().await[0]))
}

impl Browser {
    /// Starts to sign in; gives state and nonce.
    pub(super) async fn begin(&mut self, query: &str) -> (String, String) {
        let response = self.get(&format!("/sign-in?{query}")).await;
        let to = response.headers()[header::LOCATION].to_str().unwrap();
        assert!(to.starts_with("https://elsewhere.example/authorize?"), "{to}");
        assert_eq!(query_of(to, "code_challenge_method").as_deref(), Some("S256"));
        (query_of(to, "state").unwrap(), query_of(to, "nonce").unwrap())
    }

    /// Comes back with an answer, by this way.
    pub(super) async fn answer(&mut self, path: &str, state: &str, code: &str) -> Response {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("state", state)
            .append_pair("code", code)
            .finish();
        self.get(&format!("{path}?{query}")).await
    }

    /// The whole way through a provider elsewhere, with what its ID token says; gives the answer of the hub.
    pub(super) async fn through(&mut self, name: &str, issuer: &str, changes: Value, query: &str) -> Response {
        let (state, nonce) = self.begin(&format!("with={name}&to=/programme{query}")).await;
        let code = signed(&claims(issuer, &nonce, changes)).await;
        self.answer(&format!("/sign-in/callback/{name}"), &state, &code).await
    }

    /// The key of the member who is signed in.
    pub(super) async fn member(&mut self) -> Option<domain::MemberId> {
        self.kept(session_key::MEMBER).await.map(|id| id.parse().unwrap())
    }
}
