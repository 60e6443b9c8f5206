//! Pushes: noticing that a tool should know something else than it was told, and saying so to the outbox.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};

use super::{
    Target, look,
    target::{COLUMNS, Row},
};
use crate::{accounts::provider, clients::rows::sql, db::Db, outbox};

/// The kind of a push in the outbox.
pub const PUSH: &str = "scim_push";

/// What the outbox carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// The tool.
    pub client_id: String,
    /// Which of its pushes: only the last one counts.
    pub push: i64,
}

pub(super) fn key(client_id: &str, push: i64) -> String {
    format!("{PUSH} {client_id} {push}")
}

/// Looks at every tool that accounts are sent to, and begins a push where something is to be sent. Says how many began.
pub async fn settle(db: &Db, now: DateTime<Utc>) -> Result<usize, DbErr> {
    let text = format!("SELECT {COLUMNS} FROM scim_targets t WHERE t.active ORDER BY t.client_id");
    let targets = Row::find_by_statement(sql(db.read(), &text, [])).all(db.read()).await?;
    let mut begun = 0;
    for target in targets.into_iter().map(Target::from) {
        let Some(client) = provider::client(db.read(), &target.client_id).await? else {
            continue;
        };
        if look(db, now, &target, &client).await?.is_settled() {
            continue;
        }
        let tx = db.begin().await?;
        begun += usize::from(ensure(&tx, now, &target.client_id, false).await?);
        tx.commit().await?;
    }
    if begun > 0 {
        db.wake_outbox();
    }
    Ok(begun)
}

/// Makes sure that a push of this tool is under way; true where one began. What was given up is begun anew only where a
/// human wants it (`now_please`), who does not want to wait for the next try either. Call [`Db::wake_outbox`] after the
/// commit.
pub(super) async fn ensure(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    client_id: &str,
    now_please: bool,
) -> Result<bool, DbErr> {
    // The row is held, so that of two who ask at the same time one finds what the other began.
    let held = tx
        .query_one_raw(sql(
            tx,
            "UPDATE scim_targets SET push = push WHERE client_id = $1 AND active RETURNING push",
            [client_id.into()],
        ))
        .await?;
    let Some(row) = held else { return Ok(false) };
    let push: i64 = row.try_get("", "push")?;
    let last = key(client_id, push);
    match outbox::standing(tx, &last).await? {
        Some(outbox::Standing::Waiting) if now_please => {
            outbox::hurry(tx, now, &last).await?;
            Ok(false)
        }
        Some(outbox::Standing::Waiting) => Ok(false),
        Some(outbox::Standing::GivenUp) if !now_please => Ok(false),
        Some(outbox::Standing::GivenUp | outbox::Standing::Arrived) | None => begin(tx, now, client_id, push + 1).await,
    }
}

async fn begin(tx: &impl ConnectionTrait, now: DateTime<Utc>, client_id: &str, push: i64) -> Result<bool, DbErr> {
    tx.execute_raw(sql(
        tx,
        "UPDATE scim_targets SET push = $1 WHERE client_id = $2",
        [push.into(), client_id.into()],
    ))
    .await?;
    let payload = Push {
        client_id: client_id.to_owned(),
        push,
    };
    outbox::enqueue(tx, now, PUSH, &payload, Some(&key(client_id, push))).await
}

/// Goes on in another push: this one has had its time. Not where another began meanwhile.
pub async fn again(db: &Db, now: DateTime<Utc>, done: &Push) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    let held = tx
        .query_one_raw(sql(
            &tx,
            "UPDATE scim_targets SET push = push WHERE client_id = $1 AND push = $2 AND active RETURNING push",
            [done.client_id.as_str().into(), done.push.into()],
        ))
        .await?;
    if held.is_some() {
        begin(&tx, now, &done.client_id, done.push + 1).await?;
    }
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}
