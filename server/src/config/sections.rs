//! What can be configured: one struct a concern. The comments here become `hub.example.toml`.
#![allow(
    clippy::doc_markdown,
    reason = "these sentences are the comments of hub.example.toml"
)]

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use chrono_tz::Tz;
use ipnet::IpNet;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::documented::{Section, documented};

documented! {
    /// The community that this hub serves.
    community: Community {
        /// Its name, shown on every page.
        name: String = "Our Commons",
        /// Language of a page where neither the person nor the browser has chosen one: "en" or "es".
        locale: String = "en",
        /// Time zone of a page where nobody is signed in: a name of the IANA list, such as "Europe/Madrid", or "UTC".
        time_zone: Tz = "UTC",
    }
}

documented! {
    /// Where the hub keeps what it knows.
    database: Database {
        /// "sqlite://PATH" (the file is made on first start) or "postgres://USER:PASSWORD@HOST/NAME".
        url: SecretString = "sqlite://hub.sqlite",
        /// How many connections are kept open at most, from 1 to 500.
        connections: u32 = 10,
    }
}

documented! {
    /// How the hub answers.
    server: Server {
        /// Address and port to listen on. Put a proxy that speaks TLS in front of anything but loopback.
        listen: SocketAddr = "127.0.0.1:3000",
        /// The address by which people reach the hub, as "https://hub.example.org" (no path). Cookies are sent over TLS
        /// only and browsers are told to stay on TLS where it begins with https. Without it: http and the listening address.
        base_url: Option<Url>; such as "https://hub.example.org",
        /// Proxies in front of the hub, as addresses or networks with commas between: "127.0.0.1, 10.0.0.0/8". Only they are
        /// believed about where a request comes from (X-Forwarded-For), which the brakes on guessing passwords need to know.
        trusted_proxies: Proxies = "",
        /// The largest request body taken, in KiB, from 16 to 65536.
        body_limit_kib: u32 = 1024,
        /// Seconds after which a request that has no answer yet is given up, from 1 to 300.
        request_seconds: u32 = 15,
        /// Seconds that running requests have to finish when the hub is told to stop, from 0 to 300.
        shutdown_seconds: u32 = 20,
        /// Folder of the built browser files (wasm, script, styles, fonts, pictures).
        site_folder: PathBuf = "target/site",
    }
}

documented! {
    /// What the hub writes about its own running, to standard error.
    log: Log {
        /// "text" for people or "json" for machines.
        format: LogFormat = "text",
        /// "error", "warn", "info", "debug" or "trace", also by module: "info,server=debug".
        level: String = "info",
    }
}

documented! {
    /// How people sign in. Without any other provider the hub is its own OpenID provider.
    sign_on: SignOn {
        /// Issuer of the community's own OpenID provider: an address whose ".well-known/openid-configuration" answers.
        issuer: Option<Url>; such as "https://id.example.org/realms/commons",
        /// The name by which that provider knows this hub. Needed with an issuer.
        client_id: Option<String>; such as "hub",
        /// The secret that goes with it. Needed with an issuer; better kept in HUB_SIGN_ON__CLIENT_SECRET than in a file.
        client_secret: Option<SecretString>; such as "a long random text",
        /// Whether the built-in provider is there, true or false. Without it: true until another provider is set up.
        built_in: Option<bool>; such as true,
        /// Who may make an account at the built-in provider: "open" for anybody whose address is theirs, "request" for
        /// people whom a steward lets in after they asked, "invitation" for people with a letter.
        registration: Registration = "open",
        /// Days after which the built-in provider signs with a new key, from 7 to 730. It is published a day before.
        key_days: u32 = 90,
        /// The other providers, each in a section of its own.
        providers: Option<BTreeMap<String, Provider>>,
    }
}

documented! {
    /// How secrets are sealed in the database: keys of the provider, secrets of clients.
    secrets: Secrets {
        /// The file with the key: 32 bytes in base64, for the hub alone to read. It is made on first start; without this
        /// setting as "hub.key" beside the SQLite file, or in the working folder. All nodes of a hub need the same.
        /// Without it, what is sealed is lost: keep a copy, apart from the copies of the database.
        key_file: Option<PathBuf>; such as "/etc/hub/hub.key",
        /// The key itself in place of a file; better kept in HUB_SECRETS__KEY than here.
        key: Option<SecretString>; such as "what `openssl rand -base64 32` prints",
    }
}

