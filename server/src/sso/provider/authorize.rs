//! The authorize endpoint: checks what a client asks, lets the person sign in, and sends a code back.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    accounts::{
        grants::{self, Grant},
        store,
    },
    tokens,
};
use http::HeaderMap;
use openidconnect::url::Url;
use sea_orm::DbErr;
use tower_sessions::Session;

use super::{SCOPES, params::Params};
use crate::sso::{Sso, trouble::Trouble};

/// Session key of requests that wanted a new sign-in: fingerprint of the request, and when it was asked.
const FRESH: &str = "provider_fresh";
/// How many such requests are remembered.
const FRESH_ROOM: usize = 5;

/// An error that goes back to the client: name and description.
type Refusal = (&'static str, &'static str);

/// What a client asks for.
#[derive(Debug)]
struct Asked {
    scope: String,
    nonce: Option<String>,
    code_challenge: String,
    silent: bool,
    again: bool,
    max_age: Option<i64>,
}

/// `POST /oauth2/authorize`: the same as by GET. It comes without our cookie when another site sends it, so that the
/// browser is told to ask again.
pub async fn ask_by_post(body: Bytes) -> Response {
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(url::form_urlencoded::parse(&body))
        .finish();
    Redirect::to(&format!("/oauth2/authorize?{query}")).into_response()
}

/// `GET /oauth2/authorize`
pub async fn ask(
    State(sso): State<Arc<Sso>>,
    session: Session,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    match answer(&sso, &session, &headers, &query).await {
        Ok(response) => response,
        Err(error) => sso.broken(&headers, &error).await,
    }
}

async fn answer(sso: &Sso, session: &Session, headers: &HeaderMap, query: &str) -> Result<Response, DbErr> {
    let params = Params::read(query.as_bytes());
    // Until client and redirect address are sure, nobody is sent anywhere.
    let client_id = params.get("client_id").filter(|_| !params.repeats("client_id"));
    let client = match client_id {
        Some(id) => sso.client(id).await?,
        None => None,
    };
    let Some(client) = client else {
        return Ok(sso.trouble(headers, Trouble::UnknownClient, "/").await);
    };
    let wanted = params.get("redirect_uri").filter(|_| !params.repeats("redirect_uri"));
    let redirect = wanted.filter(|wanted| client.redirect_uris.iter().any(|known| known == wanted));
    let Some((redirect_uri, back)) = redirect.and_then(|text| Some((text, Url::parse(text).ok()?))) else {
        return Ok(sso.trouble(headers, Trouble::UnknownRedirect, "/").await);
    };
    let state = params.get("state");
    let refuse = |(error, description): Refusal| {
        send_back(
            sso,
            back.clone(),
            state,
            &[("error", error), ("error_description", description)],
        )
    };

    let asked = match read(&params) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refuse(refusal)),
    };
    let now = sso.now();
    let here = sso.at_provider(session).await?;
    let asked_before = Fresh::read(session).await;
    let stale = |since: DateTime<Utc>| {
        asked.again
            || asked
                .max_age
                .is_some_and(|age| now - since > TimeDelta::try_seconds(age).unwrap_or(TimeDelta::MAX))
    };
    let enough = here.filter(|(_, since)| !stale(*since) || asked_before.answered(query, *since));
    let Some((account, since)) = enough else {
        if asked.silent {
            return Ok(refuse(("login_required", "the person has to sign in")));
        }
        if asked.again || asked.max_age.is_some() {
            asked_before.remember(session, query, now).await;
        }
        return to_sign_in(sso, query, params.get("login_hint")).await;
    };
    asked_before.forget(session, query).await;
    let grant = Grant {
        client_id: client.client_id,
        account: account.id,
        redirect_uri: redirect_uri.to_owned(),
        scope: asked.scope,
        nonce: asked.nonce,
        code_challenge: asked.code_challenge,
        auth_time: since,
    };
    let code = grants::issue_code(&sso.db, now, &grant).await?;
    Ok(send_back(sso, back, state, &[("code", &code)]))
}

