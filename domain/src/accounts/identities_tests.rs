#![allow(clippy::unwrap_used)]
use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::*;
use crate::{
    accounts::{Gift, Source, arrivals, browser_sessions::Kept},
    testing::{at, on_each_database},
};

const HOME: &str = "https://id.example";
const WORK: &str = "https://work.example";

fn person(issuer: &str, subject: &str, verified: bool) -> Person {
    Person {
        issuer: issuer.into(),
        subject: subject.into(),
        name: Some("Ama Owusu".into()),
        email: Some("Ama@example.org".into()),
        email_verified: verified,
        ..Person::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_links_a_second_way_in_and_lets_it_go_again() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        arrivals::sign_in(&db, now, &person(HOME, "first", false))
            .await
            .unwrap();
        let ama = arrivals::sign_in(&db, now, &person(HOME, "ama", false))
            .await
            .unwrap()
            .member;
        let bo = arrivals::sign_in(&db, now, &person(HOME, "bo", false))
            .await
            .unwrap()
            .member;
        let work = Person {
            gifts: Some(vec![Gift::User]),
            ..person(WORK, "4711", false)
        };
        link_own(&db, now, ama, &work).await.unwrap();
        link_own(&db, now, ama, &work).await.unwrap();
        assert_eq!(arrivals::sign_in(&db, now, &work).await.unwrap().member, ama);
        let read = async || members::store::get(db.read(), ama).await.unwrap().unwrap();
        assert!(read().await.class.user, "what the provider gives comes along");
        let taken = link_own(&db, now, bo, &work).await;
        assert!(matches!(taken, Err(AccountError::IdentityTaken)));

        let source = Source {
            provider: "work".into(),
            issuer: WORK.into(),
            subject: "4711".into(),
            sid: None,
            sign_on: None,
        };
        let kept = Kept {
            id: "a".into(),
            data: "{}".into(),
            member: Some(ama),
            provider_sid: None,
            user_agent: String::new(),
            expires_at: now + TimeDelta::days(1),
            source: Some(source),
        };
        browser_sessions::create(&db, now, &kept).await.unwrap();
        let not_theirs = unlink(&db, now, bo, (WORK, "4711"), None).await;
        assert!(matches!(not_theirs, Err(AccountError::IdentityUnknown)));
        let in_use = unlink(&db, now, ama, (WORK, "4711"), Some((WORK, "4711"))).await;
        assert!(matches!(in_use, Err(AccountError::IdentityInUse)));
        unlink(&db, now, ama, (WORK, "4711"), Some((HOME, "ama")))
            .await
            .unwrap();
        assert!(!read().await.class.user, "what the provider gave goes along");
        assert_eq!(browser_sessions::load(&db, now, "a").await.unwrap(), None);
        let last = unlink(&db, now, ama, (HOME, "ama"), None).await;
        assert!(matches!(last, Err(AccountError::LastIdentity)));
        assert_eq!(of_member(db.read(), ama).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_ways_let_go_at_once_one_stays() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        let ama = arrivals::sign_in(&db, now, &person(HOME, "ama", false))
            .await
            .unwrap()
            .member;
        link_own(&db, now, ama, &person(WORK, "4711", false)).await.unwrap();
        let mut tries = tokio::task::JoinSet::new();
        for which in [(HOME, "ama"), (WORK, "4711")] {
            let db = db.clone();
            tries.spawn(async move { unlink(&db, now, ama, which, None).await.is_ok() });
        }
        assert_eq!(tries.join_all().await.into_iter().filter(|ok| *ok).count(), 1);
        assert_eq!(of_member(db.read(), ama).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_two_verified_addresses_make_the_hub_ask() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        arrivals::sign_in(&db, now, &person(HOME, "ama", false)).await.unwrap();
        let asks = async |verified| may_be_known(db.read(), &person(WORK, "4711", verified)).await.unwrap();
        assert!(!asks(true).await, "the known one is not verified");
        arrivals::sign_in(&db, now, &person(HOME, "ama", true)).await.unwrap();
        assert!(!asks(false).await, "the new one is not verified");
        assert!(asks(true).await);
        let gifts: Option<BTreeSet<Gift>> = person(HOME, "ama", true).gifts();
        assert_eq!(gifts, None);
    })
    .await;
}
