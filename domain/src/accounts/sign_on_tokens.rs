//! Refresh tokens of providers, sealed, and whose turn it is to use one. Of many requests at one moment one refreshes: a
//! provider that changes its tokens at each use takes the second use of one for theft.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set, Statement, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    browser_sessions,
    entity::sign_on_token::{ActiveModel, Column, Entity},
};
use crate::db::Db;

/// How long a node that took a turn has it for itself.
const LEASE: TimeDelta = TimeDelta::seconds(30);

/// A refresh token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOnToken {
    /// Key; the browser session names it.
    pub id: Uuid,
    /// The name of the provider in the configuration.
    pub provider: String,
    /// The provider's address.
    pub issuer: String,
    /// Whose it is there.
    pub subject: String,
    /// The token, sealed.
    pub sealed: String,
    /// When the provider is asked again at the earliest.
    pub due_at: DateTime<Utc>,
}

/// Keeps the token of a new sign-in.
pub async fn keep(db: &Db, now: DateTime<Utc>, token: &SignOnToken) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    ActiveModel {
        id: Set(token.id),
        provider: Set(token.provider.clone()),
        issuer: Set(token.issuer.clone()),
        subject: Set(token.subject.clone()),
        refresh_token: Set(token.sealed.clone()),
        due_at: Set(token.due_at),
        created_at: Set(now),
    }
    .insert(&tx)
    .await?;
    tx.commit().await
}

/// Takes the turn of refreshing where it is due: gives the token to one of those who ask.
pub async fn take_turn(db: &Db, now: DateTime<Utc>, id: Uuid) -> Result<Option<SignOnToken>, DbErr> {
    let tx = db.begin().await?;
    let taken = Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(now + LEASE))
        .filter(Column::Id.eq(id))
        .filter(Column::DueAt.lte(now))
        .exec(&tx)
        .await?;
    let row = if taken.rows_affected == 1 {
        Entity::find_by_id(id).one(&tx).await?
    } else {
        None
    };
    tx.commit().await?;
    Ok(row.map(|row| SignOnToken {
        id: row.id,
        provider: row.provider,
        issuer: row.issuer,
        subject: row.subject,
        sealed: row.refresh_token,
        due_at: row.due_at,
    }))
}

/// Notes the next turn, with a new token where the provider gave one.
pub async fn renewed(db: &Db, id: Uuid, sealed: Option<&str>, due_at: DateTime<Utc>) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    let mut update = Entity::update_many().col_expr(Column::DueAt, Expr::value(due_at));
    if let Some(sealed) = sealed {
        update = update.col_expr(Column::RefreshToken, Expr::value(sealed));
    }
    update.filter(Column::Id.eq(id)).exec(&tx).await?;
    tx.commit().await
}

/// The provider does not know the person any more: the token goes, and the sessions that came with it.
pub async fn end(db: &Db, id: Uuid) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let ended = browser_sessions::end_of_sign_on(&tx, id).await?;
    Entity::delete_by_id(id).exec(&tx).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Takes the token out, to tell the provider that it is not needed any more.
pub async fn remove(db: &Db, id: Uuid) -> Result<Option<String>, DbErr> {
    let tx = db.begin().await?;
    let row = Entity::find_by_id(id).one(&tx).await?;
    Entity::delete_by_id(id).exec(&tx).await?;
    tx.commit().await?;
    Ok(row.map(|row| row.refresh_token))
}

/// Removes tokens whose session has gone.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let statement = Statement::from_sql_and_values(
        db.backend(),
        // A session is written a moment after its token.
        "DELETE FROM sign_on_tokens WHERE created_at < $1
            AND NOT EXISTS (SELECT 1 FROM browser_sessions s WHERE s.sign_on_id = sign_on_tokens.id)",
        [(now - TimeDelta::minutes(10)).into()],
    );
    let swept = tx.execute_raw(statement).await?;
    tx.commit().await?;
    Ok(swept.rows_affected())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::{Source, browser_sessions::Kept},
        testing::{at, on_each_database},
    };

    fn token(due_at: DateTime<Utc>) -> SignOnToken {
        SignOnToken {
            id: Uuid::now_v7(),
            provider: "x".into(),
            issuer: "https://id.example".into(),
            subject: "ama".into(),
            sealed: "sealed".into(),
            due_at,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_at_one_moment_one_refreshes() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let token = token(now + TimeDelta::minutes(5));
            keep(&db, now, &token).await.unwrap();
            assert_eq!(take_turn(&db, now, token.id).await.unwrap(), None, "not yet");
            let later = now + TimeDelta::minutes(5);
            let mut turns = tokio::task::JoinSet::new();
            for _ in 0..6 {
                let (db, id) = (db.clone(), token.id);
                turns.spawn(async move { take_turn(&db, later, id).await.unwrap() });
            }
            assert_eq!(turns.join_all().await.into_iter().flatten().count(), 1);
            let after = later + LEASE;
            assert!(
                take_turn(&db, after, token.id).await.unwrap().is_some(),
                "that node went away"
            );
            renewed(&db, token.id, Some("new"), after + TimeDelta::hours(1))
                .await
                .unwrap();
            assert_eq!(take_turn(&db, after, token.id).await.unwrap(), None);
            let next = take_turn(&db, after + TimeDelta::hours(1), token.id)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(next.sealed, "new");
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_token_and_its_session_end_together() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let token = token(now);
            keep(&db, now, &token).await.unwrap();
            let source = Source {
                provider: "x".into(),
                issuer: token.issuer.clone(),
                subject: token.subject.clone(),
                sid: None,
                sign_on: Some(token.id),
            };
            let kept = Kept {
                id: "a".into(),
                data: "{}".into(),
                member: None,
                provider_sid: None,
                user_agent: String::new(),
                expires_at: now + TimeDelta::days(1),
                source: Some(source),
            };
            browser_sessions::create(&db, now, &kept).await.unwrap();
            let later = now + TimeDelta::hours(1);
            assert_eq!(sweep(&db, later).await.unwrap(), 0);
            assert_eq!(end(&db, token.id).await.unwrap(), 1);
            assert_eq!(browser_sessions::load(&db, now, "a").await.unwrap(), None);
            assert_eq!(remove(&db, token.id).await.unwrap(), None);

            keep(&db, now, &token).await.unwrap();
            assert_eq!(sweep(&db, now).await.unwrap(), 0, "its session may be on the way");
            assert_eq!(sweep(&db, later).await.unwrap(), 1);
        })
        .await;
    }
}
