//! From rows of clients to tools and back.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::{Audience, Proof, Scope, ToolClient};
use crate::ToolId;

/// What is read of a client, everywhere in this area. Its secret is not among it.
pub(super) const COLUMNS: &str = "c.client_id, c.name, c.tool_id, c.kind, c.redirect_uris, c.post_logout_redirect_uris,
    c.backchannel_logout_uri, c.scopes, c.subject_type, c.audience, c.created_at, c.disabled_at, c.registration_token_hash,
    c.asks_consent";

#[derive(FromQueryResult)]
pub(super) struct Row {
    client_id: String,
    name: String,
    tool_id: Option<Uuid>,
    kind: String,
    redirect_uris: String,
    post_logout_redirect_uris: String,
    backchannel_logout_uri: String,
    scopes: String,
    subject_type: String,
    audience: String,
    created_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
    registration_token_hash: String,
    asks_consent: bool,
}

impl TryFrom<Row> for ToolClient {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let list = |json: &str| serde_json::from_str::<Vec<String>>(json).map_err(|e| DbErr::Json(e.to_string()));
        Ok(Self {
            name: if row.name.is_empty() {
                row.client_id.clone()
            } else {
                row.name
            },
            client_id: row.client_id,
            tool: row.tool_id.map(ToolId),
            proof: if row.kind == "public" {
                Proof::None
            } else {
                Proof::Secret
            },
            redirect_uris: list(&row.redirect_uris)?,
            post_logout_redirect_uris: list(&row.post_logout_redirect_uris)?,
            backchannel_logout_uri: row.backchannel_logout_uri,
            scopes: Scope::list(&row.scopes),
            pairwise: row.subject_type == "pairwise",
            // A door that cannot be read is closed by the error: better nobody than somebody too many.
            door: door(&row.audience)?,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
            registered_itself: !row.registration_token_hash.is_empty(),
            asks_consent: row.asks_consent,
        })
    }
}

/// Reads who may enter.
pub(super) fn door(json: &str) -> Result<Audience, DbErr> {
    serde_json::from_str(json).map_err(|e| DbErr::Json(format!("who may enter: {e}")))
}

/// Writes who may enter.
pub(super) fn door_json(door: Audience) -> Result<String, DbErr> {
    json(&door)
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|e| DbErr::Json(e.to_string()))
}

/// A statement of this area.
pub(super) fn sql(db: &impl ConnectionTrait, text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), text, values)
}
