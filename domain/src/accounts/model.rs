//! What an account, an identity and a browser session are.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AccountId, MemberId, members::Class};

/// The issuer that identities of the built-in provider are kept under. It is no URL, so no foreign issuer can claim it,
/// and it stays the same when the hub moves to another address.
pub const BUILT_IN_ISSUER: &str = "built-in";

/// Keys of what a browser session keeps.
pub mod session_key {
    /// The member who is signed in to the hub.
    pub const MEMBER: &str = "member";
    /// The browser, as it named itself at sign-in.
    pub const USER_AGENT: &str = "user_agent";
    /// Through whom the person came in: a [`super::Source`].
    pub const SOURCE: &str = "source";
    /// When the session ends whatever happens, in seconds since 1970: as the provider said.
    pub const UNTIL: &str = "until";
    /// When the provider has to be asked again at the earliest, in seconds since 1970.
    pub const DUE: &str = "sign_on_due";
    /// Somebody whom a provider vouches for and who belongs to no record yet.
    pub const PENDING: &str = "identity_pending";
    /// The ID token of the sign-in, shown again to the issuer at sign-out.
    pub const ID_TOKEN: &str = "id_token";
    /// Sign-ins that were started and not finished.
    pub const ATTEMPTS: &str = "sign_in_attempts";
    /// The account that is signed in at the built-in provider.
    pub const PROVIDER_ACCOUNT: &str = "provider_account";
    /// When it signed in there, in seconds since 1970.
    pub const PROVIDER_AUTH_TIME: &str = "provider_auth_time";
    /// The session of the built-in provider, as tools call it (`sid`).
    pub const PROVIDER_SID: &str = "provider_sid";
    /// When the person last showed who they are, in seconds since 1970: what acts of power ask for.
    pub const AUTH_TIME: &str = "auth_time";
    /// How sure the provider was of the person then (`acr`), where it says so.
    pub const ACR: &str = "acr";
    /// The day on which the cookie was last renewed.
    pub const RENEWED: &str = "renewed";
}

/// Who may make an account of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registration {
    /// Whoever has an invitation.
    #[default]
    Invitation,
    /// Whoever asks and is let in by a steward.
    Request,
    /// Everybody whose address is theirs.
    Open,
}

/// An account of the built-in provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Key; as text, the subject of its ID tokens.
    pub id: AccountId,
    /// The address to sign in with, in lower case.
    pub email: String,
    /// The name its person gave.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When a steward closed it, if one did.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Language of the letters to its person; empty where nobody knows.
    pub locale: String,
}

/// An address of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The address, in lower case.
    pub address: String,
    /// Whether letters go there.
    pub main: bool,
    /// Whether its person has shown that it is theirs.
    pub verified: bool,
}

/// Somebody asks for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Key.
    pub id: Uuid,
    /// Their address.
    pub email: String,
    /// The name they gave.
    pub name: String,
    /// What they say of themselves.
    pub words: String,
    /// The language they read in.
    pub locale: String,
    /// When they asked.
    pub created_at: DateTime<Utc>,
}

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// What, as a code.
    pub act: String,
    /// To what, where that is worth knowing.
    pub detail: String,
}

/// An account that waits to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// The address to sign in with.
    pub email: String,
    /// The name its person gave.
    pub name: String,
    /// The password, still in clear.
    pub password: String,
}

/// Who a provider says that a person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's address, or [`BUILT_IN_ISSUER`].
    pub issuer: String,
    /// The person's key there.
    pub subject: String,
    /// The member of this hub.
    pub member: MemberId,
    /// What the provider calls them.
    pub name: String,
    /// The address that the provider knows.
    pub email: String,
    /// Whether the provider has made sure that the address is theirs.
    pub email_verified: bool,
    /// When it was linked.
    pub created_at: DateTime<Utc>,
    /// When it was last used to sign in.
    pub last_seen_at: DateTime<Utc>,
}

/// Through whom a session came in. A logout token finds it by this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The name of the provider in the configuration, or [`BUILT_IN_ISSUER`].
    pub provider: String,
    /// The provider's address, or [`BUILT_IN_ISSUER`].
    pub issuer: String,
    /// The person's key there.
    pub subject: String,
    /// The session there, where the provider names it.
    pub sid: Option<String>,
    /// The key of the refresh token, where the provider granted one.
    pub sign_on: Option<Uuid>,
}

/// One device on which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserSession {
    /// Fingerprint of the cookie's value; it opens nothing.
    pub id: String,
    /// What the browser called itself.
    pub user_agent: String,
    /// When the person signed in there.
    pub created_at: DateTime<Utc>,
    /// When something was last asked for from there, to within some minutes.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// Where an invitation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// A steward or the command line invited somebody.
    #[default]
    Invited,
    /// Somebody came by themselves, where registration is open.
    Registered,
    /// Somebody asked, and a steward said yes.
    Approved,
}

/// An invitation to make an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The address it was written for, which becomes the account's.
    pub email: String,
    /// The name that its person gave before, if they did.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether it went out by mail, so that holding it proves the address.
    pub mailed: bool,
    /// The class of membership that comes with it.
    pub class: Class,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
}
