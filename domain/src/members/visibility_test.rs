//! A field is seen by those it is meant for, in the profile, in lists and by search, on both databases.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    Class, Field, FieldProblem, Member, MemberError, MemberKind, Profile, ProfileForm, Standing, Visibility, rules,
    store,
    store::{ClassFilter, Filter},
};
use crate::{
    CircleId, MemberId,
    access::Actor,
    circles::{self, Circle, CircleRole},
    db::Db,
    testing::{at, on_each_database},
};

const USER: Class = Class {
    operational: false,
    user: true,
};

fn now() -> DateTime<Utc> {
    at(2026, 1, 5, 9, 0)
}

fn person(name: &str, class: Class) -> Member {
    Member {
        class,
        ..Member::new(MemberKind::Person, name, &rules::handle_from(name, |_| false), now())
    }
}

async fn add(db: &Db, member: &Member) -> MemberId {
    let tx = db.begin().await.unwrap();
    store::insert(&tx, member).await.unwrap();
    tx.commit().await.unwrap();
    member.id
}

async fn acting(db: &Db, id: MemberId) -> Actor {
    Actor::Member(Box::new(store::acting(db.read(), id).await.unwrap().unwrap()))
}

/// Ngozi with every field filled, in an organisation and a circle, and four kinds of reader.
struct Village {
    ngozi: Member,
    owner: Actor,
    member: Actor,
    steward: Actor,
    guest: Actor,
}

