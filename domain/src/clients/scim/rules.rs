//! Which addresses and tokens can be taken, and what a tool may be told of a person.

use url::Url;

use super::User;
use crate::{
    accounts::provider::{Client, Facts},
    clients::logout_may_be,
};

/// Longest token.
const TOKEN_LENGTH: usize = 4000;

/// Whether accounts may be sent there: like an address for logout tokens, and to a folder.
pub fn endpoint_may_be(address: &str) -> bool {
    logout_may_be(address) && Url::parse(address).is_ok_and(|url| url.query().is_none())
}

/// Whether this can be sent as a bearer token (RFC 6750, 2.1): visible characters without spaces.
pub fn token_may_be(token: &str) -> bool {
    !token.is_empty() && token.len() <= TOKEN_LENGTH && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What a tool is told of a person who may enter: what its scopes say, and no more. Without the scope `profile` it knows
/// them by their subject alone.
pub(super) fn told(client: &Client, facts: &Facts, subject: &str) -> User {
    let claim = |scope: &str, name: &str| {
        let value = client.may_ask(scope).then(|| facts.claim(name, "")).flatten()?;
        value.as_str().map(str::to_owned)
    };
    User {
        external_id: subject.to_owned(),
        user_name: claim("profile", "preferred_username").unwrap_or_else(|| subject.to_owned()),
        display_name: claim("profile", "name"),
        language: claim("profile", "locale"),
        time_zone: claim("profile", "zoneinfo"),
        // Here nothing says whether an address is proved, and tools link accounts by it: only one that is.
        email: claim("email", "email").filter(|_| facts.email_verified),
        user_type: client.may_ask("membership").then(|| class(facts)),
    }
}

/// The class in one word or two.
fn class(facts: &Facts) -> String {
    let Some(member) = &facts.member else {
        return "guest".to_owned();
    };
    match (member.class.operational, member.class.user) {
        (true, true) => "operational user",
        (true, false) => "operational",
        (false, true) => "user",
        (false, false) => "guest",
    }
    .to_owned()
}

/// Names of the groups that a tool is told of: those of the claim, but for the standing, which all of them share.
pub(super) fn groups(facts: &Facts) -> Vec<String> {
    let mut groups = facts.groups();
    groups.retain(|group| !group.starts_with("standing:"));
    groups
}

/// Whether a group that a tool knows still has something to stand for, even while nobody is in it: its circle is there, or
/// it belongs to no circle.
pub(super) fn stays(group: &str, is_circle: impl Fn(&str) -> bool) -> bool {
    match group.split_once(':') {
        Some(("circle", slug)) => is_circle(slug),
        Some(("role", rest)) => is_circle(rest.split(':').next().unwrap_or_default()),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AccountId,
        accounts::Account,
        members::{Member, MemberKind, Ties},
        testing::at,
    };

    #[test]
    fn accounts_go_to_folders_of_servers_with_tokens_that_fit_a_header() {
        for good in ["https://files.example.org/scim/v2", "http://127.0.0.1:4000/scim"] {
            assert!(endpoint_may_be(good), "{good}");
        }
        for bad in [
            "",
            "http://files.example.org/scim",
            "https://files.example.org/scim?tenant=1",
            "ftp://x",
        ] {
            assert!(!endpoint_may_be(bad), "{bad}");
        }
        assert!(token_may_be("abc.DEF-1_~+/="));
        for bad in ["", "two words", "line\nbreak", "naïve", &"x".repeat(4001)] {
            assert!(!token_may_be(bad), "{bad}");
        }
    }

    #[test]
    fn a_tool_is_told_what_its_scopes_say_and_no_more() {
        let now = at(2026, 11, 23, 9, 0);
        let mut member = Member::new(MemberKind::Person, "Ama Owusu", "ama", now);
        member.class.user = true;
        let mut facts = Facts {
            account: Account {
                id: AccountId::generate(),
                email: "ama@example.org".into(),
                name: "Ama".into(),
                created_at: now,
                disabled_at: None,
                locale: String::new(),
            },
            email_verified: true,
            member: Some(member),
            ties: Ties::default(),
        };
        let with = |scopes: &[&str]| Client {
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            ..Client::new("files", "Files", now)
        };
        let bare = told(&with(&["openid"]), &facts, "s-1");
        assert_eq!((bare.external_id.as_str(), bare.user_name.as_str()), ("s-1", "s-1"));
        assert_eq!((bare.display_name, bare.email, bare.user_type), (None, None, None));
        let profile = told(&with(&["openid", "profile"]), &facts, "s-1");
        assert_eq!(
            (profile.user_name.as_str(), profile.display_name.as_deref()),
            ("ama", Some("Ama Owusu"))
        );
        assert_eq!(profile.email, None);
        let all = told(&with(&["openid", "profile", "email", "membership"]), &facts, "s-1");
        assert_eq!(all.email.as_deref(), Some("ama@example.org"));
        assert_eq!(all.user_type.as_deref(), Some("user"));
        assert_ne!(all.wanted(), profile.wanted());
        facts.email_verified = false;
        let unproved = told(&with(&["openid", "profile", "email", "membership"]), &facts, "s-1");
        assert_eq!(unproved.email, None, "only an address that is proved");
        facts.email_verified = true;
        assert_eq!(groups(&facts), ["class:user", "hub:member"]);
        if let Some(member) = &mut facts.member {
            member.class.operational = true;
        }
        let changed = told(&with(&["openid", "profile", "email", "membership"]), &facts, "s-1");
        assert_ne!(
            all.wanted(),
            changed.wanted(),
            "a change of class is a change of the account"
        );
    }

    #[test]
    fn a_group_stays_as_long_as_its_circle() {
        let is_circle = |slug: &str| slug == "care";
        assert!(
            stays("circle:care", is_circle) && stays("role:care:convenor", is_circle) && stays("hub:member", is_circle)
        );
        assert!(!stays("circle:tech", is_circle) && !stays("role:tech:link", is_circle));
    }
}
