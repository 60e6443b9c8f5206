//! What a person let a client learn about them, until they take it back.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set,
    sea_query::{Expr, OnConflict},
};

use crate::{
    AccountId,
    accounts::{
        entity::provider_consent::{ActiveModel, Column, Entity, Model},
        grants::revoke_all,
    },
};

/// A yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The client that was let in.
    pub client_id: String,
    /// What it may learn.
    pub scopes: Vec<String>,
    /// Since when.
    pub given_at: DateTime<Utc>,
    /// When it was taken back, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl Consent {
    /// Whether it holds for all of these scopes, separated by spaces.
    pub fn covers(&self, scopes: &str) -> bool {
        let known = |scope: &str| self.scopes.iter().any(|given| given == scope);
        self.withdrawn_at.is_none() && scopes.split_whitespace().all(known)
    }
}

impl From<Model> for Consent {
    fn from(row: Model) -> Self {
        Self {
            client_id: row.client_id,
            scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
            given_at: row.given_at,
            withdrawn_at: row.withdrawn_at,
        }
    }
}

/// What a person said to a client.
pub async fn of_client(
    db: &impl ConnectionTrait,
    account: AccountId,
    client_id: &str,
) -> Result<Option<Consent>, DbErr> {
    let row = Entity::find_by_id((account.0, client_id.to_owned())).one(db).await?;
    Ok(row.map(Consent::from))
}

/// All that a person has agreed to and not taken back, the latest first.
pub async fn of_account(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Consent>, DbErr> {
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::WithdrawnAt.is_null())
        .order_by_desc(Column::GivenAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Consent::from).collect())
}

/// The person says yes to these scopes, separated by spaces; an earlier yes is replaced.
pub async fn give(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    client_id: &str,
    scopes: &str,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        account_id: Set(account.0),
        client_id: Set(client_id.to_owned()),
        scopes: Set(scopes.to_owned()),
        given_at: Set(now),
        withdrawn_at: Set(None),
    };
    Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::AccountId, Column::ClientId])
                .update_columns([Column::Scopes, Column::GivenAt, Column::WithdrawnAt])
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The person takes it back, and with it all tokens that the client has.
pub async fn withdraw(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    client_id: &str,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::WithdrawnAt, Expr::value(Some(now)))
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::ClientId.eq(client_id))
        .filter(Column::WithdrawnAt.is_null())
        .exec(tx)
        .await?;
    revoke_all(tx, now, account, Some(client_id)).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::grants::testing::{grant, now},
        testing::on_each_database,
    };

    #[tokio::test(flavor = "multi_thread")]
    async fn a_yes_holds_for_what_was_asked_until_it_is_taken_back() {
        on_each_database(|db| async move {
            let account = grant(&db, "openid").await.account;
            assert_eq!(of_client(db.read(), account, "files").await.unwrap(), None);
            let tx = db.begin().await.unwrap();
            give(&tx, now(), account, "files", "openid email").await.unwrap();
            tx.commit().await.unwrap();
            let given = of_client(db.read(), account, "files").await.unwrap().unwrap();
            assert!(given.covers("openid") && given.covers("email openid") && !given.covers("openid groups"));
            assert_eq!(of_account(db.read(), account).await.unwrap(), [given]);
            let tx = db.begin().await.unwrap();
            withdraw(&tx, now(), account, "files").await.unwrap();
            tx.commit().await.unwrap();
            assert!(
                !of_client(db.read(), account, "files")
                    .await
                    .unwrap()
                    .unwrap()
                    .covers("openid")
            );
            assert_eq!(of_account(db.read(), account).await.unwrap(), []);
            let tx = db.begin().await.unwrap();
            give(&tx, now(), account, "files", "openid groups").await.unwrap();
            tx.commit().await.unwrap();
            assert!(
                of_client(db.read(), account, "files")
                    .await
                    .unwrap()
                    .unwrap()
                    .covers("openid groups")
            );
        })
        .await;
    }
}
