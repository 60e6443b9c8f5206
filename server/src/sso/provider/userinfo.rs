//! The userinfo endpoint: what the person let the client know, as it is now, for a valid access token.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::accounts::{
    grants,
    provider::{facts, may_enter, subject_for},
};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Map, Value, json};

use super::{
    claims::{self, At},
    client_auth::internal,
    params::Params,
};
use crate::sso::Sso;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// `GET` and `POST /oauth2/userinfo`
pub async fn claims(State(sso): State<Arc<Sso>>, method: Method, headers: HeaderMap, body: Bytes) -> Response {
    // A token in the form is the other way of RFC 6750; both at once are none.
    let form = Params::read(if method == Method::POST { &body } else { &[] });
    let token = match (bearer(&headers), form.get("access_token")) {
        (Some(_), Some(_)) => {
            return refused(
                StatusCode::BAD_REQUEST,
                "Bearer realm=\"hub\", error=\"invalid_request\"",
                ("invalid_request", "the token stands there twice"),
            );
        }
        (Some(token), None) | (None, Some(token)) => token,
        (None, None) => {
            return refused(
                StatusCode::UNAUTHORIZED,
                "Bearer realm=\"hub\"",
                ("invalid_token", "a bearer token is missing"),
            );
        }
    };
    match known(&sso, token).await {
        Ok(Some(claims)) => Json(claims).into_response(),
        Ok(None) => refused(
            StatusCode::UNAUTHORIZED,
            "Bearer realm=\"hub\", error=\"invalid_token\", error_description=\"unknown or expired\"",
            ("invalid_token", "unknown or expired"),
        ),
        Err(error) => internal(&*error).into_response(),
    }
}

async fn known(sso: &Sso, token: &str) -> Result<Option<Map<String, Value>>, Failure> {
    let Some(opened) = grants::of_token(sso.db.read(), sso.now(), token).await? else {
        return Ok(None);
    };
    let client = sso
        .client(&opened.client_id)
        .await?
        .filter(|client| client.disabled_at.is_none());
    let facts = facts(sso.db.read(), opened.account).await?;
    let Some((client, facts)) = client.zip(facts) else {
        return Ok(None);
    };
    if may_enter(&client, &facts).is_err() || !opened.scope.split(' ').any(|scope| scope == "openid") {
        return Ok(None);
    }
    let mut told = claims::told(sso, &client, &facts, &opened.scope, &opened.claims, At::Userinfo);
    let subject = subject_for(&sso.db, &client, opened.account).await?;
    told.insert("sub".to_owned(), subject.into());
    Ok(Some(told))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The header is what the specification asks for; the body says it again to people.
fn refused(status: StatusCode, challenge: &'static str, (error, description): (&str, &str)) -> Response {
    let body = Json(json!({ "error": error, "error_description": description }));
    (status, [(header::WWW_AUTHENTICATE, challenge)], body).into_response()
}
