#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::{
    MemberId,
    access::{Actor, Denied},
    assemblies::{
        Assembly, EntryKind, Role,
        agenda::Step,
        plan::{Plan, PlannedItem},
        rules::NewEntry,
    },
    members::Class,
    sessions::{Session, SessionState},
    spaces::Space,
    testing::{actor, at, make_member, make_space, member, on_each_database},
};

/// Ada facilitates the space, Ben and Cleo are members; an assembly with two items is planned for 18:00.
struct Scene {
    db: Db,
    ada: Actor,
    ben: Actor,
    cleo: Actor,
    space: Space,
    session: Session,
}

const fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

fn start() -> DateTime<Utc> {
    at(2026, 12, 1, 18, 0)
}

fn id(actor: &Actor) -> MemberId {
    actor.member().unwrap().id
}

impl Scene {
    async fn set(db: Db) -> Self {
        let ada = make_member(&db, "ada").await;
        let ben = actor(make_member(&db, "ben").await);
        let cleo = actor(make_member(&db, "cleo").await);
        let space = make_space(&db, "assembly", &[ada]).await;
        let ada = actor(ada);
        let plan = plan("Winter assembly");
        let session = schedule(&db, &ada, &space, plan, at(2026, 11, 23, 12, 0))
            .await
            .unwrap();
        Self {
            db,
            ada,
            ben,
            cleo,
            space,
            session,
        }
    }

    /// Opened by Ada, who is inside and leads.
    async fn opened(db: Db) -> Self {
        let scene = Self::set(db).await;
        open(&scene.db, &scene.ada, scene.session.id, Opening::Entering(1), start())
            .await
            .unwrap();
        scene
    }

    async fn room(&self) -> Room {
        load(self.db.read(), self.session.id).await.unwrap()
    }

    async fn enter(&self, who: &Actor, minute: i64) -> Result<(), AssemblyError> {
        enter(&self.db, who, self.session.id, Some(1), start() + minutes(minute)).await
    }

    async fn take(&self, who: &Actor, role: Role) -> Result<(), AssemblyError> {
        take(&self.db, who, self.session.id, role, start()).await
    }

    async fn next(&self, who: &Actor, seen: usize, minute: i64) -> Result<(), AssemblyError> {
        advance(
            &self.db,
            who,
            self.session.id,
            Step::Next,
            seen,
            start() + minutes(minute),
        )
        .await
    }

    async fn note(&self, who: &Actor, entry: NewEntry) -> Result<crate::EntryId, AssemblyError> {
        note(&self.db, who, self.session.id, entry, start() + minutes(9)).await
    }
}

fn plan(title: &str) -> Plan {
    Plan {
        title: title.to_owned(),
        summary: "What next year holds.".to_owned(),
        starts_at: start(),
        minutes: 90,
        agenda: ["Check-in round", "Budget"]
            .map(|title| PlannedItem {
                title: title.to_owned(),
                minutes: 20,
            })
            .to_vec(),
    }
}

fn line(kind: EntryKind, text: &str) -> NewEntry {
    NewEntry {
        kind,
        text: text.to_owned(),
        owner: None,
        due_on: None,
    }
}

