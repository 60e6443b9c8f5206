//! Sessions as people see them: with their space, who leads, and how many are coming.
//!
//! A list takes three queries, however long it is.

use std::{collections::HashMap, fmt::Write, sync::Arc};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value, entity::prelude::*};

use super::{Lead, Session, SessionError, SessionView, entity};
use crate::{
    MemberId, SessionId, SpaceId,
    access::Actor,
    members::{self, Field, MemberRef, Visibility},
    spaces::{self, Space, SpaceKind},
};

/// Which sessions are asked for. The programme is public: everybody sees all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only this one.
    pub id: Option<SessionId>,
    /// Only these.
    pub ids: Option<Vec<SessionId>>,
    /// Those that end after this time: what is under way is among them.
    pub from: Option<DateTime<Utc>>,
    /// Those that start before this time.
    pub to: Option<DateTime<Utc>>,
    /// Those that ended by this time.
    pub ended_by: Option<DateTime<Utc>>,
    /// Those of one space.
    pub space: Option<SpaceId>,
    /// Those of spaces of one kind.
    pub kind: Option<SpaceKind>,
    /// Those that one member has a live booking for.
    pub booked_by: Option<MemberId>,
    /// Those that are open now.
    pub open: bool,
    /// Without those that are skipped or cancelled.
    pub happening: bool,
    /// The last first.
    pub newest_first: bool,
    /// At most so many; 200 where nothing is said.
    pub limit: Option<u64>,
}

/// Most sessions of a list.
const MOST: u64 = 200;

/// Sessions of a space or of all, from now on, the next first.
pub fn upcoming(now: DateTime<Utc>, space: Option<SpaceId>, limit: u64) -> Filter {
    Filter {
        from: Some(now),
        space,
        limit: Some(limit),
        ..Filter::default()
    }
}

/// Sessions that are over, the last first.
pub fn past(now: DateTime<Utc>, space: Option<SpaceId>, limit: u64) -> Filter {
    Filter {
        ended_by: Some(now),
        space,
        newest_first: true,
        limit: Some(limit),
        ..Filter::default()
    }
}

/// Sessions that people are in now.
pub fn open_now() -> Filter {
    Filter {
        open: true,
        ..Filter::default()
    }
}

/// What is counted beside a session.
#[derive(FromQueryResult)]
struct Counts {
    series_title: Option<String>,
    coming: i64,
    waiting: i64,
}

/// One session as the reader may see it.
///
/// # Errors
/// [`SessionError::NotFound`] where there is none with this key.
pub async fn one(db: &impl ConnectionTrait, reader: &Actor, id: SessionId) -> Result<SessionView, SessionError> {
    let filter = Filter {
        id: Some(id),
        ..Filter::default()
    };
    list(db, reader, &filter).await?.pop().ok_or(SessionError::NotFound)
}

/// The sessions that the filter lets through, as the reader may see them, in order of their start.
pub async fn list(db: &impl ConnectionTrait, reader: &Actor, filter: &Filter) -> Result<Vec<SessionView>, DbErr> {
    let rows = db.query_all_raw(statement(db, filter)).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let session: Session = entity::Model::from_query_result(row, "")?.try_into()?;
        found.push((session, Counts::from_query_result(row, "")?));
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }

    let mut space_ids: Vec<_> = found.iter().map(|(session, _)| session.space_id).collect();
    space_ids.sort_unstable();
    space_ids.dedup();
    let spaces: HashMap<SpaceId, Arc<Space>> = spaces::store::by_ids(db, space_ids)
        .await?
        .into_iter()
        .map(|space| (space.id, Arc::new(space)))
        .collect();
    let mut leads = leads(db, reader, found.iter().map(|(session, _)| session.id)).await?;

    found
        .into_iter()
        .map(|(session, counts)| {
            let space = spaces.get(&session.space_id).cloned();
            Ok(SessionView {
                space: space.ok_or_else(|| DbErr::RecordNotFound(format!("space {}", session.space_id)))?,
                series_title: counts.series_title,
                leads: leads.remove(&session.id).unwrap_or_default(),
                coming: counts.coming,
                waiting: counts.waiting,
                session,
            })
        })
        .collect()
}

