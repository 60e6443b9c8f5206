//! RP-initiated logout: a client that knows who is signed in may end it; without that knowledge the person is asked.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    accounts::provider::{Client, account_of},
    clients::ending::{Reason, end_session},
};
use http::HeaderMap;
use openidconnect::url::Url;
use serde_json::Value;
use tower_sessions::Session;

use super::{onward, params::Params};
use crate::sso::{Sso, trouble::Trouble};

type Failure = Box<dyn std::error::Error + Send + Sync>;

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
        (Some(here), Some((client, subject))) => {
            account_of(sso.db.read(), client, subject).await? == Some(here.account.id)
        }
        (Some(_), None) => false,
    };
    if !agrees {
        // With a yes the person comes back here, signed out, and goes on to where the client wants them.
        let mut page = "/provider/sign-out".to_owned();
        if back.is_some() {
            let again = params.without("id_token_hint").written();
            let next = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("continue", &format!("/oauth2/end-session?{again}"))
                .finish();
            page = format!("{page}?{next}");
        }
        return Ok(Redirect::to(&page).into_response());
    }
    if let Some(here) = here {
        // Everything of this browser ends: the provider's session and the hub's are one.
        let tx = sso.db.begin().await?;
        end_session(&tx, sso.now(), &here.session.sid, Reason::SignedOut).await?;
        tx.commit().await?;
        sso.db.wake_outbox();
        session.flush().await?;
    }
    let Some(mut back) = back else {
        return Ok(Redirect::to("/").into_response());
    };
    if let Some(state) = params.get("state") {
        back.query_pairs_mut().append_pair("state", state);
    }
    Ok(onward::lead(headers, &back))
}

/// Where to go afterwards: only what the client registered, to the letter.
fn after(client: Option<&Client>, wanted: &str) -> Option<Url> {
    let registered = client?.post_logout_redirect_uris.iter().any(|known| known == wanted);
    registered.then(|| Url::parse(wanted).ok()).flatten()
}

/// The client and subject of an ID token that we gave, expired or not; none where it is not ours.
async fn hinted(sso: &Sso, token: &str, named: Option<&str>) -> Result<Option<(Client, String)>, Failure> {
    // It may well have expired: it says who was signed in, not that they are.
    let Some(claims) = sso.keys().await?.verify(token, sso.now()) else {
        return Ok(None);
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let Some((audience, subject)) = text("aud").zip(text("sub")) else {
        return Ok(None);
    };
    // Only an ID token: other tokens that the provider signs say `events`.
    let ours = text("iss") == Some(&sso.settings.base_url) && !claims.contains_key("events");
    if !ours || named.is_some_and(|named| named != audience) {
        return Ok(None);
    }
    let client = sso.client(audience).await?;
    Ok(client.map(|client| (client, subject.to_owned())))
}
