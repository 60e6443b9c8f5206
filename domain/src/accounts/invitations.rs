//! Invitations: a link that makes one account, once, for some days.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set, sea_query::Expr};

use super::{
    Account, AccountError, Invitation, NewAccount, check_new_account,
    entity::invitation::{ActiveModel, Column, Entity, Model},
    is_email, normal_email, password, store,
};
use crate::{AccountId, MemberId, audit, db::Db, members::Class, tokens};

/// How long an invitation can be used.
pub const VALID: TimeDelta = TimeDelta::days(14);

impl From<Model> for Invitation {
    fn from(row: Model) -> Self {
        Self {
            email: row.email,
            class: Class {
                operational: row.operational,
                user: row.user_member,
            },
            expires_at: row.expires_at,
        }
    }
}

/// Invites somebody: gives the link to send them. `by` is the steward, or none for the command line.
pub async fn invite(
    db: &Db,
    now: DateTime<Utc>,
    base_url: &str,
    by: Option<MemberId>,
    email: &str,
    class: Class,
) -> Result<String, AccountError> {
    let email = normal_email(email);
    if !is_email(&email) {
        return Err(AccountError::EmailInvalid);
    }
    let tx = db.begin().await?;
    let token = create(&tx, now, &email, class).await?;
    audit::record(&tx, now, by, "account.invite", &email, "").await?;
    tx.commit().await?;
    Ok(format!("{}/invitations/{token}", base_url.trim_end_matches('/')))
}

/// Makes an invitation and gives its token; the database keeps only the fingerprint.
pub async fn create(db: &impl ConnectionTrait, now: DateTime<Utc>, email: &str, class: Class) -> Result<String, DbErr> {
    let token = tokens::secret();
    ActiveModel {
        token_hash: Set(tokens::fingerprint(&token)),
        email: Set(normal_email(email)),
        operational: Set(class.operational),
        user_member: Set(class.user),
        created_at: Set(now),
        expires_at: Set(now + VALID),
        used_at: Set(None),
        account_id: Set(None),
    }
    .insert(db)
    .await?;
    Ok(token)
}

/// An invitation that can be used now.
///
/// # Errors
/// [`AccountError::InvitationUnusable`] where it is unknown, used or expired.
pub async fn usable(db: &impl ConnectionTrait, now: DateTime<Utc>, token: &str) -> Result<Invitation, AccountError> {
    Entity::find_by_id(tokens::fingerprint(token))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .one(db)
        .await?
        .map(Invitation::from)
        .ok_or(AccountError::InvitationUnusable)
}

/// Uses an invitation up and makes the account.
pub async fn redeem(db: &Db, now: DateTime<Utc>, token: &str, new: &NewAccount) -> Result<Account, AccountError> {
    usable(db.read(), now, token).await?;
    let new = check_new_account(new)?;
    let hash = password::hash(&new.password).await?;
    let tx = db.begin().await?;
    let account = store::insert_account(&tx, now, &new.email, &new.name, &hash).await?;
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(Some(now)))
        .col_expr(Column::AccountId, Expr::value(Some(account.id.0)))
        .filter(Column::TokenHash.eq(tokens::fingerprint(token)))
        .filter(Column::UsedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(&tx)
        .await?;
    if used.rows_affected != 1 {
        return Err(AccountError::InvitationUnusable);
    }
    tx.commit().await?;
    Ok(account)
}

/// The class of membership that an account was invited with; none where it came by itself.
pub async fn class_of(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<Class>, DbErr> {
    let row = Entity::find().filter(Column::AccountId.eq(account.0)).one(db).await?;
    Ok(row.map(|row| Invitation::from(row).class))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{at, on_each_database};

    fn bo() -> NewAccount {
        NewAccount {
            email: "bo@example.org".into(),
            name: "Bo".into(),
            password: "grows in the shade".into(),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_invitation_makes_one_account() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let class = Class {
                operational: true,
                user: false,
            };
            let link = invite(&db, now, "https://hub.example/", None, "Bo@example.org", class)
                .await
                .unwrap();
            let token = link.strip_prefix("https://hub.example/invitations/").unwrap();
            assert_eq!(usable(db.read(), now, token).await.unwrap().email, "bo@example.org");

            let late = redeem(&db, now + VALID, token, &bo()).await;
            assert!(matches!(late, Err(AccountError::InvitationUnusable)));

            let account = redeem(&db, now, token, &bo()).await.unwrap();
            assert_eq!(class_of(db.read(), account.id).await.unwrap(), Some(class));
            let other = NewAccount {
                email: "other@example.org".into(),
                ..bo()
            };
            let again = redeem(&db, now, token, &other).await;
            assert!(matches!(again, Err(AccountError::InvitationUnusable)));
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_invitation_used_by_many_at_once_is_used_once() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let tx = db.begin().await.unwrap();
            let token = create(&tx, now, "x@example.org", Class::default()).await.unwrap();
            tx.commit().await.unwrap();
            let mut tries = tokio::task::JoinSet::new();
            for n in 0..4 {
                let (db, token) = (db.clone(), token.clone());
                let new = NewAccount {
                    email: format!("p{n}@example.org"),
                    ..bo()
                };
                tries.spawn(async move { redeem(&db, now, &token, &new).await.is_ok() });
            }
            assert_eq!(tries.join_all().await.into_iter().filter(|ok| *ok).count(), 1);
        })
        .await;
    }
}
