//! One person at the tools that were told of them ahead: what they know, and whether they closed it.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::{Trouble, settle};
use crate::{
    MemberId,
    access::Actor,
    audit,
    clients::{ClientError, may_manage, rows::sql},
    db::Db,
    outbox,
};

/// After so many tries without an answer a human should look.
const PATIENCE: i32 = 5;

/// Where the account of somebody whose access ended stands at a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The tool closed it.
    Confirmed(Option<DateTime<Utc>>),
    /// A steward says that it is done.
    ByHand(DateTime<Utc>),
    /// Sent soon, or again.
    UnderWay,
    /// Nothing is sent to the tool at present.
    Off,
    /// The tool refuses, or does not answer.
    ForAHuman(Option<Trouble>, String),
}

/// An account at a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtTool {
    /// The tool.
    pub client_id: String,
    /// The tool's name.
    pub name: String,
    /// The account's name there.
    pub account: String,
    /// Where it stands.
    pub ended: Ended,
}

#[derive(FromQueryResult)]
struct Row {
    client_id: String,
    tool: String,
    name: String,
    sent: String,
    wanted: String,
    refused: String,
    trouble: String,
    trouble_detail: String,
    sent_at: Option<DateTime<Utc>>,
    by_hand_at: Option<DateTime<Utc>>,
    active: bool,
    push: i64,
    target_tries: i32,
    target_trouble: String,
    target_detail: String,
}

async fn rows(db: &impl ConnectionTrait, member: MemberId) -> Result<Vec<Row>, DbErr> {
    Row::find_by_statement(sql(
        db,
        "SELECT r.client_id, CASE WHEN c.name = '' THEN c.client_id ELSE c.name END AS tool, r.name, r.sent, r.wanted,
            r.refused, r.trouble, r.trouble_detail, r.sent_at, r.by_hand_at, t.active, t.push, t.tries AS target_tries,
            t.trouble AS target_trouble, t.trouble_detail AS target_detail
         FROM scim_resources r
         JOIN scim_targets t ON t.client_id = r.client_id
         JOIN provider_clients c ON c.client_id = r.client_id
         WHERE r.kind = 'user' AND r.local_id = $1 AND (r.remote_id <> '' OR r.begun) ORDER BY c.name, r.client_id",
        [member.to_string().into()],
    ))
    .all(db)
    .await
}

/// Names of the tools that know somebody ahead of their first sign-in, and whose account there is open.
pub async fn known_by(db: &impl ConnectionTrait, member: MemberId) -> Result<Vec<String>, DbErr> {
    let rows = rows(db, member).await?;
    Ok(rows
        .into_iter()
        .filter(|row| !row.sent.is_empty() && row.sent != super::INACTIVE)
        .map(|row| row.tool)
        .collect())
}

/// Where the accounts of somebody whose access ended stand.
pub async fn of_member(db: &impl ConnectionTrait, member: MemberId) -> Result<Vec<AtTool>, DbErr> {
    let mut found = Vec::new();
    for row in rows(db, member).await? {
        let last = outbox::standing(db, &settle::key(&row.client_id, row.push)).await?;
        let given_up = last == Some(outbox::Standing::GivenUp);
        found.push(AtTool {
            ended: ended(&row, given_up),
            client_id: row.client_id,
            name: row.tool,
            account: row.name,
        });
    }
    Ok(found)
}

fn ended(row: &Row, given_up: bool) -> Ended {
    if let Some(at) = row.by_hand_at {
        Ended::ByHand(at)
    } else if row.sent == super::INACTIVE {
        Ended::Confirmed(row.sent_at)
    } else if !row.active {
        Ended::Off
    } else if !row.refused.is_empty() && row.refused == row.wanted {
        Ended::ForAHuman(Trouble::read(&row.trouble), row.trouble_detail.clone())
    } else if given_up || row.target_tries >= PATIENCE {
        Ended::ForAHuman(Trouble::read(&row.target_trouble), row.target_detail.clone())
    } else {
        Ended::UnderWay
    }
}

/// Closes what tools were told of somebody ahead, in the transaction that ends their access. Call [`Db::wake_outbox`] after
/// the commit.
pub(in crate::clients) async fn end_member(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    member: MemberId,
) -> Result<(), DbErr> {
    // The targets before what they were told, as everywhere: else two could wait for each other.
    for row in rows(tx, member).await? {
        settle::ensure(tx, now, &row.client_id, false).await?;
    }
    tx.execute_raw(sql(
        tx,
        "UPDATE scim_resources SET wanted = 'inactive', changed_at = $1, tries = 0, by_hand_at = NULL
         WHERE kind = 'user' AND local_id = $2 AND wanted NOT IN ('inactive', 'gone')",
        [now.into(), member.to_string().into()],
    ))
    .await?;
    Ok(())
}

/// A steward has closed somebody's account in a tool by hand.
pub async fn by_hand(
    db: &Db,
    actor: &Actor,
    client_id: &str,
    member: MemberId,
    now: DateTime<Utc>,
) -> Result<(), ClientError> {
    let by = may_manage(actor)?.id;
    let tx = db.begin().await?;
    let closed = tx
        .execute_raw(sql(
            &tx,
            "UPDATE scim_resources SET sent = 'inactive', by_hand_at = $1, refused = '', trouble = '', trouble_detail = ''
             WHERE client_id = $2 AND kind = 'user' AND local_id = $3 AND wanted = 'inactive'",
            [now.into(), client_id.into(), member.to_string().into()],
        ))
        .await?;
    if closed.rows_affected() == 0 {
        return Err(ClientError::NotFound);
    }
    audit::record(
        &tx,
        now,
        Some(by),
        "client.closed_by_hand",
        client_id,
        &member.to_string(),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
