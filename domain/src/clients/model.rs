//! What a tool is to the shared sign-on: its name, its addresses, who may enter, and what it is told.

use chrono::{DateTime, Utc};

use crate::{ToolId, access::Audience};

/// Session key of an answer to the question whether a tool may learn who somebody is: fingerprint of the request's local
/// address, and the answer.
pub const CONSENT_ANSWER: &str = "provider_consent";

/// What a tool may ask for, and what it is told then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Name, handle, language, time zone.
    Profile,
    /// The e-mail address.
    Email,
    /// Circles with the role there, and class, as names of groups.
    Groups,
    /// Class, standing, organisation.
    Membership,
    /// To be told again later, while the person is away.
    Offline,
}

impl Scope {
    /// All of them, in the order in which people read them.
    pub const ALL: [Self; 5] = [
        Self::Profile,
        Self::Email,
        Self::Groups,
        Self::Membership,
        Self::Offline,
    ];

    /// Its name in requests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Groups => "groups",
            Self::Membership => "membership",
            Self::Offline => "offline_access",
        }
    }

    /// Reads a name; `openid` says nothing about a person and is none of them.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }

    /// Those that stand in a list with spaces, each once, in order.
    pub fn list(text: &str) -> Vec<Self> {
        Self::ALL
            .into_iter()
            .filter(|scope| text.split(' ').any(|name| name == scope.as_str()))
            .collect()
    }
}

/// How a tool proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// With a secret, which only its server knows.
    Secret,
    /// It cannot keep one: an app on a phone, a page in the browser. PKCE alone protects it.
    None,
}

/// A tool as a client of the provider, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolClient {
    /// The name by which it asks.
    pub client_id: String,
    /// What people call it.
    pub name: String,
    /// Its entry in the catalogue.
    pub tool: Option<ToolId>,
    /// How it proves itself.
    pub proof: Proof,
    /// Where codes may be sent, to the letter.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out, to the letter.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it hears that somebody is signed out; empty where it cannot.
    pub backchannel_logout_uri: String,
    /// What it may ask for.
    pub scopes: Vec<Scope>,
    /// Whether each tool knows a person by another name.
    pub pairwise: bool,
    /// Who may enter.
    pub door: Audience,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// Since when nobody enters through it, if a steward closed it.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Whether it registered itself with a token.
    pub registered_itself: bool,
    /// Whether people are asked before it learns about them.
    pub asks_consent: bool,
}

/// What a steward writes down of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientForm {
    /// What people call it.
    pub name: String,
    /// Its entry in the catalogue.
    pub tool: Option<ToolId>,
    /// How it proves itself.
    pub proof: Proof,
    /// Where codes may be sent, one a line.
    pub redirect_uris: String,
    /// Where people may be sent after signing out, one a line.
    pub post_logout_redirect_uris: String,
    /// Where it hears that somebody is signed out.
    pub backchannel_logout_uri: String,
    /// What it may ask for.
    pub scopes: Vec<Scope>,
    /// Whether each tool knows a person by another name.
    pub pairwise: bool,
    /// Who may enter.
    pub door: Audience,
}
