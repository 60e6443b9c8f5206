//! Providers that end sessions here: back-channel logout, and front-channel logout for those that have nothing else.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    response::{Html, IntoResponse, Response},
};
use chrono::TimeDelta;
use domain::accounts::{
    browser_sessions,
    logout::{self, LogoutError, LogoutToken},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    issuer::{Entrance, Issuer},
    jws::{self, Claims, JwsError, SKEW},
};
use crate::sso::Sso;

/// What a logout token says that it is.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How old a logout token may be: one that is kept back for long is none that a provider sends.
const AGE: TimeDelta = TimeDelta::minutes(10);
/// Longest `jti` that is kept.
const JTI_LENGTH: usize = 255;

/// Why nothing was ended; the specification says what the answer looks like.
struct Refused(StatusCode, &'static str, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.1, "error_description": self.2 }));
        (self.0, [(header::CACHE_CONTROL, "no-store")], body).into_response()
    }
}

fn invalid(description: impl ToString) -> Refused {
    Refused(StatusCode::BAD_REQUEST, "invalid_request", description.to_string())
}

/// `POST /sign-in/back-channel-logout/{name}`
pub async fn back_channel(State(sso): State<Arc<Sso>>, Path(name): Path<String>, body: Bytes) -> Response {
    match ended(&sso, &name, &body).await {
        Ok(ended) => {
            tracing::info!(provider = name, ended, "a provider ended sessions");
            (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response()
        }
        Err(refused) => {
            tracing::warn!(provider = name, reason = refused.2, "a logout token was refused");
            refused.into_response()
        }
    }
}

async fn ended(sso: &Sso, name: &str, body: &[u8]) -> Result<u64, Refused> {
    let entrance = sso.entrance(name).ok_or_else(|| invalid("there is no such provider"))?;
    let mut shown = url::form_urlencoded::parse(body).filter(|(key, _)| key == "logout_token");
    let (Some((_, token)), None) = (shown.next(), shown.next()) else {
        return Err(invalid("expected one logout_token"));
    };
    let later = |error: &dyn std::error::Error| {
        tracing::error!(error = %error, "a logout token could not be looked at");
        Refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "temporarily_unavailable",
            "try again later".to_owned(),
        )
    };
    let issuer = sso.issuer(entrance).await.map_err(|error| later(&error))?;
    let (issuer, claims) = opened(sso, entrance, issuer, &token).await.map_err(invalid)?;
    let token = check(sso, &issuer, &claims).map_err(invalid)?;
    logout::take(&sso.db, &token).await.map_err(|error| match error {
        LogoutError::Replayed => invalid(error),
        LogoutError::Db(error) => later(&error),
    })
}

/// Checks the signature; where the key is not known, with keys fetched anew, once.
async fn opened(
    sso: &Sso,
    entrance: &Entrance,
    issuer: Arc<Issuer>,
    token: &str,
) -> Result<(Arc<Issuer>, Claims), JwsError> {
    // Many providers send no `typ` of its own yet, so that plain JWTs are taken; what makes it a logout token is checked.
    let types = ["logout+jwt", "jwt"];
    match jws::open(token, issuer.keys(), &types) {
        Err(JwsError::UnknownKey) => {
            let renewed = sso.with_new_keys(entrance, &issuer).await.ok_or(JwsError::UnknownKey)?;
            let claims = jws::open(token, renewed.keys(), &types)?;
            Ok((renewed, claims))
        }
        opened => opened.map(|claims| (issuer, claims)),
    }
}

/// Back-Channel Logout 2.6, step by step.
fn check(sso: &Sso, issuer: &Issuer, claims: &Claims) -> Result<LogoutToken, JwsError> {
    let now = sso.now();
    jws::check_issuer(claims, &issuer.name)?;
    jws::check_audience(claims, &issuer.client_id)?;
    let issued = jws::instant(claims, "iat").ok_or(JwsError::Claim("iat is missing"))?;
    let expires = jws::instant(claims, "exp").ok_or(JwsError::Claim("exp is missing"))?;
    if issued > now + SKEW {
        return Err(JwsError::Claim("iat is in the future"));
    }
    if expires <= now - SKEW || issued < now - AGE - SKEW {
        return Err(JwsError::Claim("exp or iat is too long ago"));
    }
    let event = claims.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(JwsError::Claim("events does not name a logout"));
    }
    // It would be an ID token in disguise.
    if claims.contains_key("nonce") {
        return Err(JwsError::Claim("nonce must not be there"));
    }
    let (subject, sid) = (jws::text(claims, "sub"), jws::text(claims, "sid"));
    if subject.is_none() && sid.is_none() {
        return Err(JwsError::Claim("sub or sid is missing"));
    }
    let jti = jws::text(claims, "jti")
        .filter(|jti| jti.len() <= JTI_LENGTH)
        .ok_or(JwsError::Claim("jti is missing or too long"))?;
    Ok(LogoutToken {
        issuer: issuer.key(),
        jti,
        subject,
        sid,
        expires_at: expires.max(issued + AGE) + SKEW,
    })
}

/// What a provider says by way of the browser.
#[derive(Debug, Deserialize)]
pub struct Said {
    iss: Option<String>,
    sid: Option<String>,
}

/// `GET /sign-in/front-channel-logout/{name}?iss=…&sid=…`, shown in a frame of the provider. Browsers send no cookie of ours
/// there, so that the session is found by issuer and `sid`; without both nothing ends.
pub async fn front_channel(
    State(sso): State<Arc<Sso>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Query(said): Query<Said>,
) -> Response {
    let allowed = sso.entrance(&name).filter(|entrance| entrance.provider.front_channel);
    let Some(entrance) = allowed else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // A page that is only prefetched ends nothing.
    if headers.get("sec-purpose").is_some() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let Ok(issuer) = sso.issuer(entrance).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (Some(named), Some(sid)) = (said.iss, said.sid.filter(|sid| !sid.is_empty())) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if named != issuer.name {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let ended = async {
        let tx = sso.db.begin().await?;
        let ended = browser_sessions::end_of_identity(&tx, &issuer.key(), None, Some(&sid)).await?;
        tx.commit().await?;
        Ok::<_, sea_orm::DbErr>(ended)
    };
    match ended.await {
        Ok(ended) => tracing::info!(provider = name, ended, "a provider ended sessions through the browser"),
        Err(error) => return sso.broken(&headers, &error).await,
    }
    let mut response =
        Html("<!DOCTYPE html><html lang=\"en\"><head><title>OK</title></head><body></body></html>").into_response();
    let frame = format!("default-src 'none'; frame-ancestors {}", origin_of(&issuer));
    if let Ok(policy) = HeaderValue::from_str(&frame) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The origin of the provider, whose page may hold the frame.
fn origin_of(issuer: &Issuer) -> String {
    url::Url::parse(&issuer.name).map_or_else(|_| "'none'".to_owned(), |url| url.origin().ascii_serialization())
}
