//! The keys that sign: made, sealed and kept in the database, shared by all nodes, followed by others in time.

use std::sync::Arc;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    accounts::provider::{
        Algorithm, KeyState, ProviderKey,
        keys::{self, NewKey, Reason},
    },
    db::Db,
    seal::{SealError, Sealer},
};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, jwk::Jwk};
use sea_orm::DbErr;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use tokio::sync::RwLock;

use crate::sso::Sso;

/// Algorithms for which there is always a key. For the others there is one as soon as a client wants it.
pub const ALWAYS: [Algorithm; 2] = [Algorithm::Rs256, Algorithm::Es256];
/// How long a node goes by what it read. A key is published for longer than that before it signs.
const BELIEVED: TimeDelta = TimeDelta::seconds(60);

/// Why there is no key, or no signature.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbErr),
    /// The keys are sealed, and do not open.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// It could not be made or read.
    #[error("the provider's key: {0}")]
    Key(String),
}

fn broken(error: impl ToString) -> KeyError {
    KeyError::Key(error.to_string())
}

/// The keys as this node last read them.
#[derive(Default)]
pub struct Cache(RwLock<Option<(Arc<Keys>, DateTime<Utc>)>>);

/// The keys that are published.
pub struct Keys(Vec<Key>);

struct Key {
    known: ProviderKey,
    private: Option<EncodingKey>,
    public: Jwk,
}

impl Keys {
    fn read(kept: Vec<ProviderKey>) -> Result<Self, KeyError> {
        let read = |known: ProviderKey| {
            let private = known
                .private_key
                .as_ref()
                .map(|pem| private(known.algorithm, pem))
                .transpose()?;
            let public = serde_json::from_str(&known.public_jwk).map_err(broken)?;
            Ok(Key { known, private, public })
        };
        Ok(Self(kept.into_iter().map(read).collect::<Result<_, KeyError>>()?))
    }

    fn signs(&self, algorithm: Algorithm, now: DateTime<Utc>) -> Option<(&Key, &EncodingKey)> {
        self.0
            .iter()
            .filter(|key| key.known.algorithm == algorithm && key.known.state(now) == KeyState::Active)
            .max_by_key(|key| key.known.signs_from)
            .and_then(|key| Some((key, key.private.as_ref()?)))
    }

    /// Signs claims. `kind` is the `typ` of the header: `JWT`, or what sort of token it is.
    ///
    /// # Errors
    /// Where there is no key for this algorithm.
    pub fn sign(
        &self,
        algorithm: Algorithm,
        kind: &str,
        claims: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<String, KeyError> {
        let (key, private) = self
            .signs(algorithm, now)
            .ok_or_else(|| broken(format!("there is none for {}", algorithm.as_str())))?;
        let header = Header {
            typ: Some(kind.to_owned()),
            kid: Some(key.known.kid.clone()),
            ..Header::new(on_the_wire(algorithm))
        };
        jsonwebtoken::encode(&header, claims, private).map_err(broken)
    }

    /// The claims of a token that one of these keys signed; nothing is said of its time and its audience.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Option<Map<String, Value>> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let key = self.0.iter().find(|key| key.known.kid == kid)?;
        if matches!(key.known.state(now), KeyState::Upcoming | KeyState::Gone) {
            return None;
        }
        // The algorithm is the key's own, whatever the token says.
        let mut validation = Validation::new(on_the_wire(key.known.algorithm));
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let public = DecodingKey::from_jwk(&key.public).ok()?;
        jsonwebtoken::decode(token, &public, &validation)
            .ok()
            .map(|token| token.claims)
    }

    /// All of them, as the public sees them.
    pub fn public(&self, now: DateTime<Utc>) -> Value {
        let keys: Vec<_> = self
            .0
            .iter()
            .filter(|key| key.known.state(now) != KeyState::Gone)
            .map(|key| &key.public)
            .collect();
        json!({ "keys": keys })
    }
}

/// The algorithm in the words of the library.
pub(super) fn on_the_wire(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
    }
}

fn private(algorithm: Algorithm, pem: &SecretString) -> Result<EncodingKey, KeyError> {
    let pem = pem.expose_secret().as_bytes();
    match algorithm {
        Algorithm::Rs256 => EncodingKey::from_rsa_pem(pem),
        Algorithm::Es256 => EncodingKey::from_ec_pem(pem),
        Algorithm::EdDsa => EncodingKey::from_ed_pem(pem),
    }
    .map_err(broken)
}

/// The public half, with its name and its use.
fn public(algorithm: Algorithm, pem: &SecretString, kid: &str) -> Result<String, KeyError> {
    let mut jwk = Jwk::from_encoding_key(&private(algorithm, pem)?, on_the_wire(algorithm)).map_err(broken)?;
    jwk.common.key_id = Some(kid.to_owned());
    jwk.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
    serde_json::to_string(&jwk).map_err(broken)
}

