//! Putting in, taking out, settling.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, PaginatorTrait, QueryFilter, Set, Statement,
    Value,
    sea_query::{Expr, OnConflict},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Failure, LEASE, Leased,
    entity::{ActiveModel, Column, Entity},
    wait_after,
};
use crate::db::Db;

/// How long it is remembered that something arrived, so that its dedupe key still counts.
const REMEMBERED: TimeDelta = TimeDelta::days(30);
/// Longest error that is kept.
const ERROR_LENGTH: usize = 500;

/// Puts something in, in the transaction of what it follows from; false where something with the same dedupe key was put
/// in before. Call [`Db::wake_outbox`] after the commit.
pub async fn enqueue(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    kind: &str,
    payload: &impl Serialize,
    dedupe_key: Option<&str>,
) -> Result<bool, DbErr> {
    let payload = serde_json::to_string(payload).map_err(|error| DbErr::Custom(error.to_string()))?;
    let row = ActiveModel {
        id: Set(Uuid::now_v7()),
        kind: Set(kind.to_owned()),
        payload: Set(payload),
        dedupe_key: Set(dedupe_key.map(str::to_owned)),
        attempts: Set(0),
        created_at: Set(now),
        next_at: Set(now),
        leased_until: Set(None),
        last_error: Set(String::new()),
        done_at: Set(None),
        given_up_at: Set(None),
    };
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::DedupeKey).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted == 1)
}

/// Takes out what is due of these kinds, at most `most`; each goes to one of those who ask at the same time.
pub async fn claim(db: &Db, now: DateTime<Utc>, kinds: &[&str], most: u32) -> Result<Vec<Leased>, DbErr> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (0..kinds.len()).map(|n| format!("${}", n + 4)).collect();
    // On SQLite writers queue; on PostgreSQL rows that another node is taking are passed over.
    let lock = if db.backend() == DatabaseBackend::Postgres {
        "FOR UPDATE SKIP LOCKED"
    } else {
        ""
    };
    let sql = format!(
        "UPDATE outbox SET leased_until = $1, attempts = attempts + 1
         WHERE id IN (
             SELECT id FROM outbox
             WHERE done_at IS NULL AND given_up_at IS NULL AND next_at <= $2
               AND (leased_until IS NULL OR leased_until <= $2) AND kind IN ({})
             ORDER BY next_at LIMIT $3 {lock}
         )
         RETURNING id, kind, payload, attempts",
        places.join(", ")
    );
    let mut values: Vec<Value> = vec![(now + LEASE).into(), now.into(), i64::from(most).into()];
    values.extend(kinds.iter().map(|kind| Value::from(*kind)));
    let tx = db.begin().await?;
    let rows = tx
        .query_all_raw(Statement::from_sql_and_values(db.backend(), sql, values))
        .await?;
    tx.commit().await?;
    let mut leased = rows
        .iter()
        .map(|row| {
            Ok(Leased {
                id: row.try_get("", "id")?,
                kind: row.try_get("", "kind")?,
                payload: row.try_get("", "payload")?,
                attempt: row.try_get("", "attempts")?,
            })
        })
        .collect::<Result<Vec<_>, DbErr>>()?;
    leased.sort_by_key(|one| one.id);
    Ok(leased)
}

/// It has arrived. What it said is forgotten.
pub async fn done(db: &Db, now: DateTime<Utc>, leased: &Leased) -> Result<(), DbErr> {
    settle(
        db,
        leased,
        &[
            (Column::DoneAt, Value::from(Some(now))),
            (Column::Payload, Value::from("{}")),
            (Column::LastError, Value::from("")),
        ],
    )
    .await
}

/// It has not arrived: it is tried again later, or given up and kept to be looked at. Says whether it was given up.
pub async fn failed(db: &Db, now: DateTime<Utc>, leased: &Leased, failure: &Failure) -> Result<bool, DbErr> {
    let wait = match failure {
        Failure::Later(_) => wait_after(leased.attempt),
        Failure::After(_, asked) => wait_after(leased.attempt).map(|wait| wait.max(*asked)),
        Failure::Never(_) => None,
    };
    let error: String = failure.to_string().chars().take(ERROR_LENGTH).collect();
    let what_next = match wait {
        Some(wait) => (Column::NextAt, Value::from(now + wait)),
        None => (Column::GivenUpAt, Value::from(Some(now))),
    };
    settle(db, leased, &[what_next, (Column::LastError, Value::from(error))]).await?;
    Ok(wait.is_none())
}

/// Writes how a try went, unless the lease ran out and somebody else took it meanwhile.
async fn settle(db: &Db, leased: &Leased, changes: &[(Column, Value)]) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    let mut update = Entity::update_many()
        .col_expr(Column::LeasedUntil, Expr::value(Value::ChronoDateTimeUtc(None)))
        .filter(Column::Id.eq(leased.id))
        .filter(Column::Attempts.eq(leased.attempt));
    for (column, value) in changes {
        update = update.col_expr(*column, Expr::value(value.clone()));
    }
    update.exec(&tx).await?;
    tx.commit().await
}

/// How the outbox stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lag {
    /// Waiting, in hand, or between two tries.
    pub waiting: u64,
    /// Given up.
    pub given_up: u64,
}

/// How the outbox stands.
pub async fn lag(db: &impl ConnectionTrait) -> Result<Lag, DbErr> {
    let open = Entity::find().filter(Column::DoneAt.is_null());
    Ok(Lag {
        waiting: open.clone().filter(Column::GivenUpAt.is_null()).count(db).await?,
        given_up: open.filter(Column::GivenUpAt.is_not_null()).count(db).await?,
    })
}

/// Where something stands that was put in with a dedupe key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Waiting, in hand, or between two tries.
    Waiting,
    /// It has arrived.
    Arrived,
    /// Given up.
    GivenUp,
}

/// Where the thing with this dedupe key stands; `None` where there is none, or it arrived long ago.
pub async fn standing(db: &impl ConnectionTrait, dedupe_key: &str) -> Result<Option<Standing>, DbErr> {
    let row = Entity::find().filter(Column::DedupeKey.eq(dedupe_key)).one(db).await?;
    Ok(row.map(|row| match (row.done_at, row.given_up_at) {
        (Some(_), _) => Standing::Arrived,
        (None, Some(_)) => Standing::GivenUp,
        (None, None) => Standing::Waiting,
    }))
}

/// Tries the thing with this dedupe key now, however long it was to wait. Call
/// [`Db::wake_outbox`] after the commit.
pub async fn hurry(tx: &impl ConnectionTrait, now: DateTime<Utc>, dedupe_key: &str) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::NextAt, Expr::value(now))
        .filter(Column::DedupeKey.eq(dedupe_key))
        .filter(Column::DoneAt.is_null())
        .filter(Column::GivenUpAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Removes what arrived long ago. What was given up stays.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let swept = Entity::delete_many()
        .filter(Column::DoneAt.lte(now - REMEMBERED))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(swept.rows_affected)
}
