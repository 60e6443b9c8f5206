//! The addresses of an account: one of them is the main one, where letters go; each that was proved opens it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
    sea_query::{Expr, OnConflict},
};

use super::{
    AccountError, Address,
    entity::{
        account,
        account_address::{ActiveModel, Column, Entity},
    },
    events, is_email,
    letters::{self, About, Letter},
    links::{self, Purpose},
    normal_email, store,
};
use crate::{AccountId, db::Db};

/// Most addresses of one account.
pub const MOST: u64 = 8;

/// The addresses of an account, the main one first.
pub async fn list(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Address>, DbErr> {
    let Some(main) = account::Entity::find_by_id(account.0)
        .one(db)
        .await?
        .map(|row| row.email)
    else {
        return Ok(Vec::new());
    };
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.0))
        .order_by_asc(Column::CreatedAt)
        .all(db)
        .await?;
    let mut addresses: Vec<Address> = rows
        .into_iter()
        .map(|row| Address {
            main: row.address == main,
            verified: row.verified_at.is_some(),
            address: row.address,
        })
        .collect();
    addresses.sort_by_key(|address| !address.main);
    Ok(addresses)
}

/// Whether the account has this address, verified or not.
pub async fn is_of(db: &impl ConnectionTrait, account: AccountId, address: &str) -> Result<bool, DbErr> {
    Ok(Entity::find_by_id((account.0, address.to_owned()))
        .one(db)
        .await?
        .is_some())
}

/// Which addresses of these accounts are proved.
pub async fn proved(db: &impl ConnectionTrait, accounts: &[AccountId]) -> Result<HashSet<(AccountId, String)>, DbErr> {
    let rows = Entity::find()
        .filter(Column::AccountId.is_in(accounts.iter().map(|id| id.0)))
        .filter(Column::VerifiedAt.is_not_null())
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (AccountId(row.account_id), row.address))
        .collect())
}

/// Whether the main address is proved.
#[cfg(test)]
pub(super) async fn main_is_verified(db: &impl ConnectionTrait, account: AccountId) -> Result<bool, DbErr> {
    let list = list(db, account).await?;
    Ok(list.first().is_some_and(|address| address.main && address.verified))
}

/// Notes an address of a new account.
pub(super) async fn note(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    address: &str,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        account_id: Set(account.0),
        address: Set(address.to_owned()),
        created_at: Set(now),
        verified_at: Set(None),
    };
    Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::AccountId, Column::Address])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Notes that an address of the account was proved.
pub async fn prove(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    address: &str,
) -> Result<(), AccountError> {
    let other = account::Entity::find()
        .filter(account::Column::Email.eq(address))
        .filter(account::Column::Id.ne(account.0))
        .one(tx)
        .await?;
    if other.is_some() {
        return Err(AccountError::EmailTaken);
    }
    Entity::update_many()
        .col_expr(Column::VerifiedAt, Expr::value(Some(now)))
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::Address.eq(address))
        .filter(Column::VerifiedAt.is_null())
        .exec(tx)
        .await
        .map_err(store::taken)?;
    Ok(())
}

