//! What another provider gives and takes, and records that become one: the tools follow, because they look at what is so.

use super::*;
use crate::{
    access::ActingMember,
    accounts::{
        Gift,
        arrivals::{self, Person},
        merge,
        provider::facts,
    },
    circles::{self, Circle},
};

const ISSUER: &str = "https://id.example";

fn person(gifts: Option<Vec<Gift>>) -> Person {
    Person {
        issuer: ISSUER.into(),
        subject: "bo".into(),
        gifts,
        ..Person::default()
    }
}

async fn reasons(db: &Db) -> Vec<(String, String)> {
    let rows = db
        .read()
        .query_all_raw(sql(
            db.read(),
            "SELECT client_id, reason FROM logout_notices ORDER BY client_id",
            [],
        ))
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            (
                row.try_get("", "client_id").unwrap(),
                row.try_get("", "reason").unwrap(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_takes_away_ends_at_the_tools() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        let tech = Circle {
            id: CircleId::generate(),
            slug: "tech".into(),
            name: "Tech".into(),
            purpose: String::new(),
        };
        let tx = db.begin().await.unwrap();
        circles::store::insert(&tx, &tech, now).await.unwrap();
        tx.commit().await.unwrap();
        for (name, door) in [
            ("Files", Audience::Users),
            ("Forum", Audience::Members),
            ("Pads", Audience::Circle(tech.id)),
        ] {
            let form = ClientForm { door, ..form(name) };
            add(&db, By::CommandLine, &form, now).await.unwrap();
        }
        let (bo, account) = signed_in(&db, "bo", "s1", &["files", "forum", "pads"]).await;
        let all = vec![Gift::User, Gift::Circle("tech".into(), CircleRole::Member)];
        identities::link_own(&db, now, bo, &person(Some(all))).await.unwrap();
        assert_eq!(ending::settle(&db, now).await.unwrap(), 0, "everything is open");

        arrivals::say_again(&db, now, &person(None)).await.unwrap();
        assert_eq!(ending::settle(&db, now).await.unwrap(), 0, "silence takes nothing");

        arrivals::say_again(&db, now, &person(Some(vec![Gift::User])))
            .await
            .unwrap();
        assert_eq!(ending::settle(&db, now).await.unwrap(), 1, "the circle is gone");
        arrivals::say_again(&db, now, &person(Some(Vec::new()))).await.unwrap();
        assert_eq!(ending::settle(&db, now).await.unwrap(), 1, "and the class");
        assert_eq!(
            reasons(&db).await,
            [
                ("files".to_owned(), "no_entry".to_owned()),
                ("pads".to_owned(), "no_entry".to_owned())
            ]
        );
        let queued = number(&db, "SELECT COUNT(*) AS n FROM outbox WHERE kind = 'logout_token'").await;
        assert_eq!(queued, 2);
        let good = number(
            &db,
            "SELECT COUNT(*) AS n FROM provider_refresh_tokens WHERE revoked_at IS NULL",
        )
        .await;
        assert_eq!(good, 1, "the forum's alone");
        let groups = facts(db.read(), account).await.unwrap().unwrap().groups();
        assert!(
            !groups
                .iter()
                .any(|group| group == "class:user" || group == "circle:tech"),
            "the forum is told the rest at its next refresh: {groups:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_that_is_taken_off_takes_along_what_it_gave() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        let users = ClientForm {
            door: Audience::Users,
            ..form("Files")
        };
        add(&db, By::CommandLine, &users, now).await.unwrap();
        let (bo, _) = signed_in(&db, "bo", "s1", &["files"]).await;
        identities::link_own(&db, now, bo, &person(Some(vec![Gift::User])))
            .await
            .unwrap();
        assert_eq!(ending::settle(&db, now).await.unwrap(), 0);
        identities::unlink(&db, now, bo, (ISSUER, "bo"), None).await.unwrap();
        assert_eq!(ending::settle(&db, now).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_hear_of_the_sessions_of_a_record_that_became_part_of_another() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        for name in ["Files", "Forum"] {
            add(&db, By::CommandLine, &form(name), now).await.unwrap();
        }
        let (keep, _) = signed_in(&db, "bo", "s1", &["files"]).await;
        let (_, account) = signed_in(&db, "bo-2", "s2", &["forum"]).await;
        // The audit log names who did it.
        let steward = Actor::Member(Box::new(ActingMember {
            id: make_member(&db, "ada").await,
            steward: true,
            ..testing::member("ada")
        }));
        let seen = merge::preview(&db, &steward, "bo", "bo-2", now).await.unwrap();
        merge::merge(&db, &steward, "bo", "bo-2", &seen.fingerprint(), now)
            .await
            .unwrap();
        assert_eq!(ending::settle(&db, now).await.unwrap(), 0, "noted at the first look");
        let soon = now + TimeDelta::seconds(30);
        assert_eq!(ending::settle(&db, soon).await.unwrap(), 1);
        assert_eq!(
            reasons(&db).await,
            [("forum".to_owned(), "session_over".to_owned())],
            "whoever goes on is not signed out"
        );
        let known = facts(db.read(), account).await.unwrap().unwrap();
        assert_eq!(
            known.member.map(|member| member.id),
            Some(keep),
            "to tools the account is the joined record from now on"
        );
    })
    .await;
}
