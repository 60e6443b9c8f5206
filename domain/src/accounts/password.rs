//! Passwords: argon2id with the parameters of the crate's default (19 MiB, two passes), away from the async threads.

use std::sync::LazyLock;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::{AccountError, NewAccount, PASSWORD_MAX, PASSWORD_MIN, check_name, is_email, normal_email};

/// How much of a password is looked at when it is weighed: what is longer has weight enough.
const WEIGHED: usize = 72;

/// How many passwords are hashed at once: each takes 19 MiB, and a crowd at the door must not starve the house.
static HASHING: Semaphore = Semaphore::const_new(2);

/// A hash that no password fits, for addresses that have no account.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(&crate::tokens::secret()).unwrap_or_default());

/// Checks a password: long enough, and not among the first that anybody tries. Those are the common ones of `zxcvbn`'s
/// lists, what stands near them, and the person's own name and address. There are no rules of composition.
pub fn check(password: &str, name: &str, email: &str) -> Result<(), AccountError> {
    if password.chars().count() < PASSWORD_MIN {
        return Err(AccountError::PasswordTooShort);
    }
    if password.len() > PASSWORD_MAX {
        return Err(AccountError::PasswordTooLong);
    }
    let start: String = password.chars().take(WEIGHED).collect();
    let own = [name, email, email.split('@').next().unwrap_or(email)];
    if zxcvbn::zxcvbn(&start, &own).score() < zxcvbn::Score::Two {
        return Err(AccountError::PasswordGuessable);
    }
    Ok(())
}

/// Checks a new account, and gives it back with its fields in their normal form.
///
/// # Errors
/// The first thing that cannot be taken.
pub fn check_new_account(new: &NewAccount) -> Result<NewAccount, AccountError> {
    let name = check_name(&new.name)?;
    let email = normal_email(&new.email);
    if !is_email(&email) {
        return Err(AccountError::EmailInvalid);
    }
    check(&new.password, &name, &email)?;
    Ok(NewAccount {
        email,
        name,
        password: new.password.clone(),
    })
}

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

/// Whether the password fits the hash. Without a hash (no account, or one that is opened otherwise) the same work is done and the answer is no, so that the time taken
/// does not tell whether there is an account.
pub async fn verify(password: &str, hash: Option<String>) -> Result<bool, AccountError> {
    let password = password.to_owned();
    off_thread(move || {
        let hash = hash.filter(|hash| !hash.is_empty());
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

    fn person(name: &str, email: &str, password: &str) -> NewAccount {
        NewAccount {
            email: email.into(),
            name: name.into(),
            password: password.into(),
        }
    }

    #[test]
    fn a_new_account_is_tidied() {
        let tidy = check_new_account(&person("  Ama   Owusu ", " Ama@Example.ORG ", "grows in the shade"));
        assert_eq!(
            tidy.ok(),
            Some(person("Ama Owusu", "ama@example.org", "grows in the shade"))
        );
    }

    #[test]
    fn each_field_has_its_own_error() {
        for (new, field) in [
            (person(" ", "ama@example.org", "grows in the shade"), "name"),
            (person("Ama", "ama", "grows in the shade"), "email"),
            (person("Ama", "ama@localhost", "grows in the shade"), "email"),
            (person("Ama", "a b@example.org", "grows in the shade"), "email"),
            (person("Ama", "ama@example.org", "short"), "password"),
            (person("Ama", "ama@example.org", &"x".repeat(600)), "password"),
        ] {
            assert_eq!(
                check_new_account(&new).err().and_then(|e| e.field()),
                Some(field),
                "{new:?}"
            );
        }
    }

    #[test]
    fn what_everybody_tries_first_is_refused_and_plain_words_are_enough() {
        for bad in [
            "aaaaaaaaaaaa",
            "1234567890",
            "qwertyuiop",
            "Password123",
            "P@ssw0rd123",
            "iloveyou12",
            "1q2w3e4r5t",
            "ama@example.org",
            "Ama Owusu1",
        ] {
            let refused = check(bad, "Ama Owusu", "ama@example.org");
            assert!(matches!(refused, Err(AccountError::PasswordGuessable)), "{bad}");
        }
        for good in [
            "grows in the shade",
            "a kettle for the room",
            "commons-demo",
            "ñandú y mate al sol",
        ] {
            assert!(check(good, "Ama Owusu", "ama@example.org").is_ok(), "{good}");
        }
        let long = "nobody weighs all of this ".repeat(19);
        assert!(check(&long, "Ama", "ama@example.org").is_ok());
    }

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
