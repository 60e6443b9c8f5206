//! Dynamic client registration (RFC 7591) behind an initial access token, and its management (RFC 7592).

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use domain::clients::{
    Audience, ClientError, ClientForm, Proof, Scope, ToolClient,
    registration::{self, Registration},
};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::sso::Sso;

/// What a tool says of itself; what is not known here is left aside (RFC 7591, 2).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    redirect_uris: Vec<String>,
    client_name: Option<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    scope: Option<String>,
    subject_type: Option<String>,
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: Option<String>,
    /// In the body of an update: it has to be the one of the address.
    client_id: Option<String>,
}

/// Why nothing was registered (RFC 7591, 3.2.2).
#[derive(Debug)]
enum Refused {
    /// No token, or one that opens nothing.
    Token,
    /// The name and what is wrong.
    Metadata(&'static str, &'static str),
    /// Our fault.
    Internal,
}

impl From<ClientError> for Refused {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::TokenRefused => Self::Token,
            ClientError::RedirectMissing => Self::Metadata("invalid_redirect_uri", "redirect_uris is missing"),
            ClientError::RedirectShape => Self::Metadata(
                "invalid_redirect_uri",
                "https, or http on loopback; without fragment, user or placeholder",
            ),
            ClientError::AfterShape => Self::Metadata("invalid_client_metadata", "post_logout_redirect_uris"),
            ClientError::LogoutShape => Self::Metadata("invalid_client_metadata", "backchannel_logout_uri"),
            ClientError::NameMissing => Self::Metadata("invalid_client_metadata", "client_name"),
            other => {
                tracing::error!(error = &other as &dyn std::error::Error, "a registration failed");
                Self::Internal
            }
        }
    }
}

impl From<sea_orm::DbErr> for Refused {
    fn from(error: sea_orm::DbErr) -> Self {
        ClientError::from(error).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let no_store = [(header::CACHE_CONTROL, "no-store")];
        match self {
            Self::Token => (
                StatusCode::UNAUTHORIZED,
                no_store,
                [(
                    header::WWW_AUTHENTICATE,
                    "Bearer realm=\"hub\", error=\"invalid_token\"",
                )],
            )
                .into_response(),
            Self::Metadata(error, description) => {
                let body = Json(json!({ "error": error, "error_description": description }));
                (StatusCode::BAD_REQUEST, no_store, body).into_response()
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Refused> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = value.and_then(|value| value.split_once(' ')).ok_or(Refused::Token)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim())
    } else {
        Err(Refused::Token)
    }
}

/// Reads what a tool says of itself.
fn read(body: &[u8]) -> Result<(Metadata, Registration), Refused> {
    let wrong = |what| Refused::Metadata("invalid_client_metadata", what);
    let said: Metadata =
        serde_json::from_slice(body).map_err(|_| wrong("this is no JSON object of client metadata"))?;
    let auth_method = said
        .token_endpoint_auth_method
        .clone()
        .unwrap_or_else(|| "client_secret_basic".to_owned());
    let proof = match auth_method.as_str() {
        "client_secret_basic" | "client_secret_post" => Proof::Secret,
        "none" => Proof::None,
        _ => {
            return Err(wrong(
                "token_endpoint_auth_method is one of client_secret_basic, client_secret_post, none",
            ));
        }
    };
    let grants = said.grant_types.as_deref().unwrap_or_default();
    if grants
        .iter()
        .any(|grant| !matches!(grant.as_str(), "authorization_code" | "refresh_token"))
    {
        return Err(wrong("grant_types are authorization_code and refresh_token"));
    }
    if said
        .response_types
        .as_deref()
        .unwrap_or_default()
        .iter()
        .any(|kind| kind != "code")
    {
        return Err(wrong("the response type is code"));
    }
    let pairwise = match said.subject_type.as_deref() {
        None | Some("public") => false,
        Some("pairwise") => true,
        Some(_) => return Err(wrong("subject_type is public or pairwise")),
    };
    let form = ClientForm {
        name: said.client_name.clone().unwrap_or_else(|| "Tool".to_owned()),
        tool: None,
        proof,
        redirect_uris: said.redirect_uris.join("\n"),
        post_logout_redirect_uris: said.post_logout_redirect_uris.join("\n"),
        backchannel_logout_uri: said.backchannel_logout_uri.clone().unwrap_or_default(),
        scopes: Scope::list(said.scope.as_deref().unwrap_or("profile email")),
        pairwise,
        // The token decides.
        door: Audience::Members,
    };
    Ok((said, Registration { form, auth_method }))
}

impl Sso {
    /// What is registered, as the specification spells it.
    fn registered(&self, client: &ToolClient, auth_method: &str) -> Map<String, Value> {
        let scopes: Vec<&str> = std::iter::once("openid")
            .chain(client.scopes.iter().map(|scope| scope.as_str()))
            .collect();
        let answer = json!({
            "client_id": client.client_id,
            "client_id_issued_at": client.created_at.timestamp(),
            "client_name": client.name,
            "redirect_uris": client.redirect_uris,
            "post_logout_redirect_uris": client.post_logout_redirect_uris,
            "token_endpoint_auth_method": auth_method,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": scopes.join(" "),
            "subject_type": if client.pairwise { "pairwise" } else { "public" },
            "registration_client_uri": self.url(&format!("/oauth2/register/{}", client.client_id)),
        });
        let Value::Object(mut answer) = answer else {
            return Map::new();
        };
        if !client.backchannel_logout_uri.is_empty() {
            answer.insert(
                "backchannel_logout_uri".into(),
                client.backchannel_logout_uri.clone().into(),
            );
            answer.insert("backchannel_logout_session_required".into(), true.into());
        }
        answer
    }

