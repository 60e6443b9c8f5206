//! Databases for tests: each store test runs on a fresh `SQLite` file and on a fresh `PostgreSQL` database.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set up has to stop")]

use std::future::Future;

use chrono::{DateTime, TimeZone, Utc};
use sea_orm::{ConnectionTrait, Database};

use crate::db::Db;

/// Variable with the address of a `PostgreSQL` server where tests may make databases; `make test` sets it.
pub const POSTGRES: &str = "HUB_TEST_POSTGRES";

/// Runs the test on a migrated `SQLite` database, then on a migrated `PostgreSQL` one.
///
/// # Panics
/// Where the variable [`POSTGRES`] is missing: a test that skips a database in silence proves nothing.
pub async fn on_each_database<F>(test: impl Fn(Db) -> F)
where
    F: Future<Output = ()>,
{
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sqlite = fresh(&format!("sqlite://{}/hub.sqlite", folder.path().display())).await;
    test(sqlite).await;
    test(fresh(&new_postgres_database().await).await).await;
}

/// Makes an empty `PostgreSQL` database and returns its address.
///
/// # Panics
/// Where the variable [`POSTGRES`] is missing.
pub async fn new_postgres_database() -> String {
    let server = std::env::var(POSTGRES)
        .unwrap_or_else(|_| panic!("{POSTGRES} is not set: run `make test`, which starts a PostgreSQL for the tests"));
    let name = format!("t{}", uuid::Uuid::now_v7().simple());
    let admin = Database::connect(format!("{server}/postgres"))
        .await
        .expect("the PostgreSQL of the tests answers");
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .expect("a new database");
    format!("{server}/{name}")
}

async fn fresh(url: &str) -> Db {
    let db = Db::connect(url, 8).await.expect("the database opens");
    db.migrate().await.expect("the schema is made");
    db
}

/// An instant in UTC, for tests.
///
/// # Panics
/// Where there is no such instant.
pub fn at(year: i32, month: u32, day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, month, day, hour, minute, 0)
        .single()
        .expect("an instant")
}
