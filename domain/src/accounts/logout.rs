//! Logout tokens of providers: each is taken once, and ends the sessions that it names.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set, sea_query::OnConflict};

use super::{
    browser_sessions,
    entity::logout_token_seen::{ActiveModel, Column, Entity},
};
use crate::db::Db;

/// A logout token whose every claim has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutToken {
    /// Whose it is, as identities know the issuer.
    pub issuer: String,
    /// Its own key.
    pub jti: String,
    /// Whom it is about.
    pub subject: Option<String>,
    /// Which session at the provider.
    pub sid: Option<String>,
    /// From when on it would be refused for its age.
    pub expires_at: DateTime<Utc>,
}

/// Why a token ends nothing.
#[derive(Debug, thiserror::Error)]
pub enum LogoutError {
    /// It was taken before.
    #[error("the logout token was used before")]
    Replayed,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Takes the token and ends its sessions, in one transaction; says how many.
///
/// # Errors
/// [`LogoutError::Replayed`] where it was taken before.
pub async fn take(db: &Db, token: &LogoutToken) -> Result<u64, LogoutError> {
    let tx = db.begin().await?;
    let row = ActiveModel {
        issuer: Set(token.issuer.clone()),
        jti: Set(token.jti.clone()),
        expires_at: Set(token.expires_at),
    };
    let inserted = Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::Issuer, Column::Jti])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await?;
    if inserted == 0 {
        return Err(LogoutError::Replayed);
    }
    let ended =
        browser_sessions::end_of_identity(&tx, &token.issuer, token.subject.as_deref(), token.sid.as_deref()).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Forgets tokens that would be refused for their age anyway.
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
    use chrono::TimeDelta;

    use super::*;
    use crate::{
        accounts::{Source, browser_sessions::Kept},
        testing::{at, on_each_database},
    };

    const ISSUER: &str = "https://id.example";

    async fn session(db: &Db, id: &str, issuer: &str, subject: &str, sid: Option<&str>) {
        let now = at(2026, 11, 23, 9, 0);
        let source = Source {
            provider: "x".into(),
            issuer: issuer.into(),
            subject: subject.into(),
            sid: sid.map(str::to_owned),
            sign_on: None,
        };
        let kept = Kept {
            id: id.into(),
            data: "{}".into(),
            member: None,
            provider_sid: None,
            user_agent: String::new(),
            expires_at: now + TimeDelta::days(30),
            source: Some(source),
        };
        assert!(browser_sessions::create(db, now, &kept).await.unwrap());
    }

    async fn left(db: &Db) -> Vec<&'static str> {
        let mut left = Vec::new();
        for id in ["s1", "s2", "unnamed", "other-person", "other-issuer"] {
            if browser_sessions::load(db, at(2026, 11, 23, 9, 0), id)
                .await
                .unwrap()
                .is_some()
            {
                left.push(id);
            }
        }
        left
    }

    fn token(jti: &str, subject: Option<&str>, sid: Option<&str>) -> LogoutToken {
        LogoutToken {
            issuer: ISSUER.into(),
            jti: jti.into(),
            subject: subject.map(str::to_owned),
            sid: sid.map(str::to_owned),
            expires_at: at(2026, 11, 23, 9, 2),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_token_ends_the_sessions_it_names_and_no_others() {
        on_each_database(|db| async move {
            session(&db, "s1", ISSUER, "ama", Some("1")).await;
            session(&db, "s2", ISSUER, "ama", Some("2")).await;
            session(&db, "unnamed", ISSUER, "ama", None).await;
            session(&db, "other-person", ISSUER, "bo", Some("3")).await;
            session(&db, "other-issuer", "https://other.example", "ama", Some("1")).await;

            assert_eq!(take(&db, &token("a", None, None)).await.unwrap(), 0);
            assert_eq!(
                take(&db, &token("b", Some("bo"), Some("1"))).await.unwrap(),
                0,
                "another's session"
            );
            assert_eq!(take(&db, &token("c", None, Some("1"))).await.unwrap(), 1);
            assert_eq!(left(&db).await, ["s2", "unnamed", "other-person", "other-issuer"]);
            session(&db, "s1", ISSUER, "ama", Some("1")).await;
            assert_eq!(take(&db, &token("d", Some("ama"), Some("1"))).await.unwrap(), 2);
            assert_eq!(left(&db).await, ["s2", "other-person", "other-issuer"]);
            assert_eq!(take(&db, &token("e", Some("ama"), None)).await.unwrap(), 1);
            assert_eq!(left(&db).await, ["other-person", "other-issuer"]);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_who_show_one_token_one_is_heard() {
        on_each_database(|db| async move {
            session(&db, "s1", ISSUER, "ama", Some("1")).await;
            let mut shown = tokio::task::JoinSet::new();
            for _ in 0..6 {
                let db = db.clone();
                shown.spawn(async move { take(&db, &token("a", Some("ama"), None)).await.ok() });
            }
            let heard: Vec<u64> = shown.join_all().await.into_iter().flatten().collect();
            assert_eq!(heard, [1]);
            assert_eq!(sweep(&db, at(2026, 11, 23, 9, 1)).await.unwrap(), 0);
            assert_eq!(sweep(&db, at(2026, 11, 23, 9, 2)).await.unwrap(), 1);
        })
        .await;
    }
}
