//! Which member somebody is, by issuer and subject; never by e-mail address or name.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
    Statement, sea_query::Expr,
};

use super::{
    AccountError, BUILT_IN_ISSUER, Identity,
    arrivals::Person,
    browser_sessions,
    entity::identity::{ActiveModel, Column, Entity, Model},
    gifts, may_unlink, normal_email,
};
use crate::{AccountId, MemberId, audit, db::Db, members};

impl From<Model> for Identity {
    fn from(row: Model) -> Self {
        Self {
            issuer: row.issuer,
            subject: row.subject,
            member: MemberId(row.member_id),
            name: row.name,
            email: row.email,
            email_verified: row.email_verified,
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
        name: Set(String::new()),
        email: Set(String::new()),
        email_verified: Set(false),
    }
    .insert(db)
    .await?;
    Ok(())
}

/// Links an identity to the member who is signed in and has said so, with what its provider gives.
///
/// # Errors
/// [`AccountError::IdentityTaken`] where it is somebody's already: then a steward can merge the two records.
pub async fn link_own(db: &Db, now: DateTime<Utc>, member: MemberId, person: &Person) -> Result<(), AccountError> {
    let tx = db.begin().await?;
    let own = members::store::get(&tx, member)
        .await?
        .ok_or(AccountError::IdentityUnknown)?;
    match find(&tx, &person.issuer, &person.subject).await? {
        Some(whose) if whose == member => {}
        Some(_) => return Err(AccountError::IdentityTaken),
        None => {
            link(&tx, now, &person.issuer, &person.subject, member).await?;
            audit::record(&tx, now, Some(member), "identity.link", &own.handle, &person.issuer).await?;
        }
    }
    touch(&tx, now, person).await?;
    let gifts = person.gifts();
    gifts::apply(&tx, now, (&person.issuer, &person.subject), member, gifts.as_ref()).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a way of signing in away from its owner, with what its provider gave and the sessions that came through it.
///
/// # Errors
/// Where it is not theirs, the last one, or the one that they are signed in with.
pub async fn unlink(
    db: &Db,
    now: DateTime<Utc>,
    member: MemberId,
    (issuer, subject): (&str, &str),
    in_use: Option<(&str, &str)>,
) -> Result<(), AccountError> {
    let tx = db.begin().await?;
    // Of two that go at the same moment, one has to see the other gone.
    super::lock::hold(&tx, super::lock::Only::Gifts).await?;
    let own = members::store::get(&tx, member)
        .await?
        .ok_or(AccountError::IdentityUnknown)?;
    let ways = of_member(&tx, member).await?;
    may_unlink(&ways, (issuer, subject), in_use)?;
    gifts::take_all(&tx, now, (issuer, subject), member).await?;
    Entity::delete_by_id((issuer.to_owned(), subject.to_owned()))
        .exec(&tx)
        .await?;
    browser_sessions::end_of_identity(&tx, issuer, Some(subject), None).await?;
    audit::record(&tx, now, Some(member), "identity.unlink", &own.handle, issuer).await?;
    tx.commit().await?;
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

/// Whether somebody else's identity has the same verified address. It proves nothing but that asking is worth while.
pub async fn may_be_known(db: &impl ConnectionTrait, person: &Person) -> Result<bool, DbErr> {
    let Some(email) = person.email.as_deref().filter(|_| person.email_verified) else {
        return Ok(false);
    };
    let same = Entity::find()
        .filter(Column::Email.eq(normal_email(email)))
        .filter(Column::EmailVerified.eq(true))
        .count(db)
        .await?;
    Ok(same > 0)
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

/// Notes that this identity was used, and what its provider says of it now. What it does not say stays.
pub(super) async fn touch(db: &impl ConnectionTrait, now: DateTime<Utc>, person: &Person) -> Result<(), DbErr> {
    let mut update = Entity::update_many().col_expr(Column::LastSeenAt, Expr::value(now));
    if let Some(name) = person.name.as_ref().or(person.nickname.as_ref()) {
        update = update.col_expr(Column::Name, Expr::value(name.chars().take(120).collect::<String>()));
    }
    if let Some(email) = &person.email {
        update = update
            .col_expr(Column::Email, Expr::value(normal_email(email)))
            .col_expr(Column::EmailVerified, Expr::value(person.email_verified));
    }
    update
        .filter(Column::Issuer.eq(&person.issuer))
        .filter(Column::Subject.eq(&person.subject))
        .exec(db)
        .await?;
    Ok(())
}

#[cfg(test)]
#[path = "identities_tests.rs"]
mod tests;
