//! The second step: codes from an app (RFC 6238), a passkey, and recovery codes for the day when the phone is gone.
//!
//! The seed is sealed. A code counts once: the step it belongs to is remembered. A recovery code counts once too, and only its
//! fingerprint is kept.

use chrono::{DateTime, Utc};
use rand::{TryRngCore, rngs::OsRng};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set,
    sea_query::Expr,
};
use secrecy::ExposeSecret;
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::{
    AccountError,
    entity::{account, account_recovery_code, account_totp},
    events,
    letters::{self, About, Factor, Letter},
    passkeys, store,
    throttle::{self, CODES},
};
use crate::{
    AccountId,
    db::Db,
    seal::{Place, Sealer},
    tokens,
};

/// How many recovery codes there are.
const CODES_MADE: usize = 10;
/// Bytes of a seed: as many as RFC 4226 recommends.
const SEED: usize = 20;
/// What recovery codes are written with: no letter that looks like another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// What an app has to learn to make codes.
#[derive(Clone, PartialEq, Eq)]
pub struct Setup {
    /// `otpauth://…`, for a QR code.
    pub url: String,
    /// The same secret for typing.
    pub secret: String,
}

/// How somebody took the second step (RFC 8176 has both as `otp`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// With a code from their app.
    Code,
    /// With a recovery code.
    Recovery,
}

fn place(account: &str) -> Place<'_> {
    Place::new("account_totp.sealed_seed", account)
}

fn random(bytes: &mut [u8]) -> Result<(), AccountError> {
    OsRng.try_fill_bytes(bytes).map_err(failed)
}

fn totp(seed: Secret, community: &str, email: &str) -> Result<Totp, AccountError> {
    // Neither name may hold a colon: it divides them in the address.
    let plain = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(seed)
        .with_account_name(plain(email))
        .with_issuer(Some(plain(community)))
        .build()
        .map_err(failed)
}

