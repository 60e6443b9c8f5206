//! How telling the tools went: what was confirmed, what is on its way, what a human has to finish.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{ClientError, may_manage, rows::sql};
use crate::{MemberId, access::Actor, audit, db::Db};

/// After so many tries without an answer a human should look.
const PATIENCE: i32 = 5;
/// How long it is remembered that a tool was told, where nobody's access ended.
const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// One logout token for one tool.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Notice {
    /// Its key.
    pub id: Uuid,
    /// The tool.
    pub client_id: String,
    /// The tool's name.
    pub name: String,
    /// The session there; empty for all of that person's.
    pub sid: String,
    /// Who they are to the tool.
    pub subject: String,
    /// Where the token goes; empty where the tool cannot be told.
    pub address: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// How often it was sent.
    pub tries: i32,
    /// What went wrong the last time.
    pub last_error: String,
    /// When the tool confirmed.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When a human finished it.
    pub by_hand_at: Option<DateTime<Utc>>,
}

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The tool said that it has ended the session.
    Confirmed,
    /// A steward says that it is done.
    ByHand,
    /// Sent soon, or again.
    UnderWay,
    /// The tool cannot be told, or does not answer.
    ForAHuman,
}

impl Notice {
    /// Where it stands.
    pub fn state(&self) -> State {
        if self.confirmed_at.is_some() {
            State::Confirmed
        } else if self.by_hand_at.is_some() {
            State::ByHand
        } else if self.address.is_empty() || self.tries >= PATIENCE {
            State::ForAHuman
        } else {
            State::UnderWay
        }
    }
}

const COLUMNS: &str = "n.id, n.client_id, c.name, n.sid, n.subject, n.address, n.created_at, n.tries, n.last_error,
    n.confirmed_at, n.by_hand_at";

/// One of them.
pub async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Notice>, DbErr> {
    let text = format!(
        "SELECT {COLUMNS} FROM logout_notices n JOIN provider_clients c ON c.client_id = n.client_id WHERE n.id = $1"
    );
    Notice::find_by_statement(sql(db, &text, [id.into()])).one(db).await
}

/// Those of the end of somebody's access, by name of the tool.
pub async fn of_ending(db: &impl ConnectionTrait, ending: Uuid) -> Result<Vec<Notice>, DbErr> {
    let text = format!(
        "SELECT {COLUMNS} FROM logout_notices n JOIN provider_clients c ON c.client_id = n.client_id
         WHERE n.ending_id = $1 ORDER BY c.name, n.id"
    );
    Notice::find_by_statement(sql(db, &text, [ending.into()])).all(db).await
}

/// The tool confirmed.
pub async fn confirmed(db: &Db, now: DateTime<Utc>, id: Uuid) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    tx.execute_raw(sql(
        &tx,
        "UPDATE logout_notices SET confirmed_at = $1, tries = tries + 1, last_error = '' WHERE id = $2",
        [now.into(), id.into()],
    ))
    .await?;
    tx.commit().await
}

/// It did not arrive.
pub async fn failed(db: &Db, id: Uuid, error: &str) -> Result<(), DbErr> {
    let error: String = error.chars().take(300).collect();
    let tx = db.begin().await?;
    tx.execute_raw(sql(
        &tx,
        "UPDATE logout_notices SET tries = tries + 1, last_error = $1 WHERE id = $2",
        [error.into(), id.into()],
    ))
    .await?;
    tx.commit().await
}

/// A steward has ended the session in the tool by hand.
pub async fn by_hand(db: &Db, actor: &Actor, id: Uuid, now: DateTime<Utc>) -> Result<(), ClientError> {
    let by: MemberId = may_manage(actor)?.id;
    let tx = db.begin().await?;
    let notice = get(&tx, id).await?.ok_or(ClientError::NotFound)?;
    tx.execute_raw(sql(
        &tx,
        "UPDATE logout_notices SET by_hand_at = $1, by_hand_by = $2 WHERE id = $3",
        [now.into(), by.0.into(), id.into()],
    ))
    .await?;
    audit::record(
        &tx,
        now,
        Some(by),
        "client.ended_by_hand",
        &notice.client_id,
        &notice.subject,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets what was told long ago, where it belongs to no end of access.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let swept = tx
        .execute_raw(sql(
            &tx,
            "DELETE FROM logout_notices WHERE ending_id IS NULL AND created_at <= $1",
            [(now - REMEMBERED).into()],
        ))
        .await?;
    tx.commit().await?;
    Ok(swept.rows_affected())
}
