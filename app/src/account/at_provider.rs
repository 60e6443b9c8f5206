//! Who is signed in at the built-in provider, in this browser.

use domain::{
    AccountId,
    accounts::{
        Account, BUILT_IN_ISSUER, Source, browsers, events,
        letters::{self, About, Letter},
        provider::{ProviderSession, sessions},
        session_key, store,
    },
    clients::ending::{self, Reason},
};
use http::{HeaderValue, header};
use leptos::prelude::expect_context;
use leptos_axum::ResponseOptions;
use sea_orm::DbErr;
use tower_sessions::{Session, session::Error};

use crate::{
    ctx::{Ctx, SESSION_FLASH, device_cookie},
    forms::Failed,
    i18n::code,
};

/// How long a browser is known, in seconds: the longest that browsers keep a cookie.
const DEVICE_AGE: u64 = 400 * 24 * 60 * 60;

/// Notes that an account signed in just now, by these means (RFC 8176), under a new session id. Where somebody else was
/// signed in before, they are out, here and in the hub; who came to the hub through another provider stays there. A browser
/// that the account does not know is announced by letter.
///
/// # Errors
/// Where the session cannot be read or the database does not answer.
pub async fn enter(cx: &Ctx, account: &Account, amr: &[&str]) -> Result<(), Failed> {
    begin(cx, account.id, amr).await?;
    let known = match &cx.device {
        Some(token) => browsers::is_known(cx.db().read(), cx.now, account.id, token).await?,
        None => false,
    };
    let tx = cx.db().begin().await?;
    store::read_in(&tx, account.id, code(cx.locale)).await?;
    events::record(&tx, cx.now, account.id, "signed_in", &cx.user_agent).await?;
    if known {
        browsers::touch(&tx, cx.now, cx.device.as_deref().unwrap_or_default()).await?;
        tx.commit().await?;
        return Ok(());
    }
    if browsers::any(&tx, account.id).await? {
        let about = About::NewDevice { user_agent: cx.user_agent.clone(), at: cx.now };
        let letter = Letter { to: account.email.clone(), locale: code(cx.locale).to_owned(), about };
        letters::post(&tx, cx.now, &letter).await?;
    }
    let token = browsers::remember(&tx, cx.now, account.id, &cx.user_agent).await?;
    tx.commit().await?;
    cx.db().wake_outbox();
    keep_device(cx, &token);
    Ok(())
}

/// The session of the provider begins, or goes on.
async fn begin(cx: &Ctx, account: AccountId, amr: &[&str]) -> Result<(), Failed> {
    let session = &cx.session;
    let before = session.get::<AccountId>(session_key::PROVIDER_ACCOUNT).await.map_err(lost)?;
    let sid = session.get::<String>(session_key::PROVIDER_SID).await.map_err(lost)?;
    let source = session.get::<Source>(session_key::SOURCE).await.map_err(lost)?;
    let otherwise = source.is_some_and(|source| source.issuer != BUILT_IN_ISSUER);
    if before != Some(account) {
        if !otherwise {
            for key in [
                session_key::MEMBER,
                session_key::SOURCE,
                session_key::ID_TOKEN,
                session_key::AUTH_TIME,
                session_key::ACR,
            ] {
                session.remove_value(key).await.map_err(lost)?;
            }
        }
        if before.is_some() {
            // What somebody else had typed is not for these eyes.
            session.remove_value(SESSION_FLASH).await.map_err(lost)?;
        }
        if let Some(sid) = &sid {
            // Out of this browser first: ending a session takes along the browser's, and this one goes on.
            session.remove_value(session_key::PROVIDER_SID).await.map_err(lost)?;
            session.save().await.map_err(lost)?;
            end(cx, sid).await?;
        }
    }
    let goes_on = sid.as_deref().filter(|_| before == Some(account));
    let now = sessions::enter(cx.db(), cx.now, account, amr, &cx.user_agent, goes_on).await?;
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

fn keep_device(cx: &Ctx, token: &str) {
    let (name, secure) = (device_cookie(cx.settings()), if cx.settings().on_tls() { "; Secure" } else { "" });
    let cookie = format!("{name}={token}; Path=/; Max-Age={DEVICE_AGE}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        expect_context::<ResponseOptions>().append_header(header::SET_COOKIE, value);
    }
}

/// A session that cannot be written is our fault.
pub(crate) fn lost(error: Error) -> Failed {
    tracing::error!(%error, "a session could not be written");
    Failed::field("", "internal")
}
