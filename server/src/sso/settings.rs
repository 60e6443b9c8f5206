//! Through whom people sign in, as the operator set it.

use std::path::PathBuf;

use chrono::TimeDelta;
use domain::accounts::{BUILT_IN_ISSUER, Mapping};
use openidconnect::url::Url;
use secrecy::SecretString;

/// How people sign in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address of the hub, without a slash at the end.
    pub base_url: String,
    /// How long a key of the built-in provider signs.
    pub key_life: TimeDelta,
    /// Whether the hub is a provider itself.
    pub built_in: bool,
    /// Providers elsewhere.
    pub providers: Vec<Provider>,
}

/// A provider as the hub's relying party sees it.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name in addresses.
    pub name: String,
    /// What people read on the button; empty for the built-in one, whose words are translated.
    pub label: String,
    /// Its address; none for the built-in one, which is wherever the hub is.
    pub issuer: Option<Url>,
    /// The name by which it knows the hub.
    pub client_id: String,
    /// How the hub proves itself there.
    pub proof: Proof,
    /// What the hub asks for beside `openid`.
    pub scopes: Vec<String>,
    /// Which claims say what.
    pub claims: ClaimNames,
    /// What groups give, and what the provider rules.
    pub mapping: Mapping,
    /// How long a session lasts where the provider grants no refresh token.
    pub session: Option<TimeDelta>,
    /// Whether it may end sessions through the browser.
    pub front_channel: bool,
    /// Where it sends people back to: a path of the hub.
    pub callback: String,
}

/// How the hub proves itself to a provider.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A secret, in the way that the provider takes it.
    Secret(SecretString),
    /// A secret in the header.
    Basic(SecretString),
    /// A secret in the form.
    Post(SecretString),
    /// Statements signed with a key.
    Key(Statements),
    /// Not at all.
    Public,
}

/// Statements of the hub in place of a secret (`private_key_jwt`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statements {
    /// The file with the private key.
    pub key: PathBuf,
    /// The key ID by which the provider knows it.
    pub key_id: Option<String>,
    /// Whether they are addressed to the token endpoint and not to the issuer.
    pub for_token_endpoint: bool,
}

/// Which claims say what; `a.b` is a claim within a claim.
#[derive(Debug, Clone)]
pub struct ClaimNames {
    /// The name.
    pub name: String,
    /// What they are called for short.
    pub nickname: String,
    /// The address.
    pub email: String,
    /// The groups.
    pub groups: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            name: "name".to_owned(),
            nickname: "preferred_username".to_owned(),
            email: "email".to_owned(),
            groups: "groups".to_owned(),
        }
    }
}

impl Provider {
    /// A provider elsewhere that knows the hub by this name, with everything else as it usually is.
    pub fn new(name: &str, issuer: Url, client_id: &str, proof: Proof) -> Self {
        Self {
            name: name.to_owned(),
            label: issuer.host_str().unwrap_or_default().to_owned(),
            issuer: Some(issuer),
            client_id: client_id.to_owned(),
            proof,
            scopes: vec!["profile".to_owned(), "email".to_owned()],
            claims: ClaimNames::default(),
            mapping: Mapping::default(),
            session: None,
            front_channel: false,
            callback: format!("/sign-in/callback/{name}"),
        }
    }

    /// The built-in provider. Its client and secret are found in the database.
    pub(super) fn built_in(client_id: &str) -> Self {
        Self {
            name: BUILT_IN_ISSUER.to_owned(),
            label: String::new(),
            issuer: None,
            client_id: client_id.to_owned(),
            proof: Proof::Public,
            scopes: vec!["profile".to_owned(), "email".to_owned()],
            claims: ClaimNames::default(),
            mapping: Mapping::default(),
            session: None,
            front_channel: false,
            callback: "/sign-in/callback".to_owned(),
        }
    }

    /// Whether it is this hub.
    pub fn is_built_in(&self) -> bool {
        self.issuer.is_none()
    }
}
