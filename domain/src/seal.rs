//! Secrets at rest: sealed with one key of the hub, bound to the place where they stand.
//!
//! `XChaCha20-Poly1305` with a random nonce. Table, column and row are authenticated with each secret, so that a sealed text
//! that was moved elsewhere does not open. The key comes from the configuration; nothing of it is in the database but a
//! fingerprint, by which a node with another key notices.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, KeyInit, Payload},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};

use crate::db::Db;

/// What a sealed text begins with; a secret in clear never does.
const MARK: &str = "sealed.v1.";
/// Bytes of a nonce.
const NONCE: usize = 24;

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// It is not a sealed text, or not one of this key and this place.
    #[error("a secret in {0} does not open: was it sealed with another key?")]
    Closed(String),
    /// The cipher failed.
    #[error("a secret could not be sealed")]
    Cipher,
    /// The text of a key is not 32 bytes in base64.
    #[error("a sealing key is 32 bytes, written as base64")]
    Key,
    /// The database was sealed with another key.
    #[error("the secrets in this database were sealed with another key: give this node the key file of the others")]
    OtherKey,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Where a secret stands: table and column, and the key of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// `table.column`.
    pub column: &'static str,
    /// The key of the row, as text.
    pub row: &'a str,
}

impl<'a> Place<'a> {
    /// The place of a secret.
    pub fn new(column: &'static str, row: &'a str) -> Self {
        Self { column, row }
    }

    fn bytes(self) -> Vec<u8> {
        format!("{}\0{}", self.column, self.row).into_bytes()
    }
}

/// Seals and opens with the hub's key. Cheap to clone.
#[derive(Clone)]
pub struct Sealer(Arc<SecretBox<[u8; 32]>>);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// A sealer with this key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(Arc::new(SecretBox::new(Box::new(key))))
    }

    /// A sealer with a key as people write it: base64, with or without padding, of either alphabet.
    ///
    /// # Errors
    /// Where the text is something else.
    pub fn from_text(text: &str) -> Result<Self, SealError> {
        let plain: String = text
            .trim()
            .trim_end_matches('=')
            .chars()
            .map(|c| match c {
                '+' => '-',
                '/' => '_',
                other => other,
            })
            .collect();
        let bytes = URL_SAFE_NO_PAD.decode(plain).map_err(|_| SealError::Key)?;
        Ok(Self::new(bytes.try_into().map_err(|_| SealError::Key)?))
    }

    /// A new key, as people write it.
    pub fn new_key() -> SecretString {
        URL_SAFE_NO_PAD.encode(Key::generate()).into()
    }

    /// A name for the key that says nothing about it.
    pub fn fingerprint(&self) -> String {
        let mut digest = Sha256::new_with_prefix("commons hub sealing key\0");
        digest.update(self.0.expose_secret());
        URL_SAFE_NO_PAD.encode(&digest.finalize()[..12])
    }

    /// Seals a secret for its place.
    ///
    /// # Errors
    /// Where the cipher fails, which it does not.
    pub fn seal(&self, place: Place<'_>, secret: &str) -> Result<String, SealError> {
        let nonce = XNonce::generate();
        let aad = place.bytes();
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: &aad,
        };
        let sealed = self.cipher().encrypt(&nonce, payload).map_err(|_| SealError::Cipher)?;
        let whole = [nonce.as_slice(), &sealed].concat();
        Ok(format!("{MARK}{}", URL_SAFE_NO_PAD.encode(whole)))
    }

    /// Opens a secret that was sealed for this place.
    ///
    /// # Errors
    /// Where it was sealed with another key or for another place, or was changed.
    pub fn open(&self, place: Place<'_>, sealed: &str) -> Result<SecretString, SealError> {
        let closed = || SealError::Closed(place.column.to_owned());
        let whole = sealed
            .strip_prefix(MARK)
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .ok_or_else(closed)?;
        let (nonce, msg) = whole.split_at_checked(NONCE).ok_or_else(closed)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| closed())?;
        let aad = place.bytes();
        let plain = self
            .cipher()
            .decrypt(&nonce, Payload { msg, aad: &aad })
            .map_err(|_| closed())?;
        Ok(String::from_utf8(plain).map_err(|_| closed())?.into())
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.0.expose_secret()))
    }
}

