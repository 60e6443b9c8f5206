//! Introspection (RFC 7662): a client asks what a token of its own is worth at present.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::accounts::{
    grants::{self, Described, Kind},
    provider::{AuthMethod, Client, facts, may_enter, subject_for},
};
use http::{HeaderMap, header};
use serde_json::{Value, json};

use super::{
    client_auth::{TokenError, client, internal},
    params::Params,
};
use crate::sso::Sso;

/// `POST /oauth2/introspect`
pub async fn introspect(State(sso): State<Arc<Sso>>, headers: HeaderMap, body: Bytes) -> Response {
    match answer(&sso, &headers, &Params::read(&body)).await {
        Ok(said) => ([(header::CACHE_CONTROL, "no-store")], Json(said)).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn answer(sso: &Sso, headers: &HeaderMap, params: &Params) -> Result<Value, TokenError> {
    if params.repeated() {
        return Err(TokenError("invalid_request", "a parameter stands there twice"));
    }
    let client = client(sso, headers, params).await?;
    if client.auth == AuthMethod::None {
        return Err(TokenError("invalid_client", "only a client that proves itself is told"));
    }
    let token = params
        .get("token")
        .ok_or(TokenError("invalid_request", "token is missing"))?;
    let described = grants::describe(sso.db.read(), sso.now(), token)
        .await
        .map_err(|e| internal(&e))?;
    // Of a token that is worth nothing, or that is another client's, nothing else is said.
    let nothing = json!({ "active": false });
    let Some(token) = described.filter(|token| token.client_id == client.client_id) else {
        return Ok(nothing);
    };
    let facts = facts(sso.db.read(), token.account).await.map_err(|e| internal(&e))?;
    match facts {
        Some(facts) if may_enter(&client, &facts).is_ok() => said(sso, &client, &token).await,
        _ => Ok(nothing),
    }
}

async fn said(sso: &Sso, client: &Client, token: &Described) -> Result<Value, TokenError> {
    let subject = subject_for(&sso.db, client, token.account)
        .await
        .map_err(|e| internal(&e))?;
    let mut said = json!({
        "active": true,
        "scope": token.scope,
        "client_id": token.client_id,
        "exp": token.expires_at.timestamp(),
        "sub": subject,
        "aud": token.client_id,
        "iss": sso.settings.base_url,
    });
    if token.kind == Kind::Access {
        said["token_type"] = "Bearer".into();
    }
    if let Some(issued) = token.issued_at {
        said["iat"] = issued.timestamp().into();
    }
    if let Some(sid) = &token.sid {
        said["sid"] = sid.as_str().into();
    }
    Ok(said)
}
