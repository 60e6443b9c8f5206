//! Sessions of the provider, and which tools know of them.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set,
    sea_query::{Expr, OnConflict},
};

use super::{ProviderSession, SessionClient, acr};
use crate::{
    AccountId,
    accounts::entity::{access_token, browser_session, provider_session, provider_session_client},
    db::Db,
    tokens,
};

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

impl From<provider_session::Model> for ProviderSession {
    fn from(row: provider_session::Model) -> Self {
        Self {
            sid: row.sid,
            account: AccountId(row.account_id),
            started_at: row.started_at,
            auth_time: row.auth_time,
            amr: words(&row.amr),
            acr: row.acr,
            user_agent: row.user_agent,
            ended_at: row.ended_at,
        }
    }
}

impl From<provider_session_client::Model> for SessionClient {
    fn from(row: provider_session_client::Model) -> Self {
        Self {
            sid: row.sid,
            client_id: row.client_id,
            subject: row.subject,
            scopes: words(&row.scopes),
            claims: words(&row.claims),
            first_at: row.first_at,
            last_at: row.last_at,
            ended_at: row.ended_at,
        }
    }
}

/// Somebody showed who they are, by these means (RFC 8176): `pwd`, `otp`, `swk`. A session of theirs that goes on in this
/// browser keeps its name; else a new one begins.
pub async fn enter(
    db: &Db,
    now: DateTime<Utc>,
    account: AccountId,
    amr: &[&str],
    user_agent: &str,
    goes_on: Option<&str>,
) -> Result<ProviderSession, DbErr> {
    use provider_session::{ActiveModel, Column, Entity};
    let amr: Vec<String> = amr.iter().map(ToString::to_string).collect();
    let worth = acr::of(&amr);
    let tx = db.begin().await?;
    if let Some(sid) = goes_on {
        let renewed = Entity::update_many()
            .col_expr(Column::AuthTime, Expr::value(now))
            .col_expr(Column::Amr, Expr::value(amr.join(" ")))
            .col_expr(Column::Acr, Expr::value(worth))
            .filter(Column::Sid.eq(sid))
            .filter(Column::AccountId.eq(account.0))
            .filter(Column::EndedAt.is_null())
            .exec(&tx)
            .await?;
        if renewed.rows_affected == 1
            && let Some(row) = Entity::find_by_id(sid.to_owned()).one(&tx).await?
        {
            tx.commit().await?;
            return Ok(row.into());
        }
    }
    let row = ActiveModel {
        sid: Set(tokens::secret()),
        account_id: Set(account.0),
        started_at: Set(now),
        auth_time: Set(now),
        amr: Set(amr.join(" ")),
        acr: Set(worth.to_owned()),
        user_agent: Set(user_agent.chars().take(400).collect()),
        ended_at: Set(None),
    }
    .insert(&tx)
    .await?;
    tx.commit().await?;
    Ok(row.into())
}

/// A session that goes on.
pub async fn open(db: &impl ConnectionTrait, sid: &str) -> Result<Option<ProviderSession>, DbErr> {
    let row = provider_session::Entity::find_by_id(sid.to_owned())
        .filter(provider_session::Column::EndedAt.is_null())
        .one(db)
        .await?;
    Ok(row.map(ProviderSession::from))
}

/// A session, ended or not.
pub async fn session(db: &impl ConnectionTrait, sid: &str) -> Result<Option<ProviderSession>, DbErr> {
    let row = provider_session::Entity::find_by_id(sid.to_owned()).one(db).await?;
    Ok(row.map(ProviderSession::from))
}

/// Sessions of an account that go on, the newest first.
pub async fn of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<ProviderSession>, DbErr> {
    let rows = provider_session::Entity::find()
        .filter(provider_session::Column::AccountId.eq(account.0))
        .filter(provider_session::Column::EndedAt.is_null())
        .order_by_desc(provider_session::Column::StartedAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(ProviderSession::from).collect())
}

/// Notes that a tool asked about the person of a session, and what it was told.
pub async fn told(db: &impl ConnectionTrait, now: DateTime<Utc>, told: &SessionClient) -> Result<(), DbErr> {
    use provider_session_client::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        sid: Set(told.sid.clone()),
        client_id: Set(told.client_id.clone()),
        subject: Set(told.subject.clone()),
        scopes: Set(told.scopes.join(" ")),
        claims: Set(told.claims.join(" ")),
        first_at: Set(now),
        last_at: Set(now),
        ended_at: Set(None),
    };
    let again = [
        Column::Subject,
        Column::Scopes,
        Column::Claims,
        Column::LastAt,
        Column::EndedAt,
    ];
    Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::Sid, Column::ClientId])
                .update_columns(again)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The tools that know of a session, the one that asked last first.
