//! Authorization codes: good for one minute, one client, one redirect address, one verifier and one use.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, Set, sea_query::Expr};

use super::{Grant, Tokens, revoke_family, write_tokens};
use crate::{
    AccountId,
    accounts::entity::{access_token, authorization_code},
    db::Db,
    tokens,
};

/// How long a code can be exchanged.
pub const CODE_VALID: TimeDelta = TimeDelta::seconds(60);

/// What a code is bound to, beside the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Where the code was sent.
    pub redirect_uri: String,
    /// What the client wants to find in the ID token.
    pub nonce: Option<String>,
    /// SHA-256 of the verifier that the client keeps (PKCE, S256); none where a client with a secret did without.
    pub code_challenge: Option<String>,
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
pub async fn issue_code(db: &Db, now: DateTime<Utc>, grant: &Grant, exchange: &Exchange) -> Result<String, DbErr> {
    let code = tokens::secret();
    let tx = db.begin().await?;
    authorization_code::ActiveModel {
        code_hash: Set(tokens::fingerprint(&code)),
        client_id: Set(grant.client_id.clone()),
        account_id: Set(grant.account.0),
        redirect_uri: Set(exchange.redirect_uri.clone()),
        scope: Set(grant.scope.clone()),
        nonce: Set(exchange.nonce.clone()),
        code_challenge: Set(exchange.code_challenge.clone().unwrap_or_default()),
        auth_time: Set(grant.auth_time),
        expires_at: Set(now + CODE_VALID),
        used_at: Set(None),
        family: Set(Some(grant.family)),
        sid: Set(grant.sid.clone()),
        acr: Set(grant.acr.clone()),
        amr: Set(grant.amr.join(" ")),
        claims: Set(grant.claims.clone()),
    }
    .insert(&tx)
    .await?;
    tx.commit().await?;
    Ok(code)
}

/// Exchanges a code for tokens, once; gives the nonce too. The first use by its client counts, right or wrong; any later
/// one revokes what the first gave.
pub async fn redeem_code(
    db: &Db,
    now: DateTime<Utc>,
    code: &str,
    client_id: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<(Grant, Option<String>, Tokens), CodeError> {
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
        if let Some(family) = row.family {
            revoke_family(&tx, now, family).await?;
        }
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
    } else if row.code_challenge != verifier.map(tokens::fingerprint).unwrap_or_default() {
        // S256 of RFC 7636 is the same as a fingerprint: SHA-256 as URL-safe base64 without padding. A verifier for a code
        // without a challenge does not fit either: somebody took the challenge away (RFC 9700, 2.1.1).
        Some(CodeError::Verifier)
    } else {
        None
    };
    if let Some(refused) = refused {
        tx.commit().await?;
        return Err(refused);
    }
    let grant = Grant {
        family: row.family.unwrap_or_else(Grant::new_family),
        client_id: row.client_id,
        account: AccountId(row.account_id),
        scope: row.scope,
        sid: row.sid,
        auth_time: row.auth_time,
        amr: row.amr.split_whitespace().map(str::to_owned).collect(),
        acr: row.acr,
        claims: row.claims,
    };
    let tokens = write_tokens(&tx, now, &grant, &code_hash).await?;
    tx.commit().await?;
    Ok((grant, row.nonce, tokens))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::grants::{
            OFFLINE, TOKEN_VALID, of_refresh_token, of_token, sweep,
            testing::{grant, now},
        },
        testing::on_each_database,
    };

    const BACK: &str = "https://files.example/callback";

    fn exchange() -> Exchange {
        Exchange {
            redirect_uri: BACK.into(),
            nonce: Some("n".into()),
            code_challenge: Some(tokens::fingerprint("verifier")),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_code_is_exchanged_once_and_its_reuse_revokes() {
        on_each_database(|db| async move {
            let grant = grant(&db, &format!("openid {OFFLINE}")).await;
            let code = issue_code(&db, now(), &grant, &exchange()).await.unwrap();

            let foreign = redeem_code(&db, now(), &code, "other", BACK, Some("verifier")).await;
            assert!(
                matches!(foreign, Err(CodeError::Unknown)),
                "another client does not burn it"
            );

            let (got, nonce, given) = redeem_code(&db, now(), &code, "files", BACK, Some("verifier"))
                .await
                .unwrap();
            assert_eq!((got, nonce.as_deref()), (grant, Some("n")));
            let refresh = given.refresh.unwrap();
            assert!(of_token(db.read(), now(), &given.access).await.unwrap().is_some());
            assert!(
                of_token(db.read(), now() + TOKEN_VALID, &given.access)
                    .await
                    .unwrap()
                    .is_none()
            );
            assert!(of_refresh_token(db.read(), "files", &refresh).await.unwrap().is_some());

            let again = redeem_code(&db, now(), &code, "files", BACK, Some("verifier")).await;
            assert!(matches!(again, Err(CodeError::Reused)));
            assert!(
                of_token(db.read(), now(), &given.access).await.unwrap().is_none(),
                "revoked"
            );
            assert!(
                super::super::rotate(&db, now(), &refresh, "files", None).await.is_err(),
                "revoked"
            );
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_wrong_first_use_burns_the_code() {
        on_each_database(|db| async move {
            let grant = grant(&db, "openid").await;
            for (redirect_uri, verifier, at) in [
                ("https://files.example/callback/", Some("verifier"), now()),
                (BACK, Some("another"), now()),
                (BACK, None, now()),
                (BACK, Some("verifier"), now() + CODE_VALID),
            ] {
                let code = issue_code(&db, now(), &grant, &exchange()).await.unwrap();
                assert!(
                    redeem_code(&db, at, &code, "files", redirect_uri, verifier)
                        .await
                        .is_err()
                );
                let again = redeem_code(&db, now(), &code, "files", BACK, Some("verifier")).await;
                assert!(matches!(again, Err(CodeError::Reused)));
            }
            assert_eq!(sweep(&db, now() + TOKEN_VALID + CODE_VALID).await.unwrap(), 4);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_verifier_without_a_challenge_means_that_somebody_took_the_challenge_away() {
        on_each_database(|db| async move {
            let grant = grant(&db, "openid").await;
            let without = Exchange {
                code_challenge: None,
                ..exchange()
            };
            let code = issue_code(&db, now(), &grant, &without).await.unwrap();
            let refused = redeem_code(&db, now(), &code, "files", BACK, Some("verifier")).await;
            assert!(matches!(refused, Err(CodeError::Verifier)));
            let code = issue_code(&db, now(), &grant, &without).await.unwrap();
            assert!(redeem_code(&db, now(), &code, "files", BACK, None).await.is_ok());
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_exchanges_at_once_at_most_one_gives() {
        on_each_database(|db| async move {
            let code = issue_code(&db, now(), &grant(&db, "openid").await, &exchange())
                .await
                .unwrap();
            let mut tries = tokio::task::JoinSet::new();
            for _ in 0..8 {
                let (db, code) = (db.clone(), code.clone());
                tries.spawn(async move {
                    redeem_code(&db, now(), &code, "files", BACK, Some("verifier"))
                        .await
                        .is_ok()
                });
            }
            assert_eq!(tries.join_all().await.into_iter().filter(|ok| *ok).count(), 1);
        })
        .await;
    }
}
