//! What happened to an account, for its own person to see.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use super::{
    Event,
    entity::account_event::{ActiveModel, Column, Entity},
};
use crate::AccountId;

/// Writes an event, in the transaction of what happened.
pub async fn record(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    act: &str,
    detail: &str,
) -> Result<(), DbErr> {
    ActiveModel {
        id: Set(Uuid::now_v7()),
        account_id: Set(account.0),
        at: Set(now),
        act: Set(act.to_owned()),
        detail: Set(detail.to_owned()),
    }
    .insert(tx)
    .await?;
    Ok(())
}

/// The latest events of an account, the last one first.
pub async fn latest(db: &impl ConnectionTrait, account: AccountId, most: u64) -> Result<Vec<Event>, DbErr> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.0))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id)
        .limit(most)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Event {
            at: row.at,
            act: row.act,
            detail: row.detail,
        })
        .collect())
}
