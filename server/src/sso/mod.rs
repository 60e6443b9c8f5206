//! Shared sign-on: browser sessions, the hub as relying party, and the built-in OpenID provider.
//!
//! The hub signs people in through OpenID Connect, always, with as many providers as the operator set up. Without any it is
//! its own; [`rp`] does not know the difference, apart from requests under the hub's own address being answered in this
//! process.

pub(crate) mod backchannel;
mod forward;
pub mod provider;
pub mod rp;
pub mod session_store;
mod settings;
mod trouble;

#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use axum::{Router, middleware, routing::any, routing::get, routing::post};
use chrono::{DateTime, Utc};
use domain::{db::Db, seal::Sealer};
use http::{Method, header};
use tower_http::cors::{Any, CorsLayer};

use rp::issuer::Entrance;
pub use settings::{ClaimNames, Proof, Provider, Settings, Statements};

/// What the routes of sign-on share.
pub struct Sso {
    db: Db,
    settings: Settings,
    sealer: Sealer,
    clock: fn() -> DateTime<Utc>,
    /// The whole program as a service, for requests to ourselves.
    own: OnceLock<Router>,
    outgoing: reqwest::Client,
    keys: provider::keys::Cache,
    /// Through whom people sign in, the built-in provider first.
    entrances: Vec<Entrance>,
}

impl Sso {
    /// Sign-on over a database, with what seals its secrets and a clock.
    ///
    /// # Errors
    /// Where the TLS of outgoing calls cannot be set up.
    pub fn new(
        db: Db,
        mut settings: Settings,
        sealer: Sealer,
        clock: fn() -> DateTime<Utc>,
    ) -> Result<Arc<Self>, reqwest::Error> {
        let kept = settings.base_url.trim_end_matches('/').len();
        settings.base_url.truncate(kept);
        let built_in = settings
            .built_in
            .then(|| Provider::built_in(domain::accounts::provider::HUB));
        let entrances = built_in
            .into_iter()
            .chain(settings.providers.iter().cloned())
            .map(Entrance::new);
        let entrances = entrances.collect();
        Ok(Arc::new(Self {
            db,
            settings,
            sealer,
            clock,
            own: OnceLock::new(),
            outgoing: rp::http::outgoing()?,
            keys: provider::keys::Cache::default(),
            entrances,
        }))
    }

    /// Tells sign-on the finished router of the program. Call it once, when all routes and layers are there.
    pub fn connect(&self, router: Router) {
        // A second call changes nothing: the first router is as good.
        let _ = self.own.set(router);
    }

    /// Through whom people sign in, for pages.
    pub fn doors(&self) -> Vec<Arc<app::doors::Door>> {
        self.entrances.iter().map(|entrance| entrance.door.clone()).collect()
    }

    /// A provider by its name in addresses.
    fn entrance(&self, name: &str) -> Option<&Entrance> {
        self.entrances.iter().find(|entrance| entrance.provider.name == name)
    }

    fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// An address of the hub.
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.base_url)
    }

    /// Whether the hub is reached over TLS.
    fn on_tls(&self) -> bool {
        self.settings.base_url.starts_with("https:")
    }

    /// The layer that gives each request its browser session; around all pages and the routes of sign-on.
    pub fn session_layer(&self) -> tower_sessions::SessionManagerLayer<session_store::Store> {
        session_store::layer(self.db.clone(), self.clock, self.on_tls())
    }
}

/// The routes of sign-on. The session layer has to stand around them.
///
/// Everything under `/oauth2/`, and back-channel logout, is meant to be called from elsewhere, so that the same-origin check has to let it through:
/// those routes change nothing for a signed-in person but to end their session, which asks or wants a valid hint or a
/// logout token of their provider.
pub fn routes<S: Clone + Send + Sync + 'static>(sso: Arc<Sso>) -> Router<S> {
    use provider::{authorize, device, discovery, end_session, introspect, registration, revoke, token, userinfo};
    let mut routes = Router::new()
        .route("/sign-in", get(rp::sign_in::start))
        .route("/sign-in/callback", get(rp::callback::finish))
        .route("/sign-in/callback/{name}", get(rp::callback::finish_with))
        .route("/sign-in/link", post(rp::link::confirm))
        .route("/sign-in/as-new", post(rp::link::as_new))
        .route("/sign-in/forget", post(rp::link::forget))
        .route("/sign-in/back-channel-logout/{name}", post(rp::logout::back_channel))
        .route("/sign-in/front-channel-logout/{name}", get(rp::logout::front_channel))
        .route("/sign-out", post(rp::sign_out::sign_out));
    if sso.settings.built_in {
        // What programs ask: a page of a tool may ask it too, because none of it goes by a cookie.
        let for_programs = Router::new()
            .route("/.well-known/openid-configuration", get(discovery::document))
            .route("/oauth2/jwks", get(discovery::jwks))
            .route("/oauth2/token", post(token::exchange))
            .route("/oauth2/userinfo", get(userinfo::claims).post(userinfo::claims))
            .route("/oauth2/revoke", post(revoke::revoke))
            .route("/oauth2/introspect", post(introspect::introspect))
            .route("/oauth2/device-authorization", post(device::begin))
            .layer(
                CorsLayer::new()
                    .allow_origin(Any)
                    .allow_methods([Method::GET, Method::POST])
                    .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
                    .expose_headers([header::WWW_AUTHENTICATE]),
            );
        routes = routes
            .merge(for_programs)
            .route("/.hub/check", any(forward::check))
            .route("/.hub/start", get(forward::start))
            .route("/.hub/callback", get(forward::callback))
            .route("/.hub/sign-out", get(forward::leave))
            .route("/oauth2/register", post(registration::register))
            .route(
                "/oauth2/register/{client_id}",
                get(registration::look)
                    .put(registration::rewrite)
                    .delete(registration::withdraw),
            )
            .route("/oauth2/authorize", get(authorize::ask).post(authorize::ask_by_post))
            .route(
                "/oauth2/end-session",
                get(end_session::end).post(end_session::end_by_post),
            );
    }
    routes.layer(middleware::map_response(never_kept)).with_state(sso)
}

/// Answers of sign-on are for one person at one moment: no cache keeps them, unless the route said otherwise.
async fn never_kept(mut response: axum::response::Response) -> axum::response::Response {
    let no_store = http::HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .entry(http::header::CACHE_CONTROL)
        .or_insert(no_store);
    response
}
