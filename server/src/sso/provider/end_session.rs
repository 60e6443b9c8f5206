//! RP-initiated logout: a client that knows who is signed in may end it; without that knowledge the person is asked.

use std::{str::FromStr, sync::Arc};

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use chrono::DateTime;
use domain::accounts::provider::Client;
use http::HeaderMap;
use openidconnect::{
    ClientId, IssuerUrl,
    core::{CoreIdToken, CoreIdTokenVerifier},
    url::Url,
};
use tower_sessions::Session;

use super::params::Params;
use crate::sso::{Sso, trouble::Trouble};

/// `POST /oauth2/end-session`: the same as by GET, asked again so that our cookie comes along.
pub async fn end_by_post(body: Bytes) -> Response {
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(url::form_urlencoded::parse(&body))
        .finish();
    Redirect::to(&format!("/oauth2/end-session?{query}")).into_response()
}

/// `GET /oauth2/end-session`
pub async fn end(
    State(sso): State<Arc<Sso>>,
    session: Session,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    match answer(
        &sso,
        &session,
        &headers,
        &Params::read(query.unwrap_or_default().as_bytes()),
    )
    .await
    {
        Ok(response) => response,
        Err(error) => sso.broken(&headers, error.as_ref()).await,
    }
}

async fn answer(
    sso: &Sso,
    session: &Session,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Response, Box<dyn std::error::Error + Send + Sync>> {
    let hint = match params.get("id_token_hint") {
        Some(token) => hinted(sso, token, params.get("client_id")).await?,
        None => None,
    };
    let client = match (&hint, params.get("client_id")) {
        (Some((client, _)), _) => Some(client.clone()),
        (None, Some(id)) => sso.client(id).await?,
        (None, None) => None,
    };
    let wanted = params.get("post_logout_redirect_uri");
    let back = match wanted {
        None => None,
        Some(wanted) => match after(client.as_ref(), wanted) {
            Some(back) => Some(back),
            None => return Ok(sso.trouble(headers, Trouble::UnknownRedirect, "/").await),
        },
    };
    let here = sso.at_provider(session).await?;
    let agrees = match (&here, &hint) {
        (None, _) => true,
        (Some((account, _)), Some((_, subject))) => account.id.to_string() == *subject,
        (Some(_), None) => false,
    };
    if !agrees {
        return Ok(Redirect::to("/provider/sign-out").into_response());
    }
    if here.is_some() {
        // Everything of this browser ends: the provider's session and the hub's are one.
        session.flush().await?;
    }
    let Some(mut back) = back else {
        return Ok(Redirect::to("/").into_response());
    };
    if let Some(state) = params.get("state") {
        back.query_pairs_mut().append_pair("state", state);
    }
    Ok(Redirect::to(back.as_str()).into_response())
}

/// Where to go afterwards: only what the client registered, to the letter.
fn after(client: Option<&Client>, wanted: &str) -> Option<Url> {
    let registered = client?.post_logout_redirect_uris.iter().any(|known| known == wanted);
    registered.then(|| Url::parse(wanted).ok()).flatten()
}

/// The client and subject of an ID token that we gave, expired or not; none where it is not ours.
async fn hinted(
    sso: &Sso,
    token: &str,
    named: Option<&str>,
) -> Result<Option<(Client, String)>, Box<dyn std::error::Error + Send + Sync>> {
    let Ok(token) = CoreIdToken::from_str(token) else {
        return Ok(None);
    };
    let keys = sso.keys().await?;
    let issuer = IssuerUrl::new(sso.settings.base_url.clone())?;
    let verifier = CoreIdTokenVerifier::new_public_client(ClientId::new(String::new()), issuer, keys.public())
        .require_audience_match(false)
        // It may well have expired: it says who was signed in, not that they are.
        .set_time_fn(|| DateTime::UNIX_EPOCH);
    let Ok(claims) = token.claims(&verifier, |_: Option<&openidconnect::Nonce>| Ok(())) else {
        return Ok(None);
    };
    let [audience] = claims.audiences().as_slice() else {
        return Ok(None);
    };
    if named.is_some_and(|named| named != audience.as_str()) {
        return Ok(None);
    }
    let client = sso.client(audience.as_str()).await?;
    Ok(client.map(|client| (client, claims.subject().as_str().to_owned())))
}
