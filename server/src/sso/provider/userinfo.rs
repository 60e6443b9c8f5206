//! The userinfo endpoint: what the person let the client know, for a valid access token.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::accounts::{grants, store};
use http::{HeaderMap, StatusCode, header};
use sea_orm::DbErr;
use serde_json::{Map, Value, json};

use super::client_auth::internal;
use crate::sso::Sso;

/// `GET` and `POST /oauth2/userinfo`
pub async fn claims(State(sso): State<Arc<Sso>>, headers: HeaderMap) -> Response {
    let Some(token) = bearer(&headers) else {
        return refused("Bearer realm=\"hub\"", "a bearer token is missing");
    };
    match known(&sso, token).await {
        Ok(Some(claims)) => Json(claims).into_response(),
        Ok(None) => refused(
            "Bearer realm=\"hub\", error=\"invalid_token\", error_description=\"unknown or expired\"",
            "unknown or expired",
        ),
        Err(error) => internal(&error).into_response(),
    }
}

async fn known(sso: &Sso, token: &str) -> Result<Option<Map<String, Value>>, DbErr> {
    let Some((account, scope)) = grants::of_token(sso.db.read(), sso.now(), token).await? else {
        return Ok(None);
    };
    let Some(account) = store::open_account(sso.db.read(), account).await? else {
        return Ok(None);
    };
    let has = |wanted| scope.split(' ').any(|scope| scope == wanted);
    let mut claims = Map::from_iter([("sub".to_owned(), account.id.to_string().into())]);
    if has("profile") {
        claims.insert("name".to_owned(), account.name.into());
    }
    if has("email") {
        claims.insert("email".to_owned(), account.email.into());
        // Nobody has sent a letter there yet.
        claims.insert("email_verified".to_owned(), false.into());
    }
    Ok(Some(claims))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The header is what the specification asks for; the body says it again to people.
fn refused(challenge: &'static str, description: &'static str) -> Response {
    let body = Json(json!({ "error": "invalid_token", "error_description": description }));
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)], body).into_response()
}
