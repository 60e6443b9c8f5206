//! A steward ends somebody's access, everywhere at once; and lets them in again.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{ClientError, ending::end_account, may_manage, rows::sql, scim};
use crate::{
    AccountId, MemberId,
    access::Actor,
    accounts::{BUILT_IN_ISSUER, gifts, identities},
    audit,
    db::Db,
    members::{Member, MemberError, MemberKind, Standing, store},
};

/// Longest reason.
const REASON_LENGTH: usize = 300;

/// When, by whom and why somebody's access ended.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Ending {
    /// Its key.
    pub id: Uuid,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Whether this steward may end that person's access: not their own, and not the last steward's.
pub fn may_end(actor: &Actor, member: &Member, stewards: u64) -> Result<MemberId, ClientError> {
    let by = may_manage(actor)?.id;
    if by == member.id {
        return Err(ClientError::OwnAccess);
    }
    if member.steward && stewards <= 1 {
        return Err(ClientError::LastSteward);
    }
    if member.kind != MemberKind::Person {
        return Err(ClientError::NotAPerson);
    }
    Ok(by)
}

/// How many active stewards the hub has.
pub async fn stewards(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    let row = db
        .query_one_raw(sql(
            db,
            "SELECT COUNT(*) AS stewards FROM members WHERE steward AND standing = 'active'",
            [],
        ))
        .await?;
    let count = row
        .map(|row| row.try_get::<i64>("", "stewards"))
        .transpose()?
        .unwrap_or_default();
    Ok(u64::try_from(count).unwrap_or_default())
}

/// The accounts of a member at the built-in provider.
pub async fn accounts_of(db: &impl ConnectionTrait, member: MemberId) -> Result<Vec<AccountId>, DbErr> {
    Ok(identities::of_member(db, member)
        .await?
        .into_iter()
        .filter(|identity| identity.issuer == BUILT_IN_ISSUER)
        .filter_map(|identity| identity.subject.parse().ok())
        .collect())
}

/// Ends somebody's access: they have left, their accounts are closed, all their devices are signed out, and every tool
/// that knew them is told to forget them.
pub async fn end(db: &Db, actor: &Actor, handle: &str, reason: &str, now: DateTime<Utc>) -> Result<(), AccessError> {
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.is_empty() || reason.chars().count() > REASON_LENGTH {
        return Err(ClientError::ReasonMissing.into());
    }
    let tx = db.begin().await?;
    let member = store::by_handle(&tx, handle).await?.ok_or(MemberError::NotFound)?;
    // Of two last stewards who go at the same moment, by whatever way, one has to see the other gone.
    gifts::hold_last_steward(&tx, member.id).await?;
    let by = may_end(actor, &member, stewards(&tx).await?)?;
    if member.standing == Standing::Left {
        return Err(ClientError::AlreadyEnded.into());
    }
    let id = Uuid::now_v7();
    tx.execute_raw(sql(
        &tx,
        "INSERT INTO access_endings (id, member_id, ended_by, reason, at) VALUES ($1, $2, $3, $4, $5)",
        [
            id.into(),
            member.id.0.into(),
            by.0.into(),
            reason.as_str().into(),
            now.into(),
        ],
    ))
    .await?;
    tx.execute_raw(sql(
        &tx,
        "UPDATE members SET standing = 'left', steward = FALSE, updated_at = $1 WHERE id = $2",
        [now.into(), member.id.0.into()],
    ))
    .await?;
    for account in accounts_of(&tx, member.id).await? {
        end_account(&tx, now, account, id).await?;
    }
    scim::end_member(&tx, now, member.id).await?;
    tx.execute_raw(sql(
        &tx,
        "DELETE FROM browser_sessions WHERE member_id = $1",
        [member.id.0.into()],
    ))
    .await?;
    audit::record(&tx, now, Some(by), "member.end_access", &member.handle, &reason).await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

/// Lets somebody in again whose access was ended: active, with their accounts open. Class and circles are as they were;
/// what they were as a steward is not.
pub async fn restore(db: &Db, actor: &Actor, handle: &str, now: DateTime<Utc>) -> Result<(), AccessError> {
    let by = may_manage(actor).map_err(ClientError::from)?.id;
    let tx = db.begin().await?;
    let member = store::by_handle(&tx, handle).await?.ok_or(MemberError::NotFound)?;
    if member.standing != Standing::Left || last(&tx, member.id).await?.is_none() {
        return Err(ClientError::NotEnded.into());
    }
    tx.execute_raw(sql(
        &tx,
        "UPDATE members SET standing = 'active', updated_at = $1 WHERE id = $2",
        [now.into(), member.id.0.into()],
    ))
    .await?;
    for account in accounts_of(&tx, member.id).await? {
        tx.execute_raw(sql(
            &tx,
            "UPDATE accounts SET disabled_at = NULL WHERE id = $1",
            [account.0.into()],
        ))
        .await?;
    }
    audit::record(&tx, now, Some(by), "member.restore_access", &member.handle, "").await?;
    tx.commit().await?;
    Ok(())
}

/// The last time that somebody's access was ended.
pub async fn last(db: &impl ConnectionTrait, member: MemberId) -> Result<Option<Ending>, DbErr> {
    Ending::find_by_statement(sql(
        db,
        "SELECT id, reason, at FROM access_endings WHERE member_id = $1 ORDER BY at DESC, id DESC LIMIT 1",
        [member.0.into()],
    ))
    .one(db)
    .await
}

/// Why somebody's access could not be ended or given back.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Not allowed, or not now.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// There is no such member.
    #[error(transparent)]
    Member(#[from] MemberError),
}

impl From<DbErr> for AccessError {
    fn from(error: DbErr) -> Self {
        Self::Client(error.into())
    }
}

impl crate::Problem for AccessError {
    fn kind(&self) -> crate::Kind {
        match self {
            Self::Client(error) => error.kind(),
            Self::Member(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Client(error) => error.code(),
            Self::Member(error) => error.code(),
        }
    }
}
