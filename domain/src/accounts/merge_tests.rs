#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    CircleId,
    access::ActingMember,
    accounts::{
        Gift,
        arrivals::{self, Person},
        identities,
    },
    circles::{self, Circle},
    testing::{actor, at, make_member, on_each_database},
};

fn steward(id: MemberId) -> Actor {
    let Actor::Member(member) = actor(id) else {
        return Actor::Anonymous;
    };
    Actor::Member(Box::new(ActingMember {
        steward: true,
        ..*member
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_moves_and_what_both_had_stays_once() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        let (keep, goes) = (make_member(&db, "ama").await, make_member(&db, "ama-2").await);
        let tx = db.begin().await.unwrap();
        for (slug, own, theirs) in [
            ("tech", Some(CircleRole::Member), Some(CircleRole::Convenor)),
            ("care", None, Some(CircleRole::Link)),
        ] {
            let id = CircleId::generate();
            let circle = Circle {
                id,
                slug: slug.into(),
                name: slug.into(),
                purpose: String::new(),
            };
            circles::store::insert(&tx, &circle, now).await.unwrap();
            for (member, role) in [(keep, own), (goes, theirs)] {
                if let Some(role) = role {
                    circles::store::add_member(&tx, id, member, role, now).await.unwrap();
                }
            }
        }
        identities::link(&tx, now, "https://id.example", "1", keep)
            .await
            .unwrap();
        identities::link(&tx, now, "https://id.example", "2", goes)
            .await
            .unwrap();
        audit::record(&tx, now, Some(goes), "session.open", "x", "")
            .await
            .unwrap();
        let mut other = members::store::get(&tx, goes).await.unwrap().unwrap();
        other.about = "Grows beans.".into();
        other.languages = vec!["en".into(), "tw".into()];
        other.class.user = true;
        members::store::save(&tx, &other, now).await.unwrap();
        tx.commit().await.unwrap();

        let by = steward(keep);
        let seen = preview(&db, &by, "ama", "ama-2", now).await.unwrap();
        assert_eq!(seen.moved["identities"], 1);
        assert_eq!((seen.moved["circle_members"], seen.once["circle_members"]), (1, 1));
        assert!(
            members::store::get(db.read(), goes).await.unwrap().is_some(),
            "a preview changes nothing"
        );

        let done = merge(&db, &by, "ama", "ama-2", &seen.fingerprint(), now).await.unwrap();
        assert_eq!(done, seen);
        assert_eq!(members::store::get(db.read(), goes).await.unwrap(), None);
        let ama = members::store::get(db.read(), keep).await.unwrap().unwrap();
        assert_eq!((ama.about.as_str(), ama.class.user), ("Grows beans.", true));
        assert_eq!(ama.languages, ["en", "tw"]);
        let mut roles: Vec<_> = circles::store::roles_of(db.read(), keep).await.unwrap();
        roles.sort_by_key(|(_, role)| *role);
        assert_eq!(
            roles.iter().map(|(_, role)| *role).collect::<Vec<_>>(),
            [CircleRole::Convenor, CircleRole::Link]
        );
        let who = identities::find(db.read(), "https://id.example", "2").await.unwrap();
        assert_eq!(who, Some(keep));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_steward_who_saw_what_happens_merges_two_of_a_kind() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        let keep = make_member(&db, "ama").await;
        make_member(&db, "ama-2").await;
        let denied = preview(&db, &actor(keep), "ama", "ama-2", now).await;
        assert!(matches!(denied, Err(MergeError::Denied(Denied::StewardsOnly))));
        let by = steward(keep);
        assert!(matches!(
            preview(&db, &by, "ama", "ama", now).await,
            Err(MergeError::Same)
        ));
        assert!(matches!(
            preview(&db, &by, "ama", "nobody", now).await,
            Err(MergeError::NotFound)
        ));
        let stale = merge(&db, &by, "ama", "ama-2", "another preview", now).await;
        assert!(matches!(stale, Err(MergeError::Moved)));
        let twin = members::store::by_handle(db.read(), "ama-2").await.unwrap().unwrap();
        assert_eq!(namesakes(db.read(), &twin).await.unwrap(), Vec::<String>::new());
    })
    .await;
}

async fn run(db: &Db, text: &str, values: Vec<Value>) {
    let tx = db.begin().await.unwrap();
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), text, values);
    tx.execute_raw(statement).await.unwrap();
    tx.commit().await.unwrap();
}

