//! The device grant (RFC 8628): a program without a browser shows a short code, and the person types it elsewhere.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{TryRngCore, rngs::OsRng};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set, sea_query::Expr};

use super::{Grant, Tokens, write_tokens};
use crate::{
    AccountId,
    accounts::{
        entity::device_code::{ActiveModel, Column, Entity, Model},
        provider::ProviderSession,
    },
    db::{Db, violates},
    tokens,
};

/// How long a person has to type the code.
pub const DEVICE_VALID: TimeDelta = TimeDelta::minutes(10);
/// Seconds that a program waits between two questions, at first and more each time it does not.
const WAIT: i32 = 5;
/// Letters of a code: no vowels, so that no words come out, and none that look like others (RFC 8628, 6.1).
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many there are in a code.
const LENGTH: usize = 8;
/// How often a code that is taken is made anew.
const TRIES: usize = 5;

/// A program that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The client that it is.
    pub client_id: String,
    /// What it asked for.
    pub scope: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// Why a program gets nothing yet, or never.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// The person has not answered.
    #[error("nobody has answered yet")]
    Pending,
    /// The program asks too often.
    #[error("asked too soon")]
    SlowDown,
    /// The person said no.
    #[error("the person said no")]
    Refused,
    /// Too late.
    #[error("the device code has expired")]
    Expired,
    /// Unknown, another client's, or used.
    #[error("unknown device code")]
    Unknown,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// A new code, in the form in which people read it: `WDJB-MJHT`.
#[expect(clippy::expect_used, reason = "no code can be made without randomness")]
fn new_user_code() -> String {
    let mut code = String::with_capacity(LENGTH + 1);
    let mut byte = [0];
    while code.len() < LENGTH + 1 {
        if code.len() == LENGTH / 2 {
            code.push('-');
        }
        OsRng.try_fill_bytes(&mut byte).expect("the system gives random bytes");
        // Only what divides evenly, so that all letters are as likely.
        let letter = usize::from(byte[0]);
        if letter < 256 / LETTERS.len() * LETTERS.len() {
            code.push(char::from(LETTERS[letter % LETTERS.len()]));
        }
    }
    code
}

/// What is kept of a code, however it was typed.
fn user_code_hash(typed: &str) -> String {
    let letters: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    tokens::fingerprint(&letters.to_ascii_uppercase())
}

/// Begins: the code for the program, the code for the person, and seconds between questions.
pub async fn start_device(
    db: &Db,
    now: DateTime<Utc>,
    client_id: &str,
    scope: &str,
) -> Result<(String, String, i32), DbErr> {
    let mut tried = 1;
    loop {
        let (device, user) = (tokens::secret(), new_user_code());
        let tx = db.begin().await?;
        let inserted = ActiveModel {
            device_code_hash: Set(tokens::fingerprint(&device)),
            user_code_hash: Set(user_code_hash(&user)),
            client_id: Set(client_id.to_owned()),
            scope: Set(scope.to_owned()),
            created_at: Set(now),
            expires_at: Set(now + DEVICE_VALID),
            wait_seconds: Set(WAIT),
            polled_at: Set(None),
            state: Set("pending".to_owned()),
            account_id: Set(None),
            sid: Set(None),
            acr: Set(String::new()),
            amr: Set(String::new()),
            auth_time: Set(None),
        }
        .insert(&tx)
        .await;
        match inserted {
            Ok(_) => {
                tx.commit().await?;
                return Ok((device, user, WAIT));
            }
            Err(error) if tried < TRIES && violates(&error, "user_code_hash") => tried += 1,
            Err(error) => return Err(error),
        }
    }
}

async fn pending(db: &impl ConnectionTrait, now: DateTime<Utc>, typed: &str) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::UserCodeHash.eq(user_code_hash(typed)))
        .filter(Column::State.eq("pending"))
        .filter(Column::ExpiresAt.gt(now))
        .one(db)
        .await
}

/// The program that shows this code and waits.
pub async fn look_at_device(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    typed: &str,
) -> Result<Option<Device>, DbErr> {
    Ok(pending(db, now, typed).await?.map(|row| Device {
        client_id: row.client_id,
        scope: row.scope,
        created_at: row.created_at,
    }))
}

/// The person of this session lets the program in, or not; false where nothing waits under this code any more.
pub async fn answer_device(
    db: &Db,
    now: DateTime<Utc>,
    typed: &str,
    session: &ProviderSession,
    allowed: bool,
) -> Result<bool, DbErr> {
    let tx = db.begin().await?;
    let answered = Entity::update_many()
        .col_expr(Column::State, Expr::value(if allowed { "allowed" } else { "refused" }))
        .col_expr(Column::AccountId, Expr::value(Some(session.account.0)))
        .col_expr(Column::Sid, Expr::value(Some(session.sid.clone())))
        .col_expr(Column::Acr, Expr::value(session.acr.clone()))
        .col_expr(Column::Amr, Expr::value(session.amr.join(" ")))
        .col_expr(Column::AuthTime, Expr::value(Some(session.auth_time)))
        .filter(Column::UserCodeHash.eq(user_code_hash(typed)))
        .filter(Column::State.eq("pending"))
        .filter(Column::ExpiresAt.gt(now))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(answered.rows_affected == 1)
}

