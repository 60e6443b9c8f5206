//! Starting to sign in: off to a provider, with what will prove the answer kept in the browser's session.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use chrono::TimeDelta;
use domain::{
    MemberId,
    accounts::{FRESH, Source, local_path, session_key},
};
use http::{HeaderMap, StatusCode};
use openidconnect::{CsrfToken, LoginHint, Nonce, PkceCodeChallenge, Scope, core::CoreAuthenticationFlow};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::issuer::{Entrance, IssuerError};
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
    /// The provider that was asked: the answer of any other is refused.
    pub(super) with: String,
    /// Whether a signed-in person links a further way of signing in.
    #[serde(default)]
    pub(super) link: bool,
    /// When it began, in seconds since 1970.
    begun: i64,
}

/// Query of the address.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    to: String,
    /// There and not empty where an act of power asks for it; `second` where the second step was not taken.
    #[serde(default)]
    fresh: String,
    /// The provider, where there are several.
    with: Option<String>,
    /// To link a further way of signing in to one's record.
    link: Option<String>,
    /// The address that the person would sign in with.
    hint: Option<String>,
}

/// `GET /sign-in?to=/path&with=provider`, with `fresh=yes` to show again who one is, unless that was just now
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
    let member = match session.get::<MemberId>(session_key::MEMBER).await {
        Ok(Some(member)) => match domain::members::store::acting(sso.db.read(), member).await {
            Ok(acting) => acting,
            Err(error) => return sso.broken(&headers, &error).await,
        },
        Ok(None) => None,
        Err(error) => return sso.broken(&headers, &error).await,
    };
    let link = wanted.link.is_some() && member.is_some();
    if member.is_some() && !link && !fresh {
        return Redirect::to(&to).into_response();
    }
    // Who shows again who they are goes the way that they came.
    let came = match session.get::<Source>(session_key::SOURCE).await {
        Ok(source) => source.filter(|_| fresh).map(|source| source.provider),
        Err(error) => return sso.broken(&headers, &error).await,
    };
    let entrance = match wanted.with.as_ref().or(came.as_ref()) {
        Some(name) => sso.entrance(name),
        None if sso.entrances.len() == 1 => sso.entrances.first(),
        None => return Redirect::to(&choose(&to)).into_response(),
    };
    let Some(entrance) = entrance else {
        return Redirect::to(&choose(&to)).into_response();
    };
    let way = Way {
        to: to.clone(),
        link,
        // However lately the first step was taken, it was that alone.
        age: fresh.then(|| {
            if wanted.fresh == "second" {
                TimeDelta::zero()
            } else {
                FRESH
            }
        }),
        hint: wanted.hint,
    };
    match begin(&sso, &session, entrance, way).await {
        Ok(address) => Redirect::to(&address).into_response(),
        Err(Failed::Issuer(error)) => sso.no_issuer(&headers, entrance, &error, &to).await,
        Err(Failed::Session(error)) => sso.broken(&headers, &error).await,
    }
}

/// The page with all ways in.
fn choose(to: &str) -> String {
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("to", to)
        .finish();
    format!("/sign-in/choose?{query}")
}

enum Failed {
    Issuer(IssuerError),
    Session(tower_sessions::session::Error),
}

/// What somebody wants of a sign-in.
struct Way {
    to: String,
    link: bool,
    /// How long ago the person may have shown who they are, where they are to show it again.
    age: Option<TimeDelta>,
    hint: Option<String>,
}

/// Notes the attempt and gives the address to go to.
async fn begin(sso: &Sso, session: &Session, entrance: &Entrance, way: Way) -> Result<String, Failed> {
    let issuer = sso.issuer_that_answers(entrance).await.map_err(Failed::Issuer)?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut request = issuer.client.authorize_url(
        CoreAuthenticationFlow::AuthorizationCode,
        CsrfToken::new_random,
        Nonce::new_random,
    );
    for scope in issuer.provider.scopes.iter().filter(|scope| *scope != "openid") {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    if let Some(hint) = way.hint.filter(|hint| hint.len() <= 254) {
        request = request.set_login_hint(LoginHint::new(hint));
    }
    if let Some(age) = way.age {
        request = request.set_max_age(age.to_std().unwrap_or_default());
    }
    let (address, state, nonce) = request.set_pkce_challenge(challenge).url();
    let attempt = Attempt {
        state: state.secret().clone(),
        nonce: nonce.secret().clone(),
        verifier: verifier.secret().clone(),
        to: way.to,
        with: issuer.provider.name.clone(),
        link: way.link,
        fresh: way.age.is_some(),
        begun: sso.now().timestamp(),
    };
    keep(sso, session, attempt).await.map_err(Failed::Session)?;
    Ok(address.to_string())
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
    // Attempts of a program before an update may read otherwise: they are begun anew.
    let mut attempts: Vec<Attempt> = match session.get_value(session_key::ATTEMPTS).await? {
        Some(value) => serde_json::from_value(value).unwrap_or_default(),
        None => Vec::new(),
    };
    let now = sso.now().timestamp();
    attempts.retain(|attempt| now - attempt.begun < PATIENCE);
    Ok(attempts)
}

impl Sso {
    pub(super) async fn no_issuer(
        &self,
        headers: &HeaderMap,
        entrance: &Entrance,
        error: &IssuerError,
        to: &str,
    ) -> Response {
        let name = entrance.provider.name.as_str();
        tracing::error!(
            provider = name,
            error = error as &dyn std::error::Error,
            "the provider cannot be asked"
        );
        let trouble = match error {
            IssuerError::Down(_) | IssuerError::Slow | IssuerError::DownJustNow => Trouble::ProviderDown,
            IssuerError::Answer(_) | IssuerError::Key(_) => Trouble::ProviderAnswer,
            IssuerError::Own(_) => Trouble::Internal,
        };
        self.trouble_with(headers, trouble, to, Some(name)).await
    }
}
