//! What the hub knows of a provider: found by discovery, kept for an hour, looked for by itself where it did not answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use app::doors::{self, Door};
use chrono::{DateTime, TimeDelta, Utc};
use domain::seal::SealError;
use openidconnect::{
    AdditionalProviderMetadata, AuthType, ClientId, ClientSecret, DiscoveryError, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, JsonWebKeySet, ProviderMetadata, RedirectUrl, UserInfoUrl,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
        CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
        CoreResponseType, CoreSubjectIdentifierType,
    },
    url::Url,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{
    claims,
    client_key::{ClientKey, Signer},
    http::FetchError,
};
use crate::sso::{
    Sso,
    settings::{Proof, Provider},
};

/// How long what was found is believed.
const BELIEVED: TimeDelta = TimeDelta::hours(1);
/// How long a provider that does not answer is left alone.
const PAUSE: Duration = Duration::from_secs(3);
/// How long a page waits for a provider.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long keys are believed, however many tokens come with unknown ones.
const KEYS_PAUSE: Duration = Duration::from_mins(1);

/// What discovery says beyond OpenID Connect Discovery itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Extra {
    /// Where to sign out.
    #[serde(default)]
    pub end_session_endpoint: Option<Url>,
    /// Where to give refresh tokens back.
    #[serde(default)]
    pub revocation_endpoint: Option<Url>,
    /// Whether answers say whose they are (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: Option<bool>,
}

impl AdditionalProviderMetadata for Extra {}

type Metadata = ProviderMetadata<
    Extra,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// How requests to a provider are proved to be the hub's.
#[derive(Debug, Clone)]
pub enum Proved {
    /// A secret in the header.
    Basic(String),
    /// A secret in the form.
    Post(String),
    /// A signed statement in the form.
    Key(Arc<Signer>),
    /// Not at all.
    Public,
}

/// A provider, ready to be asked.
pub struct Issuer {
    /// Its name, to the letter.
    pub name: String,
    /// What the operator set.
    pub provider: Arc<Provider>,
    /// The party that asks it: this hub.
    pub client: Client,
    /// How it names the hub.
    pub client_id: String,
    /// How the hub proves itself.
    pub proved: Proved,
    /// What else it said.
    pub extra: Extra,
    metadata: Metadata,
    keys: CoreJsonWebKeySet,
}

impl Issuer {
    /// The name under which its identities are kept.
    pub fn key(&self) -> String {
        claims::key_of(self.provider.is_built_in(), &self.name)
    }

    /// Its keys, as last fetched.
    pub fn keys(&self) -> &CoreJsonWebKeySet {
        &self.keys
    }

    /// Where it says more of a person.
    pub fn userinfo(&self) -> Option<&Url> {
        self.metadata.userinfo_endpoint().map(UserInfoUrl::url)
    }

    /// Whether it proves in its answers that they are its own (RFC 9207).
    pub fn names_itself(&self) -> bool {
        self.extra.authorization_response_iss_parameter_supported == Some(true)
    }
}

/// A provider with what is known of it.
pub struct Entrance {
    /// What the operator set.
    pub provider: Arc<Provider>,
    /// What pages show of it.
    pub door: Arc<Door>,
    known: Mutex<Known>,
    /// Only one request at a time goes to find it; the others wait for what it finds.
    finding: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    found: Option<(Arc<Issuer>, DateTime<Utc>)>,
    missed: Option<Instant>,
    keys_fetched: Option<Instant>,
}

