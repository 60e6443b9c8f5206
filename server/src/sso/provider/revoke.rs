//! Revocation (RFC 7009): a client gives back a token that it needs no more.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::accounts::grants;
use http::{HeaderMap, StatusCode};

use super::{
    client_auth::{TokenError, client, internal},
    params::Params,
};
use crate::sso::Sso;

/// `POST /oauth2/revoke`
pub async fn revoke(State(sso): State<Arc<Sso>>, headers: HeaderMap, body: Bytes) -> Response {
    match answer(&sso, &headers, &Params::read(&body)).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => error.into_response(),
    }
}

/// A token that nobody knows is as good as revoked. The hint `token_type_hint` is not needed to find it.
async fn answer(sso: &Sso, headers: &HeaderMap, params: &Params) -> Result<(), TokenError> {
    if params.repeated() {
        return Err(TokenError("invalid_request", "a parameter stands there twice"));
    }
    let client = client(sso, headers, params).await?;
    let token = params
        .get("token")
        .ok_or(TokenError("invalid_request", "token is missing"))?;
    let revoked = grants::revoke_token(&sso.db, sso.now(), &client.client_id, token)
        .await
        .map_err(|e| internal(&e))?;
    if revoked {
        Ok(())
    } else {
        Err(TokenError("invalid_grant", "the token was given to another client"))
    }
}
