//! The outbox on both databases.
#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ATTEMPTS, Failure, LEASE, Lag, Standing, claim, done, enqueue, failed, hurry, lag, standing, sweep, wait_after,
};
use crate::{
    db::Db,
    testing::{at, on_each_database},
};

fn now() -> DateTime<Utc> {
    at(2026, 11, 23, 9, 0)
}

async fn put(db: &Db, words: &str, key: Option<&str>) -> bool {
    let tx = db.begin().await.unwrap();
    let put = enqueue(&tx, now(), "mail", &words, key).await.unwrap();
    tx.commit().await.unwrap();
    put
}

#[test]
fn waits_grow_and_end() {
    assert_eq!(wait_after(1), Some(TimeDelta::seconds(10)));
    assert_eq!(wait_after(2), Some(TimeDelta::seconds(30)));
    assert_eq!(wait_after(20), Some(TimeDelta::hours(1)));
    assert_eq!(wait_after(ATTEMPTS), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_in_is_taken_out_once_and_forgotten_when_it_arrived() {
    on_each_database(|db| async move {
        assert!(put(&db, "hello", Some("k")).await);
        assert!(!put(&db, "hello again", Some("k")).await, "the same key is put in once");
        let undone = db.begin().await.unwrap();
        enqueue(&undone, now(), "mail", &"never", None).await.unwrap();
        undone.rollback().await.unwrap();

        assert!(claim(&db, now(), &["other"], 9).await.unwrap().is_empty());
        let taken = claim(&db, now(), &["other", "mail"], 9).await.unwrap();
        assert_eq!(taken.len(), 1);
        assert_eq!((taken[0].payload.as_str(), taken[0].attempt), ("\"hello\"", 1));
        assert!(
            claim(&db, now(), &["mail"], 9).await.unwrap().is_empty(),
            "it is in hand"
        );
        done(&db, now(), &taken[0]).await.unwrap();
        assert!(claim(&db, now() + LEASE, &["mail"], 9).await.unwrap().is_empty());
        assert_eq!(lag(db.read()).await.unwrap(), Lag::default());
        assert!(!put(&db, "once more", Some("k")).await, "and stays known for a while");
        assert_eq!(sweep(&db, now() + TimeDelta::days(31)).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_ran_out_goes_to_another_and_settles_nothing() {
    on_each_database(|db| async move {
        put(&db, "hello", None).await;
        let dead = claim(&db, now(), &["mail"], 9).await.unwrap().remove(0);
        let next = claim(&db, now() + LEASE, &["mail"], 9).await.unwrap().remove(0);
        assert_eq!((next.id, next.attempt), (dead.id, 2));
        done(&db, now() + LEASE, &dead).await.unwrap();
        assert_eq!(
            lag(db.read()).await.unwrap().waiting,
            1,
            "whoever lost the lease has no say"
        );
        done(&db, now() + LEASE, &next).await.unwrap();
        assert_eq!(lag(db.read()).await.unwrap().waiting, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_tried_again_later_or_given_up_and_kept() {
    on_each_database(|db| async move {
        put(&db, "hello", None).await;
        let first = claim(&db, now(), &["mail"], 9).await.unwrap().remove(0);
        assert!(
            !failed(&db, now(), &first, &Failure::later("nobody answers"))
                .await
                .unwrap()
        );
        assert!(claim(&db, now(), &["mail"], 9).await.unwrap().is_empty());
        let later = now() + TimeDelta::seconds(10);
        let second = claim(&db, later, &["mail"], 9).await.unwrap().remove(0);
        assert_eq!((second.attempt, second.payload.as_str()), (2, "\"hello\""));
        assert!(
            failed(&db, later, &second, &Failure::never("no such address"))
                .await
                .unwrap()
        );
        assert!(
            claim(&db, later + TimeDelta::days(9), &["mail"], 9)
                .await
                .unwrap()
                .is_empty()
        );
        sweep(&db, later + TimeDelta::days(90)).await.unwrap();
        assert_eq!(
            lag(db.read()).await.unwrap(),
            Lag {
                waiting: 0,
                given_up: 1
            }
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_side_may_say_how_long_to_wait_and_somebody_may_not_want_to() {
    on_each_database(|db| async move {
        put(&db, "hello", Some("k")).await;
        assert_eq!(standing(db.read(), "k").await.unwrap(), Some(Standing::Waiting));
        assert_eq!(standing(db.read(), "other").await.unwrap(), None);
        let first = claim(&db, now(), &["mail"], 9).await.unwrap().remove(0);
        let busy = Failure::After("busy".into(), TimeDelta::minutes(5));
        assert!(!failed(&db, now(), &first, &busy).await.unwrap());
        let soon = now() + TimeDelta::minutes(4);
        assert!(claim(&db, soon, &["mail"], 9).await.unwrap().is_empty());
        let tx = db.begin().await.unwrap();
        hurry(&tx, soon, "k").await.unwrap();
        tx.commit().await.unwrap();
        let second = claim(&db, soon, &["mail"], 9).await.unwrap().remove(0);
        done(&db, soon, &second).await.unwrap();
        assert_eq!(standing(db.read(), "k").await.unwrap(), Some(Standing::Arrived));
        put(&db, "never", Some("n")).await;
        let never = claim(&db, soon, &["mail"], 9).await.unwrap().remove(0);
        failed(&db, soon, &never, &Failure::never("no")).await.unwrap();
        assert_eq!(standing(db.read(), "n").await.unwrap(), Some(Standing::GivenUp));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_nodes_each_gets_other_things() {
    on_each_database(|db| async move {
        for n in 0..20 {
            put(&db, &n.to_string(), None).await;
        }
        let mut nodes = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let db = db.clone();
            nodes.spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let some = claim(&db, now(), &["mail"], 3).await.unwrap();
                    if some.is_empty() {
                        return taken;
                    }
                    taken.extend(some.into_iter().map(|one| one.id));
                }
            });
        }
        let mut taken: Vec<_> = nodes.join_all().await.into_iter().flatten().collect();
        let all = taken.len();
        taken.sort_unstable();
        taken.dedup();
        assert_eq!((all, taken.len()), (20, 20));
    })
    .await;
}
