//! Passkeys (Web Authentication Level 3): keys that stay with a person's device or key store. Each opens the account by
//! itself, since the device asks its person first; or it is the second step after a password. The checks are those of
//! `webauthn-rs`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
pub use webauthn_rs::Webauthn as Site;
use webauthn_rs::{
    WebauthnBuilder,
    prelude::{
        AuthenticationResult, DiscoverableAuthentication, Passkey as Credential, PasskeyAuthentication,
        PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    },
};

use super::{
    Account, AccountError, check_name,
    entity::{account, account_passkey},
    events,
    letters::{self, About, Factor, Letter},
    second_step, store,
};
use crate::{AccountId, db::Db};

/// How many passkeys an account may have.
const ROOM: u64 = 20;

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its key: the credential id in base64url.
    pub id: String,
    /// What its owner called it.
    pub name: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it last opened the account.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl From<account_passkey::Model> for Passkey {
    fn from(row: account_passkey::Model) -> Self {
        Self {
            id: row.credential_id,
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// A passkey is on its way: what the hub keeps of the challenge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Adding {
    /// Whose it will be.
    pub account: AccountId,
    state: PasskeyRegistration,
}

/// Somebody is asked for a passkey: what the hub keeps of the challenge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Asking {
    /// Whoever they are; the passkey says it.
    Anybody(Box<DiscoverableAuthentication>),
    /// The owner of this account.
    Owner(AccountId, Box<PasskeyAuthentication>),
}

/// A passkey that was checked and is not kept yet.
#[derive(Debug, Clone)]
pub struct Made {
    /// Whose it will be.
    pub account: AccountId,
    name: String,
    credential: Credential,
}

impl Made {
    /// By what means (RFC 8176) whoever holds it shows who they are.
    pub fn means(&self) -> &'static str {
        // What its key store copies says so only when it is used.
        "swk"
    }
}

/// What checks passkeys for the hub at this address. None where browsers know no passkeys: they want a name, and TLS
/// unless it is this machine's.
pub fn site(base_url: &str, community: &str) -> Option<Site> {
    let origin = Url::parse(base_url).ok()?;
    let name = origin.domain()?;
    let local = name == "localhost" || name.ends_with(".localhost");
    if origin.scheme() != "https" && !local {
        return None;
    }
    WebauthnBuilder::new(name, &origin)
        .ok()?
        .rp_name(community)
        .build()
        .ok()
}

