//! A new password: by its owner who knows the present one, or through a letter.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

use super::{
    Account, AccountError, BUILT_IN_ISSUER, browser_sessions, browsers,
    entity::{
        account::{Column, Entity},
        refresh_token,
    },
    events, identities,
    letters::{self, About, Letter},
    links::{self, Purpose},
    normal_email, password,
    provider::sessions,
    store,
};
use crate::{
    AccountId, MemberId,
    clients::ending::{self, Reason},
    db::Db,
};

/// Somebody who typed this address wants a new password. The same is done for every address: the letter is written, and
/// whether anybody gets it is found out when it leaves.
pub async fn ask(db: &Db, now: DateTime<Utc>, address: &str, locale: &str) -> Result<(), DbErr> {
    let letter = Letter {
        to: normal_email(address),
        locale: locale.to_owned(),
        about: About::ResetPassword,
    };
    letters::post_alone(db, now, &letter).await
}

/// Sets the password that somebody chose through the link of a letter. Every session and every known browser of the
/// account ends.
pub async fn by_link(db: &Db, now: DateTime<Utc>, token: &str, new: &str) -> Result<Account, AccountError> {
    let link = links::usable(db.read(), now, Purpose::ResetPassword, token).await?;
    let account = open(db.read(), link.account).await?;
    password::check(new, &account.name, &account.email)?;
    let hash = password::hash(new).await?;
    let tx = db.begin().await?;
    let link = links::redeem(&tx, now, Purpose::ResetPassword, token).await?;
    set(&tx, now, &account, &hash).await?;
    // Whoever follows the letter reads mail at that address.
    super::addresses::prove(&tx, now, account.id, &link.address).await?;
    browsers::forget_all(&tx, account.id).await?;
    end_sessions(&tx, now, account.id, None).await?;
    events::record(&tx, now, account.id, "password_reset", "").await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(account)
}

/// Changes the password for somebody who gives the present one; where there was none, it is the first. Every other session
/// ends; `this` is the one they ask from.
pub async fn change(
    db: &Db,
    now: DateTime<Utc>,
    account: AccountId,
    present: &str,
    new: &str,
    this: &str,
) -> Result<(), AccountError> {
    let account = open(db.read(), account).await?;
    let first = !store::has_password(db.read(), account.id).await?;
    if !first && !store::password_fits(db, account.id, present).await? {
        return Err(AccountError::PasswordWrong);
    }
    password::check(new, &account.name, &account.email)?;
    let hash = password::hash(new).await?;
    let tx = db.begin().await?;
    set(&tx, now, &account, &hash).await?;
    end_sessions(&tx, now, account.id, Some(this)).await?;
    events::record(&tx, now, account.id, "password_changed", "").await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

async fn open(db: &impl ConnectionTrait, account: AccountId) -> Result<Account, AccountError> {
    store::open_account(db, account).await?.ok_or(AccountError::NoAccount)
}

async fn set(tx: &impl ConnectionTrait, now: DateTime<Utc>, account: &Account, hash: &str) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(hash))
        .filter(Column::Id.eq(account.id.0))
        .exec(tx)
        .await?;
    links::end_all(tx, now, Purpose::ResetPassword, account.id).await?;
    let letter = Letter {
        to: account.email.clone(),
        locale: account.locale.clone(),
        about: About::PasswordChanged { at: now },
    };
    letters::post(tx, now, &letter).await
}

