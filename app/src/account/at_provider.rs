//! Who is signed in at the built-in provider, in this browser.

use std::sync::LazyLock;

use axum::extract::ConnectInfo;
use chrono::{DateTime, Utc};
use domain::{
    AccountId,
    accounts::{Registration, session_key, throttle::Throttle},
};
use http::request::Parts;
use leptos::prelude::use_context;
use tower_sessions::{Session, session::Error};

use crate::ctx::Ctx;

/// Wrong passwords, counted for this process.
pub(super) static THROTTLE: LazyLock<Throttle> = LazyLock::new(Throttle::default);

/// Notes that an account signed in just now, under a new session id. Where somebody else was signed in before, they are
/// out of the hub too.
///
/// # Errors
/// Where the session cannot be read.
pub async fn enter(session: &Session, account: AccountId, now: DateTime<Utc>) -> Result<(), Error> {
    let before = session.get::<AccountId>(session_key::PROVIDER_ACCOUNT).await?;
    if before != Some(account) {
        session.remove_value(session_key::MEMBER).await?;
        session.remove_value(session_key::ID_TOKEN).await?;
    }
    session.cycle_id().await?;
    session.insert(session_key::PROVIDER_ACCOUNT, account).await?;
    session.insert(session_key::PROVIDER_AUTH_TIME, now.timestamp()).await
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
