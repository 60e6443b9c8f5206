//! Secrets that people and programs carry: codes, tokens, links of invitations.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};

/// A new secret of 256 bits from the system's generator, safe in addresses.
///
/// # Panics
/// Where the operating system has no randomness to give; nothing safe can be done then.
#[expect(clippy::expect_used, reason = "no secret can be made without randomness")]
pub fn secret() -> String {
    let mut bytes = [0; 32];
    OsRng.try_fill_bytes(&mut bytes).expect("the system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What the database keeps of a secret: SHA-256, as URL-safe base64. A copy of the table opens nothing.
pub fn fingerprint(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}