/// Checks everything but client and redirect address.
fn read(params: &Params) -> Result<Asked, Refusal> {
    if params.repeated() {
        return Err(("invalid_request", "a parameter stands there twice"));
    }
    for (name, error) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        if params.get(name).is_some() {
            return Err((error, "this parameter is not supported"));
        }
    }
    match params.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(("unsupported_response_type", "only code is supported")),
        None => return Err(("invalid_request", "response_type is missing")),
    }
    if params.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(("invalid_request", "only the response mode query is supported"));
    }
    let wanted: Vec<&str> = params.get("scope").unwrap_or_default().split(' ').collect();
    if !wanted.contains(&"openid") {
        return Err(("invalid_scope", "the scope openid is missing"));
    }
    let challenge = params
        .get("code_challenge")
        .ok_or(("invalid_request", "code_challenge is missing"))?;
    if params.get("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method has to be S256"));
    }
    if challenge.len() != 43
        || !challenge
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    {
        return Err(("invalid_request", "code_challenge is no SHA-256 in base64url"));
    }
    let prompt: Vec<&str> = params.get("prompt").unwrap_or_default().split(' ').collect();
    let silent = prompt.contains(&"none");
    if silent && prompt.len() > 1 {
        return Err(("invalid_request", "prompt none stands alone"));
    }
    let max_age = params.get("max_age").map(str::parse::<u32>).transpose();
    Ok(Asked {
        scope: SCOPES
            .into_iter()
            .filter(|scope| wanted.contains(scope))
            .collect::<Vec<_>>()
            .join(" "),
        nonce: params.get("nonce").map(str::to_owned),
        code_challenge: challenge.to_owned(),
        silent,
        again: prompt.contains(&"login") || prompt.contains(&"select_account"),
        max_age: max_age
            .map_err(|_| ("invalid_request", "max_age is no number of seconds"))?
            .map(i64::from),
    })
}

/// To the page where people sign in, or make the first account of an empty hub; it comes back here.
async fn to_sign_in(sso: &Sso, query: &str, login_hint: Option<&str>) -> Result<Response, DbErr> {
    let page = if store::hub_is_empty(sso.db.read()).await? {
        "register"
    } else {
        "sign-in"
    };
    let mut next = url::form_urlencoded::Serializer::new(String::new());
    next.append_pair("continue", &format!("/oauth2/authorize?{query}"));
    if let Some(hint) = login_hint {
        next.append_pair("email", hint);
    }
    Ok(Redirect::to(&format!("/provider/{page}?{}", next.finish())).into_response())
}

/// Back to the client, with its state and with who answers (RFC 9207).
fn send_back(sso: &Sso, mut to: Url, state: Option<&str>, answer: &[(&str, &str)]) -> Response {
    {
        let mut pairs = to.query_pairs_mut();
        pairs.extend_pairs(answer);
        if let Some(state) = state {
            pairs.append_pair("state", state);
        }
        pairs.append_pair("iss", &sso.settings.base_url);
    }
    Redirect::to(to.as_str()).into_response()
}

/// Requests that wanted a new sign-in, so that they know it when the person comes back from it.
struct Fresh(BTreeMap<String, i64>);

impl Fresh {
    async fn read(session: &Session) -> Self {
        Self(session.get(FRESH).await.ok().flatten().unwrap_or_default())
    }

    fn answered(&self, query: &str, since: DateTime<Utc>) -> bool {
        self.0
            .get(&tokens::fingerprint(query))
            .is_some_and(|asked| since.timestamp() >= *asked)
    }

    async fn remember(mut self, session: &Session, query: &str, now: DateTime<Utc>) {
        while self.0.len() >= FRESH_ROOM {
            let Some(oldest) = self
                .0
                .iter()
                .min_by_key(|(_, asked)| **asked)
                .map(|(key, _)| key.clone())
            else {
                break;
            };
            self.0.remove(&oldest);
        }
        self.0.insert(tokens::fingerprint(query), now.timestamp());
        let _ = session.insert(FRESH, self.0).await;
    }

    async fn forget(mut self, session: &Session, query: &str) {
        if self.0.remove(&tokens::fingerprint(query)).is_some() {
            let _ = session.insert(FRESH, self.0).await;
        }
    }
}
