//! The authorize endpoint: checks what a client asks, lets the person sign in, and sends a code back.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::accounts::{
    grants::{self, Exchange, Grant},
    provider::{Client, account_of},
    store,
};
use http::HeaderMap;
use openidconnect::url::Url;
use tower_sessions::Session;

use super::{
    Here,
    claims::is_enough,
    fresh::Fresh,
    gate::{AtGate, Gate},
    onward,
    params::Params,
    request::{self, Asked, Refusal},
};
use crate::sso::{Sso, trouble::Trouble};

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
        Err(error) => sso.broken(&headers, &*error).await,
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A request whose client and redirect address are sure, so that answers can be sent there.
struct Reply<'a> {
    sso: &'a Sso,
    headers: &'a HeaderMap,
    to: Url,
    state: Option<&'a str>,
}

impl Reply<'_> {
    /// Back to the client, with its state and with who answers (RFC 9207).
    fn send(&self, answer: &[(&str, &str)]) -> Response {
        let mut to = self.to.clone();
        {
            let mut pairs = to.query_pairs_mut();
            pairs.extend_pairs(answer);
            if let Some(state) = self.state {
                pairs.append_pair("state", state);
            }
            pairs.append_pair("iss", &self.sso.settings.base_url);
        }
        onward::lead(self.headers, &to)
    }

    fn refuse(&self, Refusal(error, description): Refusal) -> Response {
        self.send(&[("error", error), ("error_description", description)])
    }
}

async fn answer(sso: &Sso, session: &Session, headers: &HeaderMap, query: &str) -> Result<Response, Failure> {
    let params = Params::read(query.as_bytes());
    // Until client and redirect address are sure, nobody is sent anywhere.
    let client_id = params.get("client_id").filter(|_| !params.repeats("client_id"));
    let client = match client_id {
        Some(id) => sso.client(id).await?,
        None => None,
    };
    if client.as_ref().is_some_and(|client| client.disabled_at.is_some()) {
        return Ok(sso.trouble(headers, Trouble::ClientOff, "/tools").await);
    }
    let Some(client) = client else {
        return Ok(sso.trouble(headers, Trouble::UnknownClient, "/").await);
    };
    let wanted = params.get("redirect_uri").filter(|_| !params.repeats("redirect_uri"));
    let redirect = wanted.filter(|wanted| client.redirect_uris.iter().any(|known| known == wanted));
    let Some((redirect_uri, to)) = redirect.and_then(|text| Some((text, Url::parse(text).ok()?))) else {
        return Ok(sso.trouble(headers, Trouble::UnknownRedirect, "/").await);
    };
    let reply = Reply {
        sso,
        headers,
        to,
        state: params.get("state"),
    };
    let asked = match request::read(&params, &client) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(reply.refuse(refusal)),
    };
    let now = sso.now();
    let here = sso.met_by(&client, session).await?;
    let hinted = hinted(sso, &client, &params, &asked).await?;
    let fresh = Fresh::read(session).await;
    let here = match here {
        Some(here) if is_wanted(&here, &hinted) && !is_stale(&asked, &fresh, query, here.session.auth_time, now) => {
            here
        }
        _ if asked.silent => return Ok(reply.refuse(Refusal("login_required", "the person has to sign in"))),
        Some(here) if hinted != Hinted::Anybody && fresh.answered(query, here.session.auth_time) => {
            return Ok(reply.refuse(Refusal(
                "login_required",
                "the person that the client names is not here",
            )));
        }
        _ => {
            if asked.again || asked.max_age.is_some() || hinted != Hinted::Anybody {
                fresh.remember(session, query, now).await;
            }
            return to_sign_in(sso, query, params.get("login_hint")).await;
        }
    };
    fresh.forget(session, query).await;
    if !is_enough(&here.session.acr, &asked.claims.essential_acr()) {
        return Ok(reply.refuse(Refusal(
            "unmet_authentication_requirements",
            "the person cannot sign in the way that the client needs",
        )));
    }
    let at_gate = AtGate {
        account: &here.account,
        client: &client,
        scope: &asked.scope,
        silent: asked.silent,
        ask_again: asked.consent,
        query,
    };
    match sso.gate(session, &at_gate).await? {
        Gate::Open => {}
        Gate::Refuse((error, description)) => return Ok(reply.refuse(Refusal(error, description))),
        Gate::Page(page) => return Ok(Redirect::to(&page).into_response()),
    }
    let grant = Grant {
        family: Grant::new_family(),
        client_id: client.client_id,
        account: here.account.id,
        scope: asked.scope,
        sid: Some(here.session.sid),
        auth_time: here.session.auth_time,
        amr: here.session.amr,
        acr: here.session.acr,
        claims: params.get("claims").unwrap_or_default().to_owned(),
    };
    let exchange = Exchange {
        redirect_uri: redirect_uri.to_owned(),
        nonce: asked.nonce,
        code_challenge: asked.code_challenge,
    };
    let code = grants::issue_code(&sso.db, now, &grant, &exchange).await?;
    Ok(reply.send(&[("code", &code)]))
}

/// Whom the client wants to hear about.
#[derive(Debug, PartialEq, Eq)]
enum Hinted {
    Anybody,
    /// An account, by an ID token or by its subject.
    Account(domain::AccountId),
    /// Somebody whom we do not know.
    Nobody,
}

/// Whom an ID token of earlier, or the claim `sub` with a value, names (OpenID Connect Core, 3.1.2.2 and 5.5.1).
async fn hinted(sso: &Sso, client: &Client, params: &Params, asked: &Asked) -> Result<Hinted, Failure> {
    let subject = match params.get("id_token_hint") {
        Some(token) => match sso.keys().await?.verify(token, sso.now()) {
            Some(claims) => claims.get("sub").and_then(|sub| sub.as_str()).map(str::to_owned),
            None => return Ok(Hinted::Nobody),
        },
        None => asked.claims.subject().map(str::to_owned),
    };
    let Some(subject) = subject else {
        return Ok(Hinted::Anybody);
    };
    let account = account_of(sso.db.read(), client, &subject).await?;
    Ok(account.map_or(Hinted::Nobody, Hinted::Account))
}

fn is_wanted(here: &Here, hinted: &Hinted) -> bool {
    match hinted {
        Hinted::Anybody => true,
        Hinted::Account(account) => *account == here.account.id,
        Hinted::Nobody => false,
    }
}

/// Whether the person has to show anew who they are.
fn is_stale(asked: &Asked, fresh: &Fresh, query: &str, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    let too_long = |age| now - since > TimeDelta::try_seconds(age).unwrap_or(TimeDelta::MAX);
    (asked.again || asked.max_age.is_some_and(too_long)) && !fresh.answered(query, since)
}

/// To the page where people sign in, or make the first account of an empty hub; it comes back here.
async fn to_sign_in(sso: &Sso, query: &str, login_hint: Option<&str>) -> Result<Response, Failure> {
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
