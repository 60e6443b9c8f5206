//! The built-in OpenID provider: code flow with PKCE, RS256, userinfo and RP-initiated logout.
//!
//! Its first client is the hub itself. Errors have the names and shapes of the specifications, so that they stand apart
//! from the hub's own.

pub mod authorize;
mod client_auth;
pub mod discovery;
pub mod end_session;
pub mod keys;
mod params;
pub mod token;
pub mod userinfo;

use chrono::{DateTime, Utc};
use domain::{
    AccountId,
    accounts::{Account, provider::Client, session_key, store},
};
use sea_orm::DbErr;
use tower_sessions::Session;

use super::{HUB_CLIENT, Sso};

/// What a client may ask for.
const SCOPES: [&str; 3] = ["openid", "profile", "email"];

impl Sso {
    /// The hub's own client at the built-in provider.
    pub(super) async fn hub_client(&self) -> Result<Client, DbErr> {
        let redirect = [self.url("/sign-in/callback")];
        let after = [self.url("/")];
        domain::accounts::provider::ensure_client(&self.db, self.now(), HUB_CLIENT, &redirect, &after).await
    }

    /// A client by its name; the hub's own is made on first use.
    async fn client(&self, client_id: &str) -> Result<Option<Client>, DbErr> {
        if client_id == HUB_CLIENT {
            return self.hub_client().await.map(Some);
        }
        domain::accounts::provider::client(self.db.read(), client_id).await
    }

    /// Who is signed in at the provider in this browser, and since when.
    async fn at_provider(&self, session: &Session) -> Result<Option<(Account, DateTime<Utc>)>, DbErr> {
        let account = session
            .get::<AccountId>(session_key::PROVIDER_ACCOUNT)
            .await
            .ok()
            .flatten();
        let since = session.get::<i64>(session_key::PROVIDER_AUTH_TIME).await.ok().flatten();
        let since = since.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let Some((id, since)) = account.zip(since) else {
            return Ok(None);
        };
        Ok(store::open_account(self.db.read(), id)
            .await?
            .map(|account| (account, since)))
    }
}