async fn village(db: &Db) -> Village {
    let ngozi = Member {
        pronouns: "zezir".into(),
        about: "Keeps bees on **rooftops**".into(),
        email: "ngozi@alder.example".into(),
        website: "https://hives.example".into(),
        languages: vec!["ig".into()],
        time_zone: chrono_tz::Africa::Lagos,
        region: "Gulf of Guinea".into(),
        ..person("Ngozi Eze", USER)
    };
    let owner = add(db, &ngozi).await;
    let member = add(db, &person("Bo Lind", USER)).await;
    let guest = add(db, &person("Cai Rees", Class::default())).await;
    let steward = Member {
        steward: true,
        ..person("Dara Chea", Class::default())
    };
    let steward = add(db, &steward).await;
    let hives = Member::new(MemberKind::Organisation, "Hive Works", "hive-works", now());
    let hives = add(db, &hives).await;
    let circle = Circle {
        id: CircleId::generate(),
        slug: "care".into(),
        name: "Care circle".into(),
        purpose: String::new(),
    };
    let tx = db.begin().await.unwrap();
    store::affiliate(&tx, owner, &[hives], now()).await.unwrap();
    circles::store::insert(&tx, &circle, now()).await.unwrap();
    circles::store::add_member(&tx, circle.id, owner, CircleRole::Secretary, now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    Village {
        owner: acting(db, owner).await,
        member: acting(db, member).await,
        guest: acting(db, guest).await,
        steward: acting(db, steward).await,
        ngozi,
    }
}

/// Whether the field's value stands in a profile.
fn stands_in(profile: &Profile, field: Field) -> bool {
    match field {
        Field::Pronouns => !profile.pronouns.is_empty(),
        Field::About => !profile.about.is_empty(),
        Field::Email => !profile.email.is_empty(),
        Field::Website => !profile.website.is_empty(),
        Field::Languages => !profile.languages.is_empty(),
        Field::TimeZone => profile.time_zone.is_some(),
        Field::Region => !profile.region.is_empty(),
        Field::Organisation => !profile.organisations.is_empty(),
        Field::Circles => !profile.circles.is_empty(),
    }
}

/// Searches and filters that find Ngozi by one field.
fn ways_to_find(field: Field) -> Vec<Filter> {
    let words = |words: &str| Filter {
        words: words.into(),
        ..Filter::default()
    };
    match field {
        Field::Pronouns => vec![words("zezir")],
        Field::About => vec![words("ROOFTOPS bees")],
        Field::Email => vec![words("ngozi@alder")],
        Field::Website => vec![words("hives.example")],
        Field::Languages => vec![Filter {
            language: "ig".into(),
            ..Filter::default()
        }],
        Field::TimeZone => vec![words("lagos")],
        Field::Region => vec![
            words("guinea"),
            Filter {
                region: "Gulf of Guinea".into(),
                ..Filter::default()
            },
        ],
        // The organisation is not a filter; it is proved on the organisation's page below.
        Field::Organisation => vec![],
        Field::Circles => vec![Filter {
            circle: "care".into(),
            ..Filter::default()
        }],
    }
}

async fn finds_ngozi(db: &Db, filter: &Filter, reader: &Actor) -> Option<Profile> {
    let page = store::search(db.read(), filter, reader).await.unwrap();
    assert_eq!(
        page.total,
        page.members.len() as u64,
        "the count tells no more than the list"
    );
    page.members.into_iter().find(|profile| profile.handle == "ngozi-eze")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_is_seen_by_those_it_is_meant_for() {
    on_each_database(|db| async move {
        let village = village(&db).await;
        for field in Field::ALL {
            for shown_to in Visibility::ALL {
                store::set_visibility(&db, village.ngozi.id, &BTreeMap::from([(field, shown_to)]), now())
                    .await
                    .unwrap();
                for (who, reader, sees) in [
                    ("anonymous", &Actor::Anonymous, shown_to == Visibility::Public),
                    ("a guest", &village.guest, shown_to == Visibility::Public),
                    ("a member", &village.member, shown_to != Visibility::Nobody),
                    ("a steward", &village.steward, shown_to != Visibility::Nobody),
                    ("the owner", &village.owner, true),
                ] {
                    let case = format!("{field:?} for {shown_to:?}, read by {who}");
                    check(&db, &village.ngozi, field, reader, sees, &case).await;
                    // The owner finds what others find: a search is no place to look for one's own secrets.
                    let found_by = if who == "the owner" {
                        shown_to != Visibility::Nobody
                    } else {
                        sees
                    };
                    for filter in ways_to_find(field) {
                        let found = finds_ngozi(&db, &filter, reader).await;
                        assert_eq!(found.is_some(), found_by, "{case}, by {filter:?}");
                    }
                }
            }
        }
    })
    .await;
}

/// The profile page, the list, and the pages where the field stands too.
async fn check(db: &Db, ngozi: &Member, field: Field, reader: &Actor, sees: bool, case: &str) {
    let (member, ties) = store::profile(db.read(), &ngozi.handle, reader).await.unwrap();
    let profile = rules::seen_by(&member, &ties, reader);
    assert_eq!(stands_in(&profile, field), sees, "profile: {case}");

    let listed = finds_ngozi(db, &Filter::default(), reader).await.unwrap();
    assert_eq!(stands_in(&listed, field), sees, "list: {case}");

    let facets = store::facets(db.read(), reader).await.unwrap();
    let others = sees && reader.member().is_none_or(|m| m.id != ngozi.id);
    match field {
        Field::Languages if others || !sees => assert_eq!(facets.languages.contains(&"ig".to_owned()), sees, "{case}"),
        Field::Region if others || !sees => {
            assert_eq!(facets.regions.contains(&"Gulf of Guinea".to_owned()), sees, "{case}");
        }
        Field::Organisation => {
            let (hives, ties) = store::profile(db.read(), "hive-works", reader).await.unwrap();
            let people = rules::seen_by(&hives, &ties, reader).people;
            assert_eq!(!people.is_empty(), sees, "people of the organisation: {case}");
            let shown = store::organisations(db.read(), &[ngozi.id], reader).await.unwrap();
            assert_eq!(!shown.is_empty(), sees, "beside a session: {case}");
        }
        Field::Circles => {
            let circle = circles::store::get(db.read(), "care", reader).await.unwrap().unwrap();
            assert_eq!(!circle.members.is_empty(), sees, "people of the circle: {case}");
            assert_eq!(circle.count, 1);
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn until_the_owner_says_otherwise_only_members_see_a_profile() {
    on_each_database(|db| async move {
        let village = village(&db).await;
        for field in Field::ALL {
            check(&db, &village.ngozi, field, &Actor::Anonymous, false, "anonymous").await;
            check(&db, &village.ngozi, field, &village.guest, false, "a guest").await;
            let shown = field != Field::Email;
            check(&db, &village.ngozi, field, &village.member, shown, "a member").await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_search_filter_and_page() {
    on_each_database(|db| async move {
        let village = village(&db).await;
        let mut crowd: Vec<Member> = (0..60)
            .map(|n| {
                person(
                    &format!("Émile {n:02}"),
                    Class {
                        operational: n % 2 == 0,
                        user: false,
                    },
                )
            })
            .collect();
        crowd[7].standing = Standing::Left;
        let tx = db.begin().await.unwrap();
        store::insert_many(&tx, &crowd).await.unwrap();
        tx.commit().await.unwrap();

        let find = async |filter: Filter| store::search(db.read(), &filter, &village.member).await.unwrap();
        let emiles = find(Filter {
            words: "émile".into(),
            page: 3,
            ..Filter::default()
        })
        .await;
        assert_eq!((emiles.total, emiles.page, emiles.last), (59, 3, 3));
        assert_eq!(emiles.members.len(), 11);
        assert_eq!(emiles.members[10].name, "Émile 59");
        let beyond = find(Filter {
            words: "EMILE 5".into(),
            page: 99,
            ..Filter::default()
        })
        .await;
        assert_eq!(
            (beyond.page, beyond.total),
            (1, 15),
            "fifties, and those ending in five"
        );
        let operational = Filter {
            class: Some(ClassFilter::Operational),
            ..Filter::default()
        };
        assert_eq!(find(operational).await.total, 30);
        let guests = Filter {
            class: Some(ClassFilter::Guest),
            kind: Some(MemberKind::Person),
            ..Filter::default()
        };
        assert_eq!(find(guests).await.total, 31, "the odd ones who stayed, Cai and Dara");
        let organisations = Filter {
            kind: Some(MemberKind::Organisation),
            ..Filter::default()
        };
        assert_eq!(find(organisations).await.members[0].name, "Hive Works");
        for nothing in ["%", "_", "\\", "emile%5"] {
            assert_eq!(
                find(Filter {
                    words: nothing.into(),
                    ..Filter::default()
                })
                .await
                .total,
                0,
                "{nothing}"
            );
        }
        let gone = store::profile(db.read(), &crowd[7].handle, &village.member).await;
        assert!(matches!(gone, Err(MemberError::NotFound)));
        assert!(store::acting(db.read(), crowd[7].id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_edit_their_own_profile() {
    on_each_database(|db| async move {
        let village = village(&db).await;
        let owner = village.owner.member().unwrap();
        let form = ProfileForm {
            name: "Ngozi E.".into(),
            handle: "ngozi".into(),
            languages: "ig, en".into(),
            region: "West Africa".into(),
            organisations: "hive-works".into(),
            visibility: BTreeMap::from([(Field::Region, "public".into()), (Field::About, "everyone".into())]),
            ..ProfileForm::of(&village.ngozi, &[])
        };
        store::update_own(&db, owner, &form, now()).await.unwrap();
        let (member, ties) = store::profile(db.read(), "ngozi", &Actor::Anonymous).await.unwrap();
        assert_eq!(member.languages, ["ig", "en"]);
        assert_eq!(member.visibility_of(Field::Region), Visibility::Public);
        assert_eq!(member.visibility_of(Field::About), Visibility::Members);
        assert_eq!(ties.organisations.len(), 1);
        let west = Filter {
            region: "West Africa".into(),
            ..Filter::default()
        };
        assert_eq!(
            store::search(db.read(), &west, &Actor::Anonymous).await.unwrap().total,
            1
        );

        let left = ProfileForm {
            organisations: String::new(),
            ..form.clone()
        };
        store::update_own(&db, owner, &left, now()).await.unwrap();
        let (_, ties) = store::profile(db.read(), "ngozi", &Actor::Anonymous).await.unwrap();
        assert!(ties.organisations.is_empty());

        for (form, problem) in [
            (
                ProfileForm {
                    handle: "bo-lind".into(),
                    ..form.clone()
                },
                ("handle", FieldProblem::HandleTaken),
            ),
            (
                ProfileForm {
                    organisations: "bo-lind".into(),
                    ..form.clone()
                },
                ("organisations", FieldProblem::OrganisationUnknown),
            ),
        ] {
            match store::update_own(&db, owner, &form, now()).await {
                Err(MemberError::Invalid(problems)) => assert_eq!(problems, [problem]),
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_register_changes_class_and_stewards() {
    on_each_database(|db| async move {
        assert!(store::is_empty(db.read()).await.unwrap());
        let village = village(&db).await;
        assert!(!store::is_empty(db.read()).await.unwrap());
        assert_eq!(store::count(db.read()).await.unwrap(), 5);
        store::promote(&db, None, "bo-lind", true, now()).await.unwrap();
        let both = Class {
            operational: true,
            user: true,
        };
        let by = village.steward.member().unwrap().id;
        store::set_class(&db, Some(by), "bo-lind", both, now()).await.unwrap();
        store::recognise(&db, Some(by), "bo-lind", "General assembly 4", now())
            .await
            .unwrap();
        let bo = store::by_handle(db.read(), "bo-lind").await.unwrap().unwrap();
        assert!(bo.steward && bo.class == both && bo.recognised_at == Some(now()));
        let missing = store::promote(&db, None, "nobody", true, now()).await;
        assert!(matches!(missing, Err(MemberError::NotFound)));

        let tx = db.begin().await.unwrap();
        assert_eq!(store::free_handle(&tx, "Bo Lind").await.unwrap(), "bo-lind-2");
        let twice = store::insert(&tx, &person("Bo Lind", USER)).await;
        assert!(matches!(twice, Err(MemberError::HandleTaken)));
    })
    .await;
}
