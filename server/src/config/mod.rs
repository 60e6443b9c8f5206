//! The configuration: defaults, then `hub.toml`, then variables `HUB_SECTION__KEY`.

mod documented;
mod example;
mod load;
mod providers;
mod sections;
#[cfg(test)]
mod tests;

use std::path::Path;

use secrecy::ExposeSecret;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use url::Url;

pub use documented::{Key, Section};
pub use load::ConfigError;
pub use sections::{
    AccessReview, AssertionAudience, AuthMethod, Community, Database, Log, LogFormat, Mail, Outgoing, Provider,
    Proxies, Registration, Secrets, Server, SignOn,
};

/// Every section, in the order of the example.
const SECTIONS: &[Section] = &[
    Community::SECTION,
    Database::SECTION,
    Server::SECTION,
    Log::SECTION,
    SignOn::SECTION,
    Provider::MANY,
    Secrets::SECTION,
    Mail::SECTION,
    Outgoing::SECTION,
    AccessReview::SECTION,
];

/// All settings of a hub.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The community.
    pub community: Community,
    /// Where data is kept.
    pub database: Database,
    /// How the hub answers.
    pub server: Server,
    /// What it writes about its running.
    pub log: Log,
    /// How people sign in.
    pub sign_on: SignOn,
    /// How secrets are sealed.
    pub secrets: Secrets,
    /// How letters leave.
    pub mail: Mail,
    /// Calls to tools and other parties.
    pub outgoing: Outgoing,
    /// How circles confirm what they answer for.
    pub access_review: AccessReview,
}

impl Config {
    /// Reads the file (where it exists) and the environment of the process.
    ///
    /// # Errors
    /// Where a key is unknown or a value wrong.
    pub fn load(file: &Path) -> Result<Self, Box<ConfigError>> {
        load::load(file, std::env::vars())
    }

    /// Reads the file (where it exists) and the given variables, for tests.
    ///
    /// # Errors
    /// Where a key is unknown or a value wrong.
    pub fn load_with(file: &Path, variables: &[(&str, &str)]) -> Result<Self, Box<ConfigError>> {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        load::load(file, variables.collect::<Vec<_>>())
    }

    /// The annotated example file.
    pub fn example() -> String {
        example::example(SECTIONS)
    }

    /// The address by which people reach the hub, ending with a slash.
    pub fn base_url(&self) -> Url {
        self.server.base_url.clone().unwrap_or_else(|| {
            let mut url = LOOPBACK.clone();
            // Neither can fail: an http address takes any IP address and any port.
            let _ = url.set_ip_host(self.server.listen.ip());
            let _ = url.set_port(Some(self.server.listen.port()));
            url
        })
    }

    /// Whether people reach the hub over TLS.
    pub fn on_tls(&self) -> bool {
        self.base_url().scheme() == "https"
    }

    /// Looks whether the files that keys name can be read, for programs that will need them.
    ///
    /// # Errors
    /// Where one cannot.
    pub fn check_files(&self) -> Result<(), Box<ConfigError>> {
        self.sign_on.check_files()
    }

    /// What the types alone cannot say. An error is the key and what is wrong.
    fn check(&self) -> Result<(), Wrong> {
        let Self {
            community,
            database,
            server,
            log,
            sign_on,
            secrets: _,
            mail,
            outgoing: _,
            access_review,
        } = self;
        let url = database.url.expose_secret();
        let known = ["sqlite://", "postgres://", "postgresql://"];
        ensure(
            known.iter().any(|scheme| url.starts_with(scheme)),
            "database.url",
            "unknown kind of database",
        )?;
        within(database.connections, 1, 500, "database.connections")?;
        within(server.body_limit_kib, 16, 65536, "server.body_limit_kib")?;
        within(server.request_seconds, 1, 300, "server.request_seconds")?;
        within(server.shutdown_seconds, 0, 300, "server.shutdown_seconds")?;
        within(access_review.every_days, 0, 3650, "access_review.every_days")?;
        within(
            access_review.answer_within_days,
            1,
            365,
            "access_review.answer_within_days",
        )?;
        ensure(
            ["en", "es"].contains(&community.locale.as_str()),
            "community.locale",
            "unknown language",
        )?;
        ensure(!community.name.trim().is_empty(), "community.name", "it is empty")?;
        EnvFilter::try_new(&log.level).map_err(|error| ("log.level".to_owned(), error.to_string()))?;
        if let Some(base) = &server.base_url {
            let plain = matches!(base.scheme(), "http" | "https") && base.path() == "/" && base.query().is_none();
            ensure(
                plain,
                "server.base_url",
                "expected http or https, a host and nothing after it",
            )?;
        }
        if sign_on.issuer.is_some() {
            ensure(
                sign_on.client_id.is_some(),
                "sign_on.client_id",
                "it is needed with sign_on.issuer",
            )?;
            ensure(
                sign_on.client_secret.is_some(),
                "sign_on.client_secret",
                "it is needed with sign_on.issuer",
            )?;
        }
        within(sign_on.key_days, 7, 730, "sign_on.key_days")?;
        sign_on.check()?;
        crate::mail::check(mail).map_err(|(key, problem)| (key.to_owned(), problem))?;
        Ok(())
    }
}

static LOOPBACK: std::sync::LazyLock<Url> = std::sync::LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "a constant that a test reads")]
    Url::parse("http://127.0.0.1/").expect("an address")
});

/// A key and what is wrong with it.
type Wrong = (String, String);

fn ensure(holds: bool, key: &str, problem: &str) -> Result<(), Wrong> {
    if holds {
        Ok(())
    } else {
        Err((key.to_owned(), problem.to_owned()))
    }
}

fn within(value: u32, least: u32, most: u32, key: &str) -> Result<(), Wrong> {
    ensure(
        (least..=most).contains(&value),
        key,
        &format!("expected {least} to {most}"),
    )
}
