//! Who is signed in at the built-in provider, in this browser.

use std::sync::LazyLock;

use axum::extract::ConnectInfo;
use domain::{
    AccountId,
    accounts::{
        BUILT_IN_ISSUER, Registration, Source,
        provider::{ProviderSession, sessions},
        session_key, store,
        throttle::Throttle,
    },
    clients::ending::{self, Reason},
};
use http::{header, request::Parts};
use leptos::prelude::use_context;
use sea_orm::DbErr;
use tower_sessions::{Session, session::Error};

use crate::{ctx::Ctx, forms::Failed};

/// Wrong passwords, counted for this process.
pub(super) static THROTTLE: LazyLock<Throttle> = LazyLock::new(Throttle::default);

/// Notes that an account signed in just now, by these means (RFC 8176), under a new session id. Where somebody else was
/// signed in before, they are out, here and in the hub; who came to the hub through another provider stays there.
///
/// # Errors
/// Where the session cannot be read or the database does not answer.
pub async fn enter(cx: &Ctx, account: AccountId, amr: &[&str]) -> Result<(), Failed> {
    let session = &cx.session;
    let before = session.get::<AccountId>(session_key::PROVIDER_ACCOUNT).await.map_err(lost)?;
    let sid = session.get::<String>(session_key::PROVIDER_SID).await.map_err(lost)?;
    let source = session.get::<Source>(session_key::SOURCE).await.map_err(lost)?;
    let otherwise = source.is_some_and(|source| source.issuer != BUILT_IN_ISSUER);
    if before != Some(account) {
        if !otherwise {
            session.remove_value(session_key::MEMBER).await.map_err(lost)?;
            session.remove_value(session_key::SOURCE).await.map_err(lost)?;
            session.remove_value(session_key::ID_TOKEN).await.map_err(lost)?;
        }
        if let Some(sid) = &sid {
            // Out of this browser first: ending a session takes along the browser's, and this one goes on.
            session.remove_value(session_key::PROVIDER_SID).await.map_err(lost)?;
            session.save().await.map_err(lost)?;
            end(cx, sid).await?;
        }
    }
    let goes_on = sid.as_deref().filter(|_| before == Some(account));
    let now = sessions::enter(cx.db(), cx.now, account, amr, &user_agent(), goes_on).await?;
    session.cycle_id().await.map_err(lost)?;
    session.insert(session_key::PROVIDER_ACCOUNT, account).await.map_err(lost)?;
    session.insert(session_key::PROVIDER_SID, now.sid).await.map_err(lost)?;
    session.insert(session_key::PROVIDER_AUTH_TIME, cx.now.timestamp()).await.map_err(lost)
}

/// Signs out of the provider, and so of everything in this browser.
pub(super) async fn leave(cx: &Ctx) -> Result<(), Failed> {
    if let Some(sid) = cx.session.get::<String>(session_key::PROVIDER_SID).await.map_err(lost)? {
        end(cx, &sid).await?;
    }
    cx.session.flush().await.map_err(lost)
}

async fn end(cx: &Ctx, sid: &str) -> Result<(), DbErr> {
    let tx = cx.db().begin().await?;
    ending::end_session(&tx, cx.now, sid, Reason::SignedOut).await?;
    tx.commit().await?;
    cx.db().wake_outbox();
    Ok(())
}

/// The session of the provider that goes on in this browser, if one does.
pub(super) async fn here(cx: &Ctx) -> Result<Option<ProviderSession>, DbErr> {
    let session: &Session = &cx.session;
    let Some(sid) = session.get::<String>(session_key::PROVIDER_SID).await.ok().flatten() else {
        return Ok(None);
    };
    let Some(here) = sessions::open(cx.db().read(), &sid).await? else {
        return Ok(None);
    };
    Ok(store::open_account(cx.db().read(), here.account).await?.map(|_| here))
}

/// A session that cannot be written is our fault.
pub(super) fn lost(error: Error) -> Failed {
    tracing::error!(%error, "a session could not be written");
    Failed::field("", "internal")
}

/// What the browser calls itself.
fn user_agent() -> String {
    use_context::<Parts>()
        .and_then(|parts| parts.headers.get(header::USER_AGENT)?.to_str().map(str::to_owned).ok())
        .unwrap_or_default()
}

/// Who may register here.
pub(super) fn registration(cx: &Ctx) -> Registration {
    if cx.settings().open_registration { Registration::Open } else { Registration::Invitation }
}

/// Where a request comes from, for the brake on wrong passwords. Behind a proxy that is the proxy, so that the brake is
/// per account there.
pub(super) fn place() -> String {
    use_context::<Parts>()
        .and_then(|parts| parts.extensions.get::<ConnectInfo<std::net::SocketAddr>>().map(|info| info.0.ip().to_string()))
        .unwrap_or_default()
}
