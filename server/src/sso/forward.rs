//! Forward authentication: a proxy asks about each request to a host that it guards (nginx `auth_request`, Caddy
//! `forward_auth`, Traefik `ForwardAuth`), and hands everything under `/.hub/` of that host over to the hub.
//!
//! To the provider the host is a tool like any other: people come through the authorize endpoint, with its doors, consents
//! and sessions, and what ends there ends here with the next request. Cookies are the host's own; none is shared.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    accounts::{
        local_path,
        provider::{client, facts, may_enter},
    },
    clients::{
        ending::{self, Reason},
        guard::{self, Guarded},
    },
    tokens,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{Sso, provider::forward};

/// How long one may take to sign in on the way, in seconds.
const PATIENCE: u32 = 600;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A sign-in under way, kept in the browser.
#[derive(Debug, Serialize, Deserialize)]
struct Attempt {
    state: String,
    verifier: String,
    to: String,
}

/// A request to a guarded host, as its proxy describes it.
struct Asked {
    guarded: Guarded,
    /// Path and query.
    to: String,
    /// The browser's cookies for that host.
    cookies: HeaderMap,
}

impl Asked {
    fn path(&self) -> &str {
        self.to.split(['?', '#']).next().unwrap_or_default()
    }

    fn secure(&self) -> bool {
        self.guarded.base_url().starts_with("https:")
    }

    fn name(&self, name: &str) -> String {
        if self.secure() {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        }
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        app::ctx::cookie(&self.cookies, &self.name(name))
    }

    fn set(&self, name: &str, value: &str, seconds: Option<u32>) -> Option<HeaderValue> {
        let secure = if self.secure() { "; Secure" } else { "" };
        let age = seconds
            .map(|seconds| format!("; Max-Age={seconds}"))
            .unwrap_or_default();
        let cookie = format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}",
            self.name(name)
        );
        cookie.parse().ok()
    }
}

impl Sso {
    async fn asked(&self, headers: &HeaderMap) -> Result<Option<Asked>, Failure> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(host) = text("x-forwarded-host").and_then(guard::host_of) else {
            return Ok(None);
        };
        let Some(guarded) = guard::by_host(self.db.read(), &host).await? else {
            return Ok(None);
        };
        let mut cookies = HeaderMap::new();
        for value in headers.get_all(header::COOKIE) {
            cookies.append(header::COOKIE, value.clone());
        }
        let to = local_path(text("x-forwarded-uri").unwrap_or("/")).to_owned();
        Ok(Some(Asked { guarded, to, cookies }))
    }
}

fn refused(status: StatusCode, words: &'static str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], words).into_response()
}

fn answered(result: Result<Response, Failure>) -> Response {
    result.unwrap_or_else(|error| {
        tracing::error!(%error, "forward authentication failed");
        refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The hub failed. Please try again in a moment.",
        )
    })
}

/// `/.hub/check`: may this request pass? 200 with who it is; else a redirect for the browser to follow, or 401 and 403 for
/// a proxy that says `?redirect=no` because it can pass none on.
pub async fn check(State(sso): State<Arc<Sso>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let redirects = query.as_deref() != Some("redirect=no");
    answered(judge(&sso, &headers, redirects).await)
}

async fn judge(sso: &Sso, headers: &HeaderMap, redirects: bool) -> Result<Response, Failure> {
    let Some(asked) = sso.asked(headers).await? else {
        return Ok(refused(StatusCode::FORBIDDEN, "The hub guards no such host."));
    };
    if asked.guarded.is_open(asked.path()) {
        return Ok(passed([None, None, None, None]));
    }
    let inside = match asked.cookie("hub-guard") {
        Some(token) => guard::inside(sso.db.read(), sso.now(), &asked.guarded.host, token).await?,
        None => None,
    };
    let Some(inside) = inside else {
        if !redirects {
            return Ok(refused(StatusCode::UNAUTHORIZED, "Please sign in."));
        }
        let next = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("to", &asked.to)
            .finish();
        let start = format!("{}/.hub/start?{next}", asked.guarded.base_url());
        return Ok(Redirect::to(&start).into_response());
    };
    let party = client(sso.db.read(), &asked.guarded.client_id)
        .await?
        .filter(|party| party.disabled_at.is_none());
    let person = facts(sso.db.read(), inside.account).await?;
    let Some((party, person)) = party
        .zip(person)
        .filter(|(party, person)| may_enter(party, person).is_ok())
    else {
        if !redirects {
            return Ok(refused(StatusCode::FORBIDDEN, "This is not open to you."));
        }
        let page = sso.url(&format!("/provider/no-entry?client={}", asked.guarded.client_id));
        return Ok(Redirect::to(&page).into_response());
    };
    let says = |scope: &str, claim: &str| {
        if !party.may_ask(scope) {
            return None;
        }
        match person.claim(claim, &sso.settings.base_url)? {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Array(list) => {
                Some(list.iter().filter_map(|one| one.as_str()).collect::<Vec<_>>().join(","))
            }
            _ => None,
        }
    };
    let name = says("profile", "preferred_username").or_else(|| Some(inside.account.to_string()));
    Ok(passed([
        name,
        says("profile", "name"),
        says("email", "email"),
        says("groups", "groups"),
    ]))
}