/// Adds an address and writes to it. Whether another account has it already, only that letter says.
pub async fn add(db: &Db, now: DateTime<Utc>, account: AccountId, address: &str) -> Result<(), AccountError> {
    let address = normal_email(address);
    if !is_email(&address) {
        return Err(AccountError::EmailInvalid);
    }
    let tx = db.begin().await?;
    if is_of(&tx, account, &address).await? {
        return Err(AccountError::AddressAlready);
    }
    if Entity::find()
        .filter(Column::AccountId.eq(account.0))
        .count(&tx)
        .await?
        >= MOST
    {
        return Err(AccountError::AddressesFull);
    }
    note(&tx, now, account, &address).await?;
    events::record(&tx, now, account, "address_added", &address).await?;
    ask(&tx, now, account, &address).await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

/// Writes once more to an address that is not proved yet.
pub async fn ask_again(db: &Db, now: DateTime<Utc>, account: AccountId, address: &str) -> Result<(), AccountError> {
    let tx = db.begin().await?;
    let known = list(&tx, account)
        .await?
        .into_iter()
        .find(|known| known.address == address);
    if known.ok_or(AccountError::AddressNotFound)?.verified {
        return Err(AccountError::AddressAlready);
    }
    ask(&tx, now, account, address).await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

/// Asks whoever reads letters at this address whether it is theirs.
pub(super) async fn ask(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    address: &str,
) -> Result<(), DbErr> {
    let locale = store::account(tx, account)
        .await?
        .map(|known| known.locale)
        .unwrap_or_default();
    let letter = Letter {
        to: address.to_owned(),
        locale,
        about: About::VerifyAddress { account },
    };
    letters::post(tx, now, &letter).await
}

/// Takes the yes of a letter: the address is proved. Gives account and address.
pub async fn verify(db: &Db, now: DateTime<Utc>, token: &str) -> Result<(AccountId, String), AccountError> {
    let tx = db.begin().await?;
    let link = links::redeem(&tx, now, Purpose::VerifyAddress, token).await?;
    if !is_of(&tx, link.account, &link.address).await? {
        return Err(AccountError::LinkUnusable);
    }
    prove(&tx, now, link.account, &link.address).await?;
    events::record(&tx, now, link.account, "address_verified", &link.address).await?;
    tx.commit().await?;
    Ok((link.account, link.address))
}

/// Lets letters go to another proved address; the one before is told.
pub async fn make_main(db: &Db, now: DateTime<Utc>, account: AccountId, address: &str) -> Result<(), AccountError> {
    let tx = db.begin().await?;
    let known = list(&tx, account).await?;
    let wanted = known
        .iter()
        .find(|known| known.address == address)
        .ok_or(AccountError::AddressNotFound)?;
    if wanted.main {
        return Ok(());
    }
    if !wanted.verified {
        return Err(AccountError::AddressUnverified);
    }
    let before = store::account(&tx, account).await?.ok_or(AccountError::NoAccount)?;
    account::Entity::update_many()
        .col_expr(account::Column::Email, Expr::value(address))
        .filter(account::Column::Id.eq(account.0))
        .exec(&tx)
        .await
        .map_err(store::taken)?;
    events::record(&tx, now, account, "address_main", address).await?;
    let about = About::AddressChanged {
        address: address.to_owned(),
    };
    letters::post(
        &tx,
        now,
        &Letter {
            to: before.email,
            locale: before.locale,
            about,
        },
    )
    .await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

/// Removes an address that is not the main one.
pub async fn remove(db: &Db, now: DateTime<Utc>, account: AccountId, address: &str) -> Result<(), AccountError> {
    let tx = db.begin().await?;
    let known = list(&tx, account).await?;
    let wanted = known
        .iter()
        .find(|known| known.address == address)
        .ok_or(AccountError::AddressNotFound)?;
    if wanted.main {
        return Err(AccountError::AddressIsMain);
    }
    Entity::delete_by_id((account.0, address.to_owned())).exec(&tx).await?;
    events::record(&tx, now, account, "address_removed", address).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::letters::Ready,
        outbox,
        testing::{at, on_each_database},
    };

    fn now() -> DateTime<Utc> {
        at(2026, 11, 23, 9, 0)
    }

    async fn account(db: &Db, email: &str) -> AccountId {
        let tx = db.begin().await.unwrap();
        let account = store::insert_account(&tx, now(), email, "Ama", "").await.unwrap();
        tx.commit().await.unwrap();
        account.id
    }

    async fn letters_of(db: &Db) -> Vec<Ready> {
        let mut ready = Vec::new();
        for leased in outbox::claim(db, now(), &[letters::KIND], 20).await.unwrap() {
            let letter: Letter = serde_json::from_str(&leased.payload).unwrap();
            ready.extend(letters::ready(db, now(), &letter).await.unwrap());
        }
        ready
    }

    fn token(ready: &Ready) -> &str {
        ready.path.as_deref().unwrap().strip_prefix("/account/verify/").unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_address_is_added_proved_made_the_main_one_and_removed() {
        on_each_database(|db| async move {
            let ama = account(&db, "ama@example.org").await;
            add(&db, now(), ama, " Ama@Work.example ").await.unwrap();
            assert!(matches!(
                add(&db, now(), ama, "ama@work.example").await,
                Err(AccountError::AddressAlready)
            ));
            assert!(
                store::by_address(db.read(), "ama@work.example")
                    .await
                    .unwrap()
                    .is_none()
            );
            assert!(matches!(
                make_main(&db, now(), ama, "ama@work.example").await,
                Err(AccountError::AddressUnverified)
            ));
            let letter = letters_of(&db).await.remove(0);
            assert_eq!(
                verify(&db, now(), token(&letter)).await.unwrap(),
                (ama, "ama@work.example".to_owned())
            );
            assert!(verify(&db, now(), token(&letter)).await.is_err(), "once");
            assert_eq!(
                store::by_address(db.read(), "ama@work.example")
                    .await
                    .unwrap()
                    .unwrap()
                    .id,
                ama
            );

            make_main(&db, now(), ama, "ama@work.example").await.unwrap();
            let told = letters_of(&db).await.remove(0).letter;
            assert_eq!(told.to, "ama@example.org", "the address before is told");
            assert!(main_is_verified(db.read(), ama).await.unwrap());
            assert!(matches!(
                remove(&db, now(), ama, "ama@work.example").await,
                Err(AccountError::AddressIsMain)
            ));
            remove(&db, now(), ama, "ama@example.org").await.unwrap();
            assert_eq!(list(db.read(), ama).await.unwrap().len(), 1);
            assert!(store::by_address(db.read(), "ama@example.org").await.unwrap().is_none());
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_address_belongs_to_one_account_and_only_its_reader_learns_of_it() {
        on_each_database(|db| async move {
            let ama = account(&db, "ama@example.org").await;
            let bo = account(&db, "bo@example.org").await;
            add(&db, now(), bo, "ama@example.org").await.unwrap();
            assert_eq!(letters_of(&db).await.remove(0).letter.about, About::Known);

            for who in [ama, bo] {
                add(&db, now(), who, "both@example.org").await.unwrap();
            }
            let letters = letters_of(&db).await;
            assert!(verify(&db, now(), token(&letters[0])).await.is_ok());
            let second = verify(&db, now(), token(&letters[1])).await;
            assert!(matches!(second, Err(AccountError::EmailTaken)), "{second:?}");
        })
        .await;
    }
}