/// The program asks whether the person has answered. The answer is given once.
pub async fn poll_device(
    db: &Db,
    now: DateTime<Utc>,
    device_code: &str,
    client_id: &str,
) -> Result<(Grant, Tokens), PollError> {
    let hash = tokens::fingerprint(device_code);
    let tx = db.begin().await?;
    let row = Entity::find_by_id(hash.clone())
        .filter(Column::ClientId.eq(client_id))
        .one(&tx)
        .await?
        .ok_or(PollError::Unknown)?;
    if row.expires_at <= now {
        return Err(PollError::Expired);
    }
    let too_soon = row
        .polled_at
        .is_some_and(|before| now - before < TimeDelta::seconds(row.wait_seconds.into()));
    match row.state.as_str() {
        "pending" => {
            let wait = if too_soon {
                row.wait_seconds.saturating_add(WAIT)
            } else {
                row.wait_seconds
            };
            Entity::update_many()
                .col_expr(Column::PolledAt, Expr::value(Some(now)))
                .col_expr(Column::WaitSeconds, Expr::value(wait))
                .filter(Column::DeviceCodeHash.eq(&hash))
                .exec(&tx)
                .await?;
            tx.commit().await?;
            return Err(if too_soon {
                PollError::SlowDown
            } else {
                PollError::Pending
            });
        }
        "refused" => return Err(PollError::Refused),
        "allowed" => {}
        _ => return Err(PollError::Unknown),
    }
    let used = Entity::update_many()
        .col_expr(Column::State, Expr::value("used"))
        .filter(Column::DeviceCodeHash.eq(&hash))
        .filter(Column::State.eq("allowed"))
        .exec(&tx)
        .await?;
    let Some((account, auth_time)) = row.account_id.zip(row.auth_time).filter(|_| used.rows_affected == 1) else {
        return Err(PollError::Unknown);
    };
    let grant = Grant {
        family: Grant::new_family(),
        client_id: row.client_id,
        account: AccountId(account),
        scope: row.scope,
        sid: row.sid,
        auth_time,
        amr: row.amr.split_whitespace().map(str::to_owned).collect(),
        acr: row.acr,
        claims: String::new(),
    };
    let tokens = write_tokens(&tx, now, &grant, "").await?;
    tx.commit().await?;
    Ok((grant, tokens))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::{
            grants::{
                of_token,
                testing::{grant, now},
            },
            provider::sessions,
        },
        testing::on_each_database,
    };

    #[test]
    fn a_code_is_easy_to_read_and_forgiving_to_type() {
        let code = new_user_code();
        assert_eq!((code.len(), code.find('-')), (9, Some(4)));
        assert!(code.bytes().all(|b| b == b'-' || LETTERS.contains(&b)), "{code}");
        assert_ne!(code, new_user_code());
        assert_eq!(user_code_hash("WDJB-MJHT"), user_code_hash(" wdjb mjht "));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_person_answers_and_the_program_gets_tokens_once() {
        on_each_database(|db| async move {
            let known = grant(&db, "openid").await;
            let session = sessions::open(db.read(), known.sid.as_deref().unwrap())
                .await
                .unwrap()
                .unwrap();
            let (device, user, wait) = start_device(&db, now(), "files", "openid email").await.unwrap();
            let step = TimeDelta::seconds(wait.into());
            let poll = async |after: TimeDelta| poll_device(&db, now() + after, &device, "files").await;
            assert!(matches!(poll(TimeDelta::zero()).await, Err(PollError::Pending)));
            assert!(matches!(poll(step / 2).await, Err(PollError::SlowDown)));
            assert!(
                matches!(poll(step / 2 + step).await, Err(PollError::SlowDown)),
                "it has to wait longer now"
            );
            assert!(matches!(
                poll_device(&db, now(), &device, "other").await,
                Err(PollError::Unknown)
            ));
            let seen = look_at_device(db.read(), now(), &user.to_lowercase())
                .await
                .unwrap()
                .unwrap();
            assert_eq!(
                (seen.client_id.as_str(), seen.scope.as_str()),
                ("files", "openid email")
            );
            assert!(answer_device(&db, now(), &user, &session, true).await.unwrap());
            assert!(
                !answer_device(&db, now(), &user, &session, false).await.unwrap(),
                "once"
            );
            let (got, tokens) = poll(step).await.unwrap();
            assert_eq!((got.account, got.sid), (known.account, known.sid));
            assert!(
                of_token(db.read(), now() + step, &tokens.access)
                    .await
                    .unwrap()
                    .is_some()
            );
            assert!(matches!(poll(step).await, Err(PollError::Unknown)), "once");
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_no_is_a_no_and_a_code_ends() {
        on_each_database(|db| async move {
            let known = grant(&db, "openid").await;
            let session = sessions::open(db.read(), known.sid.as_deref().unwrap())
                .await
                .unwrap()
                .unwrap();
            let (device, user, _) = start_device(&db, now(), "files", "openid").await.unwrap();
            assert!(answer_device(&db, now(), &user, &session, false).await.unwrap());
            assert!(matches!(
                poll_device(&db, now(), &device, "files").await,
                Err(PollError::Refused)
            ));
            let (device, user, _) = start_device(&db, now(), "files", "openid").await.unwrap();
            let late = now() + DEVICE_VALID;
            assert_eq!(look_at_device(db.read(), late, &user).await.unwrap(), None);
            assert!(!answer_device(&db, late, &user, &session, true).await.unwrap());
            assert!(matches!(
                poll_device(&db, late, &device, "files").await,
                Err(PollError::Expired)
            ));
        })
        .await;
    }
}