/// Makes a key. Takes a moment: not on an async thread.
fn make(algorithm: Algorithm) -> Result<NewKey, KeyError> {
    let der = match algorithm {
        Algorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048)
            .and_then(|pair| pair.as_der())
            .map_err(broken)?
            .as_ref()
            .to_vec(),
        Algorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(broken)?
            .as_ref()
            .to_vec(),
        Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new())
            .map_err(broken)?
            .as_ref()
            .to_vec(),
    };
    let private_key = SecretString::from(pem(&der));
    let kid = uuid::Uuid::now_v7().simple().to_string();
    Ok(NewKey {
        algorithm,
        public_jwk: public(algorithm, &private_key, &kid)?,
        private_key,
        kid,
    })
}

/// A private key as RFC 7468 writes it.
fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines = text
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line) + "\n");
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----\n",
        lines.collect::<String>()
    )
}

/// Adds a key for each algorithm that needs one for this reason; says which.
///
/// # Errors
/// Where the database fails or holds what this node cannot open.
pub async fn rotate(
    db: &Db,
    sealer: &Sealer,
    now: DateTime<Utc>,
    algorithms: &[Algorithm],
    reason: Reason,
) -> Result<Vec<Algorithm>, KeyError> {
    let mut added = Vec::new();
    for algorithm in algorithms.iter().copied() {
        let known = keys::published(db.read(), sealer, now).await?;
        if !keys::is_needed(&known, algorithm, reason, now) {
            continue;
        }
        tracing::info!(algorithm = algorithm.as_str(), "making a key of the OpenID provider");
        let key = tokio::task::spawn_blocking(move || make(algorithm))
            .await
            .map_err(broken)??;
        if keys::add(db, now, sealer, &key, reason).await? {
            added.push(algorithm);
        }
    }
    Ok(added)
}

/// Seals keys that an earlier version kept in clear.
///
/// # Errors
/// Where the database fails or such a key cannot be read.
pub async fn seal_what_is_in_clear(db: &Db, sealer: &Sealer) -> Result<(), KeyError> {
    for (kid, key) in keys::in_clear(db.read()).await? {
        // Earlier versions knew this algorithm only.
        let jwk = public(Algorithm::Rs256, &key, &kid)?;
        keys::seal_one(db, sealer, &kid, &key, &jwk).await?;
        tracing::info!(kid, "sealed a key that an earlier version kept in clear");
    }
    Ok(())
}

impl Sso {
    /// The provider's keys; made on the first call of the first node.
    pub(in crate::sso) async fn keys(&self) -> Result<Arc<Keys>, KeyError> {
        let now = self.now();
        if let Some((keys, read)) = &*self.keys.0.read().await
            && now - *read < BELIEVED
            && now >= *read
        {
            return Ok(keys.clone());
        }
        let mut cached = self.keys.0.write().await;
        if let Some((keys, read)) = &*cached
            && now - *read < BELIEVED
            && now >= *read
        {
            return Ok(keys.clone());
        }
        self.keys_due().await?;
        let kept = keys::published(self.db.read(), &self.sealer, now).await?;
        let keys = Arc::new(Keys::read(kept)?);
        *cached = Some((keys.clone(), now));
        Ok(keys)
    }

    /// Adds the keys that are due, and forgets those whose time is over. For a job, and for the first call.
    ///
    /// # Errors
    /// Where the database fails or holds what this node cannot open.
    pub async fn keys_due(&self) -> Result<(), KeyError> {
        seal_what_is_in_clear(&self.db, &self.sealer).await?;
        let mut algorithms = ALWAYS.to_vec();
        for client in domain::accounts::provider::clients(self.db.read()).await? {
            if !algorithms.contains(&client.id_token_algorithm) {
                algorithms.push(client.id_token_algorithm);
            }
        }
        let every = Reason::Due(self.settings.key_life);
        rotate(&self.db, &self.sealer, self.now(), &algorithms, every).await?;
        keys::sweep(&self.db, self.now()).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use domain::testing::at;

    use super::*;

    #[test]
    fn what_a_key_signs_its_public_half_checks() {
        let now = at(2026, 11, 23, 9, 0);
        let claims = Map::from_iter([("sub".to_owned(), Value::from("ama"))]);
        let key = |algorithm| {
            let new = make(algorithm).unwrap();
            ProviderKey {
                kid: new.kid,
                algorithm,
                private_key: Some(new.private_key),
                public_jwk: new.public_jwk,
                created_at: now,
                signs_from: now,
                signs_until: None,
                retired_at: None,
            }
        };
        for algorithm in Algorithm::ALL.iter().copied() {
            let first = key(algorithm);
            let keys = Keys::read(vec![first.clone()]).unwrap();
            let token = keys.sign(algorithm, "JWT", &claims, now).unwrap();
            assert_eq!(keys.verify(&token, now), Some(claims.clone()));
            let gone = ProviderKey {
                retired_at: Some(now),
                ..first
            };
            assert_eq!(Keys::read(vec![gone]).unwrap().verify(&token, now), None);
            assert_eq!(Keys::read(vec![key(algorithm)]).unwrap().verify(&token, now), None);
            let shown = keys.public(now).to_string();
            assert!(
                shown.contains(algorithm.as_str()) && !shown.contains("\"d\""),
                "{shown}"
            );
        }
    }
}