/// The request may pass. All headers are there, empty where nothing is said, so that no proxy leaves what the browser sent
/// or, as older ones of Caddy do, a placeholder.
fn passed(values: [Option<String>; 4]) -> Response {
    let mut answer = StatusCode::OK.into_response();
    for (name, value) in ["remote-user", "remote-name", "remote-email", "remote-groups"]
        .into_iter()
        .zip(values)
    {
        // Names may have letters beyond ASCII: they travel as UTF-8.
        let value = HeaderValue::from_bytes(value.unwrap_or_default().as_bytes());
        let value = value.unwrap_or_else(|_| HeaderValue::from_static(""));
        answer.headers_mut().insert(HeaderName::from_static(name), value);
    }
    answer
}

fn param(query: Option<&str>, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query?.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// `/.hub/start?to=/path`: off to the provider.
pub async fn start(State(sso): State<Arc<Sso>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    answered(begin(&sso, &headers, query.as_deref()).await)
}

async fn begin(sso: &Sso, headers: &HeaderMap, query: Option<&str>) -> Result<Response, Failure> {
    let Some(asked) = sso.asked(headers).await? else {
        return Ok(refused(StatusCode::FORBIDDEN, "The hub guards no such host."));
    };
    let Some(party) = client(sso.db.read(), &asked.guarded.client_id).await? else {
        return Ok(refused(StatusCode::FORBIDDEN, "The hub guards no such host."));
    };
    let attempt = Attempt {
        state: tokens::secret(),
        verifier: tokens::secret(),
        to: local_path(&param(query, "to").unwrap_or_default()).to_owned(),
    };
    // Nothing is asked for while the person is away.
    let scopes: Vec<&str> = party
        .scopes
        .iter()
        .map(String::as_str)
        .filter(|scope| *scope != "offline_access")
        .collect();
    let authorize = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &party.client_id)
        .append_pair("redirect_uri", &asked.guarded.callback())
        .append_pair("response_type", "code")
        .append_pair("scope", &scopes.join(" "))
        .append_pair("state", &attempt.state)
        .append_pair("code_challenge", &tokens::fingerprint(&attempt.verifier))
        .append_pair("code_challenge_method", "S256")
        .finish();
    let mut response = Redirect::to(&sso.url(&format!("/oauth2/authorize?{authorize}"))).into_response();
    let kept = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&attempt)?);
    if let Some(cookie) = asked.set("hub-guard-attempt", &kept, Some(PATIENCE)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `/.hub/callback`: back from the provider, with a code.
pub async fn callback(State(sso): State<Arc<Sso>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    answered(finish(&sso, &headers, query.as_deref()).await)
}

async fn finish(sso: &Sso, headers: &HeaderMap, query: Option<&str>) -> Result<Response, Failure> {
    let Some(asked) = sso.asked(headers).await? else {
        return Ok(refused(StatusCode::FORBIDDEN, "The hub guards no such host."));
    };
    let kept = asked
        .cookie("hub-guard-attempt")
        .and_then(|kept| URL_SAFE_NO_PAD.decode(kept).ok());
    let attempt = kept.and_then(|kept| serde_json::from_slice::<Attempt>(&kept).ok());
    let state = param(query, "state").unwrap_or_default();
    let ours = attempt.filter(|attempt| bool::from(attempt.state.as_bytes().ct_eq(state.as_bytes())));
    let Some(attempt) = ours else {
        return Ok(refused(
            StatusCode::BAD_REQUEST,
            "This sign-in was not started here, or too long ago. Open the tool again.",
        ));
    };
    let Some(code) = param(query, "code") else {
        return Ok(refused(
            StatusCode::FORBIDDEN,
            "You were not let in. Open the tool again to try once more.",
        ));
    };
    let callback = asked.guarded.callback();
    let Some((account, sid)) =
        forward::redeem(sso, &asked.guarded.client_id, &code, &callback, &attempt.verifier).await?
    else {
        return Ok(refused(
            StatusCode::BAD_REQUEST,
            "This sign-in was used already. Open the tool again.",
        ));
    };
    let token = guard::enter(&sso.db, sso.now(), &asked.guarded, account, &sid).await?;
    let to = format!("{}{}", asked.guarded.base_url(), local_path(&attempt.to));
    let mut response = Redirect::to(&to).into_response();
    for cookie in [
        asked.set("hub-guard", &token, None),
        asked.set("hub-guard-attempt", "", Some(0)),
    ]
    .into_iter()
    .flatten()
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `/.hub/sign-out`: out of this tool alone; the hub goes on.
pub async fn leave(State(sso): State<Arc<Sso>>, headers: HeaderMap) -> Response {
    let left = async {
        let Some(asked) = sso.asked(&headers).await? else {
            return Ok(refused(StatusCode::FORBIDDEN, "The hub guards no such host."));
        };
        if let Some(token) = asked.cookie("hub-guard")
            && let Some(inside) = guard::inside(sso.db.read(), sso.now(), &asked.guarded.host, token).await?
        {
            let client_id = &asked.guarded.client_id;
            ending::leave_tool(
                &sso.db,
                sso.now(),
                inside.account,
                &inside.sid,
                client_id,
                Reason::SignedOut,
            )
            .await?;
        }
        let mut response = Redirect::to(&sso.url("/tools")).into_response();
        if let Some(cookie) = asked.set("hub-guard", "", Some(0)) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    };
    answered(left.await)
}
