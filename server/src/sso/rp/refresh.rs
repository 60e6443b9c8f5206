//! A session lives as long as the provider says. Where the provider grants a refresh token, it is asked again when its
//! tokens run out and the person comes by: what it says then is mapped anew, and who has no session there has none here.
//! A provider that does not answer ends nothing.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use chrono::TimeDelta;
use domain::{
    accounts::{
        Source, arrivals, session_key,
        sign_on_tokens::{self, SignOnToken},
    },
    seal::Place,
};
use openidconnect::{OAuth2TokenResponse, TokenResponse, core::CoreTokenResponse};
use secrecy::ExposeSecret;
use tower_sessions::Session;
use uuid::Uuid;

use super::{
    claims,
    issuer::{Entrance, Issuer},
    jws, sign_out,
    tokens::{self, Refreshed},
};
use crate::sso::Sso;

/// Where refresh tokens stand.
const COLUMN: &str = "sign_on_tokens.refresh_token";
/// When a provider is asked again that does not say how long its tokens are good.
const USUAL: TimeDelta = TimeDelta::minutes(5);
/// How often a provider is asked at most, and after how long one that did not answer.
const LEAST: TimeDelta = TimeDelta::minutes(1);
/// How rarely it is asked at least: someone who was removed there goes here soon.
const MOST: TimeDelta = TimeDelta::hours(1);
/// How long a page waits for the provider; what comes later counts for the next page.
const PATIENCE: Duration = Duration::from_secs(3);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// When the provider is asked again after giving these tokens.
fn due_in(tokens: &CoreTokenResponse) -> TimeDelta {
    let good = tokens.expires_in().and_then(|good| TimeDelta::from_std(good).ok());
    good.unwrap_or(USUAL).clamp(LEAST, MOST)
}

/// Keeps the refresh token of a sign-in, sealed. Gives its key and when it is due, in seconds since 1970.
pub(super) async fn keep(
    sso: &Sso,
    issuer: &Issuer,
    subject: &str,
    given: &CoreTokenResponse,
) -> Result<Option<(Uuid, i64)>, Failure> {
    let Some(token) = given.refresh_token() else {
        return Ok(None);
    };
    let id = Uuid::now_v7();
    let due_at = sso.now() + due_in(given);
    let token = SignOnToken {
        id,
        provider: issuer.provider.name.clone(),
        issuer: issuer.key(),
        subject: subject.to_owned(),
        sealed: sso.sealer.seal(Place::new(COLUMN, &id.to_string()), token.secret())?,
        due_at,
    };
    sign_on_tokens::keep(&sso.db, sso.now(), &token).await?;
    Ok(Some((id, due_at.timestamp())))
}

/// Gives the refresh token of a session back to the provider.
pub(super) async fn give_back(sso: &Sso, issuer: &Issuer, id: Uuid) {
    let removed = match sign_on_tokens::remove(&sso.db, id).await {
        Ok(removed) => removed,
        Err(error) => return tracing::error!(%error, "a refresh token could not be removed"),
    };
    let Some(sealed) = removed else { return };
    match sso.sealer.open(Place::new(COLUMN, &id.to_string()), &sealed) {
        Ok(token) => tokens::revoke(sso, issuer, token.expose_secret()).await,
        Err(error) => tracing::error!(%error, "a refresh token does not open"),
    }
}

/// What came of asking the provider again.
enum Said {
    /// The session goes on; asked again then, in seconds since 1970.
    GoesOn(i64, Option<String>),
    /// It has ended there, and so here.
    Ended,
}

/// Asks the provider again where that is due. Stands inside the layer of sessions, around everything that asks who is there.
pub async fn follow(State(sso): State<Arc<Sso>>, session: Session, request: Request, next: Next) -> Response {
    if session.id().is_some() && request.headers().get("sec-purpose").is_none() {
        match session.get::<i64>(session_key::DUE).await {
            Ok(Some(due)) if due <= sso.now().timestamp() => ask_again(&sso, &session).await,
            _ => {}
        }
    }
    next.run(request).await
}

