//! What tools should know and were told, on both databases.
#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;

use super::*;
use crate::{
    MemberId,
    access::{Audience, Denied},
    accounts::{
        self, BUILT_IN_ISSUER, identities,
        provider::{self, Client, insert_client},
    },
    circles::{self, Circle, CircleRole},
    clients::{ClientError, access, rows::sql, store::By},
    db::Db,
    outbox,
    testing::{self, actor, at, make_member, on_each_database, sealer},
};
use sea_orm::{ConnectionTrait, Value};

fn now() -> DateTime<Utc> {
    at(2026, 11, 23, 9, 0)
}

async fn run(db: &Db, text: &str, values: Vec<Value>) {
    let tx = db.begin().await.unwrap();
    tx.execute_raw(sql(&tx, text, values)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn tool(db: &Db, client_id: &str, scopes: &[&str]) -> Client {
    let client = Client {
        audience: Audience::Members,
        redirect_uris: vec![format!("https://{client_id}.example.org/cb")],
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..Client::new(client_id, client_id, now())
    };
    let tx = db.begin().await.unwrap();
    insert_client(&tx, &client).await.unwrap();
    tx.commit().await.unwrap();
    client
}

async fn person(db: &Db, handle: &str) -> MemberId {
    let member = make_member(db, handle).await;
    account(db, member, handle).await;
    member
}

async fn account(db: &Db, member: MemberId, name: &str) {
    let tx = db.begin().await.unwrap();
    let account = accounts::store::insert_account(&tx, now(), &format!("{name}@example.org"), name, "")
        .await
        .unwrap();
    identities::link(&tx, now(), BUILT_IN_ISSUER, &account.id.to_string(), member)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

fn form(address: &str, token: &str) -> TargetForm {
    TargetForm {
        address: address.to_owned(),
        token: token.to_owned().into(),
        active: true,
    }
}

const ADDRESS: &str = "https://files.example.org/scim/v2";

async fn target(db: &Db) -> Target {
    save(db, &sealer(), By::CommandLine, "files", &form(ADDRESS, "t"), now())
        .await
        .unwrap();
    get(db.read(), "files").await.unwrap().unwrap()
}

/// Does as a tool that takes everything: gives each thing a name, and confirms it.
async fn all_taken(db: &Db, client: &Client) {
    let target = get(db.read(), &client.client_id).await.unwrap().unwrap();
    let mut look = look(db, now(), &target, client).await.unwrap();
    let work = Work::new(db.clone(), target);
    let remote = |one: &Resource| format!("r-{}", one.local_id);
    for user in look.users.iter_mut().filter(|user| user.is_due()) {
        let id = remote(user);
        assert!(work.known_as(Kind::User, user, &id).await.unwrap());
        if user.wanted == GONE {
            assert!(work.gone(now(), Kind::User, user).await.unwrap());
        } else {
            assert!(work.took(now(), Kind::User, user).await.unwrap());
        }
    }
    let remote_ids = look.remote_ids();
    for group in &mut look.groups {
        if let Some(wish) = look.wishes.groups.get(&group.local_id) {
            group.wanted = group_wanted(wish, &remote_ids);
        }
        let id = remote(group);
        assert!(work.known_as(Kind::Group, group, &id).await.unwrap());
        assert!(work.took(now(), Kind::Group, group).await.unwrap());
    }
}

async fn wanted(db: &Db, client: &Client, member: MemberId) -> Option<String> {
    let target = get(db.read(), &client.client_id).await.unwrap().unwrap();
    let look = look(db, now(), &target, client).await.unwrap();
    let of = |user: &&Resource| user.member() == Some(member);
    look.users.iter().find(of).map(|user| user.wanted.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_says_where_to_and_the_token_is_sealed() {
    on_each_database(|db| async move {
        tool(&db, "files", &["openid"]).await;
        let anybody = actor(person(&db, "bo").await);
        let denied = save(
            &db,
            &sealer(),
            By::Person(&anybody),
            "files",
            &form(ADDRESS, "t"),
            now(),
        )
        .await;
        assert!(matches!(denied, Err(ClientError::Denied(Denied::StewardsOnly))));
        for (address, token) in [
            ("http://files.example.org", "t"),
            ("", "t"),
            (ADDRESS, ""),
            (ADDRESS, "a b"),
        ] {
            let refused = save(&db, &sealer(), By::CommandLine, "files", &form(address, token), now()).await;
            assert!(
                matches!(refused, Err(ClientError::ScimAddress | ClientError::ScimToken)),
                "{address} {token}"
            );
        }
        let none = save(&db, &sealer(), By::CommandLine, "wiki", &form(ADDRESS, "t"), now()).await;
        assert!(matches!(none, Err(ClientError::NotFound)));

        let first = target(&db).await;
        assert_eq!((first.address.as_str(), first.active, first.push), (ADDRESS, true, 1));
        let token = open_token(db.read(), &sealer(), "files").await.unwrap();
        assert_eq!(token.expose_secret(), "t");
        let row = db
            .read()
            .query_one_raw(sql(db.read(), "SELECT sealed_token FROM scim_targets", []))
            .await
            .unwrap()
            .unwrap();
        assert!(
            row.try_get::<String>("", "sealed_token")
                .unwrap()
                .starts_with("sealed.")
        );

        let kept = form(&format!("{ADDRESS}/"), "");
        save(&db, &sealer(), By::CommandLine, "files", &kept, now())
            .await
            .unwrap();
        let elsewhere = form("https://other.example.org/scim", "");
        let refused = save(&db, &sealer(), By::CommandLine, "files", &elsewhere, now()).await;
        assert!(
            matches!(refused, Err(ClientError::ScimToken)),
            "a token is for whoever made it"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_due_once_and_again_when_it_changes() {
    on_each_database(|db| async move {
        let client = tool(&db, "files", &["openid", "profile", "membership"]).await;
        let (ama, bo) = (person(&db, "ama").await, person(&db, "bo").await);
        account(&db, bo, "bo-again").await;
        let guest = make_member(&db, "gil").await;
        run(
            &db,
            "UPDATE members SET operational = FALSE WHERE id = $1",
            vec![guest.0.into()],
        )
        .await;
        account(&db, guest, "gil").await;
        make_member(&db, "no-account").await;
        let target = target(&db).await;
        let first = look(&db, now(), &target, &client).await.unwrap();
        assert_eq!(first.users.len(), 2, "members with an account, each once");
        assert!(first.groups.is_empty() && !first.is_settled());
        let again = look(&db, now(), &target, &client).await.unwrap();
        assert_eq!(again.users.len(), 2, "noted once");

        all_taken(&db, &client).await;
        assert!(look(&db, now(), &target, &client).await.unwrap().is_settled());
        let counts = counts(db.read(), &target).await.unwrap().0;
        assert_eq!((counts.people, counts.waiting), (2, 0));

        let before = wanted(&db, &client, ama).await;
        run(
            &db,
            "UPDATE members SET user_member = TRUE WHERE id = $1",
            vec![ama.0.into()],
        )
        .await;
        assert_ne!(wanted(&db, &client, ama).await, before);
        run(
            &db,
            "UPDATE members SET standing = 'lapsed' WHERE id = $1",
            vec![ama.0.into()],
        )
        .await;
        assert_eq!(wanted(&db, &client, ama).await.as_deref(), Some(INACTIVE));
        run(&db, "UPDATE provider_clients SET disabled_at = $1", vec![now().into()]).await;
        let closed = provider::client(db.read(), "files").await.unwrap().unwrap();
        assert_eq!(
            wanted(&db, &closed, bo).await.as_deref(),
            Some(INACTIVE),
            "a closed door is for all"
        );
        all_taken(&db, &closed).await;
        run(&db, "DELETE FROM identities WHERE member_id = $1", vec![ama.0.into()]).await;
        run(&db, "DELETE FROM members WHERE id = $1", vec![ama.0.into()]).await;
        assert_eq!(wanted(&db, &closed, ama).await.as_deref(), Some(GONE));
        all_taken(&db, &closed).await;
        assert_eq!(wanted(&db, &closed, ama).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_those_of_the_claim_and_stay_while_their_circle_does() {
    on_each_database(|db| async move {
        let client = tool(&db, "files", &["openid", "groups"]).await;
        let ama = person(&db, "ama").await;
        let care = Circle {
            id: crate::CircleId::generate(),
            slug: "care".into(),
            name: "Care".into(),
            purpose: String::new(),
        };
        let tx = db.begin().await.unwrap();
        circles::store::insert(&tx, &care, now()).await.unwrap();
        circles::store::add_member(&tx, care.id, ama, CircleRole::Link, now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let target = target(&db).await;
        let first = look(&db, now(), &target, &client).await.unwrap();
        let names: Vec<&str> = first.wishes.groups.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["circle:care", "class:operational", "hub:member", "role:care:link"]
        );
        all_taken(&db, &client).await;
        assert!(look(&db, now(), &target, &client).await.unwrap().is_settled());

        run(&db, "DELETE FROM circle_members", vec![]).await;
        let empty = look(&db, now(), &target, &client).await.unwrap();
        let due: Vec<&str> = empty
            .groups
            .iter()
            .filter(|g| g.is_due())
            .map(|g| g.local_id.as_str())
            .collect();
        assert_eq!(due, ["circle:care", "role:care:link"]);
        assert!(empty.groups.iter().all(|group| group.wanted != GONE));

        run(&db, "DELETE FROM circles", vec![]).await;
        let without = look(&db, now(), &target, &client).await.unwrap();
        let gone: Vec<&str> = without
            .groups
            .iter()
            .filter(|g| g.wanted == GONE)
            .map(|g| g.local_id.as_str())
            .collect();
        assert_eq!(gone, ["circle:care", "role:care:link"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_push_is_under_way_at_a_time_and_a_change_stops_who_is_at_work() {
    on_each_database(|db| async move {
        let client = tool(&db, "files", &["openid"]).await;
        person(&db, "ama").await;
        let before = target(&db).await;
        assert_eq!(settle(&db, now()).await.unwrap(), 0, "one is under way");
        let leased = outbox::claim(&db, now(), &[PUSH], 9).await.unwrap();
        assert_eq!(leased.len(), 1);
        let push: Push = serde_json::from_str(&leased[0].payload).unwrap();
        assert_eq!((push.client_id.as_str(), push.push), ("files", 1));
        outbox::failed(&db, now(), &leased[0], &outbox::Failure::never("no"))
            .await
            .unwrap();
        assert_eq!(settle(&db, now()).await.unwrap(), 0, "given up until somebody asks");
        assert!(overview(db.read()).await.unwrap()[0].given_up);

        let mut look = look(&db, now(), &before, &client).await.unwrap();
        resend(&db, By::CommandLine, "files", now()).await.unwrap();
        let late = Work::new(db.clone(), before);
        assert!(!late.took(now(), Kind::User, &mut look.users[0]).await.unwrap());
        let next = outbox::claim(&db, now(), &[PUSH], 9).await.unwrap();
        assert_eq!(next.len(), 1);
        outbox::done(&db, now(), &next[0]).await.unwrap();
        assert_eq!(settle(&db, now()).await.unwrap(), 1, "there is still something to send");

        let target = get(db.read(), "files").await.unwrap().unwrap();
        let push = Push {
            client_id: "files".into(),
            push: target.push,
        };
        again(&db, now(), &push).await.unwrap();
        again(&db, now(), &push).await.unwrap();
        let after = get(db.read(), "files").await.unwrap().unwrap();
        assert_eq!(after.push, target.push + 1, "goes on once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_waits_for_a_human_or_another_wish() {
    on_each_database(|db| async move {
        let client = tool(&db, "files", &["openid", "profile"]).await;
        let ama = person(&db, "ama").await;
        let target = target(&db).await;
        let mut first = look(&db, now(), &target, &client).await.unwrap();
        let work = Work::new(db.clone(), target.clone());
        for tries in 1..=5 {
            assert!(first.users[0].is_due(), "{tries}");
            work.stumbled(Kind::User, &mut first.users[0], "500").await.unwrap();
        }
        let stuck = look(&db, now(), &target, &client).await.unwrap();
        assert!(stuck.is_settled(), "five times is enough");
        let refused = refusals(db.read(), "files", 9).await.unwrap();
        assert_eq!((refused[0].name.as_str(), refused[0].trouble), ("ama", Trouble::Broken));
        work.troubled(now(), Trouble::Silent, "nobody\nthere").await.unwrap();
        let troubled = get(db.read(), "files").await.unwrap().unwrap();
        assert_eq!(troubled.trouble, Some((Trouble::Silent, "nobodythere".into())));
        run(
            &db,
            "UPDATE members SET name = 'Ama O.' WHERE id = $1",
            vec![ama.0.into()],
        )
        .await;
        assert!(!look(&db, now(), &target, &client).await.unwrap().is_settled());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_access_reaches_these_tools_in_the_same_act() {
    on_each_database(|db| async move {
        let client = tool(&db, "files", &["openid", "profile"]).await;
        let bo = person(&db, "bo").await;
        let mut steward = testing::member("ada");
        steward.steward = true;
        steward.id = person(&db, "ada").await;
        let steward = crate::access::Actor::Member(Box::new(steward));
        target(&db).await;
        all_taken(&db, &client).await;
        for push in outbox::claim(&db, now(), &[PUSH], 9).await.unwrap() {
            outbox::done(&db, now(), &push).await.unwrap();
        }
        assert_eq!(known_by(db.read(), bo).await.unwrap(), ["files"]);
        access::end(&db, &steward, "bo", "left", now() + TimeDelta::hours(1))
            .await
            .unwrap();
        assert_eq!(of_member(db.read(), bo).await.unwrap()[0].ended, Ended::UnderWay);
        let later = now() + TimeDelta::hours(1);
        assert_eq!(outbox::claim(&db, later, &[PUSH], 9).await.unwrap().len(), 1);
        let off = TargetForm {
            active: false,
            ..form(ADDRESS, "")
        };
        save(&db, &sealer(), By::CommandLine, "files", &off, later)
            .await
            .unwrap();
        assert_eq!(of_member(db.read(), bo).await.unwrap()[0].ended, Ended::Off);
        by_hand(&db, &steward, "files", bo, later).await.unwrap();
        assert_eq!(of_member(db.read(), bo).await.unwrap()[0].ended, Ended::ByHand(later));
        assert_eq!(known_by(db.read(), bo).await.unwrap(), Vec::<String>::new());
    })
    .await;
}
