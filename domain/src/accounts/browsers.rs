//! Browsers that an account has signed in from. A known one is not announced by letter, and passes where strangers wait.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, Set,
    sea_query::Expr,
};

use super::entity::account_device::{ActiveModel, Column, Entity};
use crate::{AccountId, db::Db, tokens};

/// How long a browser is known that has not been seen.
const KNOWN: TimeDelta = TimeDelta::days(400);

/// Whether this browser, by its cookie, is known for the account.
pub async fn is_known(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    token: &str,
) -> Result<bool, DbErr> {
    let row = Entity::find_by_id(tokens::fingerprint(token))
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::LastSeenAt.gt(now - KNOWN))
        .one(db)
        .await?;
    Ok(row.is_some())
}

/// Whether the account has signed in from anywhere before.
pub async fn any(db: &impl ConnectionTrait, account: AccountId) -> Result<bool, DbErr> {
    Ok(Entity::find().filter(Column::AccountId.eq(account.0)).count(db).await? > 0)
}

/// Notes that a known browser was seen.
pub async fn touch(tx: &impl ConnectionTrait, now: DateTime<Utc>, token: &str) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(now))
        .filter(Column::TokenHash.eq(tokens::fingerprint(token)))
        .exec(tx)
        .await?;
    Ok(())
}

/// Gets to know a browser: gives the secret for its cookie.
pub async fn remember(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    user_agent: &str,
) -> Result<String, DbErr> {
    let token = tokens::secret();
    ActiveModel {
        token_hash: Set(tokens::fingerprint(&token)),
        account_id: Set(account.0),
        user_agent: Set(user_agent.to_owned()),
        created_at: Set(now),
        last_seen_at: Set(now),
    }
    .insert(tx)
    .await?;
    Ok(token)
}

/// Forgets all browsers of an account: its password was reset.
pub async fn forget_all(tx: &impl ConnectionTrait, account: AccountId) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::AccountId.eq(account.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets browsers that were not seen for long.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let swept = Entity::delete_many()
        .filter(Column::LastSeenAt.lte(now - KNOWN))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(swept.rows_affected)
}
