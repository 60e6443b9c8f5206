//! Finishing to sign in: the issuer's answer is checked in full before anything changes.

use std::sync::Arc;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::accounts::{
    BUILT_IN_ISSUER,
    arrivals::{self, Arrived, Person},
    session_key,
};
use http::{HeaderMap, header};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClaimsVerificationError, Nonce, OAuth2TokenResponse, PkceCodeVerifier,
    RequestTokenError, SignatureVerificationError, StandardClaims, TokenResponse, UserInfoError,
    core::{
        CoreGenderClaim, CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreTokenResponse, CoreUserInfoClaims,
    },
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    issuer::Issuer,
    sign_in::{Attempt, take},
};
use crate::sso::{Sso, trouble::Trouble};

/// What the hub takes as proof: signatures that only the issuer can make. Never `none`, never a shared secret.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// Most of a browser's name that is kept.
const USER_AGENT_LENGTH: usize = 300;

/// The issuer's answer.
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
    let attempt = match take(&sso, &session, answer.state.as_deref().unwrap_or_default()).await {
        Ok(Some(attempt)) => attempt,
        Ok(None) => return sso.trouble(&headers, Trouble::AttemptLost, "/").await,
        Err(error) => return sso.broken(&headers, &error).await,
    };
    match signed_in(&sso, &session, &headers, &answer, &attempt).await {
        Ok(response) => response,
        Err(trouble) => sso.trouble(&headers, trouble, &attempt.to).await,
    }
}

async fn signed_in(
    sso: &Sso,
    session: &Session,
    headers: &HeaderMap,
    answer: &Answer,
    attempt: &Attempt,
) -> Result<Response, Trouble> {
    let mut issuer = sso
        .issuer()
        .await
        .map_err(|error| said(Trouble::ProviderDown, &error))?;
    let names_itself = issuer.extra.authorization_response_iss_parameter_supported == Some(true);
    match &answer.iss {
        Some(name) if *name != issuer.name => return Err(Trouble::TokenRefused),
        None if names_itself => return Err(Trouble::TokenRefused),
        _ => {}
    }
    let Some(code) = answer.code.as_ref().filter(|_| answer.error.is_none()) else {
        tracing::info!(
            error = answer.error.as_deref().unwrap_or("no code"),
            "the issuer said no"
        );
        return Err(Trouble::SaidNo);
    };
    let tokens = exchange(sso, &issuer, code, attempt).await?;
    let id_token = tokens.id_token().ok_or(Trouble::ProviderAnswer)?;
    let nonce = Nonce::new(attempt.nonce.clone());
    let claims = match check(sso, &issuer, &tokens, id_token, &nonce) {
        // The issuer has new keys, it seems. They are fetched once.
        Err(error) if is_unknown_key(&error) => {
            sso.forget_issuer().await;
            issuer = sso
                .issuer()
                .await
                .map_err(|error| said(Trouble::ProviderDown, &error))?;
            check(sso, &issuer, &tokens, id_token, &nonce)
        }
        checked => checked,
    }
    .map_err(|error| said(Trouble::TokenRefused, &error))?;
    let person = person(sso, &issuer, &tokens, &claims).await?;

    let arrived = arrivals::sign_in(&sso.db, sso.now(), &person)
        .await
        .map_err(|error| said(Trouble::Internal, &error))?;
    let Arrived { member, new, left, .. } = arrived;
    if left {
        return Err(Trouble::MemberLeft);
    }
    keep(session, headers, member, &id_token.to_string())
        .await
        .map_err(|error| said(Trouble::Internal, &error))?;
    // Who was asked to show again who they are has to have done so; else it counts from now.
    let shown = claims.auth_time().map(|at| at.timestamp());
    let shown = shown.or_else(|| (!attempt.fresh).then(|| sso.now().timestamp()));
    let to = if new { "/welcome" } else { attempt.to.as_str() };
    greet(session, shown, to)
        .await
        .map_err(|error| said(Trouble::Internal, &error))?;
    tracing::info!(%member, new, "signed in");
    Ok(Redirect::to(to).into_response())
}

