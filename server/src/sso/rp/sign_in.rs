//! Starting to sign in: off to the issuer, with what will prove the answer kept in the browser's session.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    MemberId,
    accounts::{FRESH, local_path, session_key},
};
use http::{HeaderMap, StatusCode};
use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge, Scope, core::CoreAuthenticationFlow};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::issuer::IssuerError;
use crate::sso::{Sso, trouble::Trouble};

/// How many sign-ins may be under way in one browser: tabs, and pages that were left.
const ROOM: usize = 5;
/// How long one may take, in seconds; long enough to make an account on the way.
const PATIENCE: i64 = 3600;

/// A sign-in under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// What the answer has to carry.
    pub(super) state: String,
    /// What the ID token has to carry.
    pub(super) nonce: String,
    /// What goes with the code (PKCE).
    pub(super) verifier: String,
    /// Where the person wanted to go.
    pub(super) to: String,
    /// Whether the person has to show who they are even where they are signed in.
    #[serde(default)]
    pub(super) fresh: bool,
    /// When it began, in seconds since 1970.
    begun: i64,
}

/// Query of the address.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    to: String,
    /// There and not empty where an act of power asks for it.
    #[serde(default)]
    fresh: String,
}

/// `GET /sign-in?to=/path`, with `fresh=yes` to show again who one is
pub async fn start(
    State(sso): State<Arc<Sso>>,
    session: Session,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Response {
    // A page that is only prefetched has begun nothing.
    if headers.get("sec-purpose").is_some() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let to = local_path(&wanted.to).to_owned();
    let fresh = !wanted.fresh.is_empty();
    match session.get::<MemberId>(session_key::MEMBER).await {
        Ok(Some(_)) if fresh => {}
        Ok(Some(member)) => match domain::members::store::acting(sso.db.read(), member).await {
            Ok(Some(_)) => return Redirect::to(&to).into_response(),
            Ok(None) => {}
            Err(error) => return sso.broken(&headers, &error).await,
        },
        Ok(None) => {}
        Err(error) => return sso.broken(&headers, &error).await,
    }
    let issuer = match sso.issuer().await {
        Ok(issuer) => issuer,
        Err(error) => return sso.no_issuer(&headers, &error, &to).await,
    };
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut request = issuer
        .client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("profile".to_owned()))
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(challenge);
    if fresh {
        request = request.set_max_age(FRESH.to_std().unwrap_or_default());
    }
    let (address, state, nonce) = request.url();
    let attempt = Attempt {
        state: state.secret().clone(),
        nonce: nonce.secret().clone(),
        verifier: verifier.secret().clone(),
        to,
        fresh,
        begun: sso.now().timestamp(),
    };
    match keep(&sso, &session, attempt).await {
        Ok(()) => Redirect::to(address.as_str()).into_response(),
        Err(error) => sso.broken(&headers, &error).await,
    }
}

async fn keep(sso: &Sso, session: &Session, attempt: Attempt) -> Result<(), tower_sessions::session::Error> {
    let mut attempts = under_way(sso, session).await?;
    attempts.push(attempt);
    let extra = attempts.len().saturating_sub(ROOM);
    attempts.drain(..extra);
    session.insert(session_key::ATTEMPTS, attempts).await
}

/// Takes the attempt that an answer belongs to out of the session: it can be finished once.
pub(super) async fn take(
    sso: &Sso,
    session: &Session,
    state: &str,
) -> Result<Option<Attempt>, tower_sessions::session::Error> {
    let mut attempts = under_way(sso, session).await?;
    let Some(place) = attempts.iter().position(|attempt| attempt.state == state) else {
        return Ok(None);
    };
    let attempt = attempts.swap_remove(place);
    attempts.sort_by_key(|attempt| attempt.begun);
    session.insert(session_key::ATTEMPTS, attempts).await?;
    Ok(Some(attempt))
}

async fn under_way(sso: &Sso, session: &Session) -> Result<Vec<Attempt>, tower_sessions::session::Error> {
    let mut attempts: Vec<Attempt> = session.get(session_key::ATTEMPTS).await?.unwrap_or_default();
    let now = sso.now().timestamp();
    attempts.retain(|attempt| now - attempt.begun < PATIENCE);
    Ok(attempts)
}

impl Sso {
    pub(super) async fn no_issuer(&self, headers: &HeaderMap, error: &IssuerError, to: &str) -> Response {
        tracing::error!(error = error as &dyn std::error::Error, "the issuer cannot be asked");
        let trouble = match error {
            IssuerError::Down(_) | IssuerError::DownJustNow => Trouble::ProviderDown,
            IssuerError::Answer(_) => Trouble::ProviderAnswer,
            IssuerError::Own(_) => Trouble::Internal,
        };
        self.trouble(headers, trouble, to).await
    }
}
