//! Accounts of the built-in provider.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, Set,
    sea_query::{Expr, Query},
};

use super::{
    Account, AccountError, NewAccount, addresses, check_name,
    entity::{
        account::{ActiveModel, Column, Entity, Model},
        account_address,
    },
    events, is_email,
    lock::{self, Only},
    normal_email,
    passkeys::{self, Made},
    password,
};
use crate::{AccountId, db::Db};

impl From<Model> for Account {
    fn from(row: Model) -> Self {
        Self {
            id: AccountId(row.id),
            email: row.email,
            name: row.name,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
            locale: row.locale,
        }
    }
}

/// What opens an account that is about to be made.
#[derive(Debug, Clone)]
pub enum Opening {
    /// A password.
    Password(String),
    /// A passkey, which was made for the account's key.
    Passkey(Box<Made>),
}

impl Opening {
    /// Checks it for this person and hashes what has to be: the account's key, and the hash of its password, if it has one.
    pub(super) async fn prepared(&self, name: &str, email: &str) -> Result<(AccountId, String), AccountError> {
        match self {
            Self::Password(password) => {
                password::check(password, name, email)?;
                Ok((AccountId::generate(), password::hash(password).await?))
            }
            Self::Passkey(made) => Ok((made.account, String::new())),
        }
    }

    /// Keeps what stands in a table of its own.
    pub(super) async fn keep(&self, tx: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), AccountError> {
        match self {
            Self::Password(_) => Ok(()),
            Self::Passkey(made) => passkeys::insert(tx, now, made).await,
        }
    }
}

/// Puts down an account whose fields are checked and whose password is hashed already.
pub async fn insert_account(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    email: &str,
    name: &str,
    password_hash: &str,
) -> Result<Account, AccountError> {
    insert_account_as(db, now, AccountId::generate(), email, name, password_hash).await
}

/// Puts down an account under a key that was chosen before.
pub(super) async fn insert_account_as(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    id: AccountId,
    email: &str,
    name: &str,
    password_hash: &str,
) -> Result<Account, AccountError> {
    let email = normal_email(email);
    if row_by_email(db, &email).await?.is_some() {
        return Err(AccountError::EmailTaken);
    }
    let row = ActiveModel {
        id: Set(id.0),
        email: Set(email),
        name: Set(name.to_owned()),
        password_hash: Set(password_hash.to_owned()),
        created_at: Set(now),
        disabled_at: Set(None),
        locale: Set(String::new()),
        passkey_second: Set(false),
    }
    .insert(db)
    .await
    .map_err(taken)?;
    addresses::note(db, now, AccountId(row.id), &row.email).await?;
    Ok(row.into())
}

/// Notes in which language the person of an account reads, for letters.
pub async fn read_in(tx: &impl ConnectionTrait, account: AccountId, locale: &str) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Locale, Expr::value(locale))
        .filter(Column::Id.eq(account.0))
        .filter(Column::Locale.ne(locale))
        .exec(tx)
        .await?;
    Ok(())
}

/// Two people who come with one address at the same instant: the second learns the same as a later one.
pub(super) fn taken(error: DbErr) -> AccountError {
    let refused = [
        "accounts_email_key",
        "accounts.email",
        "account_addresses_proved",
        "account_addresses.address",
    ];
    if refused.iter().any(|index| crate::db::violates(&error, index)) {
        AccountError::EmailTaken
    } else {
        error.into()
    }
}

/// An account by its key, closed ones included.
pub async fn account(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<Account>, DbErr> {
    Ok(Entity::find_by_id(id.0).one(db).await?.map(Account::from))
}

/// An account that is open, by its key.
pub async fn open_account(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<Account>, DbErr> {
    Ok(account(db, id).await?.filter(|account| account.disabled_at.is_none()))
}

/// Those of these accounts that are open.
pub async fn open_accounts(db: &impl ConnectionTrait, ids: &[AccountId]) -> Result<Vec<Account>, DbErr> {
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .filter(Column::DisabledAt.is_null())
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Account::from).collect())
}

/// Whether nobody has come yet: no account and no person in the directory.
pub async fn hub_is_empty(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(Entity::find().count(db).await? == 0 && super::identities::no_person_yet(db).await?)
}

/// Makes the first account of an empty hub: its person needs no invitation and no letter.
///
/// # Errors
/// [`AccountError::RegistrationClosed`] where somebody came before.
pub async fn register_first(
    db: &Db,
    now: DateTime<Utc>,
    new: &NewAccount,
    locale: &str,
) -> Result<Account, AccountError> {
    let opening = Opening::Password(new.password.clone());
    register_first_with(db, now, &new.name, &new.email, &opening, locale).await
}

