//! Signing out: of the hub at once, then of the issuer, so that log-out logs out.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use domain::accounts::session_key;
use http::HeaderMap;
use tower_sessions::Session;

use crate::sso::{Sso, provider::onward};

/// `POST /sign-out`
pub async fn sign_out(State(sso): State<Arc<Sso>>, session: Session, headers: HeaderMap) -> Response {
    let hint = session.get::<String>(session_key::ID_TOKEN).await.ok().flatten();
    if let Err(error) = end(&session).await {
        return sso.broken(&headers, &error).await;
    }
    let issuer = sso.issuer().await.ok();
    let endpoint = issuer
        .as_ref()
        .and_then(|issuer| issuer.extra.end_session_endpoint.clone());
    let Some((issuer, mut address)) = issuer.zip(endpoint) else {
        return Redirect::to("/").into_response();
    };
    {
        let mut query = address.query_pairs_mut();
        if let Some(hint) = &hint {
            query.append_pair("id_token_hint", hint);
        }
        query.append_pair("client_id", &issuer.client_id);
        query.append_pair("post_logout_redirect_uri", &sso.url("/"));
    }
    if issuer.built_in {
        Redirect::to(address.as_str()).into_response()
    } else {
        onward::page(&address)
    }
}

/// The hub's part of the session ends; a session with nothing else in it ends altogether. What the built-in provider
/// keeps there, its own endpoint ends.
async fn end(session: &Session) -> Result<(), tower_sessions::session::Error> {
    if session.get_value(session_key::PROVIDER_ACCOUNT).await?.is_none() {
        return session.flush().await;
    }
    for key in [session_key::MEMBER, session_key::ID_TOKEN, session_key::ATTEMPTS] {
        session.remove_value(key).await?;
    }
    session.cycle_id().await
}
