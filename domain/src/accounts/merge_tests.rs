#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    CircleId,
    access::ActingMember,
    accounts::identities,
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
