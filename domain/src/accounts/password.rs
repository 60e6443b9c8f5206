//! Passwords: argon2id with the parameters of the crate's default (19 MiB, two passes), away from the async threads.

use std::sync::LazyLock;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::AccountError;

/// How many passwords are hashed at once: each takes 19 MiB, and a crowd at the door must not starve the house.
static HASHING: Semaphore = Semaphore::const_new(2);

/// A hash that no password fits, for addresses that have no account.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(&crate::tokens::secret()).unwrap_or_default());

fn hash_now(password: &str) -> Result<String, AccountError> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|e| AccountError::Hashing(e.to_string()))
}

/// Hashes a password with a new salt.
pub async fn hash(password: &str) -> Result<String, AccountError> {
    let password = password.to_owned();
    off_thread(move || hash_now(&password)).await?
}

/// Whether the password fits the hash. Without a hash the same work is done and the answer is no, so that the time taken
/// does not tell whether there is an account.
pub async fn verify(password: &str, hash: Option<String>) -> Result<bool, AccountError> {
    let password = password.to_owned();
    off_thread(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        Argon2::default()
            .verify_password(password.as_bytes(), hash.as_str())
            .is_ok()
            && known
    })
    .await
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, AccountError> {
    let failed = |e: String| AccountError::Hashing(e);
    let _turn = HASHING.acquire().await.map_err(|e| failed(e.to_string()))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| failed(e.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_hash_fits_its_password_only() {
        let made = hash("grows in the shade").await.unwrap();
        assert!(made.starts_with("$argon2id$"));
        assert!(verify("grows in the shade", Some(made.clone())).await.unwrap());
        assert!(!verify("grows in the sun", Some(made)).await.unwrap());
        assert!(!verify("grows in the shade", None).await.unwrap());
        assert!(!verify("x", Some("not a hash".into())).await.unwrap());
    }
}
