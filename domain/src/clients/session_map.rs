//! Which tools somebody is signed in to through the hub, and what each was told.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::rows::sql;
use crate::AccountId;

/// One tool in one session.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct SignedIn {
    /// The session.
    pub sid: String,
    /// The tool.
    pub client_id: String,
    /// The tool's name.
    pub name: String,
    /// Names of the claims that it was told, with spaces between them.
    pub claims: String,
    /// What the browser called itself.
    pub user_agent: String,
    /// When it asked first in this session.
    pub first_at: DateTime<Utc>,
    /// When it asked last.
    pub last_at: DateTime<Utc>,
    /// Whether the tool hears of a sign-out.
    pub hears: bool,
}

/// All of them, the one that asked last first. The hub itself is not among them.
pub async fn of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<SignedIn>, DbErr> {
    SignedIn::find_by_statement(sql(
        db,
        "SELECT sc.sid, sc.client_id, CASE WHEN c.name = '' THEN c.client_id ELSE c.name END AS name, sc.claims,
            s.user_agent, sc.first_at, sc.last_at, c.backchannel_logout_uri <> '' AS hears
         FROM provider_session_clients sc
         JOIN provider_sessions s ON s.sid = sc.sid
         JOIN provider_clients c ON c.client_id = sc.client_id
         WHERE s.account_id = $1 AND s.ended_at IS NULL AND sc.ended_at IS NULL AND sc.client_id <> 'hub'
         ORDER BY sc.last_at DESC, sc.client_id",
        [account.0.into()],
    ))
    .all(db)
    .await
}
