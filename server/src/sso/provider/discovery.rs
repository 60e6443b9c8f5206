//! What a client has to know of the provider: its addresses, what it can do, its public keys.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header};
use serde_json::json;

use super::SCOPES;
use crate::sso::Sso;

/// `/.well-known/openid-configuration`
pub async fn document(State(sso): State<Arc<Sso>>) -> Response {
    let document = json!({
        "issuer": sso.settings.base_url,
        "authorization_endpoint": sso.url("/oauth2/authorize"),
        "token_endpoint": sso.url("/oauth2/token"),
        "userinfo_endpoint": sso.url("/oauth2/userinfo"),
        "jwks_uri": sso.url("/oauth2/jwks"),
        "end_session_endpoint": sso.url("/oauth2/end-session"),
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login"],
        "claims_supported":
            ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "email", "email_verified"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    });
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(document)).into_response()
}

/// `/oauth2/jwks`
pub async fn jwks(State(sso): State<Arc<Sso>>, headers: HeaderMap) -> Response {
    match sso.keys().await {
        Ok(keys) => ([(header::CACHE_CONTROL, "public, max-age=300")], Json(keys.public())).into_response(),
        Err(error) => sso.broken(&headers, &error).await,
    }
}