/// The passkeys of an account, the first one first.
pub async fn list(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Passkey>, DbErr> {
    Ok(rows(db, account).await?.into_iter().map(Passkey::from).collect())
}

/// Whether an account has any.
pub async fn any(db: &impl ConnectionTrait, account: AccountId) -> Result<bool, DbErr> {
    let count = account_passkey::Entity::find()
        .filter(account_passkey::Column::AccountId.eq(account.0))
        .count(db)
        .await?;
    Ok(count > 0)
}

async fn rows(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<account_passkey::Model>, DbErr> {
    account_passkey::Entity::find()
        .filter(account_passkey::Column::AccountId.eq(account.0))
        .order_by_asc(account_passkey::Column::CreatedAt)
        .order_by_asc(account_passkey::Column::CredentialId)
        .all(db)
        .await
}

/// Begins a passkey for an account, which need not be there yet. Gives the options for the browser.
pub async fn begin_adding(
    db: &impl ConnectionTrait,
    site: &Site,
    account: AccountId,
    email: &str,
    name: &str,
) -> Result<(Value, Adding), AccountError> {
    let kept = rows(db, account).await?;
    if u64::try_from(kept.len()).unwrap_or(u64::MAX) >= ROOM {
        return Err(AccountError::PasskeysFull);
    }
    let mut known = Vec::with_capacity(kept.len());
    for row in &kept {
        known.push(credential(row)?.cred_id().clone());
    }
    let begun = site.start_passkey_registration(account.0, email, name, Some(known));
    let (options, state) = begun.map_err(failed)?;
    let mut options = public(options)?;
    // It has to say by itself whose it is: nobody types an address at the door.
    options["authenticatorSelection"]["residentKey"] = json!("required");
    options["authenticatorSelection"]["requireResidentKey"] = json!(true);
    Ok((options, Adding { account, state }))
}

/// Checks what the browser made.
///
/// # Errors
/// [`AccountError::PasskeyRefused`] where it does not answer the challenge.
pub fn finish_adding(site: &Site, adding: &Adding, answer: &str, name: &str) -> Result<Made, AccountError> {
    let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).map_err(|error| refused(&error))?;
    let credential = site
        .finish_passkey_registration(&answer, &adding.state)
        .map_err(|error| refused(&error))?;
    Ok(Made {
        account: adding.account,
        name: check_name(name)?,
        credential,
    })
}

/// Keeps a passkey with an account that is there.
pub(super) async fn insert(tx: &impl ConnectionTrait, now: DateTime<Utc>, made: &Made) -> Result<(), AccountError> {
    let id = URL_SAFE_NO_PAD.encode(made.credential.cred_id());
    if account_passkey::Entity::find_by_id(id.clone()).one(tx).await?.is_some() {
        return Err(AccountError::PasskeyRefused);
    }
    account_passkey::ActiveModel {
        credential_id: Set(id),
        account_id: Set(made.account.0),
        name: Set(made.name.clone()),
        credential: Set(serde_json::to_string(&made.credential).map_err(failed)?),
        created_at: Set(now),
        last_used_at: Set(None),
    }
    .insert(tx)
    .await?;
    Ok(())
}

/// Adds a passkey to an account; its person is told by letter.
pub async fn add(db: &Db, now: DateTime<Utc>, made: &Made) -> Result<(), AccountError> {
    let tx = db.begin().await?;
    insert(&tx, now, made).await?;
    events::record(&tx, now, made.account, "passkey_added", &made.name).await?;
    tell(&tx, now, made.account, Factor::PasskeyAdded(made.name.clone())).await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

/// Removes a passkey.
///
/// # Errors
/// [`AccountError::LastWay`] where nothing else would open the account.
pub async fn remove(db: &Db, now: DateTime<Utc>, account: AccountId, id: &str) -> Result<(), AccountError> {
    let tx = db.begin().await?;
    // Held, so that the last two do not go at the same moment.
    let owner = account::Entity::find_by_id(account.0).lock_exclusive().one(&tx).await?;
    let owner = owner.ok_or(AccountError::NoAccount)?;
    let kept = rows(&tx, account).await?;
    let row = kept
        .iter()
        .find(|row| row.credential_id == id)
        .ok_or(AccountError::PasskeyNotFound)?;
    if kept.len() == 1 {
        if owner.password_hash.is_empty() {
            return Err(AccountError::LastWay);
        }
        second_step::without_passkeys(&tx, now, account).await?;
    }
    account_passkey::Entity::delete_by_id(id.to_owned()).exec(&tx).await?;
    events::record(&tx, now, account, "passkey_removed", &row.name).await?;
    tell(&tx, now, account, Factor::PasskeyRemoved(row.name.clone())).await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

async fn tell(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    factor: Factor,
) -> Result<(), AccountError> {
    let to = store::account(tx, account).await?.ok_or(AccountError::NoAccount)?;
    let letter = Letter {
        to: to.email,
        locale: to.locale,
        about: About::FactorChanged { factor, at: now },
    };
    letters::post(tx, now, &letter).await?;
    Ok(())
}

/// Asks whoever is there for a passkey. Gives the options for the browser.
pub fn begin_asking(site: &Site) -> Result<(Value, Asking), AccountError> {
    let (options, state) = site.start_discoverable_authentication().map_err(failed)?;
    Ok((public(options)?, Asking::Anybody(Box::new(state))))
}

/// Asks the owner of an account for one of their passkeys. Gives the options for the browser.
///
/// # Errors
/// [`AccountError::PasskeyNotFound`] where they have none.
pub async fn begin_asking_owner(
    db: &impl ConnectionTrait,
    site: &Site,
    account: AccountId,
) -> Result<(Value, Asking), AccountError> {
    let kept: Vec<_> = rows(db, account)
        .await?
        .iter()
        .map(credential)
        .collect::<Result<_, _>>()?;
    if kept.is_empty() {
        return Err(AccountError::PasskeyNotFound);
    }
    let (options, state) = site.start_passkey_authentication(&kept).map_err(failed)?;
    Ok((public(options)?, Asking::Owner(account, Box::new(state))))
}

/// What a passkey opened, and by what means (RFC 8176).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The account.
    pub account: Account,
    /// `swk` for a key that a key store copies, else `hwk`.
    pub means: &'static str,
}

/// Checks what the browser answered, and opens the account.
///
/// # Errors
/// [`AccountError::PasskeyUnknown`] where the passkey is none of ours, [`AccountError::PasskeyRefused`] where it does not
/// answer the challenge.
pub async fn finish_asking(
    db: &Db,
    now: DateTime<Utc>,
    site: &Site,
    asking: Asking,
    answer: &str,
) -> Result<Opened, AccountError> {
    let answer: PublicKeyCredential = serde_json::from_str(answer).map_err(|error| refused(&error))?;
    let tx = db.begin().await?;
    // Held, so that its counter is read and written by one.
    let row = account_passkey::Entity::find_by_id(URL_SAFE_NO_PAD.encode(&answer.raw_id))
        .lock_exclusive()
        .one(&tx)
        .await?
        .ok_or(AccountError::PasskeyUnknown)?;
    let owner = AccountId(row.account_id);
    let mut kept = credential(&row)?;
    let result = check(site, asking, &answer, owner, &kept)?;
    kept.update_credential(&result);
    account_passkey::Entity::update_many()
        .col_expr(
            account_passkey::Column::Credential,
            Expr::value(serde_json::to_string(&kept).map_err(failed)?),
        )
        .col_expr(account_passkey::Column::LastUsedAt, Expr::value(Some(now)))
        .filter(account_passkey::Column::CredentialId.eq(&row.credential_id))
        .exec(&tx)
        .await?;
    let account = store::open_account(&tx, owner)
        .await?
        .ok_or(AccountError::PasskeyUnknown)?;
    tx.commit().await?;
    let means = if result.backup_eligible() { "swk" } else { "hwk" };
    Ok(Opened { account, means })
}

fn check(
    site: &Site,
    asking: Asking,
    answer: &PublicKeyCredential,
    owner: AccountId,
    kept: &Credential,
) -> Result<AuthenticationResult, AccountError> {
    let checked = match asking {
        Asking::Anybody(state) => {
            let (said, _) = site
                .identify_discoverable_authentication(answer)
                .map_err(|error| refused(&error))?;
            if said != owner.0 {
                return Err(AccountError::PasskeyRefused);
            }
            site.finish_discoverable_authentication_v2(answer, *state, kept)
        }
        Asking::Owner(account, state) => {
            if account != owner {
                return Err(AccountError::PasskeyUnknown);
            }
            site.finish_passkey_authentication(answer, &state)
        }
    };
    checked.map_err(|error| refused(&error))
}

fn credential(row: &account_passkey::Model) -> Result<Credential, AccountError> {
    serde_json::from_str(&row.credential).map_err(failed)
}

/// The part of the options that goes to `navigator.credentials`.
fn public(options: impl Serialize) -> Result<Value, AccountError> {
    let mut options = serde_json::to_value(options).map_err(failed)?;
    Ok(options["publicKey"].take())
}

fn failed(error: impl std::fmt::Display) -> AccountError {
    AccountError::Secret(error.to_string())
}

/// What does not fit is the browser's or its person's; the cause helps whoever looks for it.
fn refused(error: &(dyn std::error::Error + 'static)) -> AccountError {
    tracing::info!(error, "a passkey was refused");
    AccountError::PasskeyRefused
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn passkeys_want_a_name_and_a_safe_line() {
        for (address, there) in [
            ("https://hub.example.org", true),
            ("http://localhost:3000", true),
            ("http://hub.localhost:3000", true),
            ("http://hub.example.org", false),
            ("https://192.0.2.1", false),
            ("http://127.0.0.1:3000", false),
        ] {
            assert_eq!(site(address, "Alder").is_some(), there, "{address}");
        }
    }
}