/// Ends what was opened with the old password: sessions at the provider with what tools got of them, and browsers.
async fn end_sessions(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    but: Option<&str>,
) -> Result<(), DbErr> {
    let keeps = match but {
        Some(this) => browser_sessions::provider_sid(tx, this).await?,
        None => None,
    };
    for session in sessions::of_account(tx, account).await? {
        if keeps.as_ref() != Some(&session.sid) {
            ending::end_session(tx, now, &session.sid, Reason::SignedOut).await?;
        }
    }
    // Whoever had the old password may have let a tool ask on while the person is away.
    let mut elsewhere = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RevokedAt, Expr::value(Some(now)))
        .filter(refresh_token::Column::AccountId.eq(account.0))
        .filter(refresh_token::Column::RevokedAt.is_null());
    if let Some(sid) = &keeps {
        let sid_column = refresh_token::Column::Sid;
        elsewhere = elsewhere.filter(Condition::any().add(sid_column.is_null()).add(sid_column.ne(sid)));
    }
    elsewhere.exec(tx).await?;
    let member: Option<MemberId> = identities::find(tx, BUILT_IN_ISSUER, &account.to_string()).await?;
    browser_sessions::end_of_account(tx, account, member, but).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::{NewAccount, addresses, browser_sessions::Kept, store::register_first},
        outbox,
        testing::{at, on_each_database},
    };

    const OLD: &str = "grows in the shade";
    const NEW: &str = "a kettle for the room";

    fn now() -> DateTime<Utc> {
        at(2026, 11, 23, 9, 0)
    }

    async fn ama(db: &Db) -> Account {
        let new = NewAccount {
            email: "ama@example.org".into(),
            name: "Ama".into(),
            password: OLD.into(),
        };
        register_first(db, now(), &new, "es").await.unwrap()
    }

    /// Path of the only letter about a new password that would leave now.
    async fn path(db: &Db) -> Option<String> {
        let mut paths = Vec::new();
        for leased in outbox::claim(db, now(), &[letters::KIND], 20).await.unwrap() {
            let letter: Letter = serde_json::from_str(&leased.payload).unwrap();
            if letter.about == About::ResetPassword {
                paths.extend(letters::ready(db, now(), &letter).await.unwrap());
            }
        }
        assert!(paths.len() <= 1);
        paths.pop().and_then(|ready| ready.path)
    }

    async fn session(db: &Db, id: &str, account: AccountId) {
        let kept = Kept {
            id: id.into(),
            data: format!("{{\"provider_account\":\"{account}\"}}"),
            member: None,
            provider_sid: None,
            user_agent: String::new(),
            source: None,
            expires_at: now() + chrono::TimeDelta::days(30),
        };
        assert!(browser_sessions::create(db, now(), &kept).await.unwrap());
    }

    async fn is_in(db: &Db, id: &str) -> bool {
        browser_sessions::load(db, now(), id).await.unwrap().is_some()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_letter_gives_a_new_password_once_and_ends_every_session() {
        on_each_database(|db| async move {
            let account = ama(&db).await;
            session(&db, "a", account.id).await;
            session(&db, "someone else's", AccountId::generate()).await;
            ask(&db, now(), "nobody@example.org", "").await.unwrap();
            assert_eq!(path(&db).await, None, "nobody is written to where nobody is known");

            ask(&db, now(), " AMA@example.org", "").await.unwrap();
            let path = path(&db).await.unwrap();
            let token = path.strip_prefix("/provider/reset/").unwrap();
            let weak = by_link(&db, now(), token, "1234567890").await;
            assert!(
                matches!(weak, Err(AccountError::PasswordGuessable)),
                "and the link still works"
            );
            let late = by_link(&db, now() + Purpose::ResetPassword.valid(), token, NEW).await;
            assert!(matches!(late, Err(AccountError::LinkUnusable)));
            by_link(&db, now(), token, NEW).await.unwrap();
            let again = by_link(&db, now(), token, NEW).await;
            assert!(matches!(again, Err(AccountError::LinkUnusable)));
            assert!(store::sign_in(&db, "ama@example.org", OLD).await.is_err());
            assert!(store::sign_in(&db, "ama@example.org", NEW).await.is_ok());
            assert!(!is_in(&db, "a").await && is_in(&db, "someone else's").await);
            assert!(addresses::main_is_verified(db.read(), account.id).await.unwrap());
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_link_used_by_many_at_once_is_used_once() {
        on_each_database(|db| async move {
            ama(&db).await;
            ask(&db, now(), "ama@example.org", "").await.unwrap();
            let path = path(&db).await.unwrap();
            let mut tries = tokio::task::JoinSet::new();
            for _ in 0..4 {
                let (db, path) = (db.clone(), path.clone());
                tries.spawn(async move {
                    let token = path.strip_prefix("/provider/reset/").unwrap();
                    by_link(&db, now(), token, NEW).await.is_ok()
                });
            }
            assert_eq!(tries.join_all().await.into_iter().filter(|ok| *ok).count(), 1);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_knows_the_present_password_changes_it_and_stays_in() {
        on_each_database(|db| async move {
            let account = ama(&db).await;
            session(&db, "here", account.id).await;
            session(&db, "there", account.id).await;
            let wrong = change(&db, now(), account.id, NEW, NEW, "here").await;
            assert!(matches!(wrong, Err(AccountError::PasswordWrong)));
            change(&db, now(), account.id, OLD, NEW, "here").await.unwrap();
            assert!(is_in(&db, "here").await && !is_in(&db, "there").await);
            assert!(store::sign_in(&db, "ama@example.org", NEW).await.is_ok());
        })
        .await;
    }
}
