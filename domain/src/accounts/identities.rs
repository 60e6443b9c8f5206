//! Which member somebody is, by issuer and subject; never by e-mail address.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set, Statement,
    sea_query::Expr,
};

use super::{
    BUILT_IN_ISSUER, Identity,
    entity::identity::{ActiveModel, Column, Entity, Model},
};
use crate::{AccountId, MemberId};

impl From<Model> for Identity {
    fn from(row: Model) -> Self {
        Self {
            issuer: row.issuer,
            subject: row.subject,
            member: MemberId(row.member_id),
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        }
    }
}

/// Notes that this issuer's subject is that member.
pub async fn link(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    issuer: &str,
    subject: &str,
    member: MemberId,
) -> Result<(), DbErr> {
    ActiveModel {
        issuer: Set(issuer.to_owned()),
        subject: Set(subject.to_owned()),
        member_id: Set(member.0),
        created_at: Set(now),
        last_seen_at: Set(now),
    }
    .insert(db)
    .await?;
    Ok(())
}

/// The member whom this issuer's subject is.
pub async fn find(db: &impl ConnectionTrait, issuer: &str, subject: &str) -> Result<Option<MemberId>, DbErr> {
    let row = Entity::find_by_id((issuer.to_owned(), subject.to_owned()))
        .one(db)
        .await?;
    Ok(row.map(|row| MemberId(row.member_id)))
}

/// The members whom these subjects of one issuer are, by subject; unknown ones are left out.
pub async fn find_many(
    db: &impl ConnectionTrait,
    issuer: &str,
    subjects: &[String],
) -> Result<HashMap<String, MemberId>, DbErr> {
    let rows = Entity::find()
        .filter(Column::Issuer.eq(issuer))
        .filter(Column::Subject.is_in(subjects))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.subject, MemberId(row.member_id)))
        .collect())
}

/// All ways in which a member signs in.
pub async fn of_member(db: &impl ConnectionTrait, member: MemberId) -> Result<Vec<Identity>, DbErr> {
    let rows = Entity::find()
        .filter(Column::MemberId.eq(member.0))
        .order_by_asc(Column::CreatedAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Identity::from).collect())
}

/// The account at the built-in provider that a member signs in with, if they have one.
pub async fn account_of(db: &impl ConnectionTrait, member: MemberId) -> Result<Option<AccountId>, DbErr> {
    let row = Entity::find()
        .filter(Column::MemberId.eq(member.0))
        .filter(Column::Issuer.eq(BUILT_IN_ISSUER))
        .order_by_asc(Column::CreatedAt)
        .one(db)
        .await?;
    Ok(row.and_then(|row| row.subject.parse().ok()))
}

/// Address and language of the stewards, for letters. Where one has an account here, its main address counts.
pub(super) async fn stewards(db: &impl ConnectionTrait) -> Result<Vec<(String, String)>, DbErr> {
    let statement = Statement::from_string(
        db.get_database_backend(),
        "SELECT id, email, locale FROM members WHERE steward AND kind = 'person' AND standing = 'active'",
    );
    let mut stewards = Vec::new();
    for row in db.query_all_raw(statement).await? {
        let member = MemberId(row.try_get("", "id")?);
        let (mut email, locale): (String, String) = (row.try_get("", "email")?, row.try_get("", "locale")?);
        if let Some(account) = account_of(db, member).await?
            && let Some(account) = super::store::open_account(db, account).await?
        {
            email = account.email;
        }
        if super::is_email(&email) {
            stewards.push((email, locale));
        }
    }
    Ok(stewards)
}

/// Whether the directory has no person yet.
pub(super) async fn no_person_yet(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let statement = Statement::from_string(
        db.get_database_backend(),
        "SELECT 1 AS one FROM members WHERE kind = 'person' LIMIT 1",
    );
    Ok(db.query_one_raw(statement).await?.is_none())
}

/// Notes that this identity was used.
pub(super) async fn touch(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    issuer: &str,
    subject: &str,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(now))
        .filter(Column::Issuer.eq(issuer))
        .filter(Column::Subject.eq(subject))
        .exec(db)
        .await?;
    Ok(())
}
