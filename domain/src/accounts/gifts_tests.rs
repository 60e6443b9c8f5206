#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    accounts::{arrivals, arrivals::Person, identities},
    circles::Circle,
    db::Db,
    testing::{at, make_member, on_each_database},
};

const ISSUER: &str = "https://id.example";

fn person(subject: &str, gifts: Option<Vec<Gift>>) -> Person {
    Person {
        issuer: ISSUER.into(),
        subject: subject.into(),
        name: Some(subject.into()),
        gifts,
        ..Person::default()
    }
}

async fn circle(db: &Db, slug: &str) -> CircleId {
    let circle = Circle {
        id: CircleId::generate(),
        slug: slug.into(),
        name: slug.into(),
        purpose: String::new(),
    };
    let tx = db.begin().await.unwrap();
    circles::store::insert(&tx, &circle, at(2026, 1, 1, 0, 0))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    circle.id
}

/// Signs in with these gifts; gives the record then.
async fn come(db: &Db, subject: &str, gifts: Option<Vec<Gift>>) -> (Member, Vec<(CircleId, CircleRole)>) {
    let arrived = arrivals::sign_in(db, at(2026, 11, 23, 9, 0), &person(subject, gifts))
        .await
        .unwrap();
    let member = members::store::get(db.read(), arrived.member).await.unwrap().unwrap();
    (
        member,
        circles::store::roles_of(db.read(), arrived.member).await.unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_gives_and_takes_and_its_silence_changes_nothing() {
    on_each_database(|db| async move {
        let tech = circle(&db, "tech").await;
        come(&db, "first", None).await;
        let in_tech = |role| Gift::Circle("tech".into(), role);
        let all = vec![
            Gift::Operational,
            Gift::Steward,
            in_tech(CircleRole::Member),
            Gift::Circle("gone".into(), CircleRole::Link),
        ];
        let (ama, roles) = come(&db, "ama", Some(all)).await;
        assert!(ama.class.operational && !ama.class.user && ama.steward);
        assert_eq!(roles, [(tech, CircleRole::Member)]);

        let (ama, roles) = come(&db, "ama", None).await;
        assert!(
            ama.class.operational && ama.steward && roles.len() == 1,
            "a missing claim removes nothing"
        );

        let (ama, roles) = come(&db, "ama", Some(vec![Gift::User, in_tech(CircleRole::Convenor)])).await;
        assert!(!ama.class.operational && ama.class.user && !ama.steward);
        assert_eq!(roles, [(tech, CircleRole::Convenor)], "the role follows");

        let (ama, roles) = come(&db, "ama", Some(Vec::new())).await;
        assert!(ama.class.is_guest() && roles.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_gave_stays() {
    on_each_database(|db| async move {
        let tech = circle(&db, "tech").await;
        come(&db, "first", None).await;
        let (ama, _) = come(&db, "ama", None).await;
        let tx = db.begin().await.unwrap();
        circles::store::add_member(&tx, tech, ama.id, CircleRole::Secretary, at(2026, 1, 1, 0, 0))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let (_, roles) = come(&db, "ama", Some(vec![Gift::Circle("tech".into(), CircleRole::Member)])).await;
        assert_eq!(roles, [(tech, CircleRole::Secretary)]);
        let (_, roles) = come(&db, "ama", Some(Vec::new())).await;
        assert_eq!(roles, [(tech, CircleRole::Secretary)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_providers_give_stays_until_both_stop() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        come(&db, "first", None).await;
        let (ama, _) = come(&db, "ama", Some(vec![Gift::User])).await;
        let other = |gifts| Person {
            issuer: "https://other.example".into(),
            ..person("ama", Some(gifts))
        };
        identities::link_own(&db, now, ama.id, &other(vec![Gift::User]))
            .await
            .unwrap();
        assert!(come(&db, "ama", Some(Vec::new())).await.0.class.user);
        arrivals::sign_in(&db, now, &other(Vec::new())).await.unwrap();
        assert!(!come(&db, "ama", None).await.0.class.user);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_steward_stays_one_until_another_is_there() {
    on_each_database(|db| async move {
        // Somebody is there already, so that nobody becomes a steward by being the first.
        make_member(&db, "somebody").await;
        let (ama, _) = come(&db, "ama", Some(vec![Gift::Steward])).await;
        assert!(ama.steward);
        assert!(
            come(&db, "ama", Some(Vec::new())).await.0.steward,
            "nobody else holds the keys"
        );
        assert!(come(&db, "bo", Some(vec![Gift::Steward])).await.0.steward);
        assert!(!come(&db, "ama", Some(Vec::new())).await.0.steward);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_last_stewards_who_go_at_once_one_stays() {
    on_each_database(|db| async move {
        make_member(&db, "somebody").await;
        for subject in ["ama", "bo"] {
            come(&db, subject, Some(vec![Gift::Steward])).await;
        }
        let mut going = tokio::task::JoinSet::new();
        for subject in ["ama", "bo"] {
            let db = db.clone();
            going.spawn(async move { come(&db, subject, Some(Vec::new())).await.0.steward });
        }
        assert_eq!(going.join_all().await.into_iter().filter(|steward| *steward).count(), 1);
    })
    .await;
}
