//! What the hub knows of its issuer: found by discovery, kept for an hour, found anew after a failure.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::seal::SealError;
use openidconnect::{
    AdditionalProviderMetadata, AuthType, ClientId, ClientSecret, DiscoveryError, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, ProviderMetadata, RedirectUrl,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType,
    },
    url::Url,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::http::FetchError;
use crate::sso::Sso;

/// How long what was found is believed.
const BELIEVED: TimeDelta = TimeDelta::hours(1);

/// How long an issuer that does not answer is left alone.
const PAUSE: Duration = Duration::from_secs(3);

/// What discovery says beyond OpenID Connect Discovery itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Extra {
    /// Where to sign out.
    #[serde(default)]
    pub end_session_endpoint: Option<Url>,
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

/// The issuer, ready to be asked.
pub struct Issuer {
    /// Its name, to the letter.
    pub name: String,
    /// Whether it is this hub.
    pub built_in: bool,
    /// The party that asks it: this hub.
    pub client: Client,
    /// How it names the hub.
    pub client_id: String,
    /// What else it said.
    pub extra: Extra,
}

/// The issuer as last found, and when it was last not found.
#[derive(Default)]
pub struct Cache(Mutex<Known>);

#[derive(Default)]
struct Known {
    found: Option<(Arc<Issuer>, DateTime<Utc>)>,
    missed: Option<Instant>,
}

/// Why the issuer cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// It does not answer.
    #[error("the issuer does not answer")]
    Down(#[source] DiscoveryError<FetchError>),
    /// It did not answer somebody else a moment ago.
    #[error("the issuer did not answer a moment ago")]
    DownJustNow,
    /// It answers with something else than a discovery document of its own.
    #[error("the issuer's discovery document cannot be used: {0}")]
    Answer(String),
    /// Our own database failed, or holds a secret that does not open.
    #[error(transparent)]
    Own(#[from] SealError),
}

impl Sso {
    /// The issuer. Only one request at a time goes to find it; the others wait for what it finds.
    pub(in crate::sso) async fn issuer(&self) -> Result<Arc<Issuer>, IssuerError> {
        let now = self.now();
        let mut known = self.issuer.0.lock().await;
        if let Some((issuer, found)) = &known.found
            && now - *found < BELIEVED
        {
            return Ok(issuer.clone());
        }
        // Those who waited while it did not answer need not each wait again.
        if known.missed.is_some_and(|missed| missed.elapsed() < PAUSE) {
            return Err(IssuerError::DownJustNow);
        }
        match self.find().await {
            Ok(issuer) => {
                let issuer = Arc::new(issuer);
                *known = Known {
                    found: Some((issuer.clone(), now)),
                    missed: None,
                };
                Ok(issuer)
            }
            Err(error) => {
                known.missed = matches!(error, IssuerError::Down(_)).then(Instant::now);
                Err(error)
            }
        }
    }

    /// Forgets what was found: the issuer may have changed its keys or its mind.
    pub(in crate::sso) async fn forget_issuer(&self) {
        *self.issuer.0.lock().await = Known::default();
    }

    async fn find(&self) -> Result<Issuer, IssuerError> {
        let (metadata, client_id, secret) = match &self.settings.foreign {
            Some(foreign) => {
                let secret = ClientSecret::new(foreign.client_secret.expose_secret().to_owned());
                (
                    self.discover_written(foreign.issuer.as_str()).await?,
                    foreign.client_id.clone(),
                    secret,
                )
            }
            None => {
                let (client, secret) = self.hub_client().await?;
                let metadata = self.discover(&self.settings.base_url).await?;
                (
                    metadata,
                    client.client_id,
                    ClientSecret::new(secret.expose_secret().to_owned()),
                )
            }
        };
        let extra = metadata.additional_metadata().clone();
        let name = metadata.issuer().as_str().to_owned();
        let redirect =
            RedirectUrl::new(self.url("/sign-in/callback")).map_err(|e| IssuerError::Answer(e.to_string()))?;
        let auth_type = auth_type(metadata.token_endpoint_auth_methods_supported().map(Vec::as_slice));
        let client: Client =
            CoreClient::from_provider_metadata(metadata, ClientId::new(client_id.clone()), Some(secret))
                .set_auth_type(auth_type)
                .set_redirect_uri(redirect);
        Ok(Issuer {
            name,
            built_in: self.settings.foreign.is_none(),
            client,
            client_id,
            extra,
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

/// HTTP Basic, unless the issuer only takes the secret in the form.
fn auth_type(methods: Option<&[CoreClientAuthMethod]>) -> AuthType {
    match methods {
        Some(methods)
            if methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) =>
        {
            AuthType::RequestBody
        }
        _ => AuthType::BasicAuth,
    }
}
