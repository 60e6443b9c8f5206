//! What the built-in provider hands out: authorization codes and access tokens, kept as fingerprints.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set, sea_query::Expr};

use super::entity::{access_token, authorization_code};
use crate::{AccountId, db::Db, tokens};

/// How long a code can be exchanged.
pub const CODE_VALID: TimeDelta = TimeDelta::seconds(60);
/// How long an access token opens userinfo.
pub const TOKEN_VALID: TimeDelta = TimeDelta::minutes(10);

/// What a person allowed a client at the authorize endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The client it is for.
    pub client_id: String,
    /// Whose it is.
    pub account: AccountId,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// Scopes, separated by spaces.
    pub scope: String,
    /// What the client wants to find in the ID token.
    pub nonce: Option<String>,
    /// SHA-256 of the verifier that the client keeps (PKCE, S256).
    pub code_challenge: String,
    /// When the person signed in.
    pub auth_time: DateTime<Utc>,
}

/// Why a code gives nothing. To the client all of them are `invalid_grant`.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// Unknown, or another client's.
    #[error("unknown code")]
    Unknown,
    /// Too late.
    #[error("the code has expired")]
    Expired,
    /// It was exchanged before: what it gave then is revoked now.
    #[error("the code was used before")]
    Reused,
    /// Another redirect address than the one it was sent to.
    #[error("the redirect address is not the one the code was sent to")]
    RedirectUri,
    /// The verifier does not fit the challenge.
    #[error("the code verifier does not fit")]
    Verifier,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Makes a code for a grant.
pub async fn issue_code(db: &Db, now: DateTime<Utc>, grant: &Grant) -> Result<String, DbErr> {
    let code = tokens::secret();
    let tx = db.begin().await?;
    authorization_code::ActiveModel {
        code_hash: Set(tokens::fingerprint(&code)),
        client_id: Set(grant.client_id.clone()),
        account_id: Set(grant.account.0),
        redirect_uri: Set(grant.redirect_uri.clone()),
        scope: Set(grant.scope.clone()),
        nonce: Set(grant.nonce.clone()),
        code_challenge: Set(grant.code_challenge.clone()),
        auth_time: Set(grant.auth_time),
        expires_at: Set(now + CODE_VALID),
        used_at: Set(None),
    }
    .insert(&tx)
    .await?;
    tx.commit().await?;
    Ok(code)
}

/// Exchanges a code for an access token, once. The first use by its client counts, right or wrong; any later one revokes
/// what the first gave.
pub async fn redeem_code(
    db: &Db,
    now: DateTime<Utc>,
    code: &str,
    client_id: &str,
    redirect_uri: &str,
    verifier: &str,
) -> Result<(Grant, String), CodeError> {
    use authorization_code::{Column, Entity};
    let code_hash = tokens::fingerprint(code);
    let tx = db.begin().await?;
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(Some(now)))
        .filter(Column::CodeHash.eq(&code_hash))
        .filter(Column::ClientId.eq(client_id))
        .filter(Column::UsedAt.is_null())
        .exec(&tx)
        .await?;
    let row = Entity::find_by_id(code_hash.clone())
        .filter(Column::ClientId.eq(client_id))
        .one(&tx)
        .await?
        .ok_or(CodeError::Unknown)?;
    if used.rows_affected == 0 {
        access_token::Entity::delete_many()
            .filter(access_token::Column::CodeHash.eq(&code_hash))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        return Err(CodeError::Reused);
    }
    let refused = if row.expires_at <= now {
        Some(CodeError::Expired)
    } else if row.redirect_uri != redirect_uri {
        Some(CodeError::RedirectUri)
    } else if row.code_challenge != tokens::fingerprint(verifier) {
        // S256 of RFC 7636 is the same as a fingerprint: SHA-256 as URL-safe base64 without padding.
        Some(CodeError::Verifier)
    } else {
        None
    };
    if let Some(refused) = refused {
        tx.commit().await?;
        return Err(refused);
    }
    let token = tokens::secret();
    access_token::ActiveModel {
        token_hash: Set(tokens::fingerprint(&token)),
        code_hash: Set(code_hash),
        client_id: Set(row.client_id.clone()),
        account_id: Set(row.account_id),
        scope: Set(row.scope.clone()),
        expires_at: Set(now + TOKEN_VALID),
    }
    .insert(&tx)
    .await?;
    tx.commit().await?;
    let grant = Grant {
        client_id: row.client_id,
        account: AccountId(row.account_id),
        redirect_uri: row.redirect_uri,
        scope: row.scope,
        nonce: row.nonce,
        code_challenge: row.code_challenge,
        auth_time: row.auth_time,
    };
    Ok((grant, token))
}

