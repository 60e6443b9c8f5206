//! Databases for tests: each store test runs on a fresh `SQLite` file and on a fresh `PostgreSQL` database.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set up has to stop")]

use std::future::Future;

use chrono::{DateTime, TimeZone, Utc};
use sea_orm::{ConnectionTrait, Database};

use crate::{
    MemberId, SpaceId,
    access::{ActingMember, Actor, Audience},
    db::Db,
    members::{self, Class, Member, MemberKind, Standing},
    seal::Sealer,
    spaces::{self, Space, SpaceKind},
};

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

/// The sealer of all tests.
pub fn sealer() -> Sealer {
    Sealer::new([7; 32])
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

/// An active operational member, for rules.
pub fn member(handle: &str) -> ActingMember {
    ActingMember {
        id: MemberId::generate(),
        handle: handle.to_owned(),
        name: handle.to_owned(),
        class: Class {
            operational: true,
            user: false,
        },
        standing: Standing::Active,
        steward: false,
        circles: Vec::new(),
        time_zone: chrono_tz::UTC,
        locale: String::new(),
    }
}

/// The active operational member with this key, as the one who asks.
pub fn actor(id: MemberId) -> Actor {
    Actor::Member(Box::new(ActingMember {
        id,
        ..member("someone")
    }))
}

/// Writes an active operational member with this handle and name.
///
/// # Panics
/// Where the database refuses.
pub async fn make_member(db: &Db, handle: &str) -> MemberId {
    let mut member = Member::new(MemberKind::Person, handle, handle, at(2026, 1, 1, 0, 0));
    member.class.operational = true;
    let tx = db.begin().await.expect("a transaction");
    members::store::insert(&tx, &member).await.expect("a member");
    tx.commit().await.expect("a commit");
    member.id
}

/// Writes a space for members under this name, with facilitators.
///
/// # Panics
/// Where the database refuses.
pub async fn make_space(db: &Db, slug: &str, facilitators: &[MemberId]) -> Space {
    let space = Space {
        id: SpaceId::generate(),
        slug: slug.to_owned(),
        name: slug.to_owned(),
        kind: SpaceKind::CommonsHour,
        purpose: "An hour for everybody.".to_owned(),
        audience: Audience::Members,
        protocol: "Listen first.".to_owned(),
        protocol_version: 1,
        room_link: "https://rooms.alder.example/hour".to_owned(),
        time_zone: chrono_tz::UTC,
    };
    let tx = db.begin().await.expect("a transaction");
    spaces::store::insert(&tx, &space, 1, facilitators, at(2026, 1, 1, 0, 0))
        .await
        .expect("a space");
    tx.commit().await.expect("a commit");
    space
}
