//! What an address, a password and a way onward must look like, and who may register.

use chrono::{DateTime, TimeDelta, Utc};

use super::{AccountError, Identity, Registration};

/// Fewest characters of a password. Length is what counts; no rules of composition.
pub const PASSWORD_MIN: usize = 10;
/// Most bytes of a password, so that nobody keeps the hub hashing.
pub const PASSWORD_MAX: usize = 512;
/// Most characters of a few words about oneself.
pub const WORDS_MAX: usize = 1000;

/// How long somebody who showed who they are may do what asks for it.
pub const FRESH: TimeDelta = TimeDelta::minutes(15);

/// Whether somebody who showed who they are at that time may do now what a borrowed device must not: acts of a steward,
/// changes of how one signs in.
pub fn is_fresh(shown: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    shown.is_some_and(|shown| now - shown <= FRESH)
}

/// The address as it is kept: without spaces around it, in lower case.
pub fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// A name in its normal form: one line, one space between words.
///
/// # Errors
/// Where nothing is left of it, or too much.
pub fn check_name(name: &str) -> Result<String, AccountError> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > 120 {
        return Err(AccountError::NameMissing);
    }
    Ok(name)
}

/// What somebody says of themselves or of a decision, in a few sentences.
///
/// # Errors
/// Where it is too long.
pub fn check_words(words: &str) -> Result<String, AccountError> {
    let words = words.trim();
    if words.chars().count() > WORDS_MAX {
        return Err(AccountError::WordsTooLong);
    }
    Ok(words.to_owned())
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

/// Whether somebody without an invitation may come and ask: the first person of an empty hub always may.
///
/// # Errors
/// Where registration is by invitation.
pub fn may_register(registration: Registration, hub_is_empty: bool) -> Result<(), AccountError> {
    match registration {
        Registration::Open | Registration::Request => Ok(()),
        Registration::Invitation if hub_is_empty => Ok(()),
        Registration::Invitation => Err(AccountError::RegistrationClosed),
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

    #[test]
    fn names_are_tidied_and_words_have_an_end() {
        assert_eq!(check_name("  Ama   Owusu ").ok().as_deref(), Some("Ama Owusu"));
        assert!(check_name(" ").is_err() && check_name(&"a".repeat(121)).is_err());
        assert_eq!(check_words(" I weave. ").ok().as_deref(), Some("I weave."));
        assert!(check_words(&"a".repeat(1001)).is_err());
    }

    #[test]
    fn what_was_shown_long_ago_is_shown_again() {
        let at = |minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        assert!(is_fresh(Some(at(0)), at(15)));
        assert!(!is_fresh(Some(at(0)), at(16)));
        assert!(!is_fresh(None, at(0)));
    }

    #[test]
    fn an_address_has_a_shape() {
        assert!(is_email("ama@example.org"));
        for bad in [
            "ama",
            "ama@localhost",
            "a b@example.org",
            "@example.org",
            "a@example.org,b@example.org",
        ] {
            assert!(!is_email(bad), "{bad}");
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
        assert!(may_register(Registration::Request, false).is_ok());
    }
}
