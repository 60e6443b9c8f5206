//! What the built-in provider hands out: codes, access tokens and refresh tokens, kept as fingerprints.
//!
//! Everything that comes out of one grant is a family. A code or a refresh token that comes a second time was stolen, by
//! whoever came first or second: its whole family is revoked.

mod access;
mod codes;
mod devices;
mod refresh;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use super::entity::{access_token, authorization_code, device_code, provider_assertion, refresh_token};
use crate::{AccountId, db::Db};

pub use access::{Described, Kind, Opened, describe, of_token, revoke_token};
pub use codes::{CODE_VALID, CodeError, Exchange, issue_code, redeem_code};
pub use devices::{DEVICE_VALID, Device, PollError, answer_device, look_at_device, poll_device, start_device};
pub use refresh::{FAMILY_VALID, REFRESH_VALID, RefreshError, of_refresh_token, rotate};

/// How long an access token opens userinfo.
pub const TOKEN_VALID: TimeDelta = TimeDelta::minutes(10);
/// The scope with which a client gets a refresh token.
pub const OFFLINE: &str = "offline_access";

/// What a person let a client have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Everything that comes out of it.
    pub family: Uuid,
    /// The client it is for.
    pub client_id: String,
    /// Whose it is.
    pub account: AccountId,
    /// Scopes, separated by spaces.
    pub scope: String,
    /// The session of the provider in which it was given.
    pub sid: Option<String>,
    /// When the person signed in.
    pub auth_time: DateTime<Utc>,
    /// By what means.
    pub amr: Vec<String>,
    /// What that is worth.
    pub acr: String,
    /// Single claims that the client asked for: the parameter `claims` as JSON, else empty.
    pub claims: String,
}

impl Grant {
    /// A family for a new grant.
    pub fn new_family() -> Uuid {
        Uuid::now_v7()
    }

    /// Whether a scope was granted.
    pub fn has(&self, scope: &str) -> bool {
        has(&self.scope, scope)
    }
}

/// What a client gets for a code or a refresh token, in clear; only fingerprints are kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Opens userinfo.
    pub access: String,
    /// Gets new tokens.
    pub refresh: Option<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

fn has(scopes: &str, wanted: &str) -> bool {
    scopes.split(' ').any(|scope| scope == wanted)
}

/// Writes the tokens of a grant: an access token, and a refresh token where the person may be away.
async fn write_tokens(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    grant: &Grant,
    code_hash: &str,
) -> Result<Tokens, DbErr> {
    let access = access::write(tx, now, grant, &grant.scope, code_hash).await?;
    let refresh = if grant.has(OFFLINE) {
        Some(refresh::write(tx, now, grant, now + FAMILY_VALID).await?)
    } else {
        None
    };
    Ok(Tokens { access, refresh })
}

/// Revokes everything that came out of a grant.
pub async fn revoke_family(tx: &impl ConnectionTrait, now: DateTime<Utc>, family: Uuid) -> Result<(), DbErr> {
    access_token::Entity::delete_many()
        .filter(access_token::Column::Family.eq(family))
        .exec(tx)
        .await?;
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RevokedAt, Expr::value(Some(now)))
        .filter(refresh_token::Column::Family.eq(family))
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Revokes what an account gave: to one client, or to all of them. Codes that wait to be exchanged are spent.
pub async fn revoke_all(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    client_id: Option<&str>,
) -> Result<(), DbErr> {
    let mut access = access_token::Entity::delete_many().filter(access_token::Column::AccountId.eq(account.0));
    let mut refresh = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RevokedAt, Expr::value(Some(now)))
        .filter(refresh_token::Column::AccountId.eq(account.0))
        .filter(refresh_token::Column::RevokedAt.is_null());
    let mut codes = authorization_code::Entity::update_many()
        .col_expr(authorization_code::Column::UsedAt, Expr::value(Some(now)))
        .filter(authorization_code::Column::AccountId.eq(account.0))
        .filter(authorization_code::Column::UsedAt.is_null());
    if let Some(client_id) = client_id {
        access = access.filter(access_token::Column::ClientId.eq(client_id));
        refresh = refresh.filter(refresh_token::Column::ClientId.eq(client_id));
        codes = codes.filter(authorization_code::Column::ClientId.eq(client_id));
    }
    access.exec(tx).await?;
    refresh.exec(tx).await?;
    codes.exec(tx).await?;
    Ok(())
}

/// Removes what has expired. A code stays as long as what it gave, and a refresh token as long as its family, so that a
/// second use is still noticed.
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
    let refresh = refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::FamilyEndsAt.lte(now))
        .exec(&tx)
        .await?;
    let devices = device_code::Entity::delete_many()
        .filter(device_code::Column::ExpiresAt.lte(now - DEVICE_VALID))
        .exec(&tx)
        .await?;
    let assertions = provider_assertion::Entity::delete_many()
        .filter(provider_assertion::Column::ExpiresAt.lte(now))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok([codes, tokens, refresh, devices, assertions]
        .iter()
        .map(|gone| gone.rows_affected)
        .sum())
}

#[cfg(test)]
pub(super) mod testing {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::{
            provider::{Client, insert_client, sessions},
            store,
        },
        testing::at,
    };

    pub(crate) fn now() -> DateTime<Utc> {
        at(2026, 11, 23, 9, 0)
    }

    /// A person signed in, a client `files`, and a grant between them.
    pub(crate) async fn grant(db: &Db, scope: &str) -> Grant {
        let tx = db.begin().await.unwrap();
        let account = store::insert_account(&tx, now(), "ama@example.org", "Ama", "")
            .await
            .unwrap();
        insert_client(&tx, &Client::new("files", "Files", now())).await.unwrap();
        tx.commit().await.unwrap();
        let session = sessions::enter(db, now(), account.id, &["pwd"], "", None)
            .await
            .unwrap();
        Grant {
            family: Grant::new_family(),
            client_id: "files".into(),
            account: account.id,
            scope: scope.into(),
            sid: Some(session.sid),
            auth_time: now(),
            amr: session.amr,
            acr: session.acr,
            claims: String::new(),
        }
    }
}
