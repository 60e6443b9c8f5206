//! Refresh tokens: each is good for one use and gives the next. One that comes again was stolen, and ends its family.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set, sea_query::Expr};

use super::{Grant, Tokens, access, has, revoke_family};
use crate::{
    AccountId,
    accounts::entity::refresh_token::{ActiveModel, Column, Entity, Model},
    db::Db,
    tokens,
};

/// How long a refresh token waits for its use.
pub const REFRESH_VALID: TimeDelta = TimeDelta::days(30);
/// How long a family can go on without its person signing in again.
pub const FAMILY_VALID: TimeDelta = TimeDelta::days(180);

/// Why a refresh token gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Unknown, or another client's.
    #[error("unknown refresh token")]
    Unknown,
    /// Too late.
    #[error("the refresh token has expired")]
    Expired,
    /// It was taken back.
    #[error("the refresh token was revoked")]
    Revoked,
    /// It was used before: its family is revoked now.
    #[error("the refresh token was used before")]
    Reused,
    /// More than was granted.
    #[error("more scopes than were granted")]
    Scope,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl From<Model> for Grant {
    fn from(row: Model) -> Self {
        Self {
            family: row.family,
            client_id: row.client_id,
            account: AccountId(row.account_id),
            scope: row.scope,
            sid: row.sid,
            auth_time: row.auth_time,
            amr: row.amr.split_whitespace().map(str::to_owned).collect(),
            acr: row.acr,
            claims: row.claims,
        }
    }
}

/// Writes a refresh token of a grant.
pub(super) async fn write(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    grant: &Grant,
    family_ends_at: DateTime<Utc>,
) -> Result<String, DbErr> {
    let token = tokens::secret();
    ActiveModel {
        token_hash: Set(tokens::fingerprint(&token)),
        family: Set(grant.family),
        client_id: Set(grant.client_id.clone()),
        account_id: Set(grant.account.0),
        sid: Set(grant.sid.clone()),
        scope: Set(grant.scope.clone()),
        claims: Set(grant.claims.clone()),
        acr: Set(grant.acr.clone()),
        amr: Set(grant.amr.join(" ")),
        auth_time: Set(grant.auth_time),
        issued_at: Set(now),
        expires_at: Set(family_ends_at.min(now + REFRESH_VALID)),
        family_ends_at: Set(family_ends_at),
        used_at: Set(None),
        revoked_at: Set(None),
    }
    .insert(tx)
    .await?;
    Ok(token)
}

async fn find(db: &impl ConnectionTrait, client_id: &str, token: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(tokens::fingerprint(token))
        .filter(Column::ClientId.eq(client_id))
        .one(db)
        .await
}

/// The grant behind a client's refresh token, whatever the token is still worth.
pub async fn of_refresh_token(db: &impl ConnectionTrait, client_id: &str, token: &str) -> Result<Option<Grant>, DbErr> {
    Ok(find(db, client_id, token).await?.map(Grant::from))
}