documented! {
    /// A provider beside the others, as often as you like, each under a name of its own (small letters, digits and
    /// hyphens) in place of "example". It knows the hub by the redirect address BASE_URL/sign-in/callback/NAME and sends
    /// logout tokens to BASE_URL/sign-in/back-channel-logout/NAME.
    provider: Provider {
        /// What people read on the button.
        label: Option<String>; such as "Example University",
        /// Issuer: an address whose ".well-known/openid-configuration" answers. Needed.
        issuer: Option<Url>; such as "https://id.example.org/realms/staff",
        /// The name by which the provider knows this hub. Needed.
        client_id: Option<String>; such as "hub",
        /// The secret that goes with it, better kept in HUB_SIGN_ON__PROVIDERS__EXAMPLE__CLIENT_SECRET than in a file.
        client_secret: Option<SecretString>; such as "a long random text",
        /// File with the private key of this hub in PEM (PKCS #8 or, for RSA, PKCS #1), in place of a secret. RSA signs
        /// with RS256, P-256 with ES256, Ed25519 with EdDSA.
        private_key: Option<PathBuf>; such as "hub-client.pem",
        /// The key ID (kid) by which the provider knows the public half of that key, where it wants one.
        private_key_id: Option<String>; such as "hub-2026",
        /// To whom statements signed with it are addressed: "issuer", or "token_endpoint" for providers that know no other.
        assertion_audience: AssertionAudience = "issuer",
        /// How the hub proves itself: "client_secret_basic", "client_secret_post", "private_key_jwt" or "public". Without
        /// it: the key where there is one, else the secret in the way that the provider takes, else "public".
        auth_method: Option<AuthMethod>; such as "private_key_jwt",
        /// What the hub asks for beside "openid". Many providers grant refresh tokens with "offline_access" only.
        scopes: String = "profile email",
        /// Claim with the name of the person. Of a claim within claims, the way: "profile.name".
        name_claim: String = "name",
        /// Claim with what they are called for short.
        nickname_claim: String = "preferred_username",
        /// Claim with their address.
        email_claim: String = "email",
        /// Claim with their groups: a list of texts, or one text.
        groups_claim: String = "groups",
        /// What each group gives: "operational" and "user" (classes), "steward", "circle:NAME" and "circle:NAME:ROLE" with
        /// the name of the circle in addresses and the role "convenor", "secretary", "link" or "member".
        groups: Option<BTreeMap<String, Vec<String>>>; such as { "hub-keys" = ["steward"], "hub-tech" = ["operational", "circle:tech"] },
        /// What the provider rules, apart by spaces: "class", "circles", "steward", "name", "email". The hub rules the rest.
        /// What it gave is taken away when it stops giving it; what the hub gave stays; a missing claim changes nothing.
        rules: String = "class circles steward",
        /// Hours after which a person has to come through the provider again, where it grants no refresh token.
        session_hours: Option<u32>; such as 12,
        /// Whether the provider may end sessions by front-channel logout at BASE_URL/sign-in/front-channel-logout/NAME: for
        /// those that have no back-channel logout.
        front_channel_logout: bool = false,
    }
}

impl Provider {
    /// How it is documented: there can be several.
    pub const MANY: Section = Section {
        name: "sign_on.providers.example",
        many: true,
        ..Self::SECTION
    };
}

documented! {
    /// How letters leave the hub. Without it, they are written to the log.
    mail: Mail {
        /// "smtp://USER:PASSWORD@HOST:PORT" (STARTTLS, but on this machine) or "smtps://USER:PASSWORD@HOST:PORT" (TLS).
        url: Option<SecretString>; such as "smtps://hub:password@mail.example.org:465",
        /// Who the letters are from. Needed with an address above.
        from: Option<String>; such as "Our Commons <hub@example.org>",
    }
}

documented! {
    /// How circles confirm, at an interval, the tools and people they answer for.
    access_review: AccessReview {
        /// Days from the beginning of one review to the next, from 1 to 3650; 0 for none.
        every_days: u32 = 180,
        /// Days that a circle has to answer, from 1 to 365.
        answer_within_days: u32 = 30,
    }
}

documented! {
    /// Calls that the hub makes to tools and other parties whose address somebody typed in.
    outgoing: Outgoing {
        /// Whether they may go to this machine and to private networks, such as 127.0.0.1 or 10.0.0.5. Needed where tools
        /// stand beside the hub; leave it off anywhere else.
        private_addresses: bool = false,
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Who may make an account at the built-in provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Anybody.
    Open,
    /// People whom a steward lets in.
    Request,
    /// People who hold an invitation.
    Invitation,
}

/// Addresses and networks, with commas between.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Proxies(pub Vec<IpNet>);

impl TryFrom<String> for Proxies {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| {
                part.parse::<IpNet>()
                    .or_else(|_| part.parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| format!("{part:?} is neither an address nor a network"))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// How the hub proves itself at a provider's token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// The secret in the header (RFC 6749).
    ClientSecretBasic,
    /// The secret in the form.
    ClientSecretPost,
    /// A statement signed with the hub's key (RFC 7523).
    PrivateKeyJwt,
    /// Not at all: PKCE alone protects the code.
    Public,
}

/// To whom the hub's signed statements are addressed (OpenID Connect Core 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionAudience {
    /// The issuer: a statement for one provider is worth nothing at another.
    Issuer,
    /// The address of its token endpoint.
    TokenEndpoint,
}