    async fn whose(&self, headers: &HeaderMap, client_id: &str) -> Result<(ToolClient, String, String), Refused> {
        let token = bearer(headers)?.to_owned();
        let (client, method) = registration::own(self.db.read(), client_id, &token)
            .await?
            .ok_or(Refused::Token)?;
        Ok((client, method, token))
    }
}

fn said(status: StatusCode, body: Map<String, Value>) -> Response {
    let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    (status, no_store, Json(Value::Object(body))).into_response()
}

/// `POST /oauth2/register`
pub async fn register(State(sso): State<Arc<Sso>>, headers: HeaderMap, body: Bytes) -> Response {
    let registered = async {
        let token = bearer(&headers)?;
        let (_, new) = read(&body)?;
        let method = new.auth_method.clone();
        let made = registration::register(&sso.db, sso.now(), token, new).await?;
        let client = domain::clients::store::get(sso.db.read(), &made.client.client_id)
            .await?
            .ok_or(Refused::Internal)?;
        let mut answer = sso.registered(&client, &method);
        answer.insert("registration_access_token".into(), made.registration_token.into());
        if let Some(secret) = made.client.secret {
            answer.insert("client_secret".into(), secret.into());
            answer.insert("client_secret_expires_at".into(), 0.into());
        }
        Ok::<_, Refused>(said(StatusCode::CREATED, answer))
    };
    registered.await.unwrap_or_else(IntoResponse::into_response)
}

/// `GET /oauth2/register/{client_id}`
pub async fn look(State(sso): State<Arc<Sso>>, Path(client_id): Path<String>, headers: HeaderMap) -> Response {
    let seen = async {
        let (client, method, token) = sso.whose(&headers, &client_id).await?;
        let mut answer = sso.registered(&client, &method);
        answer.insert("registration_access_token".into(), token.into());
        Ok::<_, Refused>(said(StatusCode::OK, answer))
    };
    seen.await.unwrap_or_else(IntoResponse::into_response)
}

/// `PUT /oauth2/register/{client_id}`
pub async fn rewrite(
    State(sso): State<Arc<Sso>>,
    Path(client_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let written = async {
        let (before, method, token) = sso.whose(&headers, &client_id).await?;
        let (metadata, new) = read(&body)?;
        if metadata.client_id.is_some_and(|named| named != client_id) {
            return Err(Refused::Metadata("invalid_client_metadata", "client_id is another one"));
        }
        if new.form.proof != before.proof {
            return Err(Refused::Metadata(
                "invalid_client_metadata",
                "how it keeps a secret cannot be changed",
            ));
        }
        registration::rewrite(&sso.db, sso.now(), &before, &new).await?;
        let client = domain::clients::store::get(sso.db.read(), &client_id)
            .await?
            .ok_or(Refused::Internal)?;
        let method = if before.proof == Proof::Secret {
            new.auth_method
        } else {
            method
        };
        let mut answer = sso.registered(&client, &method);
        answer.insert("registration_access_token".into(), token.into());
        Ok(said(StatusCode::OK, answer))
    };
    written.await.unwrap_or_else(IntoResponse::into_response)
}

/// `DELETE /oauth2/register/{client_id}`
pub async fn withdraw(State(sso): State<Arc<Sso>>, Path(client_id): Path<String>, headers: HeaderMap) -> Response {
    let gone = async {
        sso.whose(&headers, &client_id).await?;
        registration::withdraw(&sso.db, sso.now(), &client_id).await?;
        Ok::<_, Refused>(StatusCode::NO_CONTENT.into_response())
    };
    gone.await.unwrap_or_else(IntoResponse::into_response)
}