async fn ask_again(sso: &Arc<Sso>, session: &Session) {
    let Ok(Some(source)) = session.get::<Source>(session_key::SOURCE).await else {
        return;
    };
    let Some(id) = source.sign_on else { return };
    let turn = match sign_on_tokens::take_turn(&sso.db, sso.now(), id).await {
        Ok(turn) => turn,
        Err(error) => return tracing::error!(%error, "could not look whether a refresh is due"),
    };
    // Another request has the turn.
    let Some(token) = turn else { return };
    // The work goes on when the page does not wait any longer: a token that is used and lost would end the session.
    let asked = tokio::spawn({
        let sso = sso.clone();
        async move { again(&sso, &token).await }
    });
    let said = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(Ok(said))) => said,
        Ok(Ok(Err(error))) => return tracing::error!(error, "a refresh failed"),
        Ok(Err(error)) => return tracing::error!(%error, "a refresh broke off"),
        Err(_) => return tracing::warn!(provider = source.provider, "a page did not wait for a refresh"),
    };
    let written = match said {
        Said::GoesOn(due, id_token) => {
            async {
                session.insert(session_key::DUE, due).await?;
                match id_token {
                    Some(id_token) => session.insert(session_key::ID_TOKEN, id_token).await,
                    None => Ok(()),
                }
            }
            .await
        }
        Said::Ended => sign_out::end(session).await,
    };
    if let Err(error) = written {
        tracing::error!(%error, "a session could not follow its provider");
    }
}

/// Uses the refresh token, notes what follows, and says what follows for the session.
async fn again(sso: &Sso, token: &SignOnToken) -> Result<Said, Failure> {
    let later = async |said: Option<String>| -> Result<Said, Failure> {
        let due = sso.now() + LEAST;
        sign_on_tokens::renewed(&sso.db, token.id, said.as_deref(), due).await?;
        Ok(Said::GoesOn(due.timestamp(), None))
    };
    let Some(entrance) = sso.entrance(&token.provider) else {
        // The operator took the provider away, and with it the way in.
        return gone(sso, token, "it is not set up any more").await;
    };
    let Ok(issuer) = sso.issuer(entrance).await else {
        return later(None).await;
    };
    let row = token.id.to_string();
    let place = Place::new(COLUMN, &row);
    let secret = sso.sealer.open(place, &token.sealed)?;
    let given = match tokens::refresh(sso, &issuer, secret.expose_secret()).await {
        Refreshed::Tokens(given) => given,
        Refreshed::Refused => return gone(sso, token, "the provider refused").await,
        Refreshed::Down => return later(None).await,
    };
    // A new token is kept before anything else can fail: the old one may be worthless now.
    let sealed = match given.refresh_token() {
        Some(new) => Some(sso.sealer.seal(place, new.secret())?),
        None => None,
    };
    let due = sso.now() + due_in(&given);
    sign_on_tokens::renewed(&sso.db, token.id, sealed.as_deref(), due).await?;
    match say_again(sso, entrance, issuer, token, &given).await? {
        Again::Known(id_token) => Ok(Said::GoesOn(due.timestamp(), id_token)),
        Again::Silent => later(None).await,
        Again::Wrong(why) => gone(sso, token, why).await,
    }
}

enum Again {
    Known(Option<String>),
    Silent,
    Wrong(&'static str),
}

/// What the provider says now is checked and mapped like the first time.
async fn say_again(
    sso: &Sso,
    entrance: &Entrance,
    mut issuer: Arc<Issuer>,
    token: &SignOnToken,
    given: &CoreTokenResponse,
) -> Result<Again, Failure> {
    use crate::sso::trouble::Trouble;
    let mut id_token = None;
    let mut payload = jws::Claims::new();
    if given.id_token().is_some() {
        match tokens::checked(sso, entrance, &mut issuer, given, None).await {
            Ok(checked) if checked.subject().as_str() == token.subject => {}
            Ok(_) => return Ok(Again::Wrong("the ID token is somebody else's")),
            Err(_) => return Ok(Again::Wrong("the ID token proves nothing")),
        }
        id_token = given.id_token().map(ToString::to_string);
        payload = jws::payload(id_token.as_deref().unwrap_or_default())?;
    }
    let person = match claims::person(sso, &issuer, &token.subject, given.access_token(), payload).await {
        Ok(person) => person,
        Err(Trouble::TokenRefused) => return Ok(Again::Wrong("userinfo is about somebody else")),
        Err(_) => return Ok(Again::Silent),
    };
    match arrivals::say_again(&sso.db, sso.now(), &person).await? {
        Some(arrived) if !arrived.left => Ok(Again::Known(id_token)),
        _ => Ok(Again::Wrong("the identity belongs to nobody here any more")),
    }
}

async fn gone(sso: &Sso, token: &SignOnToken, why: &str) -> Result<Said, Failure> {
    let ended = sign_on_tokens::end(&sso.db, token.id).await?;
    tracing::info!(
        provider = token.provider,
        why,
        ended,
        "sessions ended with their provider's"
    );
    Ok(Said::Ended)
}
