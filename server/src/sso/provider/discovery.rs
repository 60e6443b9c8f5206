//! What a client has to know of the provider: its addresses, what it can do, its public keys.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::accounts::provider::{AuthMethod, CLAIMS, GrantType, SCOPES, SubjectType, acr};
use http::{HeaderMap, header};
use serde_json::json;

use super::{client_auth::ASSERTION_ALGORITHMS, request::PROMPTS};
use crate::sso::Sso;

/// Claims that say who signed in, and how; the others belong to scopes.
const OF_THE_SIGN_IN: [&str; 11] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
    "sid",
    "acr",
    "amr",
];

/// `/.well-known/openid-configuration`
pub async fn document(State(sso): State<Arc<Sso>>) -> Response {
    let claims: Vec<_> = OF_THE_SIGN_IN
        .into_iter()
        .chain(CLAIMS.map(|(claim, _)| claim))
        .collect();
    let words = |methods: &[AuthMethod]| methods.iter().map(|method| method.as_str()).collect::<Vec<_>>();
    let with_secret = words(&[
        AuthMethod::ClientSecretBasic,
        AuthMethod::ClientSecretPost,
        AuthMethod::PrivateKeyJwt,
    ]);
    let assertion_algorithms = ASSERTION_ALGORITHMS.map(|algorithm| format!("{algorithm:?}"));
    let document = json!({
        "issuer": sso.settings.base_url,
        "authorization_endpoint": sso.url("/oauth2/authorize"),
        "token_endpoint": sso.url("/oauth2/token"),
        "userinfo_endpoint": sso.url("/oauth2/userinfo"),
        "jwks_uri": sso.url("/oauth2/jwks"),
        "end_session_endpoint": sso.url("/oauth2/end-session"),
        "revocation_endpoint": sso.url("/oauth2/revoke"),
        "introspection_endpoint": sso.url("/oauth2/introspect"),
        "device_authorization_endpoint": sso.url("/oauth2/device-authorization"),
        "registration_endpoint": sso.url("/oauth2/register"),
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GrantType::ALL.iter().map(|grant| grant.as_str()).collect::<Vec<_>>(),
        "subject_types_supported": SubjectType::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
        "token_endpoint_auth_methods_supported": words(AuthMethod::ALL),
        "token_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "revocation_endpoint_auth_methods_supported": words(AuthMethod::ALL),
        "revocation_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "introspection_endpoint_auth_methods_supported": with_secret,
        "introspection_endpoint_auth_signing_alg_values_supported": assertion_algorithms,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": PROMPTS,
        "display_values_supported": ["page"],
        "ui_locales_supported": ["en", "es"],
        "acr_values_supported": acr::ALL,
        "claim_types_supported": ["normal"],
        "claims_supported": claims,
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    });
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(document)).into_response()
}

/// `/oauth2/jwks`
pub async fn jwks(State(sso): State<Arc<Sso>>, headers: HeaderMap) -> Response {
    match sso.keys().await {
        Ok(keys) => {
            let public = keys.public(sso.now());
            ([(header::CACHE_CONTROL, "public, max-age=300")], Json(public)).into_response()
        }
        Err(error) => sso.broken(&headers, &error).await,
    }
}
