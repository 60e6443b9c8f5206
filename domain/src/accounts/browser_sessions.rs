//! Browser sessions: one row a device. Keys are fingerprints, so that a copy of the table opens nothing.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{
    AccountError, BrowserSession, Source,
    entity::browser_session::{ActiveModel, Column, Entity, Model},
    events, identities,
};
use crate::{
    AccountId, MemberId,
    clients::ending::{self, Reason},
    db::Db,
};

/// How stale "last seen" may be: a page view writes nothing more often than this.
const TOUCH: TimeDelta = TimeDelta::minutes(10);

impl From<Model> for BrowserSession {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
        }
    }
}

/// What is kept of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Fingerprint of the cookie's value.
    pub id: String,
    /// What the session keeps, as JSON.
    pub data: String,
    /// Who is signed in.
    pub member: Option<MemberId>,
    /// The session of the built-in provider that goes on there.
    pub provider_sid: Option<String>,
    /// What the browser called itself.
    pub user_agent: String,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// Through whom the person came in; `data` says the same.
    pub source: Option<Source>,
}

/// Keeps a new session; false where its key is taken.
pub async fn create(db: &Db, now: DateTime<Utc>, new: &Kept) -> Result<bool, DbErr> {
    let source = new.source.as_ref();
    let tx = db.begin().await?;
    let row = ActiveModel {
        id: Set(new.id.clone()),
        data: Set(new.data.clone()),
        member_id: Set(new.member.map(|id| id.0)),
        user_agent: Set(new.user_agent.clone()),
        created_at: Set(now),
        last_seen_at: Set(now),
        expires_at: Set(new.expires_at),
        provider_sid: Set(new.provider_sid.clone()),
        issuer: Set(source.map(|s| s.issuer.clone())),
        subject: Set(source.map(|s| s.subject.clone())),
        sid: Set(source.and_then(|s| s.sid.clone())),
        sign_on_id: Set(source.and_then(|s| s.sign_on)),
    };
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    tx.commit().await?;
    Ok(inserted == 1)
}

/// Writes a session that exists. One that was ended meanwhile stays ended: a late answer must not bring it back.
pub async fn save(db: &Db, now: DateTime<Utc>, kept: &Kept) -> Result<(), DbErr> {
    let source = kept.source.as_ref();
    let tx = db.begin().await?;
    Entity::update_many()
        .col_expr(Column::Issuer, Expr::value(source.map(|s| s.issuer.clone())))
        .col_expr(Column::Subject, Expr::value(source.map(|s| s.subject.clone())))
        .col_expr(Column::Sid, Expr::value(source.and_then(|s| s.sid.clone())))
        .col_expr(Column::SignOnId, Expr::value(source.and_then(|s| s.sign_on)))
        .col_expr(Column::Data, Expr::value(kept.data.clone()))
        .col_expr(Column::MemberId, Expr::value(kept.member.map(|id| id.0)))
        .col_expr(Column::ProviderSid, Expr::value(kept.provider_sid.clone()))
        .col_expr(Column::UserAgent, Expr::value(kept.user_agent.clone()))
        .col_expr(Column::LastSeenAt, Expr::value(now))
        .col_expr(Column::ExpiresAt, Expr::value(kept.expires_at))
        .filter(Column::Id.eq(&kept.id))
        .exec(&tx)
        .await?;
    tx.commit().await
}

/// A session that has not expired. It is marked as seen where that is some minutes old.
pub async fn load(db: &Db, now: DateTime<Utc>, id: &str) -> Result<Option<Kept>, DbErr> {
    let found = Entity::find_by_id(id.to_owned())
        .filter(Column::ExpiresAt.gt(now))
        .one(db.read())
        .await?;
    let Some(row) = found else {
        return Ok(None);
    };
    if now - row.last_seen_at > TOUCH {
        let tx = db.begin().await?;
        Entity::update_many()
            .col_expr(Column::LastSeenAt, Expr::value(now))
            .filter(Column::Id.eq(id))
            .exec(&tx)
            .await?;
        tx.commit().await?;
    }
    Ok(Some(Kept {
        id: row.id,
        data: row.data,
        member: row.member_id.map(MemberId),
        provider_sid: row.provider_sid,
        user_agent: row.user_agent,
        expires_at: row.expires_at,
        // `data` has it all; the columns are for those who look for a session.
        source: None,
    }))
}

/// Ends a session, whoever's it is.
pub async fn delete(db: &Db, id: &str) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    Entity::delete_by_id(id.to_owned()).exec(&tx).await?;
    tx.commit().await
}

/// The devices on which a member is signed in, the one seen last first.
pub async fn of_member(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    member: MemberId,
) -> Result<Vec<BrowserSession>, DbErr> {
    let rows = Entity::find()
        .filter(Column::MemberId.eq(member.0))
        .filter(Column::ExpiresAt.gt(now))
        .order_by_desc(Column::LastSeenAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(BrowserSession::from).collect())
}

/// Ends one of a member's sessions, with what went on there at the provider and in tools.
pub async fn end(db: &Db, now: DateTime<Utc>, member: MemberId, id: &str) -> Result<(), AccountError> {
    let theirs = Condition::all()
        .add(Column::Id.eq(id))
        .add(Column::MemberId.eq(member.0));
    if end_these(db, now, member, theirs).await? == 0 {
        return Err(AccountError::SessionNotFound);
    }
    Ok(())
}

