//! Pushing to a tool that keeps to RFC 7643 and 7644 to the letter, on both databases.
#![allow(clippy::unwrap_used)]

mod tool;

use std::path::Path;

use chrono::TimeDelta;
use domain::{
    MemberId,
    access::Audience,
    accounts::{
        self, BUILT_IN_ISSUER, addresses, identities,
        provider::{Client, SubjectType, insert_client, subject_for},
    },
    circles::{self, CircleRole},
    clients::{
        scim::{self, Ended, TargetForm, Trouble},
        store::By,
    },
    db::Db,
    testing::{make_member, on_each_database, sealer},
};
use sea_orm::{ConnectionTrait, Statement, Value as Bound};
use serde_json::json;

use crate::{
    clock,
    config::Config,
    outbox,
    state::{AppState, Shutdown},
};
use tool::{Mood, TOKEN, Tool};

/// A hub, a tool beside it that listens on a port of its own, and nobody yet.
struct Scene {
    state: AppState,
    tool: Tool,
    client: Client,
}

impl Scene {
    async fn new(db: Db, change: impl FnOnce(&mut Client)) -> Self {
        let settings = [("HUB_OUTGOING__PRIVATE_ADDRESSES", "true")];
        let config = Config::load_with(Path::new("/nonexistent"), &settings).unwrap();
        let state = AppState::new(config, db, sealer(), Shutdown::never()).unwrap();
        let mut client = Client {
            audience: Audience::Members,
            redirect_uris: vec!["https://files.example/cb".to_owned()],
            scopes: ["openid", "profile", "email", "groups", "membership"]
                .map(str::to_owned)
                .to_vec(),
            ..Client::new("files", "Files", clock::now())
        };
        change(&mut client);
        let tx = state.db().begin().await.unwrap();
        insert_client(&tx, &client).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            state,
            tool: Tool::new().await,
            client,
        }
    }

    fn db(&self) -> &Db {
        self.state.db()
    }

    async fn set_up(&self) {
        let form = TargetForm {
            address: format!("{}/scim/v2/", self.tool.address),
            token: TOKEN.into(),
            active: true,
        };
        scim::save(self.db(), &sealer(), By::CommandLine, "files", &form, clock::now())
            .await
            .unwrap();
    }

    /// A member with an account.
    async fn person(&self, handle: &str) -> MemberId {
        let member = make_member(self.db(), handle).await;
        let tx = self.db().begin().await.unwrap();
        let email = format!("{handle}@example.org");
        let account = accounts::store::insert_account(&tx, clock::now(), &email, handle, "")
            .await
            .unwrap();
        addresses::prove(&tx, clock::now(), account.id, &email).await.unwrap();
        identities::link(&tx, clock::now(), BUILT_IN_ISSUER, &account.id.to_string(), member)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        member
    }

    async fn run(&self, text: &str, values: Vec<Bound>) {
        let tx = self.db().begin().await.unwrap();
        let statement = Statement::from_sql_and_values(self.db().backend(), text, values);
        tx.execute_raw(statement).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The job, and what the outbox carries then.
    async fn turn(&self) {
        scim::settle(self.db(), clock::now()).await.unwrap();
        outbox::drain(&self.state).await;
    }

    /// As much later as the outbox waits between tries.
    async fn later(&self) {
        self.run("UPDATE outbox SET next_at = created_at", vec![]).await;
        outbox::drain(&self.state).await;
    }

    async fn state(&self) -> scim::Overview {
        scim::overview(self.db().read()).await.unwrap().remove(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_enter_is_known_ahead_changes_and_is_closed() {
    on_each_database(|db| async move {
        let scene = Scene::new(db, |_| {}).await;
        let ama = scene.person("ama").await;
        scene.set_up().await;
        scene.turn().await;
        assert_eq!(
            scene.tool.asked(),
            [
                "POST /Users",
                "POST /Groups",
                "PATCH /Groups",
                "POST /Groups",
                "PATCH /Groups",
            ]
        );
        let user = scene.tool.user("ama").unwrap();
        let subject = scene.subject(ama).await;
        assert_eq!(user["externalId"], json!(subject));
        assert_eq!(user["emails"], json!([{ "value": "ama@example.org", "primary": true }]));
        assert_eq!(
            (&user["displayName"], &user["userType"]),
            (&json!("ama"), &json!("operational"))
        );
        assert_eq!((&user["active"], &user["timezone"]), (&json!(true), &json!("UTC")));

        scene.turn().await;
        assert!(scene.tool.asked().is_empty(), "only differences are sent");

        scene
            .run(
                "UPDATE members SET user_member = TRUE WHERE id = $1",
                vec![ama.0.into()],
            )
            .await;
        scene.turn().await;
        let asked = scene.tool.asked();
        assert_eq!(asked[0], "PUT /Users");
        assert_eq!(scene.tool.user("ama").unwrap()["userType"], "operational user");
        assert_eq!(scene.tool.group("class:user"), ["ama"]);

        scene
            .run(
                "UPDATE members SET standing = 'lapsed' WHERE id = $1",
                vec![ama.0.into()],
            )
            .await;
        scene.turn().await;
        assert_eq!(scene.tool.asked()[0], "PATCH /Users", "closed before anything else");
        assert_eq!(scene.tool.user("ama").unwrap()["active"], json!(false));
        assert!(scene.tool.group("class:user").is_empty());
        assert_eq!(scene.state().await.counts.people, 0);

        scene
            .run(
                "UPDATE members SET standing = 'active' WHERE id = $1",
                vec![ama.0.into()],
            )
            .await;
        scene.turn().await;
        assert_eq!(scene.tool.user("ama").unwrap()["active"], json!(true));
        let state = scene.state().await;
        assert_eq!(
            (state.counts.people, state.counts.waiting, state.counts.refused),
            (1, 0, 0)
        );
        assert!(state.target.trouble.is_none() && state.target.pushed_at.is_some());
        assert_eq!(scene.tool.wrong(), Vec::<String>::new());
    })
    .await;
}

impl Scene {
    async fn subject(&self, member: MemberId) -> String {
        let all = identities::of_member(self.db().read(), member).await.unwrap();
        let account = all[0].subject.parse().unwrap();
        subject_for(self.db(), &self.client, account).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn circles_are_groups_and_follow_who_belongs_to_them() {
    on_each_database(|db| async move {
        let scene = Scene::new(db, |client| client.scopes.retain(|scope| scope != "email")).await;
        let (ama, bo) = (scene.person("ama").await, scene.person("bo").await);
        let tx = scene.db().begin().await.unwrap();
        let care = circles::Circle {
            id: domain::CircleId::generate(),
            slug: "care".into(),
            name: "Care".into(),
            purpose: String::new(),
        };
        circles::store::insert(&tx, &care, clock::now()).await.unwrap();
        circles::store::add_member(&tx, care.id, ama, CircleRole::Convenor, clock::now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        scene.set_up().await;
        scene.turn().await;
        assert_eq!(scene.tool.group("circle:care"), ["ama"]);
        assert_eq!(scene.tool.group("role:care:convenor"), ["ama"]);
        assert_eq!(scene.tool.group("hub:member"), ["ama", "bo"]);
        assert!(
            scene.tool.user("bo").unwrap().get("emails").is_none(),
            "not without the scope"
        );
        scene.tool.asked();

        let tx = scene.db().begin().await.unwrap();
        circles::store::add_member(&tx, care.id, bo, CircleRole::Member, clock::now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        scene
            .run("DELETE FROM circle_members WHERE member_id = $1", vec![ama.0.into()])
            .await;
        scene.turn().await;
        assert_eq!(scene.tool.group("circle:care"), ["bo"]);
        assert!(scene.tool.group("role:care:convenor").is_empty(), "kept, and empty");
        assert_eq!(scene.tool.asked(), ["PATCH /Groups", "PATCH /Groups", "PATCH /Groups"]);

        scene
            .run(
                "UPDATE provider_clients SET scopes = 'openid profile' WHERE client_id = 'files'",
                vec![],
            )
            .await;
        scene.turn().await;
        assert_eq!(scene.tool.groups(), Vec::<String>::new());
        assert_eq!(scene.tool.wrong(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_is_down_gets_everything_once_later() {
    on_each_database(|db| async move {
        let scene = Scene::new(db, |client| client.scopes.retain(|scope| scope != "groups")).await;
        scene.person("ama").await;
        scene.set_up().await;
        scene.tool.mood(Mood::Busy);
        scene.turn().await;
        let state = scene.state().await;
        assert_eq!(state.target.trouble, Some((Trouble::Busy, "503 later".to_owned())));
        assert_eq!(state.target.tries, 1);
        let wait = "SELECT CASE WHEN next_at > $1 THEN 1 ELSE 0 END AS n FROM outbox WHERE done_at IS NULL";
        let soon = clock::now() + TimeDelta::minutes(50);
        let statement = Statement::from_sql_and_values(scene.db().backend(), wait, vec![soon.into()]);
        let row = scene.db().read().query_one_raw(statement).await.unwrap().unwrap();
        let waits = row
            .try_get::<i32>("", "n")
            .map(i64::from)
            .or_else(|_| row.try_get::<i64>("", "n"));
        assert_eq!(waits.unwrap(), 1, "Retry-After says an hour");
        assert_eq!(
            scim::settle(scene.db(), clock::now()).await.unwrap(),
            0,
            "one push at a time"
        );

        scene.tool.mood(Mood::Loses);
        scene.later().await;
        assert_eq!(scene.tool.users().len(), 1, "it has it, and its answer was lost");
        scene.tool.mood(Mood::Well);
        scene.tool.asked();
        scene.later().await;
        assert_eq!(
            scene.tool.asked(),
            ["GET /Users", "PUT /Users"],
            "asked for before anything is doubled"
        );
        assert_eq!(scene.tool.users().len(), 1);
        let state = scene.state().await;
        assert_eq!(
            (state.counts.people, state.target.tries, state.target.trouble),
            (1, 0, None)
        );

        scene.tool.forget();
        scene.run("UPDATE members SET name = 'Ama O.'", vec![]).await;
        scene.turn().await;
        assert_eq!(
            scene.tool.asked(),
            ["PUT /Users", "GET /Users", "POST /Users"],
            "made anew where the tool lost it"
        );
        assert_eq!(scene.tool.user("ama").unwrap()["displayName"], "Ama O.");
        assert_eq!(scene.tool.wrong(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_taken_over_only_where_it_is_nobodys() {
    on_each_database(|db| async move {
        let scene = Scene::new(db, |client| {
            client.scopes = vec!["openid".into(), "profile".into()];
            client.subject_type = SubjectType::Pairwise;
        })
        .await;
        let ama = scene.person("ama").await;
        scene.person("bo").await;
        scene.person("cy").await;
        scene.tool.has("ama", None);
        scene.tool.has("bo", Some("somebody else"));
        scene.set_up().await;
        scene.turn().await;
        let subject = scene.subject(ama).await;
        assert_eq!(
            scene.tool.user("ama").unwrap()["externalId"],
            json!(subject),
            "the pairwise subject"
        );
        assert_eq!(scene.tool.user("bo").unwrap()["externalId"], "somebody else");
        assert!(scene.tool.user("cy").is_some(), "one refusal holds up nobody");
        let state = scene.state().await;
        assert_eq!(
            (state.counts.people, state.counts.refused, state.counts.waiting),
            (2, 1, 0)
        );
        let refused = scim::refusals(scene.db().read(), "files", 9).await.unwrap();
        assert_eq!((refused[0].name.as_str(), refused[0].trouble), ("bo", Trouble::Taken));
        scene.tool.asked();
        scene.turn().await;
        assert!(scene.tool.asked().is_empty(), "left to a human");
        scene.tool.rename("bo", "old-bo");
        scim::resend(scene.db(), By::CommandLine, "files", clock::now())
            .await
            .unwrap();
        scene.turn().await;
        assert_eq!((scene.state().await.counts.people, scene.tool.users().len()), (3, 4));
        assert_eq!(scene.tool.wrong(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_is_removed_and_whoever_took_it_back_is_closed() {
    on_each_database(|db| async move {
        let scene = Scene::new(db, |client| client.scopes.retain(|scope| scope != "groups")).await;
        let (ama, bo) = (scene.person("ama").await, scene.person("bo").await);
        scene.set_up().await;
        scene.turn().await;
        scene.tool.asked();
        let account = identities::of_member(scene.db().read(), bo).await.unwrap()[0]
            .subject
            .parse()
            .unwrap();
        let now = clock::now();
        domain::clients::consents::give(scene.db(), now, account, "files", &[])
            .await
            .unwrap();
        domain::clients::consents::withdraw(scene.db(), now, Some(bo), account, "files")
            .await
            .unwrap();
        scene
            .run("DELETE FROM identities WHERE member_id = $1", vec![ama.0.into()])
            .await;
        scene.run("DELETE FROM members WHERE id = $1", vec![ama.0.into()]).await;
        scene.tool.mood(Mood::NoPatch);
        scene.turn().await;
        assert!(scene.tool.user("ama").is_none());
        assert_eq!(scene.tool.user("bo").unwrap()["active"], json!(false));
        let mut asked = scene.tool.asked();
        asked.sort();
        assert_eq!(
            asked,
            ["DELETE /Users", "PATCH /Users", "PUT /Users"],
            "a PUT where it knows no PATCH"
        );
        assert_eq!(scene.tool.wrong(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_access_waits_for_the_tool_and_then_for_a_human() {
    on_each_database(|db| async move {
        let scene = Scene::new(db, |client| client.scopes.retain(|scope| scope != "groups")).await;
        let bo = scene.person("bo").await;
        scene.set_up().await;
        scene.turn().await;
        let mut steward = domain::testing::member("ada");
        steward.id = scene.person("ada").await;
        steward.steward = true;
        let steward = domain::access::Actor::Member(Box::new(steward));
        scene.tool.mood(Mood::Locked);
        domain::clients::access::end(scene.db(), &steward, "bo", "left", clock::now())
            .await
            .unwrap();
        let at = async || scim::of_member(scene.db().read(), bo).await.unwrap().remove(0);
        assert_eq!(at().await.ended, Ended::UnderWay, "in the same act");
        outbox::drain(&scene.state).await;
        for _ in 0..4 {
            scene.later().await;
        }
        let here = at().await;
        assert_eq!((here.name.as_str(), here.account.as_str()), ("Files", "bo"));
        assert!(
            matches!(here.ended, Ended::ForAHuman(Some(Trouble::Token), _)),
            "{here:?}"
        );
        scim::by_hand(scene.db(), &steward, "files", bo, clock::now())
            .await
            .unwrap();
        assert!(matches!(at().await.ended, Ended::ByHand(_)));
        let nobody = domain::access::Actor::Anonymous;
        assert!(
            scim::by_hand(scene.db(), &nobody, "files", bo, clock::now())
                .await
                .is_err()
        );

        scene.tool.mood(Mood::Well);
        domain::clients::access::restore(scene.db(), &steward, "bo", clock::now())
            .await
            .unwrap();
        scim::resend(scene.db(), By::CommandLine, "files", clock::now())
            .await
            .unwrap();
        scene.turn().await;
        assert_eq!(scene.tool.user("bo").unwrap()["active"], json!(true));
        domain::clients::access::end(scene.db(), &steward, "bo", "left again", clock::now())
            .await
            .unwrap();
        outbox::drain(&scene.state).await;
        assert!(matches!(at().await.ended, Ended::Confirmed(Some(_))));
        assert_eq!(scene.tool.user("bo").unwrap()["active"], json!(false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_people_are_sent_by_pages() {
    on_each_database(|db| async move {
        let scene = Scene::new(db, |_| {}).await;
        for n in 0..120 {
            scene.person(&format!("p{n:03}")).await;
        }
        scene.set_up().await;
        scene.turn().await;
        assert_eq!(scene.tool.users().len(), 120);
        assert_eq!(scene.tool.group("hub:member").len(), 120);
        let asked = scene.tool.asked();
        let patches = asked.iter().filter(|one| *one == "PATCH /Groups").count();
        assert_eq!(patches, 4, "two groups of two pages");
        assert_eq!(asked.iter().filter(|one| *one == "POST /Users").count(), 120);
        scene
            .run("UPDATE members SET standing = 'left' WHERE handle = 'p007'", vec![])
            .await;
        scene.turn().await;
        assert_eq!(scene.tool.group("hub:member").len(), 119);
        assert_eq!(scene.tool.asked(), ["PATCH /Users", "PATCH /Groups", "PATCH /Groups"]);
        assert_eq!(scene.tool.wrong(), Vec::<String>::new());
    })
    .await;
}
