//! Everybody wants the same session: bookings and cancellations under contention, through the store, on each database.

use std::{path::Path, sync::Arc, time::Instant};

use chrono::Utc;
use domain::{
    MemberId, SessionId,
    access::Actor,
    bookings::{BookingState, store},
    db::Db,
    members,
    sessions::views,
};
use sea_orm::{ConnectionTrait, Database, Statement};

/// How often each member books and lets go again.
const ROUNDS: usize = 10;

/// Measures on `SQLite`, and on the `PostgreSQL` of the tests where there is one.
pub async fn measure(folder: &Path) {
    let sqlite = format!("sqlite://{}/bookings.sqlite", folder.display());
    let postgres = match std::env::var("HUB_TEST_POSTGRES") {
        Ok(server) => Some(new_database(&server).await),
        Err(_) => None,
    };
    for (name, url) in [("SQLite", Some(sqlite)), ("PostgreSQL", postgres)] {
        let Some(url) = url else { continue };
        let db = Db::connect(&url, 40).await.unwrap();
        db.migrate().await.unwrap();
        server::demo::fill(&db, Utc::now()).await.unwrap();
        let (acts, people, seconds) = contend(&db).await;
        println!(
            "bookings, {name:<16} {:>10.0} a second ({people} people book and cancel one session, {acts} acts)",
            acts as f64 / seconds
        );
    }
    println!();
}

async fn new_database(server: &str) -> String {
    let name = format!("bench{}", uuid::Uuid::now_v7().simple());
    let admin = Database::connect(format!("{server}/postgres")).await.unwrap();
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    format!("{server}/{name}")
}

async fn contend(db: &Db) -> (usize, usize, f64) {
    let now = Utc::now();
    let people = Arc::new(everybody(db).await);
    let session = most_wanted(db, &people).await;
    let begin = Instant::now();
    let asking: Vec<_> = (0..people.len())
        .map(|person| {
            let (db, people) = (db.clone(), people.clone());
            tokio::spawn(async move {
                let mut acts = 0;
                for _ in 0..ROUNDS {
                    acts += usize::from(store::book(&db, &people[person], session, now).await.is_ok());
                    acts += usize::from(store::cancel(&db, &people[person], session, now).await.is_ok());
                }
                // The last word is a booking, so that there is something to count.
                acts + usize::from(store::book(&db, &people[person], session, now).await.is_ok())
            })
        })
        .collect();
    let mut acts = 0;
    for task in asking {
        acts += task.await.unwrap();
    }
    let seconds = begin.elapsed().as_secs_f64();
    let held = store::for_session(db.read(), session).await.unwrap();
    let seats = held
        .iter()
        .filter(|(booking, _)| matches!(booking.state, BookingState::Confirmed))
        .count();
    let capacity = domain::sessions::store::get(db.read(), session).await.unwrap().capacity;
    assert!(
        capacity.is_none_or(|capacity| seats <= capacity as usize),
        "a seat was sold twice"
    );
    (acts, people.len(), seconds)
}

async fn everybody(db: &Db) -> Vec<Actor> {
    let ids = Statement::from_string(db.backend(), "SELECT id FROM members WHERE kind = 'person'");
    let mut people = Vec::new();
    for row in db.read().query_all_raw(ids).await.unwrap() {
        let id = MemberId(row.try_get("", "id").unwrap());
        people.extend(
            members::store::acting(db.read(), id)
                .await
                .unwrap()
                .map(|member| Actor::Member(Box::new(member))),
        );
    }
    people
}

/// The coming session with the fewest seats.
async fn most_wanted(db: &Db, people: &[Actor]) -> SessionId {
    let coming = views::list(db.read(), &people[0], &views::upcoming(Utc::now(), None, 200))
        .await
        .unwrap();
    let session = coming
        .iter()
        .map(|view| &view.session)
        .filter(|session| session.capacity.is_some());
    session
        .min_by_key(|session| session.capacity)
        .expect("a session with seats")
        .id
}
