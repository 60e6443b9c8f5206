//! What an address, a password and a way onward must look like, and who may register.

use super::{AccountError, Identity, NewAccount, Registration};

/// Fewest characters of a password. Length is what counts; no rules of composition.
pub const PASSWORD_MIN: usize = 10;
/// Most bytes of a password, so that nobody keeps the hub hashing.
pub const PASSWORD_MAX: usize = 512;

/// Long enough, and still among the first that anybody tries.
const COMMON: [&str; 12] = [
    "1234567890",
    "12345678910",
    "0123456789",
    "0987654321",
    "9876543210",
    "qwertyuiop",
    "password123",
    "password1234",
    "passwordpassword",
    "contrasena123",
    "iloveyou123",
    "1q2w3e4r5t",
];

/// The address as it is kept: without spaces around it, in lower case.
pub fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Checks a new account, and gives it back with its fields in their normal form.
///
/// # Errors
/// The first thing that cannot be taken.
pub fn check_new_account(new: &NewAccount) -> Result<NewAccount, AccountError> {
    let name = new.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > 120 {
        return Err(AccountError::NameMissing);
    }
    let email = normal_email(&new.email);
    if !is_email(&email) {
        return Err(AccountError::EmailInvalid);
    }
    check_password(&new.password, &name, &email)?;
    Ok(NewAccount {
        email,
        name,
        password: new.password.clone(),
    })
}

/// Whether it has the shape of an address: only mail itself can tell more.
pub fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && text.len() <= 254
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c))
}

fn check_password(password: &str, name: &str, email: &str) -> Result<(), AccountError> {
    if password.chars().count() < PASSWORD_MIN {
        return Err(AccountError::PasswordTooShort);
    }
    if password.len() > PASSWORD_MAX {
        return Err(AccountError::PasswordTooLong);
    }
    let low = password.to_lowercase();
    let first = low.chars().next();
    if low.chars().all(|c| Some(c) == first)
        || COMMON.contains(&low.as_str())
        || low == email
        || low == name.to_lowercase()
    {
        return Err(AccountError::PasswordGuessable);
    }
    Ok(())
}

/// Whether somebody without an invitation may make an account: the first person of an empty hub always may.
///
/// # Errors
/// Where registration is by invitation.
pub fn may_register(registration: Registration, hub_is_empty: bool) -> Result<(), AccountError> {
    if hub_is_empty || registration == Registration::Open {
        Ok(())
    } else {
        Err(AccountError::RegistrationClosed)
    }
}

/// Whether a member may do without a way of signing in: it has to be theirs, not the last one, and not the one that opened
/// the door this time.
///
/// # Errors
/// The reason why not.
pub fn may_unlink(ways: &[Identity], wanted: (&str, &str), in_use: Option<(&str, &str)>) -> Result<(), AccountError> {
    if !ways
        .iter()
        .any(|way| (way.issuer.as_str(), way.subject.as_str()) == wanted)
    {
        Err(AccountError::IdentityUnknown)
    } else if ways.len() < 2 {
        Err(AccountError::LastIdentity)
    } else if in_use == Some(wanted) {
        Err(AccountError::IdentityInUse)
    } else {
        Ok(())
    }
}

/// A way onward that stays on this hub, else the home page. Only plain local paths are taken: what a browser would read
/// as another host (`//host`, `/\host`) or clean away (tabs, line ends) is not.
pub fn local_path(path: &str) -> &str {
    let mut chars = path.chars();
    let local = chars.next() == Some('/')
        && !matches!(chars.next(), Some('/' | '\\'))
        && !path.chars().any(|c| c.is_control() || c == '\\')
        && path.len() <= 4096;
    if local { path } else { "/" }
}

#[cfg(test)]
mod tests {
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
            (person("Ama", "ama@example.org", "aaaaaaaaaaaa"), "password"),
            (person("Ama", "ama@example.org", "Password123"), "password"),
            (person("Ama", "ama@example.org", "ama@example.org"), "password"),
        ] {
            assert_eq!(
                check_new_account(&new).err().and_then(|e| e.field()),
                Some(field),
                "{new:?}"
            );
        }
    }

    #[test]
    fn only_local_paths_lead_onward() {
        for good in ["/", "/bookings", "/oauth2/authorize?redirect_uri=https%3A%2F%2Fx"] {
            assert_eq!(local_path(good), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "bookings",
            "/a\r\nSet-Cookie: b",
            "/\t/evil.example",
            "\\/evil.example",
        ] {
            assert_eq!(local_path(bad), "/", "{bad:?}");
        }
    }

    #[test]
    fn all_ways_in_but_one_may_go() {
        let way = |subject: &str| Identity {
            issuer: "https://id.example".into(),
            subject: subject.into(),
            member: crate::MemberId(uuid::Uuid::nil()),
            name: String::new(),
            email: String::new(),
            email_verified: false,
            created_at: chrono::DateTime::UNIX_EPOCH,
            last_seen_at: chrono::DateTime::UNIX_EPOCH,
        };
        let (one, two) = (("https://id.example", "1"), ("https://id.example", "2"));
        let both = [way("1"), way("2")];
        assert!(may_unlink(&both, two, Some(one)).is_ok());
        assert!(matches!(
            may_unlink(&both, one, Some(one)),
            Err(AccountError::IdentityInUse)
        ));
        assert!(matches!(
            may_unlink(&both[..1], one, None),
            Err(AccountError::LastIdentity)
        ));
        let stranger = ("https://other.example", "1");
        assert!(matches!(
            may_unlink(&both, stranger, None),
            Err(AccountError::IdentityUnknown)
        ));
    }

    #[test]
    fn the_first_person_may_always_register() {
        assert!(may_register(Registration::Invitation, true).is_ok());
        assert!(may_register(Registration::Invitation, false).is_err());
        assert!(may_register(Registration::Open, false).is_ok());
    }
}
