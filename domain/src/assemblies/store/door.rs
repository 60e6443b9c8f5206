//! From the plan to the close: scheduling, opening, coming and going.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, IntoActiveModel, Set, Statement, entity::prelude::*};

use super::{begin, finish, inside};
use crate::{
    AgendaItemId, MemberId, SessionId,
    access::Actor,
    assemblies::{AssemblyError, Role, agenda, entity, plan::Plan, rules},
    audit,
    db::Db,
    sessions::{self, Part, PartKind, Session, SessionState, store::NewSession},
    spaces::{self, Space},
};

/// Schedules an assembly with its agenda: an act of facilitators of the space.
///
/// # Errors
/// A denial, or the conflict with another session in the space at that time.
pub async fn schedule(
    db: &Db,
    actor: &Actor,
    space: &Space,
    plan: Plan,
    now: DateTime<Utc>,
) -> Result<Session, AssemblyError> {
    let tx = db.begin().await?;
    let facilitators = spaces::store::facilitator_ids(&tx, space.id).await?;
    let member = spaces::rules::may_facilitate(actor, &facilitators)?;
    let parts = vec![Part {
        kind: PartKind::Gathering,
        minutes: plan.minutes,
    }];
    let new = NewSession {
        summary: plan.summary,
        created_by: Some(member.id),
        ..NewSession::new(space.id, &plan.title, plan.starts_at, parts)
    };
    let session = sessions::store::insert(&tx, new, now).await?;
    for (position, item) in (1..).zip(plan.agenda) {
        entity::agenda_item::ActiveModel {
            id: Set(AgendaItemId::generate().0),
            session_id: Set(session.id.0),
            position: Set(position),
            title: Set(item.title),
            minutes: Set(item.minutes),
            notes: Set(String::new()),
            started_at: Set(None),
            ended_at: Set(None),
        }
        .insert(&tx)
        .await?;
    }
    audit::record(
        &tx,
        now,
        Some(member.id),
        "session.schedule",
        &session.id.to_string(),
        &session.title,
    )
    .await?;
    tx.commit().await?;
    Ok(session)
}

/// How an assembly is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// From the door: the person stays outside until they enter.
    FromDoor,
    /// The person has read this version of the protocol, enters with the opening and leads.
    Entering(i32),
}

/// Opens an assembly: an act of who leads, near its start.
///
/// # Errors
/// A denial, or the reason in time or state.
pub async fn open(
    db: &Db,
    actor: &Actor,
    id: SessionId,
    opening: Opening,
    now: DateTime<Utc>,
) -> Result<(), AssemblyError> {
    let (tx, room) = begin(db, id).await?;
    let member = rules::may_open(actor, &room, now)?;
    sessions::store::set_state(&tx, id, SessionState::Open, "", now).await?;
    audit::record(&tx, now, Some(member.id), "session.open", &id.to_string(), "").await?;
    if let Opening::Entering(version) = opening {
        rules::has_read(&room, Some(version))?;
        write_entered(&tx, id, member.id, version, now).await?;
        if room.assembly.holder(Role::Facilitator).is_none() && room.facilitates(actor).is_ok() {
            inside::write_role(&tx, id, Role::Facilitator, member.id, now).await?;
        }
    }
    finish(tx, id).await
}

/// Enters an open assembly; `acknowledged` is the version of the protocol that the person read at the door.
/// Who comes back keeps the time of their first entrance.
///
/// # Errors
/// A denial, or the reason in state or protocol.
pub async fn enter(
    db: &Db,
    actor: &Actor,
    id: SessionId,
    acknowledged: Option<i32>,
    now: DateTime<Utc>,
) -> Result<(), AssemblyError> {
    let (tx, room) = begin(db, id).await?;
    let member = rules::may_enter(actor, &room, acknowledged)?;
    write_entered(&tx, id, member.id, room.space.protocol_version, now).await?;
    finish(tx, id).await
}

/// Leaves; roles are handed back, so that others can take them.
///
/// # Errors
/// Where the person is not inside.
pub async fn leave(db: &Db, actor: &Actor, id: SessionId, now: DateTime<Utc>) -> Result<(), AssemblyError> {
    let (tx, room) = begin(db, id).await?;
    let member = rules::is_inside(actor, &room)?;
    let run =
        |sql, values: Vec<sea_orm::Value>| tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, values));
    run(
        "UPDATE attendance SET left_at = $1 WHERE session_id = $2 AND member_id = $3",
        vec![now.into(), id.0.into(), member.id.0.into()],
    )
    .await?;
    run(
        "DELETE FROM session_roles WHERE session_id = $1 AND member_id = $2",
        vec![id.0.into(), member.id.0.into()],
    )
    .await?;
    finish(tx, id).await
}

/// Closes an assembly: the current item ends, the minutes remain.
///
/// # Errors
/// A denial, or the reason in state.
pub async fn close(db: &Db, actor: &Actor, id: SessionId, now: DateTime<Utc>) -> Result<(), AssemblyError> {
    let (tx, room) = begin(db, id).await?;
    let member = rules::may_close(actor, &room)?;
    let items = agenda::finish(room.assembly.agenda.clone(), now);
    inside::write_agenda(&tx, &room.assembly.agenda, &items).await?;
    sessions::store::set_state(&tx, id, SessionState::Closed, "", now).await?;
    let detail = format!("{} came", room.assembly.attendance.len());
    audit::record(&tx, now, Some(member.id), "session.close", &id.to_string(), &detail).await?;
    finish(tx, id).await
}

async fn write_entered(
    tx: &impl ConnectionTrait,
    id: SessionId,
    member: MemberId,
    version: i32,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use entity::attendance;

    if let Some(row) = attendance::Entity::find_by_id((id.0, member.0)).one(tx).await? {
        let mut change = row.into_active_model();
        change.protocol_version = Set(version);
        change.left_at = Set(None);
        change.update(tx).await?;
    } else {
        attendance::ActiveModel {
            session_id: Set(id.0),
            member_id: Set(member.0),
            protocol_version: Set(version),
            entered_at: Set(now),
            left_at: Set(None),
        }
        .insert(tx)
        .await?;
    }
    Ok(())
}
