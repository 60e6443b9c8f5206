//! Who may keep the tools, which addresses can be taken, and when a person is asked.

use url::{Host, Url};

use super::{ClientError, ClientForm, Proof, Scope};
use crate::access::{ActingMember, Actor, Denied};

/// Longest name of a tool.
const NAME_LENGTH: usize = 120;
/// How many addresses of one kind a tool may have.
const ADDRESSES: usize = 20;

/// Whether the tools of the shared sign-on are this person's to keep.
pub fn may_manage(actor: &Actor) -> Result<&ActingMember, Denied> {
    actor.may_steward()
}

/// Whether the person has to be asked before the tool is told: the first time, and when it wants more than they allowed.
pub fn has_to_ask(wanted: &[Scope], allowed: Option<&[Scope]>) -> bool {
    allowed.is_none_or(|allowed| wanted.iter().any(|scope| !allowed.contains(scope)))
}

/// What is kept of a form, once it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The name without spaces around it.
    pub name: String,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it hears that somebody is signed out.
    pub backchannel_logout_uri: String,
}

/// Checks what a steward wrote.
///
/// # Errors
/// The first thing that cannot be taken.
pub fn checked(form: &ClientForm) -> Result<Checked, ClientError> {
    let name = form.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > NAME_LENGTH {
        return Err(ClientError::NameMissing);
    }
    let redirect_uris = lines(&form.redirect_uris);
    if redirect_uris.is_empty() {
        return Err(ClientError::RedirectMissing);
    }
    let fine = |address: &String| redirect_may_be(address, form.proof);
    if redirect_uris.len() > ADDRESSES || !redirect_uris.iter().all(fine) {
        return Err(ClientError::RedirectShape);
    }
    let after = lines(&form.post_logout_redirect_uris);
    let fine = |address: &String| redirect_may_be(address, form.proof);
    if after.len() > ADDRESSES || !after.iter().all(fine) {
        return Err(ClientError::AfterShape);
    }
    let logout = form.backchannel_logout_uri.trim();
    if !logout.is_empty() && !logout_may_be(logout) {
        return Err(ClientError::LogoutShape);
    }
    Ok(Checked {
        name,
        redirect_uris,
        post_logout_redirect_uris: after,
        backchannel_logout_uri: logout.to_owned(),
    })
}

/// Lines with something in them, each once.
fn lines(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.split_whitespace() {
        if !found.iter().any(|known| known == line) {
            found.push(line.to_owned());
        }
    }
    found
}

/// Whether codes may be sent to this address: https; http on this very machine; for apps without a secret also a scheme
/// of their own with a dot in it (RFC 8252). Never with a fragment, a user or a placeholder.
pub fn redirect_may_be(address: &str, proof: Proof) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    if address.len() > 2000 || address.contains('#') || address.contains('*') || address.chars().any(char::is_control) {
        return false;
    }
    match url.scheme() {
        "https" => url.host().is_some() && plain(&url),
        "http" => loopback(&url) && plain(&url),
        scheme => proof == Proof::None && scheme.contains('.'),
    }
}

/// Whether a logout token may be sent there: like a redirect address of a server.
pub fn logout_may_be(address: &str) -> bool {
    redirect_may_be(address, Proof::Secret)
}

fn plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::Audience;

    #[test]
    fn codes_go_to_exact_addresses_of_servers() {
        for good in [
            "https://files.example.org/apps/user_oidc/code",
            "https://files.example.org:8443/cb?x=1",
            "http://127.0.0.1:4000/cb",
            "http://localhost/cb",
            "http://[::1]:9/cb",
        ] {
            assert!(redirect_may_be(good, Proof::Secret), "{good}");
        }
        for bad in [
            "",
            "files.example.org/cb",
            "http://files.example.org/cb",
            "https://files.example.org/cb#x",
            "https://*.example.org/cb",
            "https://u:p@files.example.org/cb",
            "javascript:alert(1)",
            "org.example.app:/cb",
            "http://localhost.evil.example/cb",
        ] {
            assert!(!redirect_may_be(bad, Proof::Secret), "{bad}");
        }
        assert!(redirect_may_be("org.example.app:/cb", Proof::None));
        assert!(!redirect_may_be("app:/cb", Proof::None));
        assert!(!redirect_may_be("javascript:alert(1)", Proof::None));
    }

    #[test]
    fn a_person_is_asked_first_and_when_more_is_wanted() {
        use Scope::{Email, Groups, Profile};
        assert!(has_to_ask(&[Profile], None));
        assert!(has_to_ask(&[], None), "the first time, even for the bare name");
        assert!(!has_to_ask(&[Profile], Some(&[Profile, Email])));
        assert!(has_to_ask(&[Profile, Groups], Some(&[Profile, Email])));
    }

    #[test]
    fn a_form_says_which_field_is_wrong() {
        let form = ClientForm {
            name: " Files ".into(),
            tool: None,
            proof: Proof::Secret,
            redirect_uris: "https://files.example.org/cb\n https://files.example.org/cb".into(),
            post_logout_redirect_uris: String::new(),
            backchannel_logout_uri: " https://files.example.org/logout ".into(),
            scopes: vec![Scope::Profile],
            pairwise: false,
            door: Audience::Members,
        };
        let fine = checked(&form).ok();
        assert_eq!(fine.as_ref().map(|c| c.name.as_str()), Some("Files"));
        assert_eq!(fine.map(|c| c.redirect_uris.len()), Some(1));
        for (wrong, field) in [
            (
                ClientForm {
                    name: " ".into(),
                    ..form.clone()
                },
                "name",
            ),
            (
                ClientForm {
                    redirect_uris: " ".into(),
                    ..form.clone()
                },
                "redirect_uris",
            ),
            (
                ClientForm {
                    redirect_uris: "http://a.example/cb".into(),
                    ..form.clone()
                },
                "redirect_uris",
            ),
            (
                ClientForm {
                    post_logout_redirect_uris: "/x".into(),
                    ..form.clone()
                },
                "post_logout_redirect_uris",
            ),
            (
                ClientForm {
                    backchannel_logout_uri: "ftp://x".into(),
                    ..form.clone()
                },
                "backchannel_logout_uri",
            ),
        ] {
            assert_eq!(checked(&wrong).err().and_then(|e| e.field()), Some(field));
        }
    }
}