fn statement(db: &impl ConnectionTrait, filter: &Filter) -> Statement {
    let mut sql = String::from(
        "SELECT s.*, r.title AS series_title,
            (SELECT count(*) FROM bookings b WHERE b.session_id = s.id AND b.state = 'confirmed') AS coming,
            (SELECT count(*) FROM bookings b WHERE b.session_id = s.id AND b.state = 'waiting') AS waiting
        FROM sessions s LEFT JOIN series r ON r.id = s.series_id WHERE TRUE",
    );
    let mut values: Vec<Value> = Vec::new();
    let mut only = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            values.push(value);
            let _ = write!(sql, " AND {}", condition.replace('?', &format!("${}", values.len())));
        }
    };
    only("s.id = ?", filter.id.map(|id| id.0.into()));
    only("s.ends_at > ?", filter.from.map(Into::into));
    only("s.starts_at < ?", filter.to.map(Into::into));
    only("s.ends_at <= ?", filter.ended_by.map(Into::into));
    only("s.space_id = ?", filter.space.map(|id| id.0.into()));
    only(
        "s.space_id IN (SELECT id FROM spaces WHERE kind = ?)",
        filter.kind.map(|kind| kind.as_str().into()),
    );
    only(
        "s.id IN (SELECT session_id FROM bookings WHERE member_id = ? AND state <> 'cancelled')",
        filter.booked_by.map(|id| id.0.into()),
    );
    if let Some(ids) = &filter.ids {
        let places: Vec<_> = (1..=ids.len())
            .map(|place| format!("${}", place + values.len()))
            .collect();
        // An empty list lets nothing through.
        let places = if places.is_empty() {
            "NULL".to_owned()
        } else {
            places.join(", ")
        };
        let _ = write!(sql, " AND s.id IN ({places})");
        values.extend(ids.iter().map(|id| Value::from(id.0)));
    }
    if filter.open {
        sql.push_str(" AND s.state = 'open'");
    }
    if filter.happening {
        sql.push_str(" AND s.state NOT IN ('skipped', 'cancelled')");
    }
    let direction = if filter.newest_first { "DESC" } else { "ASC" };
    let _ = write!(
        sql,
        " ORDER BY s.starts_at {direction}, s.id {direction} LIMIT {}",
        filter.limit.unwrap_or(MOST).min(MOST * 5)
    );
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

#[derive(FromQueryResult)]
struct LeadRow {
    session_id: Uuid,
    id: Uuid,
    handle: String,
    name: String,
    visibility: String,
    organisation_id: Option<Uuid>,
    organisation_handle: Option<String>,
    organisation_name: Option<String>,
}

/// Who leads these sessions, in one query.
async fn leads(
    db: &impl ConnectionTrait,
    reader: &Actor,
    sessions: impl Iterator<Item = SessionId>,
) -> Result<HashMap<SessionId, Vec<Lead>>, DbErr> {
    let values: Vec<Value> = sessions.map(|id| id.0.into()).collect();
    let places: Vec<_> = (1..=values.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT l.session_id, m.id, m.handle, m.name, m.visibility, o.id AS organisation_id,
            o.handle AS organisation_handle, o.name AS organisation_name
        FROM session_leads l JOIN members m ON m.id = l.member_id
            LEFT JOIN affiliations a ON a.person_id = m.id LEFT JOIN members o ON o.id = a.organisation_id
        WHERE l.session_id IN ({}) ORDER BY l.session_id, l.position, m.id, a.since, o.name",
        places.join(", ")
    );
    let rows = LeadRow::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), sql, values))
        .all(db)
        .await?;
    let mut leads: HashMap<SessionId, Vec<Lead>> = HashMap::new();
    for row in rows {
        let of_session = leads.entry(SessionId(row.session_id)).or_default();
        let member = MemberRef {
            id: MemberId(row.id),
            handle: row.handle,
            name: row.name,
        };
        // The first organisation stands for a member of several.
        if of_session.last().is_some_and(|lead| lead.member.id == member.id) {
            continue;
        }
        let organisation = match (row.organisation_id, row.organisation_handle, row.organisation_name) {
            (Some(id), Some(handle), Some(name)) if shows_organisation(reader, member.id, &row.visibility) => {
                Some(MemberRef {
                    id: MemberId(id),
                    handle,
                    name,
                })
            }
            _ => None,
        };
        of_session.push(Lead { member, organisation });
    }
    Ok(leads)
}

