//! What every route can reach.

use std::{future::Future, sync::Arc};

use app::{
    ctx::{Assets, Services, Settings},
    doors::Door,
    live::Live,
};
use axum::extract::FromRef;
use chrono::TimeDelta;
use domain::{accounts, db::Db, seal::Sealer};
use leptos::config::LeptosOptions;
use tokio::sync::watch;

use crate::{
    clock,
    config::{self, AssertionAudience, AuthMethod, Config, Registration},
    mail::Mailer,
    outgoing::Outgoing,
    sso::{self, Sso},
};

/// Name of the built browser files.
const NAME: &str = "hub";
/// What the provider of the single-issuer keys is called.
const SINGLE: &str = "single";

/// Shared by all routes, cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// What pages and actions work with.
    pub services: Arc<Services>,
    /// Sign-on.
    pub sso: Arc<Sso>,
    /// Calls to tools and other parties.
    pub outgoing: Outgoing,
    /// The settings.
    pub config: Arc<Config>,
    /// How letters leave.
    pub(crate) mail: Arc<Mailer>,
    /// Whether the program is told to stop.
    pub shutdown: Shutdown,
    /// Where leptos finds the built browser files.
    pub leptos: LeptosOptions,
}

impl AppState {
    /// The state of a node.
    ///
    /// # Errors
    /// Where the TLS of outgoing calls cannot be set up.
    pub fn new(config: Config, db: Db, sealer: Sealer, shutdown: Shutdown) -> Result<Self, reqwest::Error> {
        let leptos = leptos_options(&config);
        let sso = Sso::new(db.clone(), sign_on_settings(&config), sealer.clone(), clock::now)?;
        let services = Services {
            db,
            sealer,
            settings: page_settings(&config, sso.doors()),
            live: Live::default(),
            clock: clock::now,
        };
        Ok(Self {
            services: Arc::new(services),
            sso,
            outgoing: Outgoing::new(config.outgoing.private_addresses)?,
            mail: Arc::new(Mailer::new(&config.mail)),
            config: Arc::new(config),
            shutdown,
            leptos,
        })
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.services.db
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

/// The list of hashes that cargo-leptos leaves beside the program.
fn hashes() -> Option<String> {
    let beside = std::env::current_exe().ok()?.parent()?.join("hash.txt");
    std::fs::read_to_string(beside).ok()
}

fn leptos_options(config: &Config) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name(NAME)
        .site_root(config.server.site_folder.display().to_string())
        .site_pkg_dir("pkg")
        .site_addr(config.server.listen)
        .hash_files(hashes().is_some())
        .build()
}

/// Addresses of the built files, `/pkg/hub.HASH.css`; without the hash where there is no list.
fn assets(hashes: Option<&str>) -> Assets {
    let address = |kind: &str| {
        let hash = hashes
            .and_then(|list| {
                list.lines()
                    .find_map(|line| line.trim().strip_prefix(kind)?.strip_prefix(": "))
            })
            .map(|hash| format!(".{hash}"));
        format!("/pkg/{NAME}{}.{kind}", hash.unwrap_or_default())
    };
    Assets {
        css: address("css"),
        js: address("js"),
        wasm: address("wasm"),
    }
}

fn page_settings(config: &Config, doors: Vec<Arc<Door>>) -> Settings {
    Settings {
        community: config.community.name.clone(),
        base_url: config.base_url().as_str().trim_end_matches('/').to_owned(),
        locale: config.community.locale.clone(),
        time_zone: config.community.time_zone,
        registration: match config.sign_on.registration {
            Registration::Open => accounts::Registration::Open,
            Registration::Request => accounts::Registration::Request,
            Registration::Invitation => accounts::Registration::Invitation,
        },
        mail_is_set: config.mail.url.is_some(),
        trusted_proxies: config.server.trusted_proxies.0.clone(),
        builtin_provider: config.sign_on.has_built_in(),
        doors,
        assets: assets(hashes().as_deref()),
    }
}

fn sign_on_settings(config: &Config) -> sso::Settings {
    let sign_on = &config.sign_on;
    // The configuration makes sure that the three come together.
    let single = sign_on
        .issuer
        .clone()
        .zip(sign_on.client_id.clone())
        .zip(sign_on.client_secret.clone());
    let single = single.map(|((issuer, client_id), secret)| sso::Provider {
        callback: "/sign-in/callback".to_owned(),
        ..sso::Provider::new(SINGLE, issuer, &client_id, sso::Proof::Secret(secret))
    });
    let several = sign_on
        .providers
        .iter()
        .flatten()
        .filter_map(|(name, section)| provider(name, section));
    sso::Settings {
        base_url: config.base_url().to_string(),
        key_life: TimeDelta::days(config.sign_on.key_days.into()),
        built_in: sign_on.has_built_in(),
        providers: single.into_iter().chain(several).collect(),
    }
}

/// A provider as its section says. What is missing in it, the configuration has refused.
fn provider(name: &str, section: &config::Provider) -> Option<sso::Provider> {
    let secret = || section.client_secret.clone();
    let proof = match section.proves_itself() {
        None => sso::Proof::Secret(secret()?),
        Some(AuthMethod::ClientSecretBasic) => sso::Proof::Basic(secret()?),
        Some(AuthMethod::ClientSecretPost) => sso::Proof::Post(secret()?),
        Some(AuthMethod::PrivateKeyJwt) => sso::Proof::Key(sso::Statements {
            key: section.private_key.clone()?,
            key_id: section.private_key_id.clone(),
            for_token_endpoint: section.assertion_audience == AssertionAudience::TokenEndpoint,
        }),
        Some(AuthMethod::Public) => sso::Proof::Public,
    };
    let usual = sso::Provider::new(name, section.issuer.clone()?, section.client_id.as_deref()?, proof);
    Some(sso::Provider {
        label: section.label.clone().unwrap_or_else(|| usual.label.clone()),
        scopes: section.scopes.split_whitespace().map(str::to_owned).collect(),
        claims: sso::ClaimNames {
            name: section.name_claim.clone(),
            nickname: section.nickname_claim.clone(),
            email: section.email_claim.clone(),
            groups: section.groups_claim.clone(),
        },
        mapping: section.mapping().ok()?,
        session: section.session_hours.map(|hours| TimeDelta::hours(hours.into())),
        front_channel: section.front_channel_logout,
        ..usual
    })
}

/// Tells long-lived answers (server-sent events) and jobs that the program is stopping.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// A signal and the means to give it.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// A signal that is never given, for tests.
    pub fn never() -> Self {
        let (sender, shutdown) = Self::new();
        // A signal that nobody can give any more would count as given.
        std::mem::forget(sender);
        shutdown
    }

    /// Waits until the program is told to stop (or whoever could tell is gone).
    pub fn begun(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut receiver = self.0.clone();
        async move {
            let _ = receiver.wait_for(|stopping| *stopping).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_files_carry_their_hash_where_there_is_one() {
        let hashed = assets(Some("js: Aa1\nwasm: Bb2\ncss: Cc3\n"));
        assert_eq!(hashed.css, "/pkg/hub.Cc3.css");
        assert_eq!(hashed.wasm, "/pkg/hub.Bb2.wasm");
        assert_eq!(assets(None).js, "/pkg/hub.js");
    }
}
