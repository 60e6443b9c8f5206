//! What a key, a client and a session of the provider are.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::{AccountId, MemberId, ToolId, access::Audience};

/// An enum of words that stand in the database and on the wire.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Reads the word.
            pub fn read(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }
    };
}

words! {
    /// How a token is signed (RFC 7518).
    Algorithm {
        /// `RSASSA-PKCS1-v1_5` with SHA-256: what every client can.
        Rs256 = "RS256",
        /// ECDSA with P-256 and SHA-256.
        Es256 = "ES256",
        /// Ed25519.
        EdDsa = "EdDSA",
    }
}

words! {
    /// Whether a client can keep a secret.
    ClientKind {
        /// It runs on a server.
        Confidential = "confidential",
        /// It runs in a browser, on a telephone or on a command line.
        Public = "public",
    }
}

words! {
    /// How a client proves itself at the token endpoint.
    AuthMethod {
        /// Not at all: a public client.
        None = "none",
        /// Name and secret in the header. A client with a secret may as well send it in the form.
        ClientSecretBasic = "client_secret_basic",
        /// Name and secret in the form.
        ClientSecretPost = "client_secret_post",
        /// A signed assertion (RFC 7523).
        PrivateKeyJwt = "private_key_jwt",
    }
}

words! {
    /// What a client may exchange for tokens.
    GrantType {
        /// A code.
        AuthorizationCode = "authorization_code",
        /// A refresh token.
        RefreshToken = "refresh_token",
        /// A code that the person typed elsewhere (RFC 8628).
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
    }
}

words! {
    /// Whether all clients know a person by the same subject.
    SubjectType {
        /// They do.
        Public = "public",
        /// Each sector knows them by another one.
        Pairwise = "pairwise",
    }
}

/// A key of the provider.
#[derive(Debug, Clone)]
pub struct ProviderKey {
    /// Its name in the JWKS.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// The private half, PEM; none where it signs no more.
    pub private_key: Option<SecretString>,
    /// The public half, a JWK as JSON.
    pub public_jwk: String,
    /// When it was made, and so published.
    pub created_at: DateTime<Utc>,
    /// From when on it signs.
    pub signs_from: DateTime<Utc>,
    /// When the next one takes over.
    pub signs_until: Option<DateTime<Utc>>,
    /// Until when it stays published.
    pub retired_at: Option<DateTime<Utc>>,
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Published, so that clients know it when it begins to sign.
    Upcoming,
    /// It signs.
    Active,
    /// It signs no more; what it signed can still be checked.
    Retired,
    /// Nothing that it signed is worth anything now.
    Gone,
}

impl ProviderKey {
    /// Where it is in its life.
    pub fn state(&self, now: DateTime<Utc>) -> KeyState {
        if self.retired_at.is_some_and(|at| at <= now) {
            KeyState::Gone
        } else if self.signs_until.is_some_and(|until| until <= now) {
            KeyState::Retired
        } else if self.signs_from > now {
            KeyState::Upcoming
        } else {
            KeyState::Active
        }
    }
}

/// A party that signs people in through the provider: the hub itself, or a tool.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own in RFC 7591 and its relatives"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its public name.
    pub client_id: String,
    /// What people call it.
    pub name: String,
    /// The tool of the catalogue that it is.
    pub tool: Option<ToolId>,
    /// Whether it can keep a secret.
    pub kind: ClientKind,
    /// How it proves itself.
    pub auth: AuthMethod,
    /// Fingerprint of its secret, empty where it has none.
    pub secret_hash: String,
    /// When the secret was made.
    pub secret_at: Option<DateTime<Utc>>,
    /// Fingerprint of the secret before, and until when it still opens.
    pub old_secret: Option<(String, DateTime<Utc>)>,
    /// Its own keys, a JWK set as JSON, for `private_key_jwt`; else empty.
    pub jwks: String,
    /// Where codes may be sent, as exact addresses.
    pub redirect_uris: Vec<String>,
    /// Where people may be sent after signing out, as exact addresses.
    pub post_logout_redirect_uris: Vec<String>,
    /// What it may ask for.
    pub scopes: Vec<String>,
    /// What it may exchange.
    pub grant_types: Vec<GrantType>,
    /// How its ID tokens are signed.
    pub id_token_algorithm: Algorithm,
    /// Whether it knows people by the same subject as others.
    pub subject_type: SubjectType,
    /// Clients of one sector share pairwise subjects; empty for the host of the first redirect address.
    pub sector: String,
    /// Where it wants to be told of a logout, server to server; empty where it does not.
    pub backchannel_logout_uri: String,
    /// Whether it needs the `sid` there.
    pub backchannel_session_required: bool,
    /// Where it wants to be told of a logout through the browser; empty where it does not.
    pub frontchannel_logout_uri: String,
    /// Whether it needs the `sid` there.
    pub frontchannel_session_required: bool,
    /// Who may enter.
    pub audience: Audience,
    /// Whether the person is asked before it learns about them.
    pub asks_consent: bool,
    /// Whether its ID tokens say all that it may know, instead of userinfo alone.
    pub claims_in_id_token: bool,
    /// Who registered it.
    pub created_by: Option<MemberId>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was put out of use, if it was.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Fingerprint of the token that manages its registration (RFC 7592); empty where there is none.
    pub registration_token_hash: String,
}

impl Client {
    /// A confidential client that may do the code flow and nothing else; fill in what differs.
    pub fn new(client_id: &str, name: &str, now: DateTime<Utc>) -> Self {
        Self {
            client_id: client_id.to_owned(),
            name: name.to_owned(),
            tool: None,
            kind: ClientKind::Confidential,
            auth: AuthMethod::ClientSecretBasic,
            secret_hash: String::new(),
            secret_at: None,
            old_secret: None,
            jwks: String::new(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
            grant_types: vec![GrantType::AuthorizationCode],
            id_token_algorithm: Algorithm::Rs256,
            subject_type: SubjectType::Public,
            sector: String::new(),
            backchannel_logout_uri: String::new(),
            backchannel_session_required: false,
            frontchannel_logout_uri: String::new(),
            frontchannel_session_required: false,
            audience: Audience::Everybody,
            asks_consent: false,
            claims_in_id_token: false,
            created_by: None,
            created_at: now,
            disabled_at: None,
            registration_token_hash: String::new(),
        }
    }

    /// Whether it may exchange this.
    pub fn may(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether it may ask for this scope.
    pub fn may_ask(&self, scope: &str) -> bool {
        self.scopes.iter().any(|known| known == scope)
    }
}

/// One person in one browser, from signing in at the provider to signing out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSession {
    /// What tools call it.
    pub sid: String,
    /// Who.
    pub account: AccountId,
    /// Since when.
    pub started_at: DateTime<Utc>,
    /// When they last showed who they are.
    pub auth_time: DateTime<Utc>,
    /// By what means (RFC 8176): `pwd`, `otp`, `swk`.
    pub amr: Vec<String>,
    /// How much that is worth: see [`super::acr`].
    pub acr: String,
    /// What the browser called itself.
    pub user_agent: String,
    /// When it ended, if it has.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What a tool was told in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionClient {
    /// The session.
    pub sid: String,
    /// The tool.
    pub client_id: String,
    /// Who the person is to it.
    pub subject: String,
    /// What it asked for.
    pub scopes: Vec<String>,
    /// Names of the claims that it was told.
    pub claims: Vec<String>,
    /// When it first asked.
    pub first_at: DateTime<Utc>,
    /// When it last asked.
    pub last_at: DateTime<Utc>,
    /// When its part of the session ended, if it has.
    pub ended_at: Option<DateTime<Utc>>,
}
