//! The built-in OpenID provider: code flow with PKCE, refresh tokens, the device grant, userinfo, revocation,
//! introspection and RP-initiated logout, with keys that follow one another.
//!
//! Its first client is the hub itself. Errors have the names and shapes of the specifications, so that they stand apart
//! from the hub's own. `docs/sso.md` says which of their MUSTs is held by which test.

pub mod authorize;
mod claims;
mod client_auth;
pub mod device;
pub mod discovery;
pub mod end_session;
pub(super) mod forward;
mod fresh;
mod gate;
pub mod introspect;
pub mod keys;
pub(super) mod onward;
mod params;
pub mod registration;
mod request;
pub mod revoke;
pub mod token;
pub mod userinfo;

use domain::{
    AccountId, MemberId,
    access::Denied,
    accounts::{
        Account, AccountError, BUILT_IN_ISSUER, FRESH, Source,
        arrivals::{self, Person},
        elsewhere,
        provider::{Client, HUB, ProviderSession, facts, may_enter, sessions},
        session_key, store,
    },
    members::MemberError,
    seal::SealError,
};
use sea_orm::DbErr;
use secrecy::SecretString;
use tower_sessions::Session;

use super::Sso;

/// Who is signed in at the provider in this browser.
pub(super) struct Here {
    /// Their account.
    pub(super) account: Account,
    /// Their session.
    pub(super) session: ProviderSession,
}

impl Sso {
    /// The hub's own client at the built-in provider, with its secret.
    pub(super) async fn hub_client(&self) -> Result<(Client, SecretString), SealError> {
        let now = self.now();
        let wanted = Client {
            redirect_uris: vec![self.url("/sign-in/callback")],
            post_logout_redirect_uris: vec![self.url("/")],
            ..Client::new(HUB, "Hub", now)
        };
        domain::accounts::provider::ensure_hub_client(&self.db, now, &self.sealer, &wanted).await
    }

    /// A client by its name; the hub's own is made on first use.
    async fn client(&self, client_id: &str) -> Result<Option<Client>, SealError> {
        if client_id == HUB {
            return self.hub_client().await.map(|(client, _)| Some(client));
        }
        Ok(domain::accounts::provider::client(self.db.read(), client_id).await?)
    }

    /// Who is signed in at the provider in this browser. A session that began before sessions had names gets one.
    async fn at_provider(&self, session: &Session) -> Result<Option<Here>, DbErr> {
        let account = session
            .get::<AccountId>(session_key::PROVIDER_ACCOUNT)
            .await
            .ok()
            .flatten();
        let Some(account) = account else {
            return Ok(None);
        };
        let Some(account) = store::open_account(self.db.read(), account).await? else {
            return Ok(None);
        };
        let known = match session.get::<String>(session_key::PROVIDER_SID).await.ok().flatten() {
            Some(sid) => match sessions::open(self.db.read(), &sid).await? {
                // It was ended from elsewhere.
                None => return Ok(None),
                known => known,
            },
            None => None,
        };
        let session = match known {
            Some(known) if known.account == account.id => known,
            Some(_) => return Ok(None),
            None => match self.name_session(session, &account).await? {
                Some(named) => named,
                None => return Ok(None),
            },
        };
        Ok(Some(Here { account, session }))
    }

    /// Who a tool meets in this browser: also somebody who came to the hub through a provider elsewhere, as lately as they
    /// showed there who they are. The hub itself meets only who signed in here, so that an account can be linked.
    async fn met_by(&self, client: &Client, session: &Session) -> Result<Option<Here>, AccountError> {
        let here = self.at_provider(session).await?;
        let (member, source) = (
            session.get::<MemberId>(session_key::MEMBER).await.ok().flatten(),
            session.get::<Source>(session_key::SOURCE).await.ok().flatten(),
        );
        let (Some(member), Some(source)) = (member, source.filter(|source| source.issuer != BUILT_IN_ISSUER)) else {
            return Ok(here);
        };
        if client.client_id == HUB {
            return Ok(here);
        }
        let shown = session.get::<i64>(session_key::AUTH_TIME).await.ok().flatten();
        let shown = shown.and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
        // A provider that does not say when is taken to mean: not lately.
        let shown = shown.unwrap_or_else(|| self.now() - FRESH);
        if here.as_ref().is_some_and(|here| here.session.auth_time >= shown) {
            return Ok(here);
        }
        let agent = session
            .get::<String>(session_key::USER_AGENT)
            .await
            .ok()
            .flatten()
            .unwrap_or_default();
        let Some(account) = elsewhere::account_for(&self.db, self.now(), member, &source, &agent).await? else {
            return Ok(here);
        };
        if here.as_ref().is_some_and(|here| here.account.id != account.id) {
            return Ok(here);
        }
        let goes_on = here.as_ref().map(|here| here.session.sid.as_str());
        let entered = sessions::enter(&self.db, shown, account.id, &[], &agent, goes_on).await?;
        let kept = async {
            session.insert(session_key::PROVIDER_ACCOUNT, account.id).await?;
            session.insert(session_key::PROVIDER_SID, &entered.sid).await?;
            session.insert(session_key::PROVIDER_AUTH_TIME, shown.timestamp()).await
        };
        Ok(kept.await.is_ok().then_some(Here {
            account,
            session: entered,
        }))
    }

    async fn name_session(&self, session: &Session, account: &Account) -> Result<Option<ProviderSession>, DbErr> {
        let since = session.get::<i64>(session_key::PROVIDER_AUTH_TIME).await.ok().flatten();
        let Some(since) = since.and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0)) else {
            return Ok(None);
        };
        let agent = session.get::<String>(session_key::USER_AGENT).await.ok().flatten();
        let named = sessions::enter(&self.db, since, account.id, &["pwd"], &agent.unwrap_or_default(), None).await?;
        let kept = session.insert(session_key::PROVIDER_SID, &named.sid).await;
        Ok(kept.is_ok().then_some(named))
    }

    /// Whether the person of an account may use a client at present. One who comes to a tool before they come to the hub
    /// gets their record in the directory here.
    async fn may_enter(&self, client: &Client, account: &Account) -> Result<Result<(), Denied>, MemberError> {
        let mut known = facts(self.db.read(), account.id).await?;
        if client.client_id != HUB && known.as_ref().is_some_and(|facts| facts.member.is_none()) {
            let person = Person {
                issuer: BUILT_IN_ISSUER.to_owned(),
                subject: account.id.to_string(),
                name: Some(account.name.clone()),
                email: Some(account.email.clone()),
                ..Person::default()
            };
            arrivals::sign_in(&self.db, self.now(), &person).await?;
            known = facts(self.db.read(), account.id).await?;
        }
        Ok(known.map_or(Err(Denied::SignIn), |facts| may_enter(client, &facts)))
    }
}
