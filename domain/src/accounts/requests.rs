//! Coming in without an invitation: open registration, or a request that a steward decides.
//!
//! Neither says whether an address has an account: the page does the same work for every address, and what there is to say
//! stands in the letter.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{
    AccountError, Registration, Request, check_name, check_words,
    entity::account_request::{ActiveModel, Column, Entity, Model},
    identities, is_email,
    letters::{self, About, Letter},
    may_register, normal_email, store,
};
use crate::{access::ActingMember, audit, db::Db};

/// How long a decision is kept.
const KEPT: TimeDelta = TimeDelta::days(90);

impl From<Model> for Request {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            email: row.email,
            name: row.name,
            words: row.words,
            locale: row.locale,
            created_at: row.created_at,
        }
    }
}

/// Somebody wants an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they say of themselves, where a steward will read it.
    pub words: String,
    /// The language they read in.
    pub locale: String,
}

/// What can be taken of a wish: name, address and words in their normal form.
///
/// # Errors
/// What cannot be taken, or that nobody may ask here; never whether the address is known.
pub fn check(registration: Registration, wish: &Wish) -> Result<(String, String, String), AccountError> {
    may_register(registration, false)?;
    let name = check_name(&wish.name)?;
    let email = normal_email(&wish.email);
    if !is_email(&email) {
        return Err(AccountError::EmailInvalid);
    }
    Ok((name, email, check_words(&wish.words)?))
}

/// Takes a wish: a letter goes to the address, or the stewards are told. The same is done for every address.
pub async fn ask(db: &Db, now: DateTime<Utc>, registration: Registration, wish: &Wish) -> Result<(), AccountError> {
    let (name, email, words) = check(registration, wish)?;
    let tx = db.begin().await?;
    match registration {
        Registration::Invitation => return Err(AccountError::RegistrationClosed),
        Registration::Open => {
            let about = About::Registration { name };
            letters::post(
                &tx,
                now,
                &Letter {
                    to: email,
                    locale: wish.locale.clone(),
                    about,
                },
            )
            .await?;
        }
        Registration::Request => {
            let row = ActiveModel {
                id: Set(Uuid::now_v7()),
                email: Set(email),
                name: Set(name.clone()),
                words: Set(words),
                locale: Set(wish.locale.clone()),
                created_at: Set(now),
                decided_at: Set(None),
                decided_by: Set(None),
                accepted: Set(None),
            };
            let once = OnConflict::column(Column::Email)
                .target_and_where(Column::DecidedAt.is_null())
                .do_nothing()
                .to_owned();
            if Entity::insert(row)
                .on_conflict(once)
                .exec_without_returning(&tx)
                .await?
                == 1
            {
                tell_stewards(&tx, now, &name).await?;
            }
        }
    }
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

/// Writes to every steward who has an address here.
async fn tell_stewards(tx: &impl ConnectionTrait, now: DateTime<Utc>, name: &str) -> Result<(), DbErr> {
    for (to, locale) in identities::stewards(tx).await? {
        let about = About::Request { name: name.to_owned() };
        letters::post(tx, now, &Letter { to, locale, about }).await?;
    }
    Ok(())
}

/// Requests that wait for a decision, the oldest first.
pub async fn waiting(db: &impl ConnectionTrait) -> Result<Vec<Request>, DbErr> {
    let rows = Entity::find()
        .filter(Column::DecidedAt.is_null())
        .order_by_asc(Column::CreatedAt)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Request::from).collect())
}

/// How many wait.
pub async fn count(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Entity::find().filter(Column::DecidedAt.is_null()).count(db).await
}

/// Says yes, or no with a few words; whoever asked is told by letter.
pub async fn decide(
    db: &Db,
    now: DateTime<Utc>,
    by: &ActingMember,
    id: Uuid,
    yes: bool,
    words: &str,
) -> Result<Request, AccountError> {
    let words = check_words(words)?;
    let tx = db.begin().await?;
    let decided = Entity::update_many()
        .col_expr(Column::DecidedAt, Expr::value(Some(now)))
        .col_expr(Column::DecidedBy, Expr::value(Some(by.id.0)))
        .col_expr(Column::Accepted, Expr::value(Some(yes)))
        .filter(Column::Id.eq(id))
        .filter(Column::DecidedAt.is_null())
        .exec(&tx)
        .await?;
    let row = Entity::find_by_id(id)
        .one(&tx)
        .await?
        .filter(|_| decided.rows_affected == 1);
    let request = Request::from(row.ok_or(AccountError::RequestNotFound)?);
    let known = store::by_address(&tx, &request.email).await?.is_some();
    let name = request.name.clone();
    let about = match (yes, known) {
        // They have an account: that is what they need to hear, whatever was decided.
        (_, true) => About::Known,
        (true, false) => About::Approved { name },
        (false, false) => About::Declined { name, words },
    };
    let letter = Letter {
        to: request.email.clone(),
        locale: request.locale.clone(),
        about,
    };
    letters::post(&tx, now, &letter).await?;
    let act = if yes { "account.approve" } else { "account.decline" };
    audit::record(&tx, now, Some(by.id), act, &request.email, &request.name).await?;
    tx.commit().await?;
    db.wake_outbox();
    Ok(request)
}