/// Merges after a look; the steward is none of the two.
async fn join_them(db: &Db, keep: &str, goes: &str) -> Result<Joined, MergeError> {
    let now = at(2026, 11, 23, 9, 0);
    let by = match members::store::by_handle(db.read(), "ada").await.unwrap() {
        Some(ada) => ada.id,
        None => make_member(db, "ada").await,
    };
    let seen = preview(db, &steward(by), keep, goes, now).await?;
    merge(db, &steward(by), keep, goes, &seen.fingerprint(), now).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handle_that_went_leads_to_the_record_that_stayed() {
    on_each_database(|db| async move {
        for handle in ["ama", "ama-2", "ama-3"] {
            make_member(&db, handle).await;
        }
        let leads = async |handle| members::store::goes_by(db.read(), handle).await.unwrap();
        assert_eq!(leads("ama-2").await, None);
        join_them(&db, "ama-2", "ama-3").await.unwrap();
        assert_eq!(leads("ama-3").await.as_deref(), Some("ama-2"));
        join_them(&db, "ama", "ama-2").await.unwrap();
        for gone in ["ama-2", "ama-3"] {
            assert_eq!(leads(gone).await.as_deref(), Some("ama"), "{gone}");
        }
        assert_eq!(
            members::store::free_handle(db.read(), "Ama").await.unwrap(),
            "ama-4",
            "nobody else is given a handle that leads to somebody"
        );
        run(&db, "UPDATE members SET standing = 'left' WHERE handle = 'ama'", vec![]).await;
        assert_eq!(leads("ama-2").await, None, "nor to somebody who has left");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_gave_one_record_outlives_what_a_provider_gave_the_other() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        let tech = Circle {
            id: CircleId::generate(),
            slug: "tech".into(),
            name: "tech".into(),
            purpose: String::new(),
        };
        let keep = make_member(&db, "ama").await;
        let tx = db.begin().await.unwrap();
        circles::store::insert(&tx, &tech, now).await.unwrap();
        circles::store::add_member(&tx, tech.id, keep, CircleRole::Member, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let person = |gifts: Vec<Gift>| Person {
            issuer: "https://id.example".into(),
            subject: "ama".into(),
            name: Some("Ama Too".into()),
            gifts: Some(gifts),
            ..Person::default()
        };
        let gifts = vec![
            Gift::Operational,
            Gift::User,
            Gift::Steward,
            Gift::Circle("tech".into(), CircleRole::Convenor),
        ];
        arrivals::sign_in(&db, now, &person(gifts)).await.unwrap();
        let joined = join_them(&db, "ama", "ama-too").await.unwrap();
        assert!(joined.becomes.steward && joined.becomes.class.user);
        let roles = async || circles::store::roles_of(db.read(), keep).await.unwrap();
        assert_eq!(roles().await, [(tech.id, CircleRole::Member)], "the hub's word counts");

        // The provider stops giving anything: what it alone gave goes, but for the last keys.
        arrivals::sign_in(&db, now, &person(Vec::new())).await.unwrap();
        let ama = members::store::get(db.read(), keep).await.unwrap().unwrap();
        assert!(ama.class.operational && !ama.class.user);
        assert!(ama.steward, "nobody else holds the keys");
        assert_eq!(roles().await, [(tech.id, CircleRole::Member)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_record_is_no_way_around_the_end_of_access() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        let ada = make_member(&db, "ada").await;
        make_member(&db, "bo").await;
        make_member(&db, "bo-2").await;
        crate::clients::access::end(&db, &steward(ada), "bo-2", "Asked to go.", now)
            .await
            .unwrap();
        for (keep, goes) in [("bo", "bo-2"), ("bo-2", "bo")] {
            assert!(matches!(join_them(&db, keep, goes).await, Err(MergeError::Ended)));
        }
        crate::clients::access::restore(&db, &steward(ada), "bo-2", now)
            .await
            .unwrap();
        join_them(&db, "bo", "bo-2").await.unwrap();
    })
    .await;
}

/// Reviews ask about tools and people in one column, so that it points to neither.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_the_record_that_went_is_about_the_one_that_stayed() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        let (keep, goes) = (make_member(&db, "bo").await, make_member(&db, "bo-2").await);
        let tx = db.begin().await.unwrap();
        for slug in ["tech", "care"] {
            let circle = Circle {
                id: CircleId::generate(),
                slug: slug.into(),
                name: slug.into(),
                purpose: String::new(),
            };
            circles::store::insert(&tx, &circle, now).await.unwrap();
            let review = uuid::Uuid::now_v7();
            let insert = [
                (
                    "INSERT INTO access_reviews (id, circle_id, opened_at, due_at) VALUES ($1, $2, $3, $3)",
                    vec![review.into(), circle.id.0.into(), now.into()],
                ),
                (
                    "INSERT INTO access_review_items (review_id, kind, subject_id) VALUES ($1, 'person', $2)",
                    vec![review.into(), goes.0.into()],
                ),
                (
                    "INSERT INTO access_review_items (review_id, kind, subject_id) VALUES ($1, 'person', $2)",
                    vec![review.into(), keep.0.into()],
                ),
            ];
            let asked_about_both = slug == "tech";
            for (text, values) in insert.into_iter().take(if asked_about_both { 3 } else { 2 }) {
                let statement = Statement::from_sql_and_values(tx.get_database_backend(), text, values);
                tx.execute_raw(statement).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        join_them(&db, "bo", "bo-2").await.unwrap();
        let backend = db.read().get_database_backend();
        let asked = Statement::from_string(backend, "SELECT subject_id FROM access_review_items");
        let asked = db.read().query_all_raw(asked).await.unwrap();
        let about: Vec<uuid::Uuid> = asked.iter().map(|row| row.try_get("", "subject_id").unwrap()).collect();
        assert_eq!(about, [keep.0, keep.0], "one question each");
    })
    .await;
}

/// The database's own list of what points to members has to be found on both.
#[tokio::test(flavor = "multi_thread")]
async fn every_table_that_points_to_members_is_known() {
    on_each_database(|db| async move {
        let found: Vec<_> = references(db.read())
            .await
            .unwrap()
            .into_iter()
            .map(|r| (r.table, r.column))
            .collect();
        for (table, column) in [
            ("affiliations", "organisation_id"),
            ("affiliations", "person_id"),
            ("attendance", "member_id"),
            ("audit_log", "actor_id"),
            ("bookings", "member_id"),
            ("browser_sessions", "member_id"),
            ("circle_members", "member_id"),
            ("former_handles", "member_id"),
            ("identities", "member_id"),
            ("member_languages", "member_id"),
            ("minutes_entries", "noted_by"),
            ("minutes_entries", "owner_id"),
            ("session_leads", "member_id"),
            ("session_roles", "member_id"),
            ("sessions", "created_by"),
            ("space_facilitators", "member_id"),
        ] {
            assert!(
                found.contains(&(table.to_owned(), column.to_owned())),
                "{table}.{column} in {found:?}"
            );
        }
    })
    .await;
}