async fn row(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<account_totp::Model>, DbErr> {
    account_totp::Entity::find_by_id(account.0).one(db).await
}

fn seed(sealer: &Sealer, row: &account_totp::Model) -> Result<Secret, AccountError> {
    let account = AccountId(row.account_id).to_string();
    let text = sealer.open(place(&account), &row.sealed_seed).map_err(failed)?;
    Secret::try_from_base32(text.expose_secret()).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> AccountError {
    AccountError::Secret(error.to_string())
}

/// What an account asks for after the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ways {
    /// Codes from an app.
    pub codes: bool,
    /// A passkey.
    pub passkeys: bool,
}

impl Ways {
    /// Whether it asks for anything.
    pub fn any(self) -> bool {
        self.codes || self.passkeys
    }
}

/// What the account asks for after the password.
pub async fn ways(db: &impl ConnectionTrait, account: AccountId) -> Result<Ways, DbErr> {
    let codes = row(db, account).await?.is_some_and(|row| row.confirmed_at.is_some());
    let owner = account::Entity::find_by_id(account.0).one(db).await?;
    let passkeys = owner.is_some_and(|owner| owner.passkey_second) && passkeys::any(db, account).await?;
    Ok(Ways { codes, passkeys })
}

/// Whether the account asks for a second step.
pub async fn is_on(db: &impl ConnectionTrait, account: AccountId) -> Result<bool, DbErr> {
    Ok(ways(db, account).await?.any())
}

/// How many recovery codes are left.
pub async fn codes_left(db: &impl ConnectionTrait, account: AccountId) -> Result<u64, DbErr> {
    account_recovery_code::Entity::find()
        .filter(account_recovery_code::Column::AccountId.eq(account.0))
        .filter(account_recovery_code::Column::UsedAt.is_null())
        .count(db)
        .await
}

/// What to show to somebody who sets codes up. The secret is made on the first look and stays until it is confirmed.
pub async fn setup(
    db: &Db,
    sealer: &Sealer,
    now: DateTime<Utc>,
    community: &str,
    account: AccountId,
) -> Result<Setup, AccountError> {
    let email = store::account(db.read(), account)
        .await?
        .ok_or(AccountError::NoAccount)?
        .email;
    let tx = db.begin().await?;
    let seed = match row(&tx, account).await? {
        Some(row) if row.confirmed_at.is_some() => return Err(AccountError::SecondStepOn),
        Some(row) => seed(sealer, &row)?,
        None => {
            let mut bytes = [0; SEED];
            random(&mut bytes)?;
            let fresh = Secret::from(bytes);
            let sealed = sealer
                .seal(place(&account.to_string()), &fresh.to_base32())
                .map_err(failed)?;
            account_totp::ActiveModel {
                account_id: Set(account.0),
                sealed_seed: Set(sealed),
                created_at: Set(now),
                confirmed_at: Set(None),
                last_step: Set(0),
            }
            .insert(&tx)
            .await?;
            fresh
        }
    };
    tx.commit().await?;
    let totp = totp(seed, community, &email)?;
    Ok(Setup {
        url: totp.to_url().map_err(failed)?,
        secret: totp.secret().to_base32(),
    })
}

/// Turns the second step on with a first code from the app; gives the recovery codes, to be shown once.
pub async fn turn_on(
    db: &Db,
    sealer: &Sealer,
    now: DateTime<Utc>,
    account: AccountId,
    code: &str,
) -> Result<Vec<String>, AccountError> {
    braked(db, now, account).await?;
    let tx = db.begin().await?;
    let row = row(&tx, account).await?.ok_or(AccountError::CodeWrong)?;
    if row.confirmed_at.is_some() {
        return Err(AccountError::SecondStepOn);
    }
    if !take_code(&tx, sealer, now, &row, code).await? {
        return Err(AccountError::CodeWrong);
    }
    account_totp::Entity::update_many()
        .col_expr(account_totp::Column::ConfirmedAt, Expr::value(Some(now)))
        .filter(account_totp::Column::AccountId.eq(account.0))
        .exec(&tx)
        .await?;
    let codes = make_codes(&tx, account).await?;
    tell(&tx, now, account, "totp_on", Factor::TotpAdded).await?;
    tx.commit().await?;
    db.wake_outbox();
    throttle::forgive(db, CODES, &account.to_string()).await?;
    Ok(codes)
}

/// Turns codes from an app off; the recovery codes go with them, unless a passkey is still asked for.
pub async fn turn_off(db: &Db, now: DateTime<Utc>, account: AccountId) -> Result<(), AccountError> {
    let tx = db.begin().await?;
    let gone = account_totp::Entity::delete_by_id(account.0).exec(&tx).await?;
    if !is_on(&tx, account).await? {
        drop_codes(&tx, account).await?;
    }
    if gone.rows_affected > 0 {
        tell(&tx, now, account, "totp_off", Factor::TotpRemoved).await?;
    }
    tx.commit().await?;
    db.wake_outbox();
    Ok(())
}

/// Asks for a passkey after the password from now on. Gives recovery codes, to be shown once, where there were none.
///
/// # Errors
/// [`AccountError::PasskeyNotFound`] where the account has no passkey.
pub async fn passkeys_on(db: &Db, now: DateTime<Utc>, account: AccountId) -> Result<Vec<String>, AccountError> {
    let tx = db.begin().await?;
    // Held, so that the last passkey does not go at the same moment.
    let owner = account::Entity::find_by_id(account.0).lock_exclusive().one(&tx).await?;
    let owner = owner.ok_or(AccountError::NoAccount)?;
    if !passkeys::any(&tx, account).await? {
        return Err(AccountError::PasskeyNotFound);
    }
    if owner.passkey_second {
        return Err(AccountError::SecondStepOn);
    }
    set_passkeys(&tx, account, true).await?;
    events::record(&tx, now, account, "passkey_second_on", "").await?;
    let codes = if codes_left(&tx, account).await? == 0 {
        make_codes(&tx, account).await?
    } else {
        Vec::new()
    };
    tx.commit().await?;
    Ok(codes)
}

/// Asks for a passkey after the password no longer.
pub async fn passkeys_off(db: &Db, now: DateTime<Utc>, account: AccountId) -> Result<(), AccountError> {
    let tx = db.begin().await?;
    without_passkeys(&tx, now, account).await?;
    tx.commit().await?;
    Ok(())
}

/// The same in a transaction. Recovery codes stay where codes from an app are asked for.
pub(super) async fn without_passkeys(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
) -> Result<(), DbErr> {
    if !set_passkeys(tx, account, false).await? {
        return Ok(());
    }
    if !is_on(tx, account).await? {
        drop_codes(tx, account).await?;
    }
    events::record(tx, now, account, "passkey_second_off", "").await
}

/// Whether that changed anything.
async fn set_passkeys(tx: &impl ConnectionTrait, account: AccountId, on: bool) -> Result<bool, DbErr> {
    let changed = account::Entity::update_many()
        .col_expr(account::Column::PasskeySecond, Expr::value(on))
        .filter(account::Column::Id.eq(account.0))
        .filter(account::Column::PasskeySecond.eq(!on))
        .exec(tx)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// New recovery codes instead of the ones before.
pub async fn new_codes(db: &Db, now: DateTime<Utc>, account: AccountId) -> Result<Vec<String>, AccountError> {
    let tx = db.begin().await?;
    if !is_on(&tx, account).await? {
        return Err(AccountError::SecondStepOff);
    }
    let codes = make_codes(&tx, account).await?;
    events::record(&tx, now, account, "recovery_codes", "").await?;
    tx.commit().await?;
    Ok(codes)
}

/// Takes the second step with a code of either kind.
///
/// # Errors
/// [`AccountError::CodeWrong`] where it is none, or was used; [`AccountError::TooManyAttempts`] where one has to wait.
pub async fn take(
    db: &Db,
    sealer: &Sealer,
    now: DateTime<Utc>,
    account: AccountId,
    code: &str,
) -> Result<Taken, AccountError> {
    braked(db, now, account).await?;
    let tx = db.begin().await?;
    if !is_on(&tx, account).await? {
        return Err(AccountError::SecondStepOff);
    }
    let row = row(&tx, account).await?.filter(|row| row.confirmed_at.is_some());
    let by_app = match &row {
        Some(row) => take_code(&tx, sealer, now, row, code).await?,
        None => false,
    };
    let taken = if by_app {
        Taken::Code
    } else if take_recovery(&tx, now, account, code).await? {
        events::record(&tx, now, account, "recovery_used", "").await?;
        Taken::Recovery
    } else {
        return Err(AccountError::CodeWrong);
    };
    tx.commit().await?;
    throttle::forgive(db, CODES, &account.to_string()).await?;
    Ok(taken)
}

async fn braked(db: &Db, now: DateTime<Utc>, account: AccountId) -> Result<(), AccountError> {
    if throttle::take(db, now, CODES, &account.to_string()).await? {
        Ok(())
    } else {
        Err(AccountError::TooManyAttempts)
    }
}

/// Whether it is a code of now, used for the first time.
async fn take_code(
    tx: &impl ConnectionTrait,
    sealer: &Sealer,
    now: DateTime<Utc>,
    row: &account_totp::Model,
    code: &str,
) -> Result<bool, AccountError> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(false);
    }
    let totp = totp(seed(sealer, row)?, "-", "-")?;
    let time = u64::try_from(now.timestamp()).unwrap_or_default();
    let Some(step) = totp.check(&digits, time).and_then(|step| i64::try_from(step).ok()) else {
        return Ok(false);
    };
    let counted = account_totp::Entity::update_many()
        .col_expr(account_totp::Column::LastStep, Expr::value(step))
        .filter(account_totp::Column::AccountId.eq(row.account_id))
        .filter(account_totp::Column::LastStep.lt(step))
        .exec(tx)
        .await?;
    Ok(counted.rows_affected == 1)
}

