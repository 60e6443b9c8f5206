//! The token endpoint: a code, a refresh token or a device code becomes tokens.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use domain::accounts::{
    grants::{self, CodeError, Grant, PollError, RefreshError, Tokens},
    provider::{Algorithm, Client, Facts, GrantType, facts, may_enter},
};
use http::{HeaderMap, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use super::{
    claims::{self, At},
    client_auth::{TokenError, client, internal},
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
    let wanted = params
        .get("grant_type")
        .ok_or(TokenError("invalid_request", "grant_type is missing"))?;
    let wanted =
        GrantType::read(wanted).ok_or(TokenError("unsupported_grant_type", "this grant_type is not supported"))?;
    if !client.may(wanted) {
        return Err(TokenError(
            "unauthorized_client",
            "this client may not use this grant_type",
        ));
    }
    match wanted {
        GrantType::AuthorizationCode => by_code(sso, &client, params).await,
        GrantType::RefreshToken => by_refresh_token(sso, &client, params).await,
        GrantType::DeviceCode => by_device_code(sso, &client, params).await,
    }
}

async fn by_code(sso: &Sso, client: &Client, params: &Params) -> Result<Response, TokenError> {
    let need = |name| {
        params
            .get(name)
            .ok_or(TokenError("invalid_request", "code or redirect_uri is missing"))
    };
    let (code, redirect_uri) = (need("code")?, need("redirect_uri")?);
    let verifier = params.get("code_verifier");
    let redeemed = grants::redeem_code(&sso.db, sso.now(), code, &client.client_id, redirect_uri, verifier).await;
    let (grant, nonce, tokens) = match redeemed {
        Ok(given) => given,
        Err(CodeError::Db(error)) => return Err(internal(&error)),
        Err(refused) => {
            tracing::warn!(client = client.client_id, reason = %refused, "a code was refused");
            return Err(TokenError("invalid_grant", "the code cannot be exchanged"));
        }
    };
    give(sso, client, &grant, nonce.as_deref(), &tokens).await
}

async fn by_refresh_token(sso: &Sso, client: &Client, params: &Params) -> Result<Response, TokenError> {
    let token = params
        .get("refresh_token")
        .ok_or(TokenError("invalid_request", "refresh_token is missing"))?;
    let refused = TokenError("invalid_grant", "the refresh token cannot be used");
    // Before anything is used up: whether the person may still come in.
    let known = grants::of_refresh_token(sso.db.read(), &client.client_id, token)
        .await
        .map_err(|e| internal(&e))?
        .ok_or(refused)?;
    let_in(sso, client, &known).await?;
    match grants::rotate(&sso.db, sso.now(), token, &client.client_id, params.get("scope")).await {
        Ok((grant, tokens)) => give(sso, client, &grant, None, &tokens).await,
        Err(RefreshError::Db(error)) => Err(internal(&error)),
        Err(RefreshError::Scope) => Err(TokenError("invalid_scope", "more scopes than were granted")),
        Err(reason) => {
            tracing::warn!(client = client.client_id, %reason, "a refresh token was refused");
            Err(refused)
        }
    }
}

async fn by_device_code(sso: &Sso, client: &Client, params: &Params) -> Result<Response, TokenError> {
    let code = params
        .get("device_code")
        .ok_or(TokenError("invalid_request", "device_code is missing"))?;
    match grants::poll_device(&sso.db, sso.now(), code, &client.client_id).await {
        Ok((grant, tokens)) => give(sso, client, &grant, None, &tokens).await,
        Err(PollError::Db(error)) => Err(internal(&error)),
        Err(PollError::Pending) => Err(TokenError("authorization_pending", "nobody has answered yet")),
        Err(PollError::SlowDown) => Err(TokenError("slow_down", "please ask less often")),
        Err(PollError::Refused) => Err(TokenError("access_denied", "the person said no")),
        Err(PollError::Expired) => Err(TokenError("expired_token", "the code has expired")),
        Err(PollError::Unknown) => Err(TokenError("invalid_grant", "the code cannot be exchanged")),
    }
}

/// The person of a grant as they are now. One who may come in no more takes with them what the grant gave.
async fn let_in(sso: &Sso, client: &Client, grant: &Grant) -> Result<Facts, TokenError> {
    let facts = facts(sso.db.read(), grant.account).await.map_err(|e| internal(&e))?;
    match facts {
        Some(facts) if may_enter(client, &facts).is_ok() => Ok(facts),
        _ => {
            tracing::info!(client = client.client_id, "access has ended: what it gave is revoked");
            let revoked = async {
                let tx = sso.db.begin().await?;
                grants::revoke_family(&tx, sso.now(), grant.family).await?;
                tx.commit().await
            };
            revoked.await.map_err(|e| internal(&e))?;
            Err(TokenError(
                "invalid_grant",
                "this person may not use this client any more",
            ))
        }
    }
}

/// The answer: access token, ID token, and what gets new ones.
async fn give(
    sso: &Sso,
    client: &Client,
    grant: &Grant,
    nonce: Option<&str>,
    tokens: &Tokens,
) -> Result<Response, TokenError> {
    let facts = let_in(sso, client, grant).await?;
    let mut body = json!({
        "access_token": tokens.access,
        "token_type": "Bearer",
        "expires_in": grants::TOKEN_VALID.num_seconds(),
        "scope": grant.scope,
    });
    if grant.has("openid") {
        body["id_token"] = id_token(sso, client, &facts, grant, nonce, &tokens.access)
            .await?
            .into();
    }
    if let Some(refresh) = &tokens.refresh {
        body["refresh_token"] = refresh.as_str().into();
    }
    let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    Ok((no_store, Json(body)).into_response())
}

/// Who signed in, when, how and for whom: signed.
async fn id_token(
    sso: &Sso,
    client: &Client,
    facts: &Facts,
    grant: &Grant,
    nonce: Option<&str>,
    access_token: &str,
) -> Result<String, TokenError> {
    let now = sso.now();
    let subject = claims::note(sso, client, grant).await.map_err(|e| internal(&e))?;
    let mut token = claims::told(sso, client, facts, &grant.scope, &grant.claims, At::IdToken);
    let of_the_sign_in = json!({
        "iss": sso.settings.base_url,
        "sub": subject,
        "aud": client.client_id,
        "exp": (now + ID_TOKEN_VALID).timestamp(),
        "iat": now.timestamp(),
        "auth_time": grant.auth_time.timestamp(),
        "at_hash": half_hash(client.id_token_algorithm, access_token),
        "acr": grant.acr,
        "amr": grant.amr,
    });
    if let Value::Object(more) = of_the_sign_in {
        token.extend(more);
    }
    let optional = [("nonce", nonce), ("sid", grant.sid.as_deref())];
    token.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))),
    );
    let keys = sso.keys().await.map_err(|e| internal(&e))?;
    keys.sign(client.id_token_algorithm, "JWT", &token, now)
        .map_err(|e| internal(&e))
}

/// What ties the access token to the ID token (OpenID Connect Core, 3.1.3.6).
fn half_hash(algorithm: Algorithm, token: &str) -> String {
    match algorithm {
        Algorithm::Rs256 | Algorithm::Es256 => URL_SAFE_NO_PAD.encode(&Sha256::digest(token)[..16]),
        Algorithm::EdDsa => URL_SAFE_NO_PAD.encode(&Sha512::digest(token)[..32]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_half_hash_is_the_one_of_the_specification() {
        // The example of OpenID Connect Core, A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(half_hash(Algorithm::Rs256, token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