/// The code for tokens.
async fn exchange(sso: &Sso, issuer: &Issuer, code: &str, attempt: &Attempt) -> Result<CoreTokenResponse, Trouble> {
    issuer
        .client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .map_err(|error| said(Trouble::ProviderAnswer, &error))?
        .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()))
        .request_async(sso)
        .await
        .map_err(|error| {
            let trouble = match &error {
                RequestTokenError::Request(_) => Trouble::ProviderDown,
                RequestTokenError::ServerResponse(_) => Trouble::TokenRefused,
                _ => Trouble::ProviderAnswer,
            };
            said(trouble, &error)
        })
}

/// Signature, issuer, audience, time, nonce, and that the access token belongs to it.
fn check(
    sso: &Sso,
    issuer: &Issuer,
    tokens: &CoreTokenResponse,
    id_token: &CoreIdToken,
    nonce: &Nonce,
) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
    let verifier = issuer
        .client
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(sso.clock);
    let claims = id_token.claims(&verifier, nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let failed = |error: String| ClaimsVerificationError::Other(error);
        let algorithm = id_token
            .signing_alg()
            .map_err(ClaimsVerificationError::SignatureVerification)?;
        let key = id_token
            .signing_key(&verifier)
            .map_err(ClaimsVerificationError::SignatureVerification)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if actual.map_err(|e| failed(e.to_string()))? != *expected {
            return Err(failed("the access token is not the one of the ID token".to_owned()));
        }
    }
    Ok(claims.clone())
}

fn is_unknown_key(error: &ClaimsVerificationError) -> bool {
    matches!(
        error,
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)
    )
}

/// Who it is. What the ID token does not say of name and address, userinfo is asked for.
async fn person(
    sso: &Sso,
    issuer: &Issuer,
    tokens: &CoreTokenResponse,
    claims: &CoreIdTokenClaims,
) -> Result<Person, Trouble> {
    let mut person = Person {
        issuer: if issuer.built_in {
            BUILT_IN_ISSUER.to_owned()
        } else {
            issuer.name.clone()
        },
        subject: claims.subject().as_str().to_owned(),
        name: claims
            .name()
            .and_then(|name| name.get(None))
            .map(|name| name.as_str().to_owned()),
        nickname: claims.preferred_username().map(|name| name.as_str().to_owned()),
        email: claims.email().map(|email| email.as_str().to_owned()),
    };
    if (person.name.is_none() || person.email.is_none()) && issuer.client.user_info_url().is_some() {
        let request = issuer
            .client
            .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
            .map_err(|error| said(Trouble::ProviderAnswer, &error))?;
        let more: CoreUserInfoClaims = request.request_async(sso).await.map_err(|error| {
            let trouble = match &error {
                UserInfoError::Request(_) => Trouble::ProviderDown,
                UserInfoError::ClaimsVerification(_) => Trouble::TokenRefused,
                _ => Trouble::ProviderAnswer,
            };
            said(trouble, &error)
        })?;
        let more: &StandardClaims<CoreGenderClaim> = more.standard_claims();
        person.name = person
            .name
            .or_else(|| more.name()?.get(None).map(|name| name.as_str().to_owned()));
        person.nickname = person
            .nickname
            .or_else(|| more.preferred_username().map(|name| name.as_str().to_owned()));
        person.email = person
            .email
            .or_else(|| more.email().map(|email| email.as_str().to_owned()));
    }
    Ok(person)
}

/// The browser is signed in from here on, under a new session id.
async fn keep(
    session: &Session,
    headers: &HeaderMap,
    member: domain::MemberId,
    id_token: &str,
) -> Result<(), tower_sessions::session::Error> {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    session.cycle_id().await?;
    session.insert(session_key::MEMBER, member).await?;
    session.insert(session_key::ID_TOKEN, id_token).await?;
    session
        .insert(
            session_key::USER_AGENT,
            agent.chars().take(USER_AGENT_LENGTH).collect::<String>(),
        )
        .await
}

/// Notes when the person showed who they are, and leaves a word of welcome on the page that they are led to.
async fn greet(session: &Session, shown: Option<i64>, to: &str) -> Result<(), tower_sessions::session::Error> {
    match shown {
        Some(shown) => session.insert(session_key::AUTH_TIME, shown).await?,
        None => _ = session.remove_value(session_key::AUTH_TIME).await?,
    }
    app::forms::Flash::leave(session, to, "notice_signed_in").await
}

/// The cause is logged, the person sees the trouble.
fn said(trouble: Trouble, error: &(dyn std::error::Error + 'static)) -> Trouble {
    tracing::warn!(error, ?trouble, "somebody could not sign in");
    trouble
}
