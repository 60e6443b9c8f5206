//! How a client proves itself at the token endpoint: HTTP Basic, or fields of the form; one of them.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::accounts::provider::Client;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;
use subtle::ConstantTimeEq;

use super::params::Params;
use crate::sso::Sso;

/// An error of the token endpoint (RFC 6749, 5.2).
#[derive(Debug, Clone, Copy)]
pub(super) struct TokenError(pub(super) &'static str, pub(super) &'static str);

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let Self(error, description) = self;
        let body = Json(json!({ "error": error, "error_description": description }));
        let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
        match error {
            "invalid_client" => {
                let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"hub\", charset=\"UTF-8\"")];
                (StatusCode::UNAUTHORIZED, challenge, no_store, body).into_response()
            }
            "server_error" => (StatusCode::INTERNAL_SERVER_ERROR, no_store, body).into_response(),
            _ => (StatusCode::BAD_REQUEST, no_store, body).into_response(),
        }
    }
}

const WRONG: TokenError = TokenError("invalid_client", "unknown client or wrong secret");

/// The client that asks.
pub(super) async fn client(sso: &Sso, headers: &HeaderMap, params: &Params) -> Result<Client, TokenError> {
    let in_form = params.get("client_secret");
    let (id, secret) = match headers.get(header::AUTHORIZATION) {
        Some(_) if in_form.is_some() => {
            return Err(TokenError("invalid_request", "the client proves itself twice"));
        }
        Some(value) => {
            let (id, secret) = value.to_str().ok().and_then(basic).ok_or(WRONG)?;
            if params.get("client_id").is_some_and(|named| named != id) {
                return Err(TokenError("invalid_request", "two clients are named"));
            }
            (id, secret)
        }
        None => {
            let id = params.get("client_id").ok_or(WRONG)?;
            (id.to_owned(), in_form.ok_or(WRONG)?.to_owned())
        }
    };
    let client = sso.client(&id).await.map_err(|error| internal(&error))?;
    // An unknown client costs the same comparison.
    let known = client.as_ref().map_or("", |client| client.client_secret.as_str());
    let fits = bool::from(known.as_bytes().ct_eq(secret.as_bytes())) && !known.is_empty();
    client.filter(|_| fits).ok_or(WRONG)
}

/// Name and secret of HTTP Basic, each form-encoded before (RFC 6749, 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    // A name without value: what would separate pairs is plain text here.
    let whole = text.replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(whole.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

/// Logged here, shown as `server_error`.
pub(super) fn internal(error: &(dyn std::error::Error + 'static)) -> TokenError {
    tracing::error!(error, "the provider failed");
    TokenError("server_error", "please try again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_form_decoded() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!(
            basic(&header("hub:a%2Bb+c%3A")),
            Some(("hub".to_owned(), "a+b c:".to_owned()))
        );
        assert_eq!(
            basic(&header("hub:p=q&r")),
            Some(("hub".to_owned(), "p=q&r".to_owned()))
        );
        assert_eq!(basic(&header("nocolon")), None);
        assert_eq!(basic("Bearer x"), None);
        assert_eq!(basic("Basic !!!"), None);
    }
}
