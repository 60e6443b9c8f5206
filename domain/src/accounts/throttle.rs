//! Brakes on guessing and on pestering, counted in the database so that all nodes count together.
//!
//! A brake is a bucket per key: so many tries at once, then one more every so often. What a person does from a browser that
//! their account knows is counted by itself, so that whoever guesses elsewhere locks nobody out.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use super::{AccountError, browsers, normal_email, store};
use crate::{db::Db, tokens};

/// A sort of try, and how many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brake {
    name: &'static str,
    burst: i64,
    refill: TimeDelta,
}

/// Wrong passwords of one account from one place.
const HERE: Brake = Brake {
    name: "here",
    burst: 8,
    refill: TimeDelta::seconds(30),
};
/// Wrong passwords of one account from everywhere that it does not know.
const EVERYWHERE: Brake = Brake {
    name: "everywhere",
    burst: 100,
    refill: TimeDelta::seconds(20),
};
/// Wrong passwords of all accounts from one place.
const PLACE: Brake = Brake {
    name: "place",
    burst: 60,
    refill: TimeDelta::seconds(5),
};
/// Wrong passwords of one account in a browser that it knows.
const KNOWN: Brake = Brake {
    name: "known",
    burst: 20,
    refill: TimeDelta::seconds(30),
};
/// Codes of the second step, per account.
pub const CODES: Brake = Brake {
    name: "codes",
    burst: 6,
    refill: TimeDelta::seconds(60),
};
/// Present passwords and codes that a signed-in person types on their own pages.
pub const OWN: Brake = Brake {
    name: "own",
    burst: 8,
    refill: TimeDelta::seconds(60),
};
/// Letters that anybody can cause, per address.
const LETTERS_TO: Brake = Brake {
    name: "letters_to",
    burst: 3,
    refill: TimeDelta::minutes(10),
};
/// Letters that anybody can cause, per place.
const LETTERS_FROM: Brake = Brake {
    name: "letters_from",
    burst: 20,
    refill: TimeDelta::seconds(60),
};

/// Takes one try; false means wait. Call it before anything is looked at, so that tries at once count too.
pub async fn take(db: &Db, now: DateTime<Utc>, brake: Brake, key: &str) -> Result<bool, DbErr> {
    let refill = brake.refill.num_milliseconds();
    let now = now.timestamp_millis();
    // A try is refused where the bucket would hold more than `burst` refills.
    let sql = "INSERT INTO throttle (key_hash, spent_until) VALUES ($1, $2)
        ON CONFLICT (key_hash) DO UPDATE SET spent_until =
            CASE WHEN throttle.spent_until > $3 THEN throttle.spent_until ELSE $3 END + $4
        WHERE throttle.spent_until <= $5";
    let values: [Value; 5] = [
        hashed(brake, key).into(),
        (now + refill).into(),
        now.into(),
        refill.into(),
        (now + refill * (brake.burst - 1)).into(),
    ];
    run(db, sql, values).await.map(|rows| rows == 1)
}

/// Gives one try back: it was no guess.
pub async fn give_back(db: &Db, brake: Brake, key: &str) -> Result<(), DbErr> {
    let sql = "UPDATE throttle SET spent_until = spent_until - $2 WHERE key_hash = $1";
    run(
        db,
        sql,
        [hashed(brake, key).into(), brake.refill.num_milliseconds().into()],
    )
    .await?;
    Ok(())
}

/// Forgets all that was spent.
pub async fn forgive(db: &Db, brake: Brake, key: &str) -> Result<(), DbErr> {
    run(
        db,
        "DELETE FROM throttle WHERE key_hash = $1",
        [hashed(brake, key).into()],
    )
    .await?;
    Ok(())
}

/// Removes buckets that are full again.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    run(
        db,
        "DELETE FROM throttle WHERE spent_until <= $1",
        [now.timestamp_millis().into()],
    )
    .await
}

fn hashed(brake: Brake, key: &str) -> String {
    tokens::fingerprint(&format!("{}\n{key}", brake.name))
}

async fn run<const N: usize>(db: &Db, sql: &str, values: [Value; N]) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let done = tx
        .execute_raw(Statement::from_sql_and_values(db.backend(), sql, values))
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

/// Somebody tries a password: for which address, from where, in which browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    email: String,
    place: String,
    /// The browser's cookie, where the account knows it.
    known: Option<String>,
}

impl Guess {
    /// Takes a try of a password.
    ///
    /// # Errors
    /// [`AccountError::TooManyAttempts`] where one has to wait.
    pub async fn take(
        db: &Db,
        now: DateTime<Utc>,
        email: &str,
        place: &str,
        device: Option<&str>,
    ) -> Result<Self, AccountError> {
        let email = normal_email(email);
        let mut guess = Self {
            place: place.to_owned(),
            known: None,
            email,
        };
        if let Some(token) = device
            && let Some(account) = store::by_address(db.read(), &guess.email).await?
            && browsers::is_known(db.read(), now, account.id, token).await?
        {
            guess.known = Some(token.to_owned());
        }
        for (brake, key) in guess.brakes() {
            if !take(db, now, brake, &key).await? {
                return Err(AccountError::TooManyAttempts);
            }
        }
        Ok(guess)
    }