/// The same with another way of opening it.
pub async fn register_first_with(
    db: &Db,
    now: DateTime<Utc>,
    name: &str,
    email: &str,
    opening: &Opening,
    locale: &str,
) -> Result<Account, AccountError> {
    let (name, email) = (check_name(name)?, normal_email(email));
    if !is_email(&email) {
        return Err(AccountError::EmailInvalid);
    }
    if !hub_is_empty(db.read()).await? {
        return Err(AccountError::RegistrationClosed);
    }
    let (id, hash) = opening.prepared(&name, &email).await?;
    let tx = db.begin().await?;
    lock::hold(&tx, Only::First).await?;
    if !hub_is_empty(&tx).await? {
        return Err(AccountError::RegistrationClosed);
    }
    let account = insert_account_as(&tx, now, id, &email, &name, &hash).await?;
    opening.keep(&tx, now).await?;
    read_in(&tx, account.id, locale).await?;
    addresses::ask(&tx, now, account.id, &account.email).await?;
    events::record(&tx, now, account.id, "account_made", "first").await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(account)
}

/// The account that this address and password open.
///
/// # Errors
/// [`AccountError::SignInRefused`] where they open none, after the same work whatever the reason.
pub async fn sign_in(db: &Db, email: &str, password: &str) -> Result<Account, AccountError> {
    let found = row_by_address(db.read(), &normal_email(email)).await?;
    let hash = found.as_ref().map(|row| row.password_hash.clone());
    let short_enough = password.len() <= super::PASSWORD_MAX;
    let fits = password::verify(if short_enough { password } else { "" }, hash).await?;
    found
        .filter(|row| fits && short_enough && row.disabled_at.is_none())
        .map(Account::from)
        .ok_or(AccountError::SignInRefused)
}

/// Whether this is the password of the account.
pub async fn password_fits(db: &Db, account: AccountId, password: &str) -> Result<bool, AccountError> {
    let hash = Entity::find_by_id(account.0)
        .one(db.read())
        .await?
        .map(|row| row.password_hash);
    let short_enough = password.len() <= super::PASSWORD_MAX;
    Ok(password::verify(if short_enough { password } else { "" }, hash).await? && short_enough)
}

/// Whether the account has a password at all.
pub async fn has_password(db: &impl ConnectionTrait, account: AccountId) -> Result<bool, DbErr> {
    let row = Entity::find_by_id(account.0).one(db).await?;
    Ok(row.is_some_and(|row| !row.password_hash.is_empty()))
}

/// The account that an address opens: its main one, or another that was proved. Closed accounts included.
pub async fn by_address(db: &impl ConnectionTrait, address: &str) -> Result<Option<Account>, DbErr> {
    Ok(row_by_address(db, address).await?.map(Account::from))
}

/// One question whatever the answer, so that the time taken tells nothing.
async fn row_by_address(db: &impl ConnectionTrait, address: &str) -> Result<Option<Model>, DbErr> {
    let proved = Query::select()
        .column(account_address::Column::AccountId)
        .from(account_address::Entity)
        .and_where(account_address::Column::Address.eq(address))
        .and_where(account_address::Column::VerifiedAt.is_not_null())
        .to_owned();
    let mut rows = Entity::find()
        .filter(Column::Email.eq(address).or(Column::Id.in_subquery(proved)))
        .all(db)
        .await?;
    // Whoever has it as their main address comes first.
    rows.sort_by_key(|row| row.email != address);
    Ok(rows.into_iter().next())
}

async fn row_by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::Email.eq(email)).one(db).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{at, on_each_database};

    fn ama() -> NewAccount {
        NewAccount {
            email: "Ama@example.org".into(),
            name: "Ama Owusu".into(),
            password: "grows in the shade".into(),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_first_makes_an_account_and_nobody_after_them() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let account = register_first(&db, now, &ama(), "es").await.unwrap();
            assert_eq!(account.email, "ama@example.org");
            let bo = NewAccount {
                email: "bo@example.org".into(),
                ..ama()
            };
            let closed = register_first(&db, now, &bo, "").await;
            assert!(matches!(closed, Err(AccountError::RegistrationClosed)));
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_first_people_one_gets_in() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let mut tries = tokio::task::JoinSet::new();
            for n in 0..6 {
                let db = db.clone();
                let new = NewAccount {
                    email: format!("p{n}@example.org"),
                    ..ama()
                };
                tries.spawn(async move { register_first(&db, now, &new, "").await.is_ok() });
            }
            let in_house = tries.join_all().await.into_iter().filter(|ok| *ok).count();
            assert_eq!(in_house, 1);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn address_and_password_open_an_account_together() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let account = register_first(&db, now, &ama(), "").await.unwrap();
            let opened = sign_in(&db, " AMA@example.org", "grows in the shade").await.unwrap();
            assert_eq!(opened.id, account.id);
            for (email, password) in [
                ("ama@example.org", "wrong"),
                ("nobody@example.org", "grows in the shade"),
            ] {
                let refused = sign_in(&db, email, password).await;
                assert!(matches!(refused, Err(AccountError::SignInRefused)));
            }
        })
        .await;
    }
}
