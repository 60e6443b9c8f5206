//! Links in letters: single use, short lived, kept as fingerprints.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set, sea_query::Expr};

use super::{
    AccountError,
    entity::account_link::{ActiveModel, Column, Entity},
};
use crate::{AccountId, db::Db, tokens};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To show that an address is one's own.
    VerifyAddress,
    /// To choose a new password.
    ResetPassword,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::VerifyAddress => "verify_address",
            Self::ResetPassword => "reset_password",
        }
    }

    /// How long a link works.
    pub fn valid(self) -> TimeDelta {
        match self {
            Self::VerifyAddress => TimeDelta::days(3),
            Self::ResetPassword => TimeDelta::minutes(30),
        }
    }
}

/// Whom a link belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The account.
    pub account: AccountId,
    /// The address that the letter went to.
    pub address: String,
}

/// Makes a link; gives its secret and until when it works.
pub async fn issue(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    purpose: Purpose,
    account: AccountId,
    address: &str,
) -> Result<(String, DateTime<Utc>), DbErr> {
    let token = tokens::secret();
    let until = now + purpose.valid();
    ActiveModel {
        token_hash: Set(tokens::fingerprint(&token)),
        purpose: Set(purpose.name().to_owned()),
        account_id: Set(account.0),
        address: Set(address.to_owned()),
        created_at: Set(now),
        expires_at: Set(until),
        used_at: Set(None),
    }
    .insert(tx)
    .await?;
    Ok((token, until))
}

/// Whose link this is, if it works now.
pub async fn usable(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    purpose: Purpose,
    token: &str,
) -> Result<Link, AccountError> {
    Entity::find_by_id(tokens::fingerprint(token))
        .filter(Column::Purpose.eq(purpose.name()))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .one(db)
        .await?
        .map(|row| Link {
            account: AccountId(row.account_id),
            address: row.address,
        })
        .ok_or(AccountError::LinkUnusable)
}

/// Uses a link up, once.
pub async fn redeem(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    purpose: Purpose,
    token: &str,
) -> Result<Link, AccountError> {
    let link = usable(tx, now, purpose, token).await?;
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(Some(now)))
        .filter(Column::TokenHash.eq(tokens::fingerprint(token)))
        .filter(Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    if used.rows_affected == 1 {
        Ok(link)
    } else {
        Err(AccountError::LinkUnusable)
    }
}

/// Ends all links of an account for one purpose: one of them did its work.
pub async fn end_all(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    purpose: Purpose,
    account: AccountId,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(Some(now)))
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::Purpose.eq(purpose.name()))
        .filter(Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Removes links that can no longer be used.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let swept = Entity::delete_many()
        .filter(Column::ExpiresAt.lte(now))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(swept.rows_affected)
}