pub async fn clients_of(db: &impl ConnectionTrait, sid: &str) -> Result<Vec<SessionClient>, DbErr> {
    let rows = provider_session_client::Entity::find()
        .filter(provider_session_client::Column::Sid.eq(sid))
        .order_by_desc(provider_session_client::Column::LastAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(SessionClient::from).collect())
}

/// Ends a session, and the browser's session with it; says whether it went on until now. What it gave for the moment
/// opens nothing any more; refresh tokens were given for when the person is away, and stay.
pub async fn end(tx: &impl ConnectionTrait, now: DateTime<Utc>, sid: &str) -> Result<bool, DbErr> {
    let ended = provider_session::Entity::update_many()
        .col_expr(provider_session::Column::EndedAt, Expr::value(Some(now)))
        .filter(provider_session::Column::Sid.eq(sid))
        .filter(provider_session::Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    if ended.rows_affected == 0 {
        return Ok(false);
    }
    access_token::Entity::delete_many()
        .filter(access_token::Column::Sid.eq(sid))
        .exec(tx)
        .await?;
    browser_session::Entity::delete_many()
        .filter(browser_session::Column::ProviderSid.eq(sid))
        .exec(tx)
        .await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::TimeDelta;

    use super::*;
    use crate::{
        accounts::{
            browser_sessions::{self, Kept},
            provider::{Client, insert_client},
            store,
        },
        testing::{at, on_each_database},
    };

    async fn account(db: &Db, email: &str) -> AccountId {
        let tx = db.begin().await.unwrap();
        let account = store::insert_account(&tx, at(2026, 11, 23, 9, 0), email, "Ama", "")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        account.id
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_session_goes_on_when_its_person_signs_in_again_and_begins_anew_for_another() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let later = now + TimeDelta::hours(1);
            let (ama, bo) = (
                account(&db, "ama@example.org").await,
                account(&db, "bo@example.org").await,
            );
            let first = enter(&db, now, ama, &["pwd"], "Firefox", None).await.unwrap();
            assert_eq!(first.acr, acr::ONE_FACTOR);
            let again = enter(&db, later, ama, &["pwd", "otp"], "Firefox", Some(&first.sid))
                .await
                .unwrap();
            assert_eq!((&again.sid, again.auth_time), (&first.sid, later));
            assert_eq!((again.started_at, again.acr.as_str()), (now, acr::TWO_FACTORS));
            let other = enter(&db, later, bo, &["pwd"], "", Some(&first.sid)).await.unwrap();
            assert_ne!(other.sid, first.sid);
            assert_eq!(of_account(db.read(), ama).await.unwrap(), [again]);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_ended_session_takes_the_browsers_session_along() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let ama = account(&db, "ama@example.org").await;
            let session = enter(&db, now, ama, &["pwd"], "", None).await.unwrap();
            let kept = Kept {
                id: "cookie".into(),
                data: "{}".into(),
                member: None,
                provider_sid: Some(session.sid.clone()),
                user_agent: String::new(),
                expires_at: now + TimeDelta::days(1),
                source: None,
            };
            assert!(browser_sessions::create(&db, now, &kept).await.unwrap());
            let tx = db.begin().await.unwrap();
            insert_client(&tx, &Client::new("files", "Files", now)).await.unwrap();
            let told_files = SessionClient {
                sid: session.sid.clone(),
                client_id: "files".into(),
                subject: "s".into(),
                scopes: words("openid email"),
                claims: words("email"),
                first_at: now,
                last_at: now,
                ended_at: None,
            };
            told(&tx, now, &told_files).await.unwrap();
            let later = now + TimeDelta::minutes(1);
            told(&tx, later, &told_files).await.unwrap();
            tx.commit().await.unwrap();
            let known = clients_of(db.read(), &session.sid).await.unwrap();
            assert_eq!(
                known,
                [SessionClient {
                    last_at: later,
                    ..told_files
                }]
            );

            let tx = db.begin().await.unwrap();
            assert!(end(&tx, now, &session.sid).await.unwrap());
            assert!(!end(&tx, now, &session.sid).await.unwrap(), "once");
            tx.commit().await.unwrap();
            assert_eq!(open(db.read(), &session.sid).await.unwrap(), None);
            assert_eq!(browser_sessions::load(&db, now, "cookie").await.unwrap(), None);
        })
        .await;
    }
}