/// Removes decisions of long ago.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let swept = Entity::delete_many()
        .filter(Column::DecidedAt.lte(now - KEPT))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(swept.rows_affected)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::{addresses, invitations},
        outbox,
        testing::{at, make_member, member, on_each_database},
    };

    fn bo() -> Wish {
        Wish {
            name: "Bo".into(),
            email: "Bo@example.org".into(),
            words: "I weave baskets.".into(),
            locale: "es".into(),
        }
    }

    /// The letters that wait, as they would leave now.
    async fn letters_of(db: &Db, now: DateTime<Utc>) -> Vec<letters::Ready> {
        let mut ready = Vec::new();
        for leased in outbox::claim(db, now, &[letters::KIND], 20).await.unwrap() {
            let letter: Letter = serde_json::from_str(&leased.payload).unwrap();
            ready.extend(letters::ready(db, now, &letter).await.unwrap());
        }
        ready
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_registers_gets_a_letter_and_only_it_says_whether_there_is_an_account() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            ask(&db, now, Registration::Open, &bo()).await.unwrap();
            let letter = letters_of(&db, now).await.remove(0);
            assert!(matches!(letter.letter.about, About::Registration { .. }));
            let path = letter.path.unwrap();
            let token = path.strip_prefix("/invitations/").unwrap();
            assert_eq!(invitations::usable(db.read(), now, token).await.unwrap().name, "Bo");
            let account = invitations::redeem(&db, now, token, "Bo", "grows in the shade", "es")
                .await
                .unwrap();
            assert!(addresses::main_is_verified(db.read(), account.id).await.unwrap());
            assert!(invitations::open(db.read(), now).await.unwrap().is_empty());

            ask(&db, now, Registration::Open, &bo()).await.unwrap();
            let letter = letters_of(&db, now).await.remove(0);
            assert_eq!(letter.letter.about, About::Known);
            let closed = ask(&db, now, Registration::Invitation, &bo()).await;
            assert!(matches!(closed, Err(AccountError::RegistrationClosed)));
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_request_is_decided_once_and_both_sides_are_told() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let mut ada = member("ada");
            ada.id = make_member(&db, "ada").await;
            let tx = db.begin().await.unwrap();
            tx.execute_unprepared("UPDATE members SET steward = TRUE, email = 'ada@example.org'")
                .await
                .unwrap();
            tx.commit().await.unwrap();

            ask(&db, now, Registration::Request, &bo()).await.unwrap();
            ask(&db, now, Registration::Request, &bo()).await.unwrap();
            let told = letters_of(&db, now).await;
            assert_eq!(told.len(), 1, "asking twice is asking once");
            assert_eq!(told[0].letter.to, "ada@example.org");
            let asked = waiting(db.read()).await.unwrap();
            assert_eq!((asked.len(), asked[0].words.as_str()), (1, "I weave baskets."));

            decide(&db, now, &ada, asked[0].id, false, "We are full.")
                .await
                .unwrap();
            let again = decide(&db, now, &ada, asked[0].id, true, "").await;
            assert!(matches!(again, Err(AccountError::RequestNotFound)));
            let letter = letters_of(&db, now).await.remove(0).letter;
            assert_eq!(
                letter.about,
                About::Declined {
                    name: "Bo".into(),
                    words: "We are full.".into()
                }
            );

            ask(&db, now, Registration::Request, &bo()).await.unwrap();
            letters_of(&db, now).await;
            let asked = waiting(db.read()).await.unwrap();
            decide(&db, now, &ada, asked[0].id, true, "").await.unwrap();
            let letter = letters_of(&db, now).await.remove(0);
            assert!(letter.path.unwrap().starts_with("/invitations/"));
            assert_eq!(count(db.read()).await.unwrap(), 0);
        })
        .await;
    }
}
