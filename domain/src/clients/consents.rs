//! What people allowed tools to learn about them.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::{ClientError, Scope, rows::sql};
use crate::{AccountId, MemberId, audit, db::Db};

/// What one tool may learn about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The tool.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// What it may ask for.
    pub scopes: Vec<Scope>,
    /// When the person said so.
    pub given_at: DateTime<Utc>,
}

/// What a person allowed a tool, if they were asked and have not taken it back.
pub async fn allowed(
    db: &impl ConnectionTrait,
    account: AccountId,
    client_id: &str,
) -> Result<Option<Vec<Scope>>, DbErr> {
    let found = db
        .query_one_raw(sql(
            db,
            "SELECT scopes FROM provider_consents WHERE account_id = $1 AND client_id = $2 AND withdrawn_at IS NULL",
            [account.0.into(), client_id.into()],
        ))
        .await?;
    found
        .map(|row| row.try_get::<String>("", "scopes").map(|scopes| Scope::list(&scopes)))
        .transpose()
}

/// Notes that a person allows a tool these scopes, beside what they allowed before and did not take back.
pub async fn give(
    db: &Db,
    now: DateTime<Utc>,
    account: AccountId,
    client_id: &str,
    scopes: &[Scope],
) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    let before = allowed(&tx, account, client_id).await?.unwrap_or_default();
    let all = words(
        Scope::ALL
            .into_iter()
            .filter(|s| before.contains(s) || scopes.contains(s)),
    );
    tx.execute_raw(sql(
        &tx,
        "INSERT INTO provider_consents (account_id, client_id, scopes, given_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, client_id) DO UPDATE
         SET scopes = excluded.scopes, given_at = excluded.given_at, withdrawn_at = NULL",
        [account.0.into(), client_id.into(), all.into(), now.into()],
    ))
    .await?;
    tx.commit().await
}

fn words(scopes: impl Iterator<Item = Scope>) -> String {
    scopes.map(Scope::as_str).collect::<Vec<_>>().join(" ")
}

#[derive(FromQueryResult)]
struct Row {
    client_id: String,
    name: String,
    scopes: String,
    given_at: DateTime<Utc>,
}

/// All that a person allows at present, by name of the tool.
pub async fn of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Consent>, DbErr> {
    let rows = Row::find_by_statement(sql(
        db,
        "SELECT c.client_id, c.name, p.scopes, p.given_at
         FROM provider_consents p JOIN provider_clients c ON c.client_id = p.client_id
         WHERE p.account_id = $1 AND p.withdrawn_at IS NULL ORDER BY c.name, c.client_id",
        [account.0.into()],
    ))
    .all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Consent {
            name: if row.name.is_empty() {
                row.client_id.clone()
            } else {
                row.name
            },
            client_id: row.client_id,
            scopes: Scope::list(&row.scopes),
            given_at: row.given_at,
        })
        .collect())
}

/// Takes a consent back. The tool's tokens for this person open nothing from then on.
pub async fn withdraw(
    db: &Db,
    now: DateTime<Utc>,
    by: Option<MemberId>,
    account: AccountId,
    client_id: &str,
) -> Result<(), ClientError> {
    let tx = db.begin().await?;
    let taken = tx
        .execute_raw(sql(
            &tx,
            "UPDATE provider_consents SET withdrawn_at = $1
             WHERE account_id = $2 AND client_id = $3 AND withdrawn_at IS NULL",
            [now.into(), account.0.into(), client_id.into()],
        ))
        .await?;
    if taken.rows_affected() == 0 {
        return Err(ClientError::NotFound);
    }
    tx.execute_raw(sql(
        &tx,
        "UPDATE provider_refresh_tokens SET revoked_at = $1
         WHERE account_id = $2 AND client_id = $3 AND revoked_at IS NULL",
        [now.into(), account.0.into(), client_id.into()],
    ))
    .await?;
    for forgotten in [
        "DELETE FROM access_tokens WHERE account_id = $1 AND client_id = $2",
        "DELETE FROM authorization_codes WHERE account_id = $1 AND client_id = $2",
    ] {
        tx.execute_raw(sql(&tx, forgotten, [account.0.into(), client_id.into()]))
            .await?;
    }
    audit::record(&tx, now, by, "client.withdraw", client_id, "").await?;
    tx.commit().await?;
    Ok(())
}
