//! How a client proves itself: its secret by HTTP Basic or in the form, a signed assertion, or, where it can keep no
//! secret, its name alone. One of them.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::accounts::provider::{AuthMethod, Client, take_assertion};
use http::{HeaderMap, StatusCode, header};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{AlgorithmParameters, Jwk, JwkSet},
};
use serde::Deserialize;
use serde_json::json;

use super::params::Params;
use crate::sso::Sso;

/// What assertions may be signed with: keys that only the client has. Never `none`, never a shared secret.
pub(super) const ASSERTION_ALGORITHMS: [Algorithm; 4] =
    [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
/// The only sort of assertion.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long an assertion may be good for, and how far clocks may be apart.
const ASSERTION_LIFE: TimeDelta = TimeDelta::minutes(10);
const SKEW: TimeDelta = TimeDelta::seconds(60);

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

const WRONG: TokenError = TokenError("invalid_client", "unknown client or wrong proof");

/// What a request brings to show who asks.
enum Proof {
    Secret(String),
    Assertion(String),
    None,
}

/// The client that asks.
pub(super) async fn client(sso: &Sso, headers: &HeaderMap, params: &Params) -> Result<Client, TokenError> {
    let (id, proof) = brought(headers, params)?;
    let client = sso.client(&id).await.map_err(|error| internal(&error))?;
    let client = client.filter(|client| client.disabled_at.is_none());
    let fits = match (&client, &proof) {
        (None, Proof::Secret(given)) => {
            // An unknown client costs the same comparison.
            let nobody = Client::new("", "", sso.now());
            let _ = nobody.secret_fits(given, sso.now());
            false
        }
        (None, _) => false,
        (Some(client), Proof::None) => client.auth == AuthMethod::None,
        (Some(client), Proof::Secret(given)) => {
            matches!(
                client.auth,
                AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost
            ) && client.secret_fits(given, sso.now())
        }
        (Some(client), Proof::Assertion(token)) => {
            client.auth == AuthMethod::PrivateKeyJwt && asserted(sso, client, token).await?
        }
    };
    client.filter(|_| fits).ok_or(WRONG)
}

/// Who the client says it is, and its proof.
fn brought(headers: &HeaderMap, params: &Params) -> Result<(String, Proof), TokenError> {
    let in_form = params.get("client_secret");
    let assertion = params.get("client_assertion");
    let in_header = headers.get(header::AUTHORIZATION);
    if [in_form.is_some(), assertion.is_some(), in_header.is_some()]
        .iter()
        .filter(|there| **there)
        .count()
        > 1
    {
        return Err(TokenError("invalid_request", "the client proves itself twice"));
    }
    let named = params.get("client_id");
    let (id, proof) = if let Some(value) = in_header {
        let (id, secret) = value.to_str().ok().and_then(basic).ok_or(WRONG)?;
        (id, Proof::Secret(secret))
    } else if let Some(token) = assertion {
        if params.get("client_assertion_type") != Some(JWT_BEARER) {
            return Err(TokenError(
                "invalid_request",
                "this client_assertion_type is not supported",
            ));
        }
        (subject_of(token).ok_or(WRONG)?, Proof::Assertion(token.to_owned()))
    } else {
        let proof = in_form.map_or(Proof::None, |secret| Proof::Secret(secret.to_owned()));
        (named.ok_or(WRONG)?.to_owned(), proof)
    };
    if named.is_some_and(|named| named != id) {
        return Err(TokenError("invalid_request", "two clients are named"));
    }
    Ok((id, proof))
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

/// What a client says in an assertion (RFC 7523, 3).
#[derive(Debug, Deserialize)]
struct Assertion {
    iss: String,
    sub: String,
    aud: OneOrMany,
    exp: i64,
    iat: Option<i64>,
    nbf: Option<i64>,
    jti: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Whom an assertion is about: not proved yet.
fn subject_of(token: &str) -> Option<String> {
    let claims: Assertion = jsonwebtoken::dangerous::insecure_decode_claims(token).ok()?;
    Some(claims.sub)
}

/// Whether the client signed this assertion, for us, now, and did not show it before.
async fn asserted(sso: &Sso, client: &Client, token: &str) -> Result<bool, TokenError> {
    let Some(claims) = signed(client, token) else {
        return Ok(false);
    };
    let audiences = match claims.aud {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    };
    let now = sso.now();
    let instant = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let expires = instant(claims.exp);
    let ours = [&sso.settings.base_url, &sso.url("/oauth2/token")];
    let right = claims.iss == client.client_id
        && claims.sub == client.client_id
        && audiences.iter().any(|audience| ours.contains(&audience))
        && expires > now - SKEW
        && expires <= now + ASSERTION_LIFE + SKEW
        && claims.nbf.is_none_or(|from| instant(from) <= now + SKEW)
        && claims.iat.is_none_or(|made| instant(made) <= now + SKEW);
    let Some(jti) = claims.jti.filter(|jti| right && !jti.is_empty()) else {
        return Ok(false);
    };
    take_assertion(&sso.db, &format!("{}\n{jti}", client.client_id), expires + SKEW)
        .await
        .map_err(|error| internal(&error))
}

/// The claims of a token that one of the client's own keys signed. The key says how; a token that says otherwise, such as
/// one that takes a public key for a shared secret, is refused.
fn signed(client: &Client, token: &str) -> Option<Assertion> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    let keys: JwkSet = serde_json::from_str(&client.jwks).ok()?;
    let fits = |jwk: &&Jwk| {
        let kind = matches!(
            (&jwk.algorithm, header.alg),
            (AlgorithmParameters::RSA(_), Algorithm::RS256 | Algorithm::PS256)
                | (AlgorithmParameters::EllipticCurve(_), Algorithm::ES256)
                | (AlgorithmParameters::OctetKeyPair(_), Algorithm::EdDSA)
        );
        let named = header.kid.is_none() || jwk.common.key_id.is_none() || jwk.common.key_id == header.kid;
        let meant = jwk
            .common
            .key_algorithm
            .is_none_or(|meant| meant.to_string() == format!("{:?}", header.alg));
        kind && named && meant && ASSERTION_ALGORITHMS.contains(&header.alg)
    };
    let mut validation = Validation::new(header.alg);
    // Times and audience are looked at by our own clock and names.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    keys.keys.iter().filter(fits).find_map(|jwk| {
        let key = DecodingKey::from_jwk(jwk).ok()?;
        jsonwebtoken::decode::<Assertion>(token, &key, &validation)
            .ok()
            .map(|token| token.claims)
    })
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