impl Entrance {
    /// A provider of which nothing is known yet.
    pub fn new(provider: Provider) -> Self {
        let issuer = provider.issuer.as_ref().map(Url::as_str);
        Self {
            door: Arc::new(Door::new(&provider.name, &provider.label, issuer)),
            provider: Arc::new(provider),
            known: Mutex::default(),
            finding: tokio::sync::Mutex::default(),
        }
    }

    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why a provider cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// It does not answer.
    #[error("the issuer does not answer")]
    Down(#[source] DiscoveryError<FetchError>),
    /// It did not answer in the time that a page has.
    #[error("the issuer does not answer in time")]
    Slow,
    /// It did not answer somebody else a moment ago.
    #[error("the issuer did not answer a moment ago")]
    DownJustNow,
    /// It answers with something else than a discovery document of its own.
    #[error("the issuer's discovery document cannot be used: {0}")]
    Answer(String),
    /// The hub's own key for it cannot be read.
    #[error("the key for this issuer cannot be read: {0}")]
    Key(String),
    /// Our own database failed, or holds a secret that does not open.
    #[error(transparent)]
    Own(#[from] SealError),
}

impl Sso {
    /// A provider, ready to be asked. What was found before serves while it does not answer.
    pub(in crate::sso) async fn issuer(&self, entrance: &Entrance) -> Result<Arc<Issuer>, IssuerError> {
        let now = self.now();
        let (fresh, old, missed) = entrance.known(|known| {
            let found = known.found.clone();
            let fresh = found
                .as_ref()
                .filter(|(_, at)| now - *at < BELIEVED)
                .map(|(issuer, _)| issuer.clone());
            (fresh, found.map(|(issuer, _)| issuer), known.missed)
        });
        if let Some(issuer) = fresh {
            return Ok(issuer);
        }
        // Those who waited while it did not answer need not each wait again.
        let paused = missed.is_some_and(|missed| missed.elapsed() < PAUSE);
        let found = if paused {
            Err(IssuerError::DownJustNow)
        } else {
            self.look(entrance, PATIENCE, false).await
        };
        match (found, old) {
            (Err(error), Some(old)) => {
                tracing::warn!(provider = entrance.provider.name, %error, "what was known of it before has to do");
                Ok(old)
            }
            (found, _) => found,
        }
    }

    /// A provider to send somebody to: where it was silent last, it has to answer first, whatever is known of it.
    pub(in crate::sso) async fn issuer_that_answers(&self, entrance: &Entrance) -> Result<Arc<Issuer>, IssuerError> {
        if entrance.door.trouble().is_some() {
            self.look(entrance, PATIENCE, true).await
        } else {
            self.issuer(entrance).await
        }
    }

    /// Looks for a provider and notes what is found, also for pages to show. `anew` where what is known is renewed before
    /// it is old.
    pub(in crate::sso) async fn look(
        &self,
        entrance: &Entrance,
        patience: Duration,
        anew: bool,
    ) -> Result<Arc<Issuer>, IssuerError> {
        let begun = Instant::now();
        let found = tokio::time::timeout(patience, async {
            let _alone = entrance.finding.lock().await;
            // Somebody else has found it, or has not, while this request waited.
            let meanwhile = entrance.known(|known| match (&known.found, known.missed) {
                (Some((issuer, at)), _) if !anew && self.now() - *at < BELIEVED => Some(Ok(issuer.clone())),
                (_, Some(missed)) if missed > begun => Some(Err(IssuerError::DownJustNow)),
                _ => None,
            });
            match meanwhile {
                Some(meanwhile) => meanwhile,
                None => self.find(&entrance.provider).await.map(Arc::new),
            }
        })
        .await
        .unwrap_or(Err(IssuerError::Slow));
        match &found {
            Ok(issuer) => {
                entrance.known(|known| {
                    known.found = Some((issuer.clone(), self.now()));
                    known.missed = None;
                });
                entrance.door.answers();
            }
            Err(IssuerError::Own(_) | IssuerError::DownJustNow) => {}
            Err(error) => {
                let silent = matches!(error, IssuerError::Down(_) | IssuerError::Slow);
                entrance.known(|known| known.missed = silent.then(Instant::now));
                let trouble = if silent {
                    doors::Trouble::Silent
                } else {
                    doors::Trouble::Strange
                };
                entrance.door.fails(trouble, self.now());
            }
        }
        found
    }

    /// The provider with keys fetched anew, because a token names one that is not known: at most once a minute, so that
    /// nobody makes the hub fetch by showing it made-up tokens.
    pub(in crate::sso) async fn with_new_keys(&self, entrance: &Entrance, issuer: &Arc<Issuer>) -> Option<Arc<Issuer>> {
        let _alone = entrance.finding.lock().await;
        let (known, wait) = entrance.known(|known| {
            let wait = known.keys_fetched.is_some_and(|at| at.elapsed() < KEYS_PAUSE);
            if !wait {
                known.keys_fetched = Some(Instant::now());
            }
            (known.found.clone().map(|(issuer, _)| issuer), wait)
        });
        if wait {
            // Another request may just have fetched them.
            return known.filter(|known| !Arc::ptr_eq(known, issuer));
        }
        let fetched = JsonWebKeySet::fetch_async(issuer.metadata.jwks_uri(), self).await;
        let keys = fetched
            .inspect_err(|error| tracing::warn!(%error, provider = issuer.provider.name, "its keys cannot be fetched"))
            .ok()?;
        let metadata = issuer.metadata.clone().set_jwks(keys);
        let renewed = self
            .ready(
                &issuer.provider,
                metadata,
                issuer.client_id.clone(),
                issuer.proved.clone(),
            )
            .ok()?;
        let renewed = Arc::new(renewed);
        entrance.known(|known| {
            if let Some((issuer, _)) = &mut known.found {
                *issuer = renewed.clone();
            }
        });
        Some(renewed)
    }

    async fn find(&self, provider: &Arc<Provider>) -> Result<Issuer, IssuerError> {
        let Some(issuer) = &provider.issuer else {
            let (client, secret) = self.hub_client().await?;
            let metadata = self.discover(&self.settings.base_url).await?;
            return self.ready(
                provider,
                metadata,
                client.client_id,
                Proved::Basic(secret.expose_secret().to_owned()),
            );
        };
        let metadata = self.discover_written(issuer.as_str()).await?;
        let methods = metadata.token_endpoint_auth_methods_supported().map(Vec::as_slice);
        let proved = match &provider.proof {
            Proof::Secret(secret) if takes_the_form_only(methods) => Proved::Post(secret.expose_secret().to_owned()),
            Proof::Secret(secret) | Proof::Basic(secret) => Proved::Basic(secret.expose_secret().to_owned()),
            Proof::Post(secret) => Proved::Post(secret.expose_secret().to_owned()),
            Proof::Key(statements) => {
                let file = statements.key.clone();
                let key = tokio::task::spawn_blocking(move || ClientKey::read(&file)).await;
                let key = key.map_err(|error| IssuerError::Key(error.to_string()))?;
                let endpoint = metadata.token_endpoint().filter(|_| statements.for_token_endpoint);
                let audience = endpoint.map_or_else(|| metadata.issuer().to_string(), ToString::to_string);
                let signer = Signer::new(key.map_err(IssuerError::Key)?, statements.key_id.clone(), audience);
                Proved::Key(Arc::new(signer))
            }
            Proof::Public => Proved::Public,
        };
        self.ready(provider, metadata, provider.client_id.clone(), proved)
    }

    fn ready(
        &self,
        provider: &Arc<Provider>,
        metadata: Metadata,
        client_id: String,
        proved: Proved,
    ) -> Result<Issuer, IssuerError> {
        let redirect =
            RedirectUrl::new(self.url(&provider.callback)).map_err(|e| IssuerError::Answer(e.to_string()))?;
        let (secret, auth_type) = match &proved {
            Proved::Basic(secret) => (Some(ClientSecret::new(secret.clone())), AuthType::BasicAuth),
            Proved::Post(secret) => (Some(ClientSecret::new(secret.clone())), AuthType::RequestBody),
            Proved::Key(_) | Proved::Public => (None, AuthType::RequestBody),
        };
        let client: Client =
            CoreClient::from_provider_metadata(metadata.clone(), ClientId::new(client_id.clone()), secret)
                .set_auth_type(auth_type)
                .set_redirect_uri(redirect);
        Ok(Issuer {
            name: metadata.issuer().as_str().to_owned(),
            provider: provider.clone(),
            client,
            client_id,
            proved,
            extra: metadata.additional_metadata().clone(),
            keys: metadata.jwks().clone(),
            metadata,
        })
    }

    /// An issuer's name ends with a slash or without; what an operator types may differ in just that.
    async fn discover_written(&self, written: &str) -> Result<Metadata, IssuerError> {
        let bare = written.trim_end_matches('/');
        let slashed = format!("{bare}/");
        let is_root = Url::parse(written).is_ok_and(|url| url.path() == "/");
        let (first, second) = if written.ends_with('/') && !is_root {
            (slashed.as_str(), bare)
        } else {
            (bare, slashed.as_str())
        };
        match self.discover(first).await {
            Err(IssuerError::Answer(first_answer)) => match self.discover(second).await {
                Err(_) => Err(IssuerError::Answer(first_answer)),
                found => found,
            },
            found => found,
        }
    }

    async fn discover(&self, issuer: &str) -> Result<Metadata, IssuerError> {
        let answer = |text: String| IssuerError::Answer(text);
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|e| answer(e.to_string()))?;
        Metadata::discover_async(issuer, self)
            .await
            .map_err(|error| match error {
                DiscoveryError::Request(_) => IssuerError::Down(error),
                DiscoveryError::Response(status, ..) if status.is_server_error() => IssuerError::Down(error),
                DiscoveryError::Parse(cause) => answer(cause.to_string()),
                other => answer(other.to_string()),
            })
    }
}

/// HTTP Basic is the rule, unless the provider only takes the secret in the form.
fn takes_the_form_only(methods: Option<&[CoreClientAuthMethod]>) -> bool {
    methods.is_some_and(|methods| {
        methods.contains(&CoreClientAuthMethod::ClientSecretPost)
            && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
    })
}
