//! Logout tokens, sent to the tools of a session that is over (OpenID Connect Back-Channel Logout 1.0).

use chrono::TimeDelta;
use domain::{
    accounts::provider::{Algorithm, client},
    clients::{
        ending::Carried,
        notices::{self, Notice},
    },
    outbox::{Failure, Leased},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use super::Sso;
use crate::{
    clock,
    outgoing::{Call, Outgoing},
    state::AppState,
};

/// What a logout token says has happened.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How long a logout token is good: it is sent at once, and a later try makes a new one.
const VALID: TimeDelta = TimeDelta::minutes(2);

/// Carries one notice.
pub(crate) async fn carry(state: &AppState, leased: &Leased) -> Result<(), Failure> {
    let carried: Carried = serde_json::from_str(&leased.payload).map_err(Failure::never)?;
    let notice = notices::get(state.db().read(), carried.notice)
        .await
        .map_err(Failure::later)?;
    let Some(notice) = notice.filter(|notice| notice.confirmed_at.is_none() && notice.by_hand_at.is_none()) else {
        return Ok(());
    };
    let sent = state.sso.send_logout(&state.outgoing, &notice).await;
    match sent {
        Ok(()) => notices::confirmed(state.db(), clock::now(), notice.id)
            .await
            .map_err(Failure::later),
        Err(why) => {
            notices::failed(state.db(), notice.id, &why)
                .await
                .map_err(Failure::later)?;
            Err(Failure::later(why))
        }
    }
}

impl Sso {
    async fn send_logout(&self, outgoing: &Outgoing, notice: &Notice) -> Result<(), String> {
        let token = self.logout_token(notice).await.map_err(|error| {
            tracing::error!(%error, "a logout token could not be signed");
            "the hub could not sign".to_owned()
        })?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("logout_token", &token)
            .finish();
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let call = Call {
            method: Method::POST,
            headers,
            body: Some(form.into_bytes()),
        };
        let answer = outgoing
            .call(&notice.address, call)
            .await
            .map_err(|error| error.to_string())?;
        match answer.status {
            // 204 is what some frameworks make of an empty 200 (2.8).
            StatusCode::OK | StatusCode::NO_CONTENT => Ok(()),
            refused => {
                let why = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
                let why = why["error_description"]
                    .as_str()
                    .or(why["error"].as_str())
                    .unwrap_or_default();
                Err(format!("{refused} {why}").trim().to_owned())
            }
        }
    }

    /// A logout token for one tool: signed like an ID token and of another type, so that neither passes for the other.
    async fn logout_token(&self, notice: &Notice) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let now = self.now();
        let claims = json!({
            "iss": self.settings.base_url,
            "aud": notice.client_id,
            "sub": notice.subject,
            "iat": now.timestamp(),
            "exp": (now + VALID).timestamp(),
            // A new one with each try: a tool that remembers them would refuse the second of the same.
            "jti": uuid::Uuid::now_v7().simple().to_string(),
            "events": { EVENT: {} },
        });
        let Value::Object(mut claims) = claims else {
            return Ok(String::new());
        };
        if !notice.sid.is_empty() {
            claims.insert("sid".to_owned(), notice.sid.clone().into());
        }
        let client = client(self.db.read(), &notice.client_id).await?;
        let algorithm = client.map_or(Algorithm::Rs256, |client| client.id_token_algorithm);
        Ok(self.keys().await?.sign(algorithm, "logout+jwt", &claims, now)?)
    }
}
