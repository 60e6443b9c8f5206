//! The token endpoint: a code becomes an access token and an ID token, once.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::accounts::{
    grants::{self, CodeError, Grant},
    store,
};
use http::{HeaderMap, header};
use openidconnect::{
    AccessToken, Audience, EmptyAdditionalClaims, IssuerUrl, Nonce, StandardClaims, SubjectIdentifier,
    core::{CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm},
};
use serde_json::json;

use super::{
    client_auth::{TokenError, client, internal},
    keys::Keys,
    params::Params,
};
use crate::sso::Sso;

/// How long an ID token proves a sign-in.
const ID_TOKEN_VALID: TimeDelta = TimeDelta::minutes(5);

/// `POST /oauth2/token`
pub async fn exchange(State(sso): State<Arc<Sso>>, headers: HeaderMap, body: Bytes) -> Response {
    match answer(&sso, &headers, &Params::read(&body)).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn answer(sso: &Sso, headers: &HeaderMap, params: &Params) -> Result<Response, TokenError> {
    if params.repeated() {
        return Err(TokenError("invalid_request", "a parameter stands there twice"));
    }
    let client = client(sso, headers, params).await?;
    match params.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => {
            return Err(TokenError(
                "unsupported_grant_type",
                "only authorization_code is supported",
            ));
        }
        None => return Err(TokenError("invalid_request", "grant_type is missing")),
    }
    let need = |name| {
        params.get(name).ok_or(TokenError(
            "invalid_request",
            "code, redirect_uri or code_verifier is missing",
        ))
    };
    let (code, redirect_uri, verifier) = (need("code")?, need("redirect_uri")?, need("code_verifier")?);
    let now = sso.now();
    let redeemed = grants::redeem_code(&sso.db, now, code, &client.client_id, redirect_uri, verifier).await;
    let (grant, access_token) = match redeemed {
        Ok(given) => given,
        Err(CodeError::Db(error)) => return Err(internal(&error)),
        Err(refused) => {
            tracing::warn!(client = client.client_id, reason = %refused, "a code was refused");
            return Err(TokenError("invalid_grant", "the code cannot be exchanged"));
        }
    };
    let account = store::open_account(sso.db.read(), grant.account)
        .await
        .map_err(|e| internal(&e))?;
    if account.is_none() {
        return Err(TokenError("invalid_grant", "the account is closed"));
    }
    let keys = sso.keys().await.map_err(|e| internal(&e))?;
    let id_token = id_token(&sso.settings.base_url, &keys, &grant, &access_token, now)?;
    let body = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": grants::TOKEN_VALID.num_seconds(),
        "scope": grant.scope,
        "id_token": id_token,
    });
    let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    Ok((no_store, Json(body)).into_response())
}

/// Who signed in, when, for whom: signed. Name and address stand at userinfo.
fn id_token(
    issuer: &str,
    keys: &Keys,
    grant: &Grant,
    access_token: &str,
    now: DateTime<Utc>,
) -> Result<CoreIdToken, TokenError> {
    let claims = CoreIdTokenClaims::new(
        IssuerUrl::new(issuer.to_owned()).map_err(|e| internal(&e))?,
        vec![Audience::new(grant.client_id.clone())],
        now + ID_TOKEN_VALID,
        now,
        StandardClaims::new(SubjectIdentifier::new(grant.account.to_string())),
        EmptyAdditionalClaims {},
    )
    .set_auth_time(Some(grant.auth_time))
    .set_nonce(grant.nonce.clone().map(Nonce::new));
    let key = keys.newest().ok_or(TokenError("server_error", "there is no key"))?;
    let access_token = AccessToken::new(access_token.to_owned());
    CoreIdToken::new(
        claims,
        key,
        CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Some(&access_token),
        None,
    )
    .map_err(|e| internal(&e))
}