/// Ends all of a member's sessions but the one they ask from; says how many.
pub async fn end_others(db: &Db, now: DateTime<Utc>, member: MemberId, this: &str) -> Result<usize, DbErr> {
    let theirs = Condition::all()
        .add(Column::Id.ne(this))
        .add(Column::MemberId.eq(member.0));
    end_these(db, now, member, theirs).await
}

async fn end_these(db: &Db, now: DateTime<Utc>, member: MemberId, these: Condition) -> Result<usize, DbErr> {
    let tx = db.begin().await?;
    let rows = Entity::find().filter(these).all(&tx).await?;
    let account = identities::account_of(&tx, member).await?;
    for row in &rows {
        if let Some(sid) = &row.provider_sid {
            ending::end_session(&tx, now, sid, Reason::SignedOut).await?;
        }
        Entity::delete_by_id(row.id.clone()).exec(&tx).await?;
        if let Some(account) = account {
            events::record(&tx, now, account, "session_ended", &row.user_agent).await?;
        }
    }
    tx.commit().await?;
    db.wake_outbox();
    Ok(rows.len())
}

/// The session of the built-in provider that goes on in this browser.
pub(super) async fn provider_sid(tx: &impl ConnectionTrait, id: &str) -> Result<Option<String>, DbErr> {
    Ok(Entity::find_by_id(id.to_owned())
        .one(tx)
        .await?
        .and_then(|row| row.provider_sid))
}

/// Ends every session of an account, as member and at the provider, but one.
pub(super) async fn end_of_account(
    tx: &impl ConnectionTrait,
    account: AccountId,
    member: Option<MemberId>,
    but: Option<&str>,
) -> Result<(), DbErr> {
    // What a session keeps is JSON with the account's key in it; a UUID stands there for nothing else.
    let mut theirs = Condition::any().add(Column::Data.contains(account.to_string()));
    if let Some(member) = member {
        theirs = theirs.add(Column::MemberId.eq(member.0));
    }
    let mut ended = Entity::delete_many().filter(theirs);
    if let Some(this) = but {
        ended = ended.filter(Column::Id.ne(this));
    }
    ended.exec(tx).await?;
    Ok(())
}

/// Ends the sessions that came through an identity, on all nodes; says how many. With a `sid` those of that session at the
/// provider, and those of the subject whose session there is not known; without one all of the subject.
pub async fn end_of_identity(
    tx: &impl ConnectionTrait,
    issuer: &str,
    subject: Option<&str>,
    sid: Option<&str>,
) -> Result<u64, DbErr> {
    let which = match (subject, sid) {
        (None, None) => return Ok(0),
        (Some(subject), None) => Condition::all().add(Column::Subject.eq(subject)),
        (None, Some(sid)) => Condition::all().add(Column::Sid.eq(sid)),
        (Some(subject), Some(sid)) => Condition::all()
            .add(Column::Subject.eq(subject))
            .add(Condition::any().add(Column::Sid.eq(sid)).add(Column::Sid.is_null())),
    };
    let ended = Entity::delete_many()
        .filter(Column::Issuer.eq(issuer))
        .filter(which)
        .exec(tx)
        .await?;
    Ok(ended.rows_affected)
}

/// Ends the sessions that a refresh token belongs to: the provider does not know the person any more.
pub async fn end_of_sign_on(tx: &impl ConnectionTrait, sign_on: Uuid) -> Result<u64, DbErr> {
    let ended = Entity::delete_many()
        .filter(Column::SignOnId.eq(sign_on))
        .exec(tx)
        .await?;
    Ok(ended.rows_affected)
}

/// Removes sessions that have expired; says how many.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let swept = Entity::delete_many()
        .filter(Column::ExpiresAt.lte(now))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(swept.rows_affected)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{at, on_each_database};

    fn kept(id: &str, expires_at: DateTime<Utc>) -> Kept {
        Kept {
            id: id.into(),
            data: "{}".into(),
            member: None,
            provider_sid: None,
            user_agent: "Firefox".into(),
            expires_at,
            source: None,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_session_lives_until_it_expires_or_is_ended() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let later = now + TimeDelta::days(30);
            assert!(create(&db, now, &kept("a", later)).await.unwrap());
            assert!(
                !create(&db, now, &kept("a", later)).await.unwrap(),
                "a key is used once"
            );
            assert_eq!(load(&db, now, "a").await.unwrap(), Some(kept("a", later)));
            assert_eq!(load(&db, later, "a").await.unwrap(), None);

            delete(&db, "a").await.unwrap();
            save(&db, now, &kept("a", later)).await.unwrap();
            assert_eq!(
                load(&db, now, "a").await.unwrap(),
                None,
                "an ended session does not come back"
            );

            create(&db, now, &kept("b", now + TimeDelta::hours(1))).await.unwrap();
            assert_eq!(sweep(&db, now).await.unwrap(), 0);
            assert_eq!(sweep(&db, later).await.unwrap(), 1);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn being_seen_is_written_sparsely() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let seen = async |id: &str| {
                Entity::find_by_id(id.to_owned())
                    .one(db.read())
                    .await
                    .unwrap()
                    .unwrap()
                    .last_seen_at
            };
            create(&db, now, &kept("a", now + TimeDelta::days(30))).await.unwrap();
            load(&db, now + TimeDelta::minutes(5), "a").await.unwrap();
            assert_eq!(seen("a").await, now);
            load(&db, now + TimeDelta::minutes(15), "a").await.unwrap();
            assert_eq!(seen("a").await, now + TimeDelta::minutes(15));
        })
        .await;
    }
}