/// Whether a text is sealed. One that is not is a secret in clear, left by an earlier version.
pub fn is_sealed(text: &str) -> bool {
    text.starts_with(MARK)
}

/// Makes sure that this database is sealed with this key and no other. The first node to come notes its key.
///
/// # Errors
/// [`SealError::OtherKey`] where another key sealed it.
pub async fn agree(db: &Db, now: DateTime<Utc>, sealer: &Sealer) -> Result<(), SealError> {
    if let Some(known) = noted(db).await? {
        return same(&known, sealer);
    }
    let tx = db.begin().await?;
    tx.execute_raw(Statement::from_sql_and_values(
        db.backend(),
        "INSERT INTO sealing_key (only_one, fingerprint, created_at) VALUES (1, $1, $2) ON CONFLICT (only_one) DO NOTHING",
        [sealer.fingerprint().into(), now.into()],
    ))
    .await?;
    tx.commit().await?;
    same(&noted(db).await?.unwrap_or_default(), sealer)
}

/// The fingerprint of the key that sealed this database, where one has.
pub async fn noted(db: &Db) -> Result<Option<String>, DbErr> {
    let question = Statement::from_string(db.backend(), "SELECT fingerprint FROM sealing_key WHERE only_one = 1");
    let row = db.read().query_one_raw(question).await?;
    row.map(|row| row.try_get("", "fingerprint")).transpose()
}

fn same(known: &str, sealer: &Sealer) -> Result<(), SealError> {
    if known == sealer.fingerprint() {
        Ok(())
    } else {
        Err(SealError::OtherKey)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{at, on_each_database};

    const HERE: Place<'static> = Place {
        column: "provider_keys.private_key",
        row: "k1",
    };

    #[test]
    fn what_was_sealed_opens_in_its_place_and_nowhere_else() {
        let sealer = Sealer::new([7; 32]);
        let sealed = sealer.seal(HERE, "a secret").unwrap();
        assert!(is_sealed(&sealed) && !sealed.contains("secret"));
        assert_ne!(sealed, sealer.seal(HERE, "a secret").unwrap(), "never the same twice");
        assert_eq!(sealer.open(HERE, &sealed).unwrap().expose_secret(), "a secret");
        let other_row = Place { row: "k2", ..HERE };
        assert!(sealer.open(other_row, &sealed).is_err());
        assert!(Sealer::new([8; 32]).open(HERE, &sealed).is_err());
        let mut changed = sealed.clone();
        let last = changed.pop().unwrap();
        changed.push(if last == 'A' { 'Q' } else { 'A' });
        assert!(sealer.open(HERE, &changed).is_err());
        for nothing in ["", "a secret", "sealed.v1.", "sealed.v1.AAAA"] {
            assert!(sealer.open(HERE, nothing).is_err());
        }
    }

    #[test]
    fn a_key_is_read_as_people_write_it() {
        let key = Sealer::new_key();
        let sealer = Sealer::from_text(key.expose_secret()).unwrap();
        let padded = format!("{}=\n", key.expose_secret().replace('-', "+").replace('_', "/"));
        assert_eq!(Sealer::from_text(&padded).unwrap().fingerprint(), sealer.fingerprint());
        assert_eq!(format!("{sealer:?}"), "Sealer");
        for wrong in ["", "short", "!", &"A".repeat(44)] {
            assert!(Sealer::from_text(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_node_with_another_key_notices() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let ours = Sealer::new([7; 32]);
            assert_eq!(noted(&db).await.unwrap(), None);
            agree(&db, now, &ours).await.unwrap();
            agree(&db, now, &ours).await.unwrap();
            let refused = agree(&db, now, &Sealer::new([8; 32])).await;
            assert!(matches!(refused, Err(SealError::OtherKey)));
        })
        .await;
    }
}
