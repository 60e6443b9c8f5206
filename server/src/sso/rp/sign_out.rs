//! Signing out: of the hub at once, then of the provider that the person came through, so that log-out logs out.

use std::sync::Arc;

use app::{ctx::LANGUAGE_COOKIE, i18n};
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use domain::accounts::{Source, session_key};
use http::HeaderMap;
use tower_sessions::Session;

use super::{issuer::Entrance, refresh, tokens::with_query};
use crate::sso::{Sso, provider::onward};

/// `POST /sign-out`
pub async fn sign_out(State(sso): State<Arc<Sso>>, session: Session, headers: HeaderMap) -> Response {
    let hint = session.get::<String>(session_key::ID_TOKEN).await.ok().flatten();
    let source = session.get::<Source>(session_key::SOURCE).await.ok().flatten();
    if let Err(error) = end(&session).await {
        return sso.broken(&headers, &error).await;
    }
    // A session of a program before an update names no provider: there was one only.
    let entrance = match &source {
        Some(source) => sso.entrance(&source.provider),
        None => sso.entrances.first(),
    };
    let Some(entrance) = entrance else {
        return Redirect::to("/").into_response();
    };
    let Ok(issuer) = sso.issuer(entrance).await else {
        return still_in(entrance);
    };
    if let Some(sign_on) = source.as_ref().and_then(|source| source.sign_on) {
        refresh::give_back(&sso, &issuer, sign_on).await;
    }
    let Some(endpoint) = issuer.extra.end_session_endpoint.clone() else {
        return still_in(entrance);
    };
    let language = i18n::code(language(&headers));
    let address = with_query(
        endpoint,
        &[
            ("id_token_hint", hint.as_deref()),
            ("client_id", Some(&issuer.client_id)),
            ("post_logout_redirect_uri", Some(&sso.url("/"))),
            ("ui_locales", Some(language)),
        ],
    );
    if issuer.provider.is_built_in() {
        Redirect::to(address.as_str()).into_response()
    } else {
        onward::page(&address)
    }
}

/// A provider that cannot be told: the person is, so that nobody leaves a shared computer believing otherwise.
fn still_in(entrance: &Entrance) -> Response {
    if entrance.provider.is_built_in() {
        return Redirect::to("/").into_response();
    }
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("of", &entrance.provider.name)
        .finish();
    Redirect::to(&format!("/signed-out?{query}")).into_response()
}

fn language(headers: &HeaderMap) -> i18n::Locale {
    let wishes = headers
        .get(http::header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    app::ctx::cookie(headers, LANGUAGE_COOKIE)
        .and_then(i18n::locale_for)
        .or_else(|| wishes?.split(',').find_map(i18n::locale_for))
        .unwrap_or(i18n::Locale::en)
}

/// The hub's part of the session ends; a session with nothing else in it ends altogether. What the built-in provider
/// keeps there, its own endpoint ends.
pub(super) async fn end(session: &Session) -> Result<(), tower_sessions::session::Error> {
    if session.get_value(session_key::PROVIDER_ACCOUNT).await?.is_none() {
        return session.flush().await;
    }
    for key in [
        session_key::MEMBER,
        session_key::SOURCE,
        session_key::UNTIL,
        session_key::DUE,
        session_key::PENDING,
        session_key::ID_TOKEN,
        session_key::AUTH_TIME,
        session_key::ATTEMPTS,
    ] {
        session.remove_value(key).await?;
    }
    session.cycle_id().await
}
