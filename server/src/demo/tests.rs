//! The demo community is whole, on both databases.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use chrono::TimeDelta;
use domain::{
    access::Actor,
    accounts, circles,
    members::{self, MemberKind, store::Filter},
    sessions::{SessionState, views},
    spaces::{self, SpaceKind},
    testing::{at, on_each_database},
    tools,
};

use super::{DemoError, PASSWORD, SIGN_INS, data, fill};

#[tokio::test(flavor = "multi_thread")]
async fn it_fills_an_empty_database_once() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 12, 40);
        let started = Instant::now();
        let summary = fill(&db, now).await.unwrap();
        println!("filled in {:?}: {summary:?}", started.elapsed());
        assert_eq!(
            (summary.people, summary.organisations, summary.circles, summary.tools),
            (40, 12, 6, 8)
        );
        assert!(summary.pages >= 15);

        for (kind, count) in [(MemberKind::Person, 40), (MemberKind::Organisation, 12)] {
            let filter = Filter {
                kind: Some(kind),
                ..Filter::default()
            };
            let found = members::store::search(db.read(), &filter, &Actor::Anonymous)
                .await
                .unwrap();
            assert_eq!(found.total, count);
        }
        let kinds: Vec<_> = spaces::store::list(db.read())
            .await
            .unwrap()
            .into_iter()
            .map(|s| s.kind)
            .collect();
        assert!(SpaceKind::ALL.iter().all(|kind| kinds.contains(kind)));
        assert_eq!(tools::store::list(db.read()).await.unwrap().len(), 8);
        for circle in circles::store::list(db.read(), &Actor::Anonymous).await.unwrap() {
            assert!(circle.count >= 4, "{} has people", circle.circle.name);
        }

        assert!(matches!(fill(&db, now).await, Err(DemoError::NotEmpty)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_programme_is_a_year_with_one_moved_and_one_skipped() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 12, 40);
        fill(&db, now).await.unwrap();
        let space = spaces::store::by_slug(db.read(), "commons-hour").await.unwrap();
        let all = views::Filter {
            space: Some(space.id),
            ..views::Filter::default()
        };
        let hours = views::list(db.read(), &Actor::Anonymous, &all).await.unwrap();
        assert!((12..=13).contains(&hours.len()), "{} sessions", hours.len());
        let moved: Vec<_> = hours.iter().filter(|view| view.session.is_moved()).collect();
        assert_eq!(moved.len(), 1);
        assert!(!moved[0].session.reason.is_empty());
        let skipped = hours.iter().filter(|view| view.session.state == SessionState::Skipped);
        assert_eq!(skipped.count(), 1);
        let numbers: Vec<_> = hours.iter().filter_map(|view| view.session.number).collect();
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
        assert!(
            hours
                .iter()
                .all(|view| !view.leads.is_empty() && !view.session.phase.is_empty())
        );
        assert!(
            hours
                .iter()
                .any(|view| view.leads.iter().all(|lead| lead.organisation.is_some()))
        );

        let next = hours.iter().find(|view| view.session.ends_at > now).unwrap();
        assert_eq!((next.coming, next.session.capacity), (18, Some(30)));

        let specials = spaces::store::by_slug(db.read(), "specials").await.unwrap();
        let coming = views::upcoming(now, Some(specials.id), 10);
        let full = &views::list(db.read(), &Actor::Anonymous, &coming).await.unwrap()[0];
        assert_eq!((full.coming, full.waiting), (12, 4));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_assembly_has_its_minutes_and_one_can_be_opened_now() {
    use domain::assemblies::{EntryKind, rules, store};
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 12, 40);
        fill(&db, now).await.unwrap();
        let amara = members::store::by_handle(db.read(), "amara").await.unwrap().unwrap();
        let amara = members::store::acting(db.read(), amara.id).await.unwrap().unwrap();
        let amara = Actor::Member(Box::new(amara));

        let general = spaces::store::by_slug(db.read(), "general-assembly").await.unwrap();
        let today = views::list(db.read(), &amara, &views::upcoming(now, Some(general.id), 5))
            .await
            .unwrap();
        assert_eq!(today.len(), 1);
        let room = store::load(db.read(), today[0].session.id).await.unwrap();
        for moment in [now, now + TimeDelta::hours(2)] {
            assert!(rules::may_open(&amara, &room, moment).is_ok());
        }
        assert_eq!(room.assembly.agenda.len(), 6);

        let standing = spaces::store::by_slug(db.read(), "standing-assembly").await.unwrap();
        let held = views::list(db.read(), &amara, &views::past(now, Some(standing.id), 5))
            .await
            .unwrap();
        let room = store::load(db.read(), held[0].session.id).await.unwrap();
        assert_eq!(room.session.state, SessionState::Closed);
        assert_eq!((room.assembly.attendance.len(), room.assembly.roles.len()), (15, 4));
        assert!(room.assembly.agenda.iter().all(|item| item.ended_at.is_some()));
        let count = |kind| room.assembly.entries.iter().filter(|entry| entry.kind == kind).count();
        assert_eq!((count(EntryKind::Decision), count(EntryKind::Action)), (3, 4));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_sign_ins_lead_to_their_members() {
    on_each_database(|db| async move {
        fill(&db, at(2026, 11, 23, 12, 40)).await.unwrap();
        for sign_in in SIGN_INS {
            let account = accounts::store::sign_in(&db, sign_in.email, PASSWORD).await.unwrap();
            let subject = account.id.to_string();
            let member = accounts::identities::find(db.read(), accounts::BUILT_IN_ISSUER, &subject)
                .await
                .unwrap();
            let member = members::store::get(db.read(), member.unwrap()).await.unwrap().unwrap();
            assert_eq!(sign_in.email, format!("{}@alder.example", member.handle));
            assert_eq!(member.steward, member.handle == "amara");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_fills_on_any_day_of_the_year() {
    let folder = tempfile::tempdir().unwrap();
    for month in 1..=12 {
        let path = folder.path().join(format!("{month}.sqlite"));
        let db = domain::db::Db::connect(&format!("sqlite://{}", path.display()), 2)
            .await
            .unwrap();
        db.migrate().await.unwrap();
        fill(&db, at(2027, month, 1 + month * 2, month * 2 - 1, 59))
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_handbook_that_a_session_names_is_there() {
    on_each_database(|db| async move {
        fill(&db, at(2026, 11, 23, 12, 40)).await.unwrap();
        let pages = domain::handbook::store::tree(db.read(), &Actor::Anonymous)
            .await
            .unwrap();
        let specials = data::specials().unwrap();
        let subjects = data::programme().unwrap().subject;
        for path in subjects
            .iter()
            .chain(specials.iter().map(|special| &special.subject))
            .map(|s| &s.handbook)
        {
            assert!(pages.iter().any(|page| page.path == *path), "{path}");
        }
    })
    .await;
}