async fn take_recovery(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    code: &str,
) -> Result<bool, DbErr> {
    use account_recovery_code::{Column, Entity};
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(Some(now)))
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::CodeHash.eq(tokens::fingerprint(&plain(code))))
        .filter(Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(used.rows_affected == 1)
}

/// A recovery code as it is hashed: however it was typed.
fn plain(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase()
}

async fn drop_codes(tx: &impl ConnectionTrait, account: AccountId) -> Result<(), DbErr> {
    account_recovery_code::Entity::delete_many()
        .filter(account_recovery_code::Column::AccountId.eq(account.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Codes of 80 bits, such as `k3mw-8fta-…`.
async fn make_codes(tx: &impl ConnectionTrait, account: AccountId) -> Result<Vec<String>, AccountError> {
    drop_codes(tx, account).await?;
    let mut codes = Vec::with_capacity(CODES_MADE);
    for _ in 0..CODES_MADE {
        let mut bytes = [0; 16];
        random(&mut bytes)?;
        let letters: Vec<char> = bytes
            .iter()
            .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
            .collect();
        let code = letters
            .chunks(4)
            .map(|part| part.iter().collect::<String>())
            .collect::<Vec<_>>()
            .join("-");
        account_recovery_code::ActiveModel {
            account_id: Set(account.0),
            code_hash: Set(tokens::fingerprint(&plain(&code))),
            used_at: Set(None),
        }
        .insert(tx)
        .await?;
        codes.push(code);
    }
    Ok(codes)
}

/// Leaves an event, and tells the person by letter.
async fn tell(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    account: AccountId,
    act: &str,
    factor: Factor,
) -> Result<(), AccountError> {
    events::record(tx, now, account, act, "").await?;
    let to = store::account(tx, account).await?.ok_or(AccountError::NoAccount)?;
    let about = About::FactorChanged { factor, at: now };
    letters::post(
        tx,
        now,
        &Letter {
            to: to.email,
            locale: to.locale,
            about,
        },
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::TimeDelta;

    use super::*;
    use crate::testing::{at, on_each_database, sealer};

    fn now() -> DateTime<Utc> {
        at(2026, 11, 23, 9, 0)
    }

    /// What the app of a person shows at that time.
    fn shown(setup: &Setup, at: DateTime<Utc>) -> String {
        let secret = Secret::try_from_base32(&setup.secret).unwrap();
        let totp = totp(secret, "-", "-").unwrap();
        totp.generate(u64::try_from(at.timestamp()).unwrap()).to_string()
    }

    async fn account(db: &Db) -> AccountId {
        let tx = db.begin().await.unwrap();
        let account = store::insert_account(&tx, now(), "ama@example.org", "Ama", "")
            .await
            .unwrap();
        tx.commit().await.unwrap();
        account.id
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_code_counts_once_and_in_its_time() {
        on_each_database(|db| async move {
            let (sealer, account) = (sealer(), account(&db).await);
            let setup_now = async || setup(&db, &sealer, now(), "Alder: Commons", account).await;
            let first = setup_now().await.unwrap();
            assert!(first.url.starts_with("otpauth://totp/"), "{}", first.url);
            assert!(setup_now().await.unwrap() == first, "a second look shows the same");
            assert!(!is_on(db.read(), account).await.unwrap());
            let kept = row(db.read(), account).await.unwrap().unwrap().sealed_seed;
            assert!(!kept.contains(&first.secret), "a copy of the table makes no codes");
            let wrong = turn_on(&db, &sealer, now(), account, "000000").await;
            assert!(matches!(wrong, Err(AccountError::CodeWrong)));
            let codes = turn_on(&db, &sealer, now(), account, &shown(&first, now()))
                .await
                .unwrap();
            assert_eq!(codes.len(), CODES_MADE);
            assert!(is_on(db.read(), account).await.unwrap());
            assert!(matches!(setup_now().await, Err(AccountError::SecondStepOn)));

            let again = take(&db, &sealer, now(), account, &shown(&first, now())).await;
            assert!(matches!(again, Err(AccountError::CodeWrong)), "a code counts once");
            let later = now() + TimeDelta::seconds(60);
            let spaced = format!(" {} ", shown(&first, later));
            assert_eq!(take(&db, &sealer, later, account, &spaced).await.unwrap(), Taken::Code);
            let stale = take(
                &db,
                &sealer,
                later + TimeDelta::minutes(5),
                account,
                &shown(&first, later),
            )
            .await;
            assert!(matches!(stale, Err(AccountError::CodeWrong)));
            turn_off(&db, later, account).await.unwrap();
            assert!(!is_on(db.read(), account).await.unwrap());
            assert_eq!(codes_left(db.read(), account).await.unwrap(), 0);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_recovery_code_counts_once_and_guessing_is_slowed_down() {
        on_each_database(|db| async move {
            let (sealer, account) = (sealer(), account(&db).await);
            let setup = setup(&db, &sealer, now(), "Alder", account).await.unwrap();
            let codes = turn_on(&db, &sealer, now(), account, &shown(&setup, now()))
                .await
                .unwrap();
            let typed = codes[0].to_uppercase().replace('-', " ");
            assert_eq!(
                take(&db, &sealer, now(), account, &typed).await.unwrap(),
                Taken::Recovery
            );
            assert!(matches!(
                take(&db, &sealer, now(), account, &typed).await,
                Err(AccountError::CodeWrong)
            ));
            assert_eq!(codes_left(db.read(), account).await.unwrap(), 9);
            let fresh = new_codes(&db, now(), account).await.unwrap();
            assert!(
                take(&db, &sealer, now(), account, &codes[1]).await.is_err(),
                "the ones before are gone"
            );
            assert_eq!(
                take(&db, &sealer, now(), account, &fresh[0]).await.unwrap(),
                Taken::Recovery
            );
            for _ in 0..6 {
                assert!(take(&db, &sealer, now(), account, "123456").await.is_err());
            }
            let waits = take(&db, &sealer, now(), account, &fresh[1]).await;
            assert!(matches!(waits, Err(AccountError::TooManyAttempts)));
        })
        .await;
    }
}
