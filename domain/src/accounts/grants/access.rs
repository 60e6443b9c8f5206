//! Access tokens: what they open, what is said about them, and how they are taken back.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};

use super::{Grant, TOKEN_VALID, revoke_family};
use crate::{
    AccountId,
    accounts::entity::{access_token, refresh_token},
    db::Db,
    tokens,
};

/// What an access token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Whose account.
    pub account: AccountId,
    /// To whom it was given.
    pub client_id: String,
    /// With which scopes.
    pub scope: String,
    /// With which single claims.
    pub claims: String,
    /// In which session.
    pub sid: Option<String>,
}

/// The sort of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It opens userinfo.
    Access,
    /// It gets new tokens.
    Refresh,
}

/// What can be said of a token that is worth something (RFC 7662).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its sort.
    pub kind: Kind,
    /// To whom it was given.
    pub client_id: String,
    /// Whose account it opens.
    pub account: AccountId,
    /// With which scopes.
    pub scope: String,
    /// Since when.
    pub issued_at: Option<DateTime<Utc>>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// In which session.
    pub sid: Option<String>,
}

/// Writes an access token of a grant, with these of its scopes.
pub(super) async fn write(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    grant: &Grant,
    scope: &str,
    code_hash: &str,
) -> Result<String, DbErr> {
    let token = tokens::secret();
    access_token::ActiveModel {
        token_hash: Set(tokens::fingerprint(&token)),
        code_hash: Set(code_hash.to_owned()),
        client_id: Set(grant.client_id.clone()),
        account_id: Set(grant.account.0),
        scope: Set(scope.to_owned()),
        expires_at: Set(now + TOKEN_VALID),
        family: Set(Some(grant.family)),
        sid: Set(grant.sid.clone()),
        claims: Set(grant.claims.clone()),
        issued_at: Set(Some(now)),
    }
    .insert(tx)
    .await?;
    Ok(token)
}

async fn find(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    token: &str,
) -> Result<Option<access_token::Model>, DbErr> {
    access_token::Entity::find_by_id(tokens::fingerprint(token))
        .filter(access_token::Column::ExpiresAt.gt(now))
        .one(db)
        .await
}

/// What an access token opens; nothing where it is unknown, expired or revoked.
pub async fn of_token(db: &impl ConnectionTrait, now: DateTime<Utc>, token: &str) -> Result<Option<Opened>, DbErr> {
    Ok(find(db, now, token).await?.map(|row| Opened {
        account: AccountId(row.account_id),
        client_id: row.client_id,
        scope: row.scope,
        claims: row.claims,
        sid: row.sid,
    }))
}

/// What can be said of a token of either sort, while it is worth something.
pub async fn describe(db: &impl ConnectionTrait, now: DateTime<Utc>, token: &str) -> Result<Option<Described>, DbErr> {
    if let Some(row) = find(db, now, token).await? {
        return Ok(Some(Described {
            kind: Kind::Access,
            client_id: row.client_id,
            account: AccountId(row.account_id),
            scope: row.scope,
            issued_at: row.issued_at,
            expires_at: row.expires_at,
            sid: row.sid,
        }));
    }
    let row = refresh_token::Entity::find_by_id(tokens::fingerprint(token))
        .filter(refresh_token::Column::ExpiresAt.gt(now))
        .filter(refresh_token::Column::UsedAt.is_null())
        .filter(refresh_token::Column::RevokedAt.is_null())
        .one(db)
        .await?;
    Ok(row.map(|row| Described {
        kind: Kind::Refresh,
        client_id: row.client_id,
        account: AccountId(row.account_id),
        scope: row.scope,
        issued_at: Some(row.issued_at),
        expires_at: row.expires_at,
        sid: row.sid,
    }))
}

/// Takes a token back (RFC 7009): an access token alone, a refresh token with its family. False where it is another
/// client's; one that nobody knows is as good as taken back.
pub async fn revoke_token(db: &Db, now: DateTime<Utc>, client_id: &str, token: &str) -> Result<bool, DbErr> {
    let hash = tokens::fingerprint(token);
    let tx = db.begin().await?;
    if let Some(row) = access_token::Entity::find_by_id(hash.clone()).one(&tx).await? {
        if row.client_id != client_id {
            return Ok(false);
        }
        access_token::Entity::delete_by_id(hash).exec(&tx).await?;
    } else if let Some(row) = refresh_token::Entity::find_by_id(hash).one(&tx).await? {
        if row.client_id != client_id {
            return Ok(false);
        }
        revoke_family(&tx, now, row.family).await?;
    }
    tx.commit().await?;
    Ok(true)
}
