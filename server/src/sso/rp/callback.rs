//! Finishing to sign in: the provider's answer is checked in full before anything changes.

use std::sync::Arc;

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    MemberId,
    accounts::{
        Source,
        arrivals::{self, Arrived, Pending, Person},
        identities, session_key,
    },
};
use http::{HeaderMap, header};
use openidconnect::{Nonce, OAuth2TokenResponse, TokenResponse};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    claims,
    issuer::{Entrance, Issuer},
    jws::{self, Claims},
    refresh,
    sign_in::{Attempt, take},
    tokens::{self, said},
};
use crate::sso::{Sso, trouble::Trouble};

/// Most of a browser's name that is kept.
const USER_AGENT_LENGTH: usize = 300;

/// The provider's answer.
#[derive(Debug, Deserialize)]
pub struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// `GET /sign-in/callback`
pub async fn finish(
    State(sso): State<Arc<Sso>>,
    session: Session,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Response {
    answered(&sso, &session, &headers, &answer, "/sign-in/callback").await
}

/// `GET /sign-in/callback/{name}`
pub async fn finish_with(
    State(sso): State<Arc<Sso>>,
    session: Session,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(answer): Query<Answer>,
) -> Response {
    answered(&sso, &session, &headers, &answer, &format!("/sign-in/callback/{name}")).await
}

async fn answered(sso: &Sso, session: &Session, headers: &HeaderMap, answer: &Answer, path: &str) -> Response {
    let attempt = match take(sso, session, answer.state.as_deref().unwrap_or_default()).await {
        Ok(Some(attempt)) => attempt,
        Ok(None) => return sso.trouble(headers, Trouble::AttemptLost, "/").await,
        Err(error) => return sso.broken(headers, &error).await,
    };
    // Each provider has a way back of its own, so that no other can slip its answer in (RFC 9700 4.4).
    let Some(entrance) = sso
        .entrance(&attempt.with)
        .filter(|entrance| entrance.provider.callback == path)
    else {
        tracing::warn!(
            asked = attempt.with,
            path,
            "an answer came by another way than the one that was asked"
        );
        return sso.trouble(headers, Trouble::TokenRefused, &attempt.to).await;
    };
    match signed_in(sso, session, headers, answer, &attempt, entrance).await {
        Ok(to) => Redirect::to(&to).into_response(),
        Err(trouble) => {
            sso.trouble_with(headers, trouble, &attempt.to, Some(&attempt.with))
                .await
        }
    }
}

/// Checks everything and signs in, or keeps for confirmation. Gives where to go.
async fn signed_in(
    sso: &Sso,
    session: &Session,
    headers: &HeaderMap,
    answer: &Answer,
    attempt: &Attempt,
    entrance: &Entrance,
) -> Result<String, Trouble> {
    let mut issuer = sso
        .issuer(entrance)
        .await
        .map_err(|error| said(Trouble::ProviderDown, &error))?;
    match &answer.iss {
        Some(name) if *name != issuer.name => return Err(Trouble::TokenRefused),
        None if issuer.names_itself() => return Err(Trouble::TokenRefused),
        _ => {}
    }
    let Some(code) = answer.code.as_ref().filter(|_| answer.error.is_none()) else {
        tracing::info!(
            error = answer.error.as_deref().unwrap_or("no code"),
            "the issuer said no"
        );
        return Err(Trouble::SaidNo);
    };
    let given = tokens::exchange(sso, &issuer, code, &attempt.verifier).await?;
    let nonce = Nonce::new(attempt.nonce.clone());
    let checked = tokens::checked(sso, entrance, &mut issuer, &given, Some(&nonce)).await?;
    let id_token = given.id_token().map(ToString::to_string).unwrap_or_default();
    let payload = jws::payload(&id_token).map_err(|error| said(Trouble::TokenRefused, &error))?;
    let subject = checked.subject().as_str();
    let person = claims::person(sso, &issuer, subject, given.access_token(), payload.clone()).await?;
    let kept = refresh::keep(sso, &issuer, subject, &given)
        .await
        .map_err(|error| said(Trouble::Internal, error.as_ref()))?;
    // Who was asked to show again who they are has to have done so; else it counts from now.
    let shown = checked.auth_time().map(|at| at.timestamp());
    let came = Pending {
        acr: checked.auth_context_ref().map(|acr| acr.as_str().to_owned()),
        shown: shown.or_else(|| (!attempt.fresh).then(|| sso.now().timestamp())),
        source: Source {
            provider: issuer.provider.name.clone(),
            issuer: person.issuer.clone(),
            subject: person.subject.clone(),
            sid: jws::text(&payload, "sid"),
            sign_on: kept.as_ref().map(|(id, _)| *id),
        },
        until: until(sso, &issuer, &payload, kept.is_some()),
        due: kept.map(|(_, due)| due),
        person,
        id_token,
        to: attempt.to.clone(),
        since: sso.now().timestamp(),
    };
    arrive(sso, session, headers, attempt, came).await
}

/// When the session ends by itself: as the provider says, else as the operator set for those that grant no refresh.
fn until(sso: &Sso, issuer: &Issuer, payload: &Claims, refreshed: bool) -> Option<i64> {
    let said = jws::instant(payload, "session_expiry").filter(|until| *until > sso.now());
    said.or_else(|| {
        issuer
            .provider
            .session
            .filter(|_| !refreshed)
            .map(|length| sso.now() + length)
    })
    .map(|until| until.timestamp())
}

/// A known person comes in. Somebody new gets a record, unless they may have one: then they are asked first, and nothing
/// changes until they answer.
async fn arrive(
    sso: &Sso,
    session: &Session,
    headers: &HeaderMap,
    attempt: &Attempt,
    came: Pending,
) -> Result<String, Trouble> {
    let internal = |error: &(dyn std::error::Error + 'static)| said(Trouble::Internal, error);
    let Person { issuer, subject, .. } = &came.person;
    let known = identities::find(sso.db.read(), issuer, subject)
        .await
        .map_err(|e| internal(&e))?;
    let here = session
        .get::<MemberId>(session_key::MEMBER)
        .await
        .map_err(|e| internal(&e))?;
    if attempt.link && here.is_some() {
        session
            .insert(session_key::PENDING, came)
            .await
            .map_err(|e| internal(&e))?;
        return Ok("/account/identities".to_owned());
    }
    let may_be_known = known.is_none()
        && identities::may_be_known(sso.db.read(), &came.person)
            .await
            .map_err(|e| internal(&e))?;
    if may_be_known {
        session
            .insert(session_key::PENDING, came)
            .await
            .map_err(|e| internal(&e))?;
        return Ok("/sign-in/known".to_owned());
    }
    enter(sso, session, headers, &came).await
}

/// Signs in for good: the record is found or made, and the browser is theirs. Gives where to go.
pub(super) async fn enter(
    sso: &Sso,
    session: &Session,
    headers: &HeaderMap,
    came: &Pending,
) -> Result<String, Trouble> {
    let arrived = arrivals::sign_in(&sso.db, sso.now(), &came.person)
        .await
        .map_err(|error| said(Trouble::Internal, &error))?;
    let Arrived { member, new, left, .. } = arrived;
    if left {
        return Err(Trouble::MemberLeft);
    }
    keep(session, headers, member, came)
        .await
        .map_err(|error| said(Trouble::Internal, &error))?;
    tracing::info!(%member, new, provider = came.source.provider, "signed in");
    let waiting = session.get::<Pending>(session_key::PENDING).await.ok().flatten();
    let to = match waiting {
        // They came in the usual way after another one had asked whether they are known.
        Some(waiting) if waiting.holds(sso.now()) && waiting.source != came.source => "/account/identities".to_owned(),
        _ if new => "/welcome".to_owned(),
        _ => came.to.clone(),
    };
    app::forms::Flash::leave(session, &to, "notice_signed_in")
        .await
        .map_err(|error| said(Trouble::Internal, &error))?;
    Ok(to)
}

/// The browser is signed in from here on, under a new session id.
async fn keep(
    session: &Session,
    headers: &HeaderMap,
    member: MemberId,
    came: &Pending,
) -> Result<(), tower_sessions::session::Error> {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    session.cycle_id().await?;
    let before = session.get::<MemberId>(session_key::MEMBER).await?;
    if before.is_some_and(|before| before != member) {
        // What somebody else had typed is not for these eyes.
        session.remove_value(app::ctx::SESSION_FLASH).await?;
    }
    session.insert(session_key::MEMBER, member).await?;
    session.insert(session_key::SOURCE, &came.source).await?;
    session.insert(session_key::ID_TOKEN, &came.id_token).await?;
    match &came.acr {
        Some(acr) => session.insert(session_key::ACR, acr).await?,
        None => _ = session.remove_value(session_key::ACR).await?,
    }
    for (key, value) in [
        (session_key::UNTIL, came.until),
        (session_key::DUE, came.due),
        (session_key::AUTH_TIME, came.shown),
    ] {
        match value {
            Some(value) => session.insert(key, value).await?,
            None => _ = session.remove_value(key).await?,
        }
    }
    session
        .insert(
            session_key::USER_AGENT,
            agent.chars().take(USER_AGENT_LENGTH).collect::<String>(),
        )
        .await
}