    /// The password was right.
    pub async fn right(&self, db: &Db) -> Result<(), DbErr> {
        for (brake, key) in self.brakes() {
            if brake == HERE || brake == KNOWN {
                forgive(db, brake, &key).await?;
            } else {
                give_back(db, brake, &key).await?;
            }
        }
        Ok(())
    }

    fn brakes(&self) -> Vec<(Brake, String)> {
        match &self.known {
            Some(token) => vec![(KNOWN, format!("{}\n{token}", self.email))],
            None => vec![
                (HERE, format!("{}\n{}", self.email, self.place)),
                (PLACE, self.place.clone()),
                (EVERYWHERE, self.email.clone()),
            ],
        }
    }
}

/// Takes one letter that anybody can cause. True where it may be written; where only its reader has had enough letters the
/// answer to whoever asks is the same as ever, so that it tells nothing.
///
/// # Errors
/// [`AccountError::TooManyAttempts`] where the place asks too often.
pub async fn may_write(db: &Db, now: DateTime<Utc>, address: &str, place: &str) -> Result<bool, AccountError> {
    if !take(db, now, LETTERS_FROM, place).await? {
        return Err(AccountError::TooManyAttempts);
    }
    Ok(take(db, now, LETTERS_TO, &normal_email(address)).await?)
}

/// What counts as one place: an IPv4 address, or the network of an IPv6 one, because a household has all of that.
pub fn place_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        accounts::store::register_first,
        testing::{at, on_each_database},
    };

    #[test]
    fn a_place_is_an_address_or_a_household() {
        for (address, place) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(place_of(address.parse().unwrap()), place);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn tries_run_out_and_come_back_on_all_nodes() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let mut tries = tokio::task::JoinSet::new();
            for _ in 0..20 {
                let db = db.clone();
                tries.spawn(async move { take(&db, now, HERE, "x").await.unwrap() });
            }
            let let_in = tries.join_all().await.into_iter().filter(|ok| *ok).count();
            assert_eq!(let_in, 8, "however many come at once");
            let later = now + HERE.refill;
            assert!(take(&db, later, HERE, "x").await.unwrap());
            assert!(!take(&db, later, HERE, "x").await.unwrap());
            assert!(take(&db, later, HERE, "y").await.unwrap());
            give_back(&db, HERE, "x").await.unwrap();
            assert!(take(&db, later, HERE, "x").await.unwrap());
            forgive(&db, HERE, "x").await.unwrap();
            for _ in 0..8 {
                assert!(take(&db, later, HERE, "x").await.unwrap());
            }
            assert_eq!(sweep(&db, later + TimeDelta::days(1)).await.unwrap(), 2);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_guesses_locks_nobody_else_out() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let new = crate::accounts::NewAccount {
                email: "ama@example.org".into(),
                name: "Ama".into(),
                password: "grows in the shade".into(),
            };
            let ama = register_first(&db, now, &new, "").await.unwrap();
            let tx = db.begin().await.unwrap();
            let own = browsers::remember(&tx, now, ama.id, "Firefox").await.unwrap();
            tx.commit().await.unwrap();
            let guess = async |place: &str, device: Option<&str>| {
                Guess::take(&db, now, "AMA@example.org ", place, device).await.is_ok()
            };
            for n in 0..20 {
                for _ in 0..5 {
                    assert!(guess(&format!("198.51.100.{n}"), None).await);
                }
            }
            assert!(
                !guess("198.51.100.99", None).await,
                "many places together have guessed enough"
            );
            assert!(guess("198.51.100.1", Some(&own)).await, "her own browser passes");
            assert!(!guess("198.51.100.99", Some("made up")).await);
            assert!(
                Guess::take(&db, now, "bo@example.org", "198.51.100.99", None)
                    .await
                    .is_ok()
            );
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nobody_is_buried_under_letters() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            for written in [true, true, true, false] {
                let may = may_write(&db, now, "ama@example.org", "192.0.2.1").await.unwrap();
                assert_eq!(may, written, "and the answer is no error");
            }
            for n in 0..16 {
                assert!(
                    may_write(&db, now, &format!("p{n}@example.org"), "192.0.2.1")
                        .await
                        .unwrap()
                );
            }
            let enough = may_write(&db, now, "q@example.org", "192.0.2.1").await;
            assert!(matches!(enough, Err(AccountError::TooManyAttempts)));
        })
        .await;
    }
}