/// Whether the reader sees which organisation this member belongs to.
fn shows_organisation(reader: &Actor, member: MemberId, visibility: &str) -> bool {
    if reader.member().is_some_and(|me| me.id == member) {
        return true;
    }
    // What cannot be read is not shown.
    serde_json::from_str::<HashMap<Field, Visibility>>(visibility).is_ok_and(|chosen| {
        let shown_to = chosen.get(&Field::Organisation).copied();
        members::rules::shows(
            shown_to.unwrap_or_else(|| Field::Organisation.default_visibility()),
            members::rules::reads_as(reader),
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        db::Db,
        sessions::{Part, PartKind, SessionState, store},
        testing::{actor, at, make_member, make_space, on_each_database},
    };

    fn hour() -> Vec<Part> {
        vec![Part {
            kind: PartKind::Gathering,
            minutes: 60,
        }]
    }

    async fn add(db: &Db, space: &Space, title: &str, starts_at: DateTime<Utc>, leads: &[MemberId]) -> SessionId {
        let tx = db.begin().await.unwrap();
        let mut new = store::NewSession::new(space.id, title, starts_at, hour());
        new.leads = leads.to_vec();
        let id = store::insert(&tx, new, at(2026, 1, 1, 0, 0)).await.unwrap().id;
        tx.commit().await.unwrap();
        id
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_sessions_never_hold_one_space_at_once() {
        on_each_database(|db| async move {
            let space = make_space(&db, "hall", &[]).await;
            let now = at(2026, 1, 1, 0, 0);
            let first = add(&db, &space, "First", at(2026, 3, 1, 18, 0), &[]).await;
            let try_at = async |hour_of_day, minute| {
                let tx = db.begin().await.unwrap();
                let start = at(2026, 3, 1, hour_of_day, minute);
                let new = store::NewSession::new(space.id, "Second", start, hour());
                let answer = store::insert(&tx, new, now).await;
                if answer.is_ok() {
                    tx.commit().await.unwrap();
                }
                answer
            };
            assert!(matches!(try_at(18, 59).await, Err(SessionError::Conflict)));
            assert!(matches!(try_at(17, 1).await, Err(SessionError::Conflict)));
            let second = try_at(19, 0).await.unwrap();
            let back = store::move_to(&db, second.id, at(2026, 3, 1, 18, 30), "Sooner", None, now).await;
            assert!(matches!(back, Err(SessionError::Conflict)));
            store::cancel(&db, first, "Nobody can", None, now).await.unwrap();
            let back = store::move_to(&db, second.id, at(2026, 3, 1, 18, 30), "Sooner", None, now)
                .await
                .unwrap();
            assert_eq!((back.sequence, back.starts_at), (1, at(2026, 3, 1, 18, 30)));
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn lists_show_what_is_asked_for() {
        on_each_database(|db| async move {
            let (hall, other) = (make_space(&db, "hall", &[]).await, make_space(&db, "other", &[]).await);
            let march = add(&db, &hall, "March", at(2026, 3, 1, 18, 0), &[]).await;
            let april = add(&db, &other, "April", at(2026, 4, 1, 18, 0), &[]).await;
            let may = add(&db, &hall, "May", at(2026, 5, 1, 18, 0), &[]).await;
            let ids = async |filter: Filter| -> Vec<_> {
                let views = list(db.read(), &Actor::Anonymous, &filter).await.unwrap();
                views.into_iter().map(|view| view.session.id).collect()
            };
            // What is under way is still to come.
            assert_eq!(
                ids(upcoming(at(2026, 3, 1, 18, 30), None, 10)).await,
                [march, april, may]
            );
            assert_eq!(ids(upcoming(at(2026, 3, 1, 19, 0), None, 1)).await, [april]);
            assert_eq!(
                ids(upcoming(at(2026, 1, 1, 0, 0), Some(hall.id), 10)).await,
                [march, may]
            );
            assert_eq!(ids(past(at(2026, 4, 1, 19, 0), None, 10)).await, [april, march]);
            let range = Filter {
                from: Some(at(2026, 4, 1, 0, 0)),
                to: Some(at(2026, 5, 1, 0, 0)),
                kind: Some(SpaceKind::CommonsHour),
                ..Filter::default()
            };
            assert_eq!(ids(range.clone()).await, [april]);
            assert!(
                ids(Filter {
                    kind: Some(SpaceKind::Board),
                    ..range
                })
                .await
                .is_empty()
            );
            assert!(ids(open_now()).await.is_empty());

            let now = at(2026, 3, 1, 18, 0);
            let tx = db.begin().await.unwrap();
            let opened = store::set_state(&tx, march, SessionState::Open, "", now).await.unwrap();
            assert_eq!((opened.opened_at, opened.revision), (Some(now), 1));
            assert_eq!(store::bump_revision(&tx, march).await.unwrap(), 2);
            assert!(matches!(
                store::set_state(&tx, march, SessionState::Cancelled, "", now).await,
                Err(SessionError::WrongState)
            ));
            tx.commit().await.unwrap();
            assert_eq!(ids(open_now()).await, [march]);
            assert!(matches!(
                one(db.read(), &Actor::Anonymous, SessionId::generate()).await,
                Err(SessionError::NotFound)
            ));
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_lead_s_organisation_is_seen_by_whom_they_chose() {
        on_each_database(|db| async move {
            let space = make_space(&db, "hall", &[]).await;
            let (ada, ben, org) = (
                make_member(&db, "ada").await,
                make_member(&db, "ben").await,
                make_member(&db, "org").await,
            );
            let tx = db.begin().await.unwrap();
            for (sql, values) in [
                (
                    "INSERT INTO affiliations (person_id, organisation_id, since) VALUES ($1, $2, $3)",
                    vec![ada.0.into(), org.0.into(), at(2026, 1, 1, 0, 0).into()],
                ),
                ("UPDATE members SET user_member = $1", vec![false.into()]),
            ] {
                tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, values))
                    .await
                    .unwrap();
            }
            tx.commit().await.unwrap();
            let id = add(&db, &space, "Led", at(2026, 3, 1, 18, 0), &[ben, ada]).await;
            let organisations = async |reader: &Actor| -> Vec<_> {
                let view = one(db.read(), reader, id).await.unwrap();
                assert_eq!(view.leads.iter().map(|l| l.member.id).collect::<Vec<_>>(), [ben, ada]);
                view.leads
                    .into_iter()
                    .filter_map(|lead| lead.organisation)
                    .map(|o| o.id)
                    .collect()
            };
            assert_eq!(organisations(&actor(ben)).await, [org]);
            assert!(organisations(&Actor::Anonymous).await.is_empty());
            for (chosen, anonymous, member) in [("public", true, true), ("nobody", false, false)] {
                let tx = db.begin().await.unwrap();
                let visibility = format!(r#"{{"organisation":"{chosen}"}}"#);
                let sql = "UPDATE members SET visibility = $1";
                tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, [visibility.into()]))
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                assert_eq!(organisations(&Actor::Anonymous).await.len(), usize::from(anonymous));
                assert_eq!(organisations(&actor(ben)).await.len(), usize::from(member));
                assert_eq!(organisations(&actor(ada)).await.len(), 1);
            }
        })
        .await;
    }
}
