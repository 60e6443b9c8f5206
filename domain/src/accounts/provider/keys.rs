//! The keys that sign, and how they follow one another: a new key is published before it signs, so that clients know it
//! in time, and an old one stays published until what it signed is worth nothing.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, Set,
    sea_query::Expr,
};
use secrecy::{ExposeSecret, SecretString};

use super::{Algorithm, KeyState, ProviderKey};
use crate::{
    accounts::{
        entity::provider_key::{ActiveModel, Column, Entity, Model},
        lock::{self, Only},
    },
    db::Db,
    seal::{Place, SealError, Sealer, is_sealed},
};

/// How long a new key is published before it signs: clients keep a JWKS for as long as a day.
pub const PUBLISHED_AHEAD: TimeDelta = TimeDelta::hours(24);
/// How long an old key stays published: an ID token proves nothing after minutes, but tells who wants to sign out for as
/// long as a browser stays signed in.
pub const STAYS: TimeDelta = TimeDelta::days(30);
/// How long the private half is kept after the last moment at which a node with a slow clock could sign with it.
const GRACE: TimeDelta = TimeDelta::hours(1);

/// Where private keys stand.
const PRIVATE: &str = "provider_keys.private_key";

/// A key that was just made.
#[derive(Debug)]
pub struct NewKey {
    /// What it signs with.
    pub algorithm: Algorithm,
    /// The private half, PEM.
    pub private_key: SecretString,
    /// The public half, a JWK as JSON, with the same name.
    pub public_jwk: String,
    /// Its name.
    pub kid: String,
}

/// Why a key is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// There is none, or the one that signs has signed for so long.
    Due(TimeDelta),
    /// Somebody wants a new one; it takes over after a day.
    Wanted,
    /// The old ones cannot be trusted: it signs at once, and they are gone at once.
    Lost,
}

/// Whether a key has to be added for this reason. Pure, so that nodes agree.
pub fn is_needed(keys: &[ProviderKey], algorithm: Algorithm, reason: Reason, now: DateTime<Utc>) -> bool {
    let ours = || keys.iter().filter(|key| key.algorithm == algorithm);
    let upcoming = ours().any(|key| key.state(now) == KeyState::Upcoming);
    let active = ours()
        .filter(|key| key.state(now) == KeyState::Active)
        .max_by_key(|key| key.signs_from);
    match (reason, active) {
        (Reason::Lost, _) | (_, None) => true,
        (Reason::Wanted, Some(_)) => !upcoming,
        (Reason::Due(every), Some(active)) => !upcoming && now >= active.signs_from + every - PUBLISHED_AHEAD,
    }
}

fn read(row: Model, sealer: &Sealer) -> Result<Option<ProviderKey>, SealError> {
    let Some(algorithm) = Algorithm::read(&row.algorithm).filter(|_| !row.public_jwk.is_empty()) else {
        return Ok(None);
    };
    let private_key = if row.private_key.is_empty() {
        None
    } else {
        Some(sealer.open(Place::new(PRIVATE, &row.kid), &row.private_key)?)
    };
    Ok(Some(ProviderKey {
        private_key,
        algorithm,
        signs_from: row.signs_from.unwrap_or(row.created_at),
        kid: row.kid,
        public_jwk: row.public_jwk,
        created_at: row.created_at,
        signs_until: row.signs_until,
        retired_at: row.retired_at,
    }))
}

/// All keys that are published, the newest first.
pub async fn published(
    db: &impl ConnectionTrait,
    sealer: &Sealer,
    now: DateTime<Utc>,
) -> Result<Vec<ProviderKey>, SealError> {
    let rows = Entity::find()
        .filter(Column::RetiredAt.is_null().or(Column::RetiredAt.gt(now)))
        .order_by_desc(Column::SignsFrom)
        .order_by_desc(Column::Kid)
        .all(db)
        .await?;
    let keys: Result<Vec<_>, _> = rows.into_iter().map(|row| read(row, sealer)).collect();
    Ok(keys?.into_iter().flatten().collect())
}

