//! The key that signs ID tokens: made on first use, kept in the database, shared by all nodes.

use std::sync::Arc;

use domain::accounts::provider::{keep_first_key, signing_keys};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey,
    core::{CoreJsonWebKeySet, CoreRsaPrivateSigningKey},
};
use rsa::{
    RsaPrivateKey,
    pkcs1::{EncodeRsaPrivateKey, LineEnding},
};
use sea_orm::DbErr;

use crate::sso::Sso;

/// Bits of a new key.
const BITS: usize = 2048;

/// The keys in force.
pub struct Keys(Vec<CoreRsaPrivateSigningKey>);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbErr),
    /// It could not be made or read.
    #[error("the provider's key: {0}")]
    Key(String),
}

impl Keys {
    /// The key that signs.
    pub fn newest(&self) -> Option<&CoreRsaPrivateSigningKey> {
        self.0.first()
    }

    /// All of them, as the public sees them.
    pub fn public(&self) -> CoreJsonWebKeySet {
        CoreJsonWebKeySet::new(self.0.iter().map(PrivateSigningKey::as_verification_key).collect())
    }
}

impl Sso {
    /// The provider's keys; made on the first call of the first node.
    pub(in crate::sso) async fn keys(&self) -> Result<Arc<Keys>, KeyError> {
        self.keys.get_or_try_init(|| self.load_keys()).await.cloned()
    }

    async fn load_keys(&self) -> Result<Arc<Keys>, KeyError> {
        let mut kept = signing_keys(self.db.read()).await?;
        if kept.is_empty() {
            tracing::info!("making the key of the built-in OpenID provider");
            let pem = tokio::task::spawn_blocking(make)
                .await
                .map_err(|e| KeyError::Key(e.to_string()))??;
            kept = keep_first_key(&self.db, self.now(), &pem).await?;
        }
        let keys = kept
            .into_iter()
            .map(|key| CoreRsaPrivateSigningKey::from_pem(&key.private_pem, Some(JsonWebKeyId::new(key.kid))))
            .collect::<Result<Vec<_>, _>>()
            .map_err(KeyError::Key)?;
        Ok(Arc::new(Keys(keys)))
    }
}

/// Takes a second or so: not on an async thread.
fn make() -> Result<String, KeyError> {
    let failed = |e: &dyn std::error::Error| KeyError::Key(e.to_string());
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, BITS).map_err(|e| failed(&e))?;
    Ok(key.to_pkcs1_pem(LineEnding::LF).map_err(|e| failed(&e))?.to_string())
}