macro_rules! refused {
    ($act:expr, $($why:tt)+) => {
        assert!(matches!($act.await, Err($($why)+)), "not refused with {}", stringify!($($why)+))
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_plan_to_the_minutes() {
    on_each_database(|db| async move {
        let scene = Scene::opened(db).await;
        let Scene {
            db, ada, ben, session, ..
        } = &scene;
        scene.enter(ben, 2).await.unwrap();
        scene.take(ben, Role::NoteTaker).await.unwrap();
        scene.next(ada, 0, 3).await.unwrap();
        scene
            .note(ben, line(EntryKind::Decision, " We rest in January. "))
            .await
            .unwrap();
        scene.next(ada, 1, 10).await.unwrap();
        let action = NewEntry {
            owner: Some(id(ada)),
            due_on: "2026-12-15".parse().ok(),
            ..line(EntryKind::Action, "Write the budget down")
        };
        scene.note(ben, action).await.unwrap();
        close(db, ada, session.id, start() + minutes(80)).await.unwrap();

        let room = scene.room().await;
        assert_eq!(room.session.state, SessionState::Closed);
        assert_eq!(room.session.closed_at, Some(start() + minutes(80)));
        let Assembly {
            agenda,
            roles,
            attendance,
            entries,
        } = room.assembly;
        assert_eq!(agenda[0].ended_at, agenda[1].started_at);
        assert_eq!(agenda[1].ended_at, Some(start() + minutes(80)));
        let roles: Vec<_> = roles.iter().map(|(role, who)| (*role, who.handle.as_str())).collect();
        assert_eq!(roles, [(Role::Facilitator, "ada"), (Role::NoteTaker, "ben")]);
        let came: Vec<_> = attendance
            .iter()
            .map(|a| (a.member.handle.as_str(), a.protocol_version))
            .collect();
        assert_eq!(came, [("ada", 1), ("ben", 1)]);
        assert_eq!(entries[0].text, "We rest in January.");
        assert_eq!(entries[0].agenda_item_id, Some(agenda[0].id));
        assert_eq!(entries[1].owner.as_ref().unwrap().handle, "ada");
        assert_eq!(entries[1].due_on, "2026-12-15".parse().ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_facilitators_schedule_and_only_into_free_time() {
    on_each_database(|db| async move {
        let Scene {
            db, ada, ben, space, ..
        } = Scene::set(db).await;
        let now = at(2026, 11, 23, 12, 0);
        refused!(
            schedule(&db, &ben, &space, plan("Ours"), now),
            AssemblyError::Denied(Denied::FacilitatorsOnly)
        );
        refused!(
            schedule(&db, &ada, &space, plan("Another"), now),
            AssemblyError::Session(crate::sessions::SessionError::Conflict)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_leads_opens_and_only_near_the_start() {
    on_each_database(|db| async move {
        let Scene {
            db, ada, ben, session, ..
        } = Scene::set(db).await;
        let door = |who, now| open(&db, who, session.id, Opening::FromDoor, now);
        refused!(door(&ben, start()), AssemblyError::Denied(Denied::FacilitatorsOnly));
        refused!(door(&Actor::Anonymous, start()), AssemblyError::Denied(Denied::SignIn));
        refused!(door(&ada, start() - minutes(31)), AssemblyError::TooEarly);
        refused!(door(&ada, start() + minutes(90)), AssemblyError::TooLate);
        refused!(
            open(&db, &ada, session.id, Opening::Entering(7), start()),
            AssemblyError::ProtocolChanged
        );
        door(&ada, start() - minutes(30)).await.unwrap();
        refused!(door(&ada, start()), AssemblyError::AlreadyOpen);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_asks_for_the_protocol_and_for_whom_the_space_is() {
    on_each_database(|db| async move {
        let scene = Scene::set(db).await;
        let Scene {
            db, ada, ben, session, ..
        } = &scene;
        refused!(scene.enter(ben, 0), AssemblyError::NotOpen);
        open(db, ada, session.id, Opening::FromDoor, start()).await.unwrap();
        refused!(enter(db, ben, session.id, None, start()), AssemblyError::ProtocolUnread);
        refused!(
            enter(db, ben, session.id, Some(2), start()),
            AssemblyError::ProtocolChanged
        );
        let mut guest = member("guest");
        guest.class = Class::default();
        let guest = Actor::Member(Box::new(guest));
        refused!(scene.enter(&guest, 0), AssemblyError::Denied(Denied::MembersOnly));
        scene.enter(ben, 1).await.unwrap();
        assert!(scene.room().await.assembly.is_inside(id(ben)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_keeps_the_time_of_their_first_entrance() {
    on_each_database(|db| async move {
        let scene = Scene::opened(db).await;
        let Scene { db, ben, session, .. } = &scene;
        scene.enter(ben, 2).await.unwrap();
        scene.take(ben, Role::Care).await.unwrap();
        leave(db, ben, session.id, start() + minutes(20)).await.unwrap();
        let room = scene.room().await;
        assert!(!room.assembly.is_inside(id(ben)));
        assert_eq!(room.assembly.holder(Role::Care), None);
        refused!(
            leave(db, ben, session.id, start()),
            AssemblyError::Denied(Denied::EnterFirst)
        );
        scene.enter(ben, 30).await.unwrap();
        let came = scene.room().await.assembly.attendance;
        assert_eq!(came.len(), 2);
        assert_eq!(came[1].entered_at, start() + minutes(2));
        assert_eq!(came[1].left_at, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_has_one_holder() {
    on_each_database(|db| async move {
        let scene = Scene::opened(db).await;
        let Scene {
            db,
            ada,
            ben,
            cleo,
            session,
            ..
        } = &scene;
        refused!(scene.take(ben, Role::Care), AssemblyError::Denied(Denied::EnterFirst));
        scene.enter(ben, 1).await.unwrap();
        scene.enter(cleo, 1).await.unwrap();
        let (first, second) = tokio::join!(scene.take(ben, Role::TimeKeeper), scene.take(cleo, Role::TimeKeeper));
        assert!(first.is_ok() != second.is_ok(), "one of two gets the role");
        release(db, ada, session.id, Role::TimeKeeper).await.unwrap();
        refused!(release(db, ada, session.id, Role::TimeKeeper), AssemblyError::RoleFree);

        release(db, ada, session.id, Role::Facilitator).await.unwrap();
        refused!(
            scene.take(ben, Role::Facilitator),
            AssemblyError::Denied(Denied::FacilitatorsOnly)
        );
        scene.take(cleo, Role::Care).await.unwrap();
        refused!(
            release(db, ben, session.id, Role::Care),
            AssemblyError::Denied(Denied::NotYours)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_leads_moves_the_agenda_and_only_who_notes_writes() {
    on_each_database(|db| async move {
        let scene = Scene::opened(db).await;
        let Scene { ada, ben, .. } = &scene;
        let decision = || line(EntryKind::Decision, "We rest.");
        refused!(scene.note(ben, decision()), AssemblyError::Denied(Denied::EnterFirst));
        scene.enter(ben, 1).await.unwrap();
        refused!(scene.next(ben, 0, 2), AssemblyError::Denied(Denied::FacilitatorsOnly));
        refused!(scene.note(ben, decision()), AssemblyError::Denied(Denied::NotYours));
        refused!(scene.note(ada, line(EntryKind::Note, "  ")), AssemblyError::EntryEmpty);
        let elsewhere = NewEntry {
            owner: Some(MemberId::generate()),
            ..line(EntryKind::Action, "Do it")
        };
        refused!(scene.note(ada, elsewhere), AssemblyError::OwnerAbsent);
        scene.next(ada, 0, 2).await.unwrap();
        refused!(scene.next(ada, 0, 2), AssemblyError::AgendaMoved);
        scene.note(ada, decision()).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_close_nothing_moves() {
    on_each_database(|db| async move {
        let scene = Scene::opened(db).await;
        let Scene {
            db,
            ada,
            ben,
            cleo,
            session,
            ..
        } = &scene;
        scene.enter(ben, 1).await.unwrap();
        refused!(
            close(db, ben, session.id, start()),
            AssemblyError::Denied(Denied::FacilitatorsOnly)
        );
        close(db, ada, session.id, start() + minutes(60)).await.unwrap();
        refused!(close(db, ada, session.id, start()), AssemblyError::Closed);
        refused!(scene.enter(cleo, 61), AssemblyError::Closed);
        refused!(scene.take(ben, Role::Care), AssemblyError::Closed);
        refused!(scene.next(ada, 0, 61), AssemblyError::Closed);
        refused!(scene.note(ada, line(EntryKind::Note, "Late")), AssemblyError::Closed);
        refused!(leave(db, ben, session.id, start()), AssemblyError::Closed);
        refused!(
            open(db, ada, session.id, Opening::FromDoor, start()),
            AssemblyError::Closed
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_raises_the_revision_and_a_refused_one_does_not() {
    on_each_database(|db| async move {
        let scene = Scene::opened(db).await;
        let Scene { ada, ben, .. } = &scene;
        let mut last = scene.room().await.session.revision;
        assert!(last > 0);
        for step in 0..4 {
            match step {
                0 => scene.enter(ben, 1).await.unwrap(),
                1 => scene.take(ben, Role::NoteTaker).await.unwrap(),
                2 => scene.next(ada, 0, 1).await.unwrap(),
                _ => drop(scene.note(ben, line(EntryKind::Note, "Rain")).await.unwrap()),
            }
            let revision = scene.room().await.session.revision;
            assert!(revision > last);
            last = revision;
        }
        assert!(scene.next(ben, 1, 2).await.is_err());
        assert_eq!(scene.room().await.session.revision, last);
    })
    .await;
}
