//! A tool that signs people in through the provider, as its programmer would write it.

use axum::{body::Body, response::Response};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use domain::{
    AccountId,
    accounts::provider::{AuthMethod, Client, ClientKind, GrantType, SCOPES, insert_client, save_client},
    tokens,
};
use http::{Request, StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::house::{self, Browser, House, json_of, now, query_of};

pub(super) const BACK: &str = "https://files.example/callback";
pub(super) const AFTER: &str = "https://files.example/bye";
pub(super) const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0";

pub(super) struct Tool<'a> {
    house: &'a House,
    pub(super) client: Client,
    pub(super) secret: Option<String>,
}

impl<'a> Tool<'a> {
    /// A tool with a secret that may ask for everything, but for what is changed.
    pub(super) async fn new(house: &'a House, change: impl FnOnce(&mut Client)) -> Self {
        let mut client = Client {
            redirect_uris: vec![BACK.to_owned()],
            post_logout_redirect_uris: vec![AFTER.to_owned()],
            scopes: SCOPES.map(str::to_owned).to_vec(),
            grant_types: GrantType::ALL.to_vec(),
            ..Client::new("files", "Files", now())
        };
        let secret = client.renew_secret(now(), None).expose_secret().to_owned();
        change(&mut client);
        let tx = house.db.begin().await.unwrap();
        insert_client(&tx, &client).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            house,
            secret: (client.auth == AuthMethod::ClientSecretBasic).then_some(secret),
            client,
        }
    }

    /// A tool that can keep no secret.
    pub(super) async fn public(house: &'a House) -> Self {
        Self::new(house, |client| {
            client.client_id = "terminal".to_owned();
            client.kind = ClientKind::Public;
            client.auth = AuthMethod::None;
            client.secret_hash = String::new();
        })
        .await
    }

    /// The same tool at another time.
    pub(super) fn at(&self, house: &'a House) -> Self {
        Self {
            house,
            client: self.client.clone(),
            secret: self.secret.clone(),
        }
    }

    /// Registers it anew.
    pub(super) async fn change(&mut self, change: impl FnOnce(&mut Client)) {
        change(&mut self.client);
        let tx = self.house.db.begin().await.unwrap();
        save_client(&tx, &self.client).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A request that is right, with some parameters changed; an empty one is left out.
    pub(super) fn ask(&self, changes: &[(&str, &str)]) -> String {
        let challenge = tokens::fingerprint(VERIFIER);
        let parameters = vec![
            ("client_id", self.client.client_id.as_str()),
            ("redirect_uri", BACK),
            ("response_type", "code"),
            ("scope", "openid offline_access"),
            ("state", "the state"),
            ("nonce", "n-1"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        house::authorize(parameters, changes)
    }

    /// What the answer to a request says.
    pub(super) async fn answer(&self, browser: &mut Browser, changes: &[(&str, &str)], name: &str) -> Option<String> {
        let response = browser.get(&self.ask(changes)).await;
        let to = location(&response);
        assert!(to.starts_with(BACK), "{to}");
        assert_eq!(query_of(&to, "iss").as_deref(), Some("https://hub.example"));
        assert_eq!(query_of(&to, "state").as_deref(), Some("the state"));
        query_of(&to, name)
    }

    pub(super) async fn code(&self, browser: &mut Browser, changes: &[(&str, &str)]) -> String {
        self.answer(browser, changes, "code").await.unwrap()
    }

    /// Asks an endpoint for programs, with the secret where there is one, else by name.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut fields = fields.to_vec();
        let named = fields.iter().any(|(name, _)| name.starts_with("client_"));
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        match &self.secret {
            _ if named => {}
            Some(secret) => {
                let basic = STANDARD.encode(format!("{}:{secret}", self.client.client_id));
                request = request.header(header::AUTHORIZATION, format!("Basic {basic}"));
            }
            None => fields.push(("client_id", &self.client.client_id)),
        }
        fields.retain(|(_, value)| !value.is_empty());
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let response = self.house.browser().send(request.body(Body::from(form)).unwrap()).await;
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    pub(super) async fn exchange(&self, code: &str, changes: &[(&str, &str)]) -> (StatusCode, Value) {
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
        self.post("/oauth2/token", &fields).await
    }

    pub(super) async fn refresh(&self, token: &str) -> (StatusCode, Value) {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post("/oauth2/token", &fields).await
    }

    /// The whole way of somebody who is signed in: tokens for these parameters.
    pub(super) async fn tokens(&self, browser: &mut Browser, changes: &[(&str, &str)]) -> Value {
        let code = self.code(browser, changes).await;
        let (status, tokens) = self.exchange(&code, &[]).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        tokens
    }

    pub(super) async fn userinfo(&self, token: &Value) -> (StatusCode, Value) {
        let bearer = format!("Bearer {}", token.as_str().unwrap());
        let request = Request::get("/oauth2/userinfo").header(header::AUTHORIZATION, bearer);
        let response = self.house.browser().send(request.body(Body::empty()).unwrap()).await;
        (response.status(), json_of(response).await)
    }
}

pub(super) fn location(response: &Response) -> String {
    response.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

/// The claims of a token, without a look at its signature.
pub(super) fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Somebody who is signed in at the provider.
pub(super) async fn somebody(house: &House) -> (Browser, AccountId) {
    let account = house.account("ama@example.org").await;
    let mut browser = house.browser();
    browser.enter(account).await;
    (browser, account)
}

/// Changes records as another part of the hub would.
pub(super) async fn write(house: &House, sql: &str) {
    use sea_orm::ConnectionTrait;
    let tx = house.db.begin().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
}

impl Tool<'_> {
    /// The code flow of an old tool that has never heard of PKCE.
    pub(super) async fn tokens_without_pkce(&self, browser: &mut Browser) -> (StatusCode, Value) {
        let bare = [("code_challenge", ""), ("code_challenge_method", "")];
        let code = self.code(browser, &bare).await;
        self.exchange(&code, &[("code_verifier", "")]).await
    }
}