/// Adds a key if it is still needed, and lets those before it go; says whether it was added. Where another node was
/// quicker, this key is forgotten.
pub async fn add(
    db: &Db,
    now: DateTime<Utc>,
    sealer: &Sealer,
    new: &NewKey,
    reason: Reason,
) -> Result<bool, SealError> {
    let tx = db.begin().await?;
    lock::hold(&tx, Only::Provider).await?;
    let keys = published(&tx, sealer, now).await?;
    if !is_needed(&keys, new.algorithm, reason, now) {
        return Ok(false);
    }
    let has_one = keys
        .iter()
        .any(|key| key.algorithm == new.algorithm && key.state(now) == KeyState::Active);
    let signs_from = if has_one && reason != Reason::Lost {
        now + PUBLISHED_AHEAD
    } else {
        now
    };
    let before = Entity::update_many()
        .filter(Column::Algorithm.eq(new.algorithm.as_str()))
        .filter(Column::RetiredAt.is_null().or(Column::RetiredAt.gt(now)));
    if reason == Reason::Lost {
        before
            .col_expr(Column::SignsUntil, Expr::value(Some(now)))
            .col_expr(Column::RetiredAt, Expr::value(Some(now)))
            .col_expr(Column::PrivateKey, Expr::value(""))
            .exec(&tx)
            .await?;
    } else {
        before
            .col_expr(Column::SignsUntil, Expr::value(Some(signs_from)))
            .col_expr(Column::RetiredAt, Expr::value(Some(signs_from + STAYS)))
            .filter(Column::SignsUntil.is_null())
            .exec(&tx)
            .await?;
    }
    ActiveModel {
        kid: Set(new.kid.clone()),
        algorithm: Set(new.algorithm.as_str().to_owned()),
        private_key: Set(sealer.seal(Place::new(PRIVATE, &new.kid), new.private_key.expose_secret())?),
        created_at: Set(now),
        retired_at: Set(None),
        public_jwk: Set(new.public_jwk.clone()),
        signs_from: Set(Some(signs_from)),
        signs_until: Set(None),
    }
    .insert(&tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Keys that an earlier version kept in clear: name and PEM.
pub async fn in_clear(db: &impl ConnectionTrait) -> Result<Vec<(String, SecretString)>, DbErr> {
    let rows = Entity::find().filter(Column::PrivateKey.ne("")).all(db).await?;
    Ok(rows
        .into_iter()
        .filter(|row| !is_sealed(&row.private_key))
        .map(|row| (row.kid, row.private_key.into()))
        .collect())
}

/// Seals a key that was kept in clear, and notes its public half.
pub async fn seal_one(
    db: &Db,
    sealer: &Sealer,
    kid: &str,
    private_key: &SecretString,
    public_jwk: &str,
) -> Result<(), SealError> {
    let sealed = sealer.seal(Place::new(PRIVATE, kid), private_key.expose_secret())?;
    let tx = db.begin().await?;
    Entity::update_many()
        .col_expr(Column::PrivateKey, Expr::value(sealed))
        .col_expr(Column::PublicJwk, Expr::value(public_jwk))
        .filter(Column::Kid.eq(kid))
        // Another node may have done so, and a key may have been let go meanwhile.
        .filter(Column::PrivateKey.eq(private_key.expose_secret()))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets private halves that sign no more, and keys that are published no more.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let emptied = Entity::update_many()
        .col_expr(Column::PrivateKey, Expr::value(""))
        .filter(Column::SignsUntil.lte(now - GRACE))
        .filter(Column::PrivateKey.ne(""))
        .exec(&tx)
        .await?;
    let gone = Entity::delete_many()
        .filter(Column::RetiredAt.lte(now))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(emptied.rows_affected + gone.rows_affected)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{at, on_each_database, sealer};

    const EVERY: TimeDelta = TimeDelta::days(90);

    fn new(kid: &str, algorithm: Algorithm) -> NewKey {
        NewKey {
            algorithm,
            private_key: format!("pem of {kid}").into(),
            public_jwk: format!("{{\"kid\":\"{kid}\"}}"),
            kid: kid.to_owned(),
        }
    }

    async fn states(db: &Db, now: DateTime<Utc>) -> Vec<(String, KeyState, bool)> {
        let keys = published(db.read(), &sealer(), now).await.unwrap();
        let mut states: Vec<_> = keys
            .iter()
            .map(|key| (key.kid.clone(), key.state(now), key.private_key.is_some()))
            .collect();
        states.sort_by(|a, b| a.0.cmp(&b.0));
        states
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn keys_follow_one_another() {
        on_each_database(|db| async move {
            let start = at(2026, 1, 1, 0, 0);
            let due = Reason::Due(EVERY);
            let add = async |kid: &str, reason, now| {
                super::add(&db, now, &sealer(), &new(kid, Algorithm::Rs256), reason)
                    .await
                    .unwrap()
            };
            assert!(add("a", due, start).await);
            assert!(!add("x", due, start + EVERY - PUBLISHED_AHEAD - TimeDelta::seconds(1)).await);
            let ahead = start + EVERY - PUBLISHED_AHEAD;
            assert!(add("b", due, ahead).await);
            assert!(!add("x", due, ahead).await, "one that is coming is enough");
            let is = |kid: &str, state, private| (kid.to_owned(), state, private);
            assert_eq!(
                states(&db, ahead).await,
                [is("a", KeyState::Active, true), is("b", KeyState::Upcoming, true)],
                "published before it signs"
            );
            let over = start + EVERY;
            assert_eq!(
                states(&db, over).await,
                [is("a", KeyState::Retired, true), is("b", KeyState::Active, true)]
            );
            sweep(&db, over + GRACE).await.unwrap();
            assert_eq!(
                states(&db, over + GRACE).await,
                [is("a", KeyState::Retired, false), is("b", KeyState::Active, true)],
                "the private half is forgotten, the public one stays"
            );
            assert_eq!(states(&db, over + STAYS).await, [is("b", KeyState::Active, true)]);
            assert_eq!(sweep(&db, over + STAYS).await.unwrap(), 1);

            let lost = over + STAYS;
            assert!(
                super::add(&db, lost, &sealer(), &new("e", Algorithm::Es256), due)
                    .await
                    .unwrap()
            );
            assert!(add("c", Reason::Wanted, lost).await);
            assert!(!add("x", Reason::Wanted, lost).await);
            assert!(add("d", Reason::Lost, lost).await);
            assert_eq!(
                states(&db, lost).await,
                [is("d", KeyState::Active, true), is("e", KeyState::Active, true)],
                "what was lost is gone at once, other algorithms are not touched"
            );
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_many_nodes_one_adds_a_key() {
        on_each_database(|db| async move {
            let now = at(2026, 1, 1, 0, 0);
            let mut nodes = tokio::task::JoinSet::new();
            for n in 0..6 {
                let db = db.clone();
                nodes.spawn(async move {
                    let key = new(&format!("k{n}"), Algorithm::Es256);
                    add(&db, now, &sealer(), &key, Reason::Due(EVERY)).await.unwrap()
                });
            }
            assert_eq!(nodes.join_all().await.into_iter().filter(|added| *added).count(), 1);
            assert_eq!(published(db.read(), &sealer(), now).await.unwrap().len(), 1);
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_that_was_kept_in_clear_is_sealed() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let tx = db.begin().await.unwrap();
            tx.execute_unprepared(
                "INSERT INTO provider_keys (kid, algorithm, private_key, created_at)
                 VALUES ('old', 'RS256', 'a pem', '2026-01-01T00:00:00+00:00')",
            )
            .await
            .unwrap();
            tx.commit().await.unwrap();
            assert!(published(db.read(), &sealer(), now).await.unwrap().is_empty());
            let clear = in_clear(db.read()).await.unwrap();
            assert_eq!(clear.len(), 1);
            seal_one(&db, &sealer(), &clear[0].0, &clear[0].1, "{}").await.unwrap();
            assert!(in_clear(db.read()).await.unwrap().is_empty());
            let keys = published(db.read(), &sealer(), now).await.unwrap();
            let private = keys[0].private_key.as_ref().unwrap();
            assert_eq!((keys[0].kid.as_str(), private.expose_secret()), ("old", "a pem"));
            assert_eq!(keys[0].state(now), KeyState::Active);
        })
        .await;
    }
}
