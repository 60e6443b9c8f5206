//! The device authorization endpoint (RFC 8628): a program without a browser gets a code that its person types elsewhere.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::accounts::{grants, provider::GrantType};
use http::{HeaderMap, header};
use serde_json::json;

use super::{
    client_auth::{TokenError, client, internal},
    params::Params,
    request,
};
use crate::sso::Sso;

/// `POST /oauth2/device-authorization`
pub async fn begin(State(sso): State<Arc<Sso>>, headers: HeaderMap, body: Bytes) -> Response {
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
    if !client.may(GrantType::DeviceCode) {
        return Err(TokenError(
            "unauthorized_client",
            "this client may not use this grant_type",
        ));
    }
    let scope = request::scope(params.get("scope").unwrap_or("openid"), &client);
    if scope.is_empty() {
        return Err(TokenError("invalid_scope", "no scope that this client may ask for"));
    }
    let (device, user, wait) = grants::start_device(&sso.db, sso.now(), &client.client_id, &scope)
        .await
        .map_err(|e| internal(&e))?;
    let page = sso.url("/device");
    let body = json!({
        "device_code": device,
        "user_code": user,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?code={user}"),
        "expires_in": grants::DEVICE_VALID.num_seconds(),
        "interval": wait,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}