/// Whose account an access token opens, and with which scopes.
pub async fn of_token(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    token: &str,
) -> Result<Option<(AccountId, String)>, DbErr> {
    let row = access_token::Entity::find_by_id(tokens::fingerprint(token))
        .filter(access_token::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    Ok(row.map(|row| (AccountId(row.account_id), row.scope)))
}

/// Removes what has expired. A code stays as long as what it gave, so that a second use is still noticed.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let codes = authorization_code::Entity::delete_many()
        .filter(authorization_code::Column::ExpiresAt.lte(now - TOKEN_VALID))
        .exec(&tx)
        .await?;
    let tokens = access_token::Entity::delete_many()
        .filter(access_token::Column::ExpiresAt.lte(now))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(codes.rows_affected + tokens.rows_affected)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::store,
        testing::{at, on_each_database},
    };

    const BACK: &str = "https://hub.example/sign-in/callback";

    async fn grant(db: &Db) -> Grant {
        let tx = db.begin().await.unwrap();
        let now = at(2026, 11, 23, 9, 0);
        let account = store::insert_account(&tx, now, "ama@example.org", "Ama", "")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Grant {
            client_id: "hub".into(),
            account: account.id,
            redirect_uri: BACK.into(),
            scope: "openid email".into(),
            nonce: Some("n".into()),
            code_challenge: tokens::fingerprint("verifier"),
            auth_time: now,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_code_is_exchanged_once_and_its_reuse_revokes() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let grant = grant(&db).await;
            let code = issue_code(&db, now, &grant).await.unwrap();

            let foreign = redeem_code(&db, now, &code, "other", BACK, "verifier").await;
            assert!(
                matches!(foreign, Err(CodeError::Unknown)),
                "another client does not burn it"
            );

            let (got, token) = redeem_code(&db, now, &code, "hub", BACK, "verifier").await.unwrap();
            assert_eq!(got, grant);
            assert!(of_token(db.read(), now, &token).await.unwrap().is_some());
            assert!(of_token(db.read(), now + TOKEN_VALID, &token).await.unwrap().is_none());

            let again = redeem_code(&db, now, &code, "hub", BACK, "verifier").await;
            assert!(matches!(again, Err(CodeError::Reused)));
            assert!(of_token(db.read(), now, &token).await.unwrap().is_none(), "revoked");
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_wrong_first_use_burns_the_code() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let grant = grant(&db).await;
            for (redirect_uri, verifier, at) in [
                ("https://hub.example/sign-in/callback/", "verifier", now),
                (BACK, "another", now),
                (BACK, "verifier", now + CODE_VALID),
            ] {
                let code = issue_code(&db, now, &grant).await.unwrap();
                assert!(
                    redeem_code(&db, at, &code, "hub", redirect_uri, verifier)
                        .await
                        .is_err()
                );
                let again = redeem_code(&db, now, &code, "hub", BACK, "verifier").await;
                assert!(matches!(again, Err(CodeError::Reused)));
            }
            assert_eq!(sweep(&db, now + TOKEN_VALID + CODE_VALID).await.unwrap(), 3);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_exchanges_at_once_at_most_one_gives() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let code = issue_code(&db, now, &grant(&db).await).await.unwrap();
            let mut tries = tokio::task::JoinSet::new();
            for _ in 0..8 {
                let (db, code) = (db.clone(), code.clone());
                tries.spawn(async move { redeem_code(&db, now, &code, "hub", BACK, "verifier").await.is_ok() });
            }
            assert_eq!(tries.join_all().await.into_iter().filter(|ok| *ok).count(), 1);
        })
        .await;
    }
}