/// Exchanges a refresh token for an access token, with some of the granted scopes or all of them, and for the next refresh
/// token. The grant that comes back has the scopes of the access token.
pub async fn rotate(
    db: &Db,
    now: DateTime<Utc>,
    token: &str,
    client_id: &str,
    fewer: Option<&str>,
) -> Result<(Grant, Tokens), RefreshError> {
    let tx = db.begin().await?;
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(Some(now)))
        .filter(Column::TokenHash.eq(tokens::fingerprint(token)))
        .filter(Column::ClientId.eq(client_id))
        .filter(Column::UsedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(&tx)
        .await?;
    let row = find(&tx, client_id, token).await?.ok_or(RefreshError::Unknown)?;
    if used.rows_affected == 0 {
        if row.revoked_at.is_some() {
            return Err(RefreshError::Revoked);
        }
        if row.used_at.is_some() {
            revoke_family(&tx, now, row.family).await?;
            tx.commit().await?;
            return Err(RefreshError::Reused);
        }
        return Err(RefreshError::Expired);
    }
    let ends = row.family_ends_at;
    let mut grant = Grant::from(row);
    let scope = match fewer {
        None => grant.scope.clone(),
        // Dropped without a commit: asking for too much uses nothing up.
        Some(fewer) if !fewer.split(' ').all(|wanted| grant.has(wanted)) => return Err(RefreshError::Scope),
        Some(fewer) => grant
            .scope
            .split(' ')
            .filter(|known| has(fewer, known))
            .collect::<Vec<_>>()
            .join(" "),
    };
    let access = access::write(&tx, now, &grant, &scope, "").await?;
    let refresh = write(&tx, now, &grant, ends).await?;
    tx.commit().await?;
    grant.scope = scope;
    Ok((
        grant,
        Tokens {
            access,
            refresh: Some(refresh),
        },
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::grants::{
            Kind, describe, of_token, revoke_all, revoke_token, sweep,
            testing::{grant, now},
            write_tokens,
        },
        testing::on_each_database,
    };

    async fn given(db: &Db, grant: &Grant) -> Tokens {
        let tx = db.begin().await.unwrap();
        let tokens = write_tokens(&tx, now(), grant, "").await.unwrap();
        tx.commit().await.unwrap();
        tokens
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_gives_the_next_and_a_second_use_ends_the_family() {
        on_each_database(|db| async move {
            let grant = grant(&db, "openid email offline_access").await;
            let first = given(&db, &grant).await;
            let first_refresh = first.refresh.unwrap();
            assert!(matches!(
                rotate(&db, now(), &first_refresh, "other", None).await,
                Err(RefreshError::Unknown)
            ));
            let (again, second) = rotate(&db, now(), &first_refresh, "files", None).await.unwrap();
            assert_eq!(again, grant);
            let (_, third) = rotate(&db, now(), second.refresh.as_deref().unwrap(), "files", None)
                .await
                .unwrap();
            assert!(of_token(db.read(), now(), &third.access).await.unwrap().is_some());

            let reused = rotate(&db, now(), &first_refresh, "files", None).await;
            assert!(matches!(reused, Err(RefreshError::Reused)));
            for dead in [&first.access, &second.access, &third.access] {
                assert_eq!(of_token(db.read(), now(), dead).await.unwrap(), None);
            }
            let last = rotate(&db, now(), third.refresh.as_deref().unwrap(), "files", None).await;
            assert!(matches!(last, Err(RefreshError::Revoked)), "the newest one too");
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_uses_at_once_none_survives() {
        on_each_database(|db| async move {
            let grant = grant(&db, "openid offline_access").await;
            let refresh = given(&db, &grant).await.refresh.unwrap();
            let mut tries = tokio::task::JoinSet::new();
            for _ in 0..6 {
                let (db, refresh) = (db.clone(), refresh.clone());
                tries.spawn(async move { rotate(&db, now(), &refresh, "files", None).await.ok() });
            }
            let got: Vec<_> = tries.join_all().await.into_iter().flatten().collect();
            assert_eq!(got.len(), 1, "one came first");
            let next = got[0].1.refresh.as_deref().unwrap();
            assert!(
                rotate(&db, now(), next, "files", None).await.is_err(),
                "and lost it to the second"
            );
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn scopes_can_only_shrink_and_come_back_with_the_next() {
        on_each_database(|db| async move {
            let grant = grant(&db, "openid email offline_access").await;
            let refresh = given(&db, &grant).await.refresh.unwrap();
            let more = rotate(&db, now(), &refresh, "files", Some("openid groups")).await;
            assert!(matches!(more, Err(RefreshError::Scope)));
            let (less, next) = rotate(&db, now(), &refresh, "files", Some("openid")).await.unwrap();
            assert_eq!(less.scope, "openid");
            let opened = of_token(db.read(), now(), &next.access).await.unwrap().unwrap();
            assert_eq!(opened.scope, "openid");
            let (all, _) = rotate(&db, now(), &next.refresh.unwrap(), "files", None).await.unwrap();
            assert_eq!(all.scope, grant.scope);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn they_end_by_themselves_and_the_family_with_them() {
        on_each_database(|db| async move {
            let grant = grant(&db, "openid offline_access").await;
            let mut refresh = given(&db, &grant).await.refresh.unwrap();
            let late = rotate(&db, now() + REFRESH_VALID, &refresh, "files", None).await;
            assert!(matches!(late, Err(RefreshError::Expired)));
            let mut at = now();
            while at + TimeDelta::days(29) < now() + FAMILY_VALID {
                at += TimeDelta::days(29);
                refresh = rotate(&db, at, &refresh, "files", None)
                    .await
                    .unwrap()
                    .1
                    .refresh
                    .unwrap();
            }
            let over = rotate(&db, now() + FAMILY_VALID, &refresh, "files", None).await;
            assert!(
                matches!(over, Err(RefreshError::Expired)),
                "used or not, the person has to come by"
            );
            sweep(&db, now() + FAMILY_VALID).await.unwrap();
            assert_eq!(of_refresh_token(db.read(), "files", &refresh).await.unwrap(), None);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn tokens_are_described_and_taken_back_for_their_client_only() {
        on_each_database(|db| async move {
            let grant = grant(&db, "openid offline_access").await;
            let tokens = given(&db, &grant).await;
            let refresh = tokens.refresh.clone().unwrap();
            let described = describe(db.read(), now(), &refresh).await.unwrap().unwrap();
            assert_eq!((described.kind, described.account), (Kind::Refresh, grant.account));
            assert_eq!(
                describe(db.read(), now(), &tokens.access).await.unwrap().unwrap().kind,
                Kind::Access
            );
            assert!(!revoke_token(&db, now(), "other", &refresh).await.unwrap());
            assert!(describe(db.read(), now(), &refresh).await.unwrap().is_some());
            assert!(revoke_token(&db, now(), "files", "nobody knows").await.unwrap());
            assert!(revoke_token(&db, now(), "files", &refresh).await.unwrap());
            assert_eq!(describe(db.read(), now(), &refresh).await.unwrap(), None);
            assert_eq!(
                describe(db.read(), now(), &tokens.access).await.unwrap(),
                None,
                "its family"
            );

            let next = Grant {
                family: Grant::new_family(),
                ..grant.clone()
            };
            let tokens = given(&db, &next).await;
            assert!(revoke_token(&db, now(), "files", &tokens.access).await.unwrap());
            assert_eq!(describe(db.read(), now(), &tokens.access).await.unwrap(), None);
            assert!(
                describe(db.read(), now(), tokens.refresh.as_deref().unwrap())
                    .await
                    .unwrap()
                    .is_some()
            );
            let tx = db.begin().await.unwrap();
            revoke_all(&tx, now(), grant.account, Some("other")).await.unwrap();
            revoke_all(&tx, now(), grant.account, None).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(
                describe(db.read(), now(), tokens.refresh.as_deref().unwrap())
                    .await
                    .unwrap(),
                None
            );
        })
        .await;
    }
}
