#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::pin::Pin;

use app::i18n::Locale;
use chrono_tz::Tz;
use domain::{
    access::Actor,
    assemblies::{
        agenda::Step,
        plan::{Plan, PlannedItem},
        store::{self, Opening},
    },
    testing::{actor, at, make_member, make_space, on_each_database},
};
use futures::Stream;
use sea_orm::DatabaseBackend;
use tokio::time::timeout;

use super::*;

fn node(db: &Db) -> (tokio::sync::watch::Sender<bool>, Watch) {
    let (stop, shutdown) = Shutdown::new();
    let clock = || at(2026, 12, 1, 18, 0);
    (
        stop,
        Watch {
            db: db.clone(),
            live: Live::default(),
            shutdown,
            clock,
        },
    )
}

/// Somebody who follows, and waits a few seconds at most.
struct Follower(Pin<Box<dyn Stream<Item = Snapshot> + Send>>);

impl Follower {
    fn new(node: &Watch, id: SessionId, actor: Actor, since: Option<i64>) -> Self {
        let who = Who {
            actor,
            locale: Locale::en,
            zone: Tz::UTC,
            state_only: false,
        };
        Self(Box::pin(Following::new(node.clone(), id, who, since).snapshots()))
    }

    async fn next(&mut self) -> Option<Snapshot> {
        timeout(Duration::from_secs(10), self.0.next())
            .await
            .expect("an event in time")
    }
}

struct Scene {
    ada: Actor,
    ben: Actor,
    id: SessionId,
}

async fn scene(db: &Db) -> Scene {
    let ada = make_member(db, "ada").await;
    let ben = make_member(db, "ben").await;
    let space = make_space(db, "assembly", &[ada]).await;
    let plan = Plan {
        title: "Winter assembly".into(),
        summary: String::new(),
        starts_at: at(2026, 12, 1, 18, 0),
        minutes: 60,
        agenda: vec![PlannedItem {
            title: "Budget".into(),
            minutes: 20,
        }],
    };
    let session = store::schedule(db, &actor(ada), &space, plan, at(2026, 11, 23, 12, 0))
        .await
        .unwrap();
    Scene {
        ada: actor(ada),
        ben: actor(ben),
        id: session.id,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_watch_see_it_open_move_and_close() {
    on_each_database(|db| async move {
        let Scene { ada, ben, id } = scene(&db).await;
        let (_stop, here) = node(&db);
        // On PostgreSQL the second watches on another node, which hears of it through the database alone.
        let (_stop_there, mut there) = node(&db);
        if db.backend() == DatabaseBackend::Postgres {
            tokio::spawn(nodes::carry(there.clone()));
        } else {
            there.live = here.live.clone();
        }
        let mut member = Follower::new(&here, id, ben, None);
        let mut stranger = Follower::new(&there, id, Actor::Anonymous, None);
        for follower in [&mut member, &mut stranger] {
            assert_eq!(follower.next().await.unwrap().stage, Stage::Planned);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = at(2026, 12, 1, 18, 0);

        store::open(&db, &ada, id, Opening::Entering(1), now).await.unwrap();
        here.live.notify(id);
        let seen = member.next().await.unwrap();
        assert_eq!((seen.stage, seen.here), (Stage::Open, 1));
        assert_eq!(seen.inside.unwrap().people[0].handle, "ada");
        let seen = stranger.next().await.unwrap();
        assert_eq!((seen.stage, seen.here), (Stage::Open, 1));
        assert_eq!(seen.inside, None, "a stranger sees no names");

        store::advance(&db, &ada, id, Step::Next, 0, now).await.unwrap();
        here.live.notify(id);
        for follower in [&mut member, &mut stranger] {
            assert_eq!(follower.next().await.unwrap().current.unwrap().title, "Budget");
        }

        store::close(&db, &ada, id, now).await.unwrap();
        here.live.notify(id);
        for follower in [&mut member, &mut stranger] {
            assert_eq!(follower.next().await.unwrap().stage, Stage::Closed);
            assert_eq!(follower.next().await, None, "nothing follows the close");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_hears_only_what_is_new_and_all_end_with_the_program() {
    on_each_database(|db| async move {
        let Scene { ada, ben, id } = scene(&db).await;
        let (stop, here) = node(&db);
        let now = at(2026, 12, 1, 18, 0);
        store::open(&db, &ada, id, Opening::Entering(1), now).await.unwrap();
        let seen = Follower::new(&here, id, ben.clone(), None)
            .next()
            .await
            .unwrap()
            .revision;

        let mut back = Follower::new(&here, id, ben, Some(seen));
        assert!(
            timeout(Duration::from_millis(200), back.0.next()).await.is_err(),
            "nothing is new"
        );
        store::advance(&db, &ada, id, Step::Next, 0, now).await.unwrap();
        here.live.notify(id);
        assert!(back.next().await.unwrap().revision > seen);

        stop.send(true).unwrap();
        assert_eq!(back.next().await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_an_event_stream_none_where_nothing_is_and_empty_after_the_close() {
    on_each_database(|db| async move {
        let Scene { ada, id, .. } = scene(&db).await;
        let (_stop, here) = node(&db);
        let who = Who {
            actor: Actor::Anonymous,
            locale: Locale::en,
            zone: Tz::UTC,
            state_only: true,
        };
        let nowhere = answer(here.clone(), SessionId::generate(), who.clone(), None).await;
        assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
        let open = answer(here.clone(), id, who.clone(), None).await;
        assert_eq!(open.headers()[header::CONTENT_TYPE], "text/event-stream");
        let now = at(2026, 12, 1, 18, 0);
        store::open(&db, &ada, id, Opening::FromDoor, now).await.unwrap();
        store::close(&db, &ada, id, now).await.unwrap();
        let over = answer(here, id, who, Some(i64::MAX)).await;
        assert_eq!(over.status(), StatusCode::NO_CONTENT);
    })
    .await;
}

#[test]
fn the_last_event_is_read_from_its_header() {
    let mut headers = HeaderMap::new();
    assert_eq!(last_event(&headers), None);
    headers.insert("last-event-id", "41".parse().unwrap());
    assert_eq!(last_event(&headers), Some(41));
}
