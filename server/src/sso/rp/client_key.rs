//! The hub's own key at a provider that asks for a signed statement in place of a secret (`private_key_jwt`, RFC 7523).

use std::path::Path;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    PrivateSigningKey,
    core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey},
};
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    pkcs8::DecodePrivateKey as _,
};
use rsa::{
    RsaPrivateKey,
    pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, LineEnding},
    pkcs8::DecodePrivateKey as _,
};
use serde_json::{Value, json};

/// How long a statement is good.
const VALID: TimeDelta = TimeDelta::seconds(60);

/// A private key of the hub.
pub enum ClientKey {
    /// Signs with RS256.
    Rsa(Box<CoreRsaPrivateSigningKey>),
    /// Signs with ES256.
    P256(Box<SigningKey>),
    /// Signs with `EdDSA`.
    Ed25519(Box<CoreEdDsaPrivateSigningKey>),
}

/// The hub's key as one provider knows it.
#[derive(Debug)]
pub struct Signer {
    key: ClientKey,
    key_id: Option<String>,
    audience: String,
}

impl Signer {
    /// A key with the key ID that the provider knows, for statements to this audience.
    pub fn new(key: ClientKey, key_id: Option<String>, audience: String) -> Self {
        Self { key, key_id, audience }
    }

    /// A statement that the hub is this client, once and now.
    ///
    /// # Errors
    /// Where the key does not sign.
    pub fn statement(&self, client_id: &str, now: DateTime<Utc>) -> Result<String, String> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut header = json!({ "alg": self.key.algorithm(), "typ": "JWT" });
        if let Some(kid) = &self.key_id {
            header["kid"] = Value::from(kid.as_str());
        }
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": self.audience, "jti": domain::tokens::secret(),
            "iat": now.timestamp(), "exp": (now + VALID).timestamp(),
        });
        let message = format!("{}.{}", part(&header), part(&claims));
        let signature = match &self.key {
            ClientKey::Rsa(key) => key.sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, message.as_bytes()),
            ClientKey::Ed25519(key) => key.sign(&CoreJwsSigningAlgorithm::EdDsa, message.as_bytes()),
            ClientKey::P256(key) => {
                let signature: Signature = key.sign(message.as_bytes());
                Ok(signature.to_bytes().to_vec())
            }
        };
        let signature = signature.map_err(|error| error.to_string())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl std::fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.algorithm())
    }
}

impl ClientKey {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it, for the operator.
    pub fn read(file: &Path) -> Result<Self, String> {
        let pem = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::from_pem(&pem).ok_or_else(|| {
            format!(
                "{}: expected a private key in PEM: RSA (PKCS #8 or PKCS #1), P-256 or Ed25519 (PKCS #8), without a password",
                file.display()
            )
        })
    }

    fn from_pem(pem: &str) -> Option<Self> {
        let rsa = RsaPrivateKey::from_pkcs1_pem(pem).or_else(|_| RsaPrivateKey::from_pkcs8_pem(pem).map_err(|_| ()));
        if let Ok(key) = rsa {
            let pem = key.to_pkcs1_pem(LineEnding::LF).ok()?;
            return Some(Self::Rsa(Box::new(
                CoreRsaPrivateSigningKey::from_pem(&pem, None).ok()?,
            )));
        }
        if let Ok(key) = SigningKey::from_pkcs8_pem(pem) {
            return Some(Self::P256(Box::new(key)));
        }
        let key = CoreEdDsaPrivateSigningKey::from_ed25519_pem(pem, None).ok()?;
        Some(Self::Ed25519(Box::new(key)))
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }
}
