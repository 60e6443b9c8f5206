//! Where accounts are sent ahead to, as stewards set it.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use secrecy::{ExposeSecret, SecretString};

use super::{Target, TargetForm, Trouble, endpoint_may_be, settle, token_may_be};
use crate::{
    audit,
    clients::{
        ClientError,
        rows::sql,
        store::{self, By},
    },
    db::Db,
    seal::{Place, SealError, Sealer},
};

/// Where the token stands.
const TOKEN: &str = "scim_targets.sealed_token";
const HUB: &str = "hub";

pub(super) const COLUMNS: &str = "t.client_id, t.address, t.active, t.revision, t.push, t.pushed_at, t.tries, t.trouble, t.trouble_detail, t.troubled_at";

#[derive(FromQueryResult)]
pub(super) struct Row {
    client_id: String,
    address: String,
    active: bool,
    revision: i64,
    push: i64,
    pushed_at: Option<DateTime<Utc>>,
    tries: i32,
    trouble: String,
    trouble_detail: String,
    troubled_at: Option<DateTime<Utc>>,
}

impl From<Row> for Target {
    fn from(row: Row) -> Self {
        Self {
            client_id: row.client_id,
            address: row.address,
            active: row.active,
            revision: row.revision,
            push: row.push,
            pushed_at: row.pushed_at,
            tries: row.tries,
            trouble: Trouble::read(&row.trouble).map(|trouble| (trouble, row.trouble_detail)),
            troubled_at: row.troubled_at,
        }
    }
}

/// Where the accounts of a tool are sent, if anywhere.
pub async fn get(db: &impl ConnectionTrait, client_id: &str) -> Result<Option<Target>, DbErr> {
    let text = format!("SELECT {COLUMNS} FROM scim_targets t WHERE t.client_id = $1");
    let row = Row::find_by_statement(sql(db, &text, [client_id.into()]))
        .one(db)
        .await?;
    Ok(row.map(Target::from))
}

/// The token for a tool.
///
/// # Errors
/// Where it was sealed with another key.
pub async fn open_token(
    db: &impl ConnectionTrait,
    sealer: &Sealer,
    client_id: &str,
) -> Result<SecretString, SealError> {
    let text = "SELECT sealed_token FROM scim_targets WHERE client_id = $1";
    let row = db.query_one_raw(sql(db, text, [client_id.into()])).await?;
    let sealed = row
        .map(|row| row.try_get::<String>("", "sealed_token"))
        .transpose()?
        .unwrap_or_default();
    sealer.open(Place::new(TOKEN, client_id), &sealed)
}

/// Sets where the accounts of a tool are sent. At a new address nothing is known of what was sent to the one before, and
/// the token has to be typed again: it is for whoever it was made by.
pub async fn save(
    db: &Db,
    sealer: &Sealer,
    by: By<'_>,
    client_id: &str,
    form: &TargetForm,
    now: DateTime<Utc>,
) -> Result<(), ClientError> {
    let who = by.checked()?;
    let address = form.address.trim().trim_end_matches('/');
    if !endpoint_may_be(address) {
        return Err(ClientError::ScimAddress);
    }
    let token = form.token.expose_secret().trim();
    if !token.is_empty() && !token_may_be(token) {
        return Err(ClientError::ScimToken);
    }
    let tx = db.begin().await?;
    let client = store::get(&tx, client_id).await?;
    client
        .filter(|client| client.client_id != HUB)
        .ok_or(ClientError::NotFound)?;
    let before = get(&tx, client_id).await?;
    let moved = before.as_ref().is_none_or(|before| before.address != address);
    if moved && token.is_empty() {
        return Err(ClientError::ScimToken);
    }
    if moved {
        for forgotten in [
            "DELETE FROM scim_group_members WHERE client_id = $1",
            "DELETE FROM scim_resources WHERE client_id = $1",
        ] {
            tx.execute_raw(sql(&tx, forgotten, [client_id.into()])).await?;
        }
    }
    if before.is_none() {
        tx.execute_raw(sql(
            &tx,
            "INSERT INTO scim_targets (client_id, address, sealed_token, active, created_at) VALUES ($1, '', '', FALSE, $2)",
            [client_id.into(), now.into()],
        ))
        .await?;
    }
    tx.execute_raw(sql(
        &tx,
        "UPDATE scim_targets SET address = $1, active = $2, revision = revision + 1, tries = 0, trouble = '',
            trouble_detail = '', troubled_at = NULL WHERE client_id = $3",
        [address.into(), form.active.into(), client_id.into()],
    ))
    .await?;
    if !token.is_empty() {
        let sealed = sealer.seal(Place::new(TOKEN, client_id), token)?;
        tx.execute_raw(sql(
            &tx,
            "UPDATE scim_targets SET sealed_token = $1 WHERE client_id = $2",
            [sealed.into(), client_id.into()],
        ))
        .await?;
    }
    let detail = if form.active { address } else { "off" };
    audit::record(&tx, now, who, "client.scim", client_id, detail).await?;
    settle::ensure(&tx, now, client_id, true).await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

/// Sends everything again, also what the tool refused.
pub async fn resend(db: &Db, by: By<'_>, client_id: &str, now: DateTime<Utc>) -> Result<(), ClientError> {
    let who = by.checked()?;
    let tx = db.begin().await?;
    get(&tx, client_id).await?.ok_or(ClientError::NotFound)?;
    for anew in [
        "UPDATE scim_targets SET revision = revision + 1, tries = 0, trouble = '', trouble_detail = '', troubled_at = NULL
         WHERE client_id = $1",
        "UPDATE scim_resources SET sent = '', refused = '', trouble = '', trouble_detail = '', tries = 0 WHERE client_id = $1",
        "DELETE FROM scim_group_members WHERE client_id = $1",
    ] {
        tx.execute_raw(sql(&tx, anew, [client_id.into()])).await?;
    }
    audit::record(&tx, now, who, "client.scim_again", client_id, "").await?;
    settle::ensure(&tx, now, client_id, true).await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}
