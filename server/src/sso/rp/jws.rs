//! Signed statements of a provider besides ID tokens: logout tokens, signed userinfo, aggregated claims. Signatures are
//! checked by `openidconnect`; what stands around them is read here (RFC 7515, RFC 7519).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    JsonWebKey, JsonWebKeyAlgorithm, JsonWebKeyId,
    core::{CoreJsonWebKey, CoreJsonWebKeySet, CoreJsonWebKeyUse, CoreJwsSigningAlgorithm},
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What the hub takes as proof: signatures that only the issuer can make. Never `none`, never a shared secret.
pub(super) const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
/// How far the clocks of a provider and of the hub may be apart.
pub(super) const SKEW: TimeDelta = TimeDelta::seconds(60);

/// Claims of a statement.
pub(super) type Claims = Map<String, Value>;

/// Why a statement proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum JwsError {
    /// It is no signed statement.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// It is signed in a way that proves nothing.
    #[error("the algorithm {0:?} proves nothing here")]
    Algorithm(String),
    /// The issuer has no such key, as far as we know.
    #[error("no key fits")]
    UnknownKey,
    /// The signature is not the issuer's.
    #[error("the signature does not fit")]
    Signature,
    /// A claim is not as it has to be.
    #[error("the claim {0}")]
    Claim(&'static str),
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
    cty: Option<String>,
}

/// Claims of a token whose signature has been checked elsewhere.
pub(super) fn payload(token: &str) -> Result<Claims, JwsError> {
    let part = token
        .split('.')
        .nth(1)
        .ok_or(JwsError::Malformed("there are no parts"))?;
    json(part)
}

fn json<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, JwsError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| JwsError::Malformed("a part is not base64url"))?;
    serde_json::from_slice(&bytes).map_err(|_| JwsError::Malformed("a part is not the JSON that it should be"))
}

/// Checks the signature with the issuer's keys. `types` are the values of `typ` that may stand there, beside none.
pub(super) fn open(token: &str, keys: &CoreJsonWebKeySet, types: &[&str]) -> Result<Claims, JwsError> {
    let (message, signature) = token
        .rsplit_once('.')
        .ok_or(JwsError::Malformed("there are no parts"))?;
    let (header, claims) = message
        .split_once('.')
        .filter(|(_, claims)| !claims.contains('.'))
        .ok_or(JwsError::Malformed("there are not three parts"))?;
    let header: Header = json(header)?;
    if header.crit.is_some() || header.cty.is_some() {
        return Err(JwsError::Malformed("the header asks for what the hub does not know"));
    }
    let typ = header.typ.map(|typ| typ.to_ascii_lowercase());
    if typ.is_some_and(|typ| !types.contains(&typ.trim_start_matches("application/"))) {
        return Err(JwsError::Malformed("it is another kind of token"));
    }
    let algorithm: CoreJwsSigningAlgorithm = serde_json::from_value(Value::from(header.alg.clone()))
        .ok()
        .filter(|algorithm| ALGORITHMS.contains(algorithm))
        .ok_or(JwsError::Algorithm(header.alg))?;
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| JwsError::Malformed("the signature is not base64url"))?;
    let kid = header.kid.map(JsonWebKeyId::new);
    let mut fitting = keys
        .keys()
        .iter()
        .filter(|key| fits(key, kid.as_ref(), &algorithm))
        .peekable();
    if fitting.peek().is_none() {
        return Err(JwsError::UnknownKey);
    }
    if fitting.any(|key| key.verify_signature(&algorithm, message.as_bytes(), &signature).is_ok()) {
        json(claims)
    } else {
        Err(JwsError::Signature)
    }
}

fn fits(key: &CoreJsonWebKey, kid: Option<&JsonWebKeyId>, algorithm: &CoreJwsSigningAlgorithm) -> bool {
    kid.is_none_or(|kid| key.key_id() == Some(kid))
        && !matches!(
            key.key_use(),
            Some(CoreJsonWebKeyUse::Encryption | CoreJsonWebKeyUse::Other(_))
        )
        && match key.signing_alg() {
            JsonWebKeyAlgorithm::Algorithm(only) => only == algorithm,
            JsonWebKeyAlgorithm::Unspecified => true,
            JsonWebKeyAlgorithm::Unsupported => false,
        }
}

/// The issuer, to the letter.
pub(super) fn check_issuer(claims: &Claims, issuer: &str) -> Result<(), JwsError> {
    match claims.get("iss").and_then(Value::as_str) {
        Some(named) if named == issuer => Ok(()),
        _ => Err(JwsError::Claim("iss is not the issuer's")),
    }
}

/// The audience is the hub, alone.
pub(super) fn check_audience(claims: &Claims, client_id: &str) -> Result<(), JwsError> {
    let alone = match claims.get("aud") {
        Some(Value::String(named)) => named == client_id,
        Some(Value::Array(named)) => named.len() == 1 && named[0] == client_id,
        _ => false,
    };
    if alone {
        Ok(())
    } else {
        Err(JwsError::Claim("aud is not the hub alone"))
    }
}

/// An instant among the claims.
pub(super) fn instant(claims: &Claims, name: &str) -> Option<DateTime<Utc>> {
    let seconds = claims.get(name)?;
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second does not matter")]
    let seconds = seconds
        .as_i64()
        .or_else(|| seconds.as_f64().map(|seconds| seconds as i64))?;
    DateTime::from_timestamp(seconds, 0)
}

/// A text among the claims that is not empty.
pub(super) fn text(claims: &Claims, name: &str) -> Option<String> {
    claims
        .get(name)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}
