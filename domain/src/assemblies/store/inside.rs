//! What people do inside an open assembly.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, Set, entity::prelude::*};

use super::{begin, finish};
use crate::{
    EntryId, MemberId, SessionId,
    access::Actor,
    assemblies::{
        AgendaItem, AssemblyError, Role,
        agenda::{self, Step},
        entity,
        rules::{self, NewEntry},
    },
    db::Db,
};

/// Takes a role that is free.
///
/// # Errors
/// A denial, or that somebody was faster.
pub async fn take(db: &Db, actor: &Actor, id: SessionId, role: Role, now: DateTime<Utc>) -> Result<(), AssemblyError> {
    let (tx, room) = begin(db, id).await?;
    let member = rules::may_take(actor, &room, role)?;
    write_role(&tx, id, role, member.id, now).await?;
    finish(tx, id).await
}

/// Hands a role back.
///
/// # Errors
/// A denial, or that nobody holds it.
pub async fn release(db: &Db, actor: &Actor, id: SessionId, role: Role) -> Result<(), AssemblyError> {
    let (tx, room) = begin(db, id).await?;
    rules::may_release(actor, &room, role)?;
    entity::role::Entity::delete_by_id((id.0, role.as_str().to_owned()))
        .exec(&tx)
        .await?;
    finish(tx, id).await
}

/// Moves the agenda by one item. `seen` is the [mark](agenda::Progress::mark) on the page of the person who asks.
///
/// # Errors
/// A denial, or that the agenda stands elsewhere by now.
pub async fn advance(
    db: &Db,
    actor: &Actor,
    id: SessionId,
    step: Step,
    seen: usize,
    now: DateTime<Utc>,
) -> Result<(), AssemblyError> {
    let (tx, room) = begin(db, id).await?;
    rules::may_advance(actor, &room)?;
    let items = agenda::step(room.assembly.agenda.clone(), step, seen, now)?;
    write_agenda(&tx, &room.assembly.agenda, &items).await?;
    finish(tx, id).await
}

/// Writes a line of the minutes under the current item.
///
/// # Errors
/// A denial, or what is wrong with the line.
pub async fn note(
    db: &Db,
    actor: &Actor,
    id: SessionId,
    entry: NewEntry,
    now: DateTime<Utc>,
) -> Result<EntryId, AssemblyError> {
    let (tx, room) = begin(db, id).await?;
    let member = rules::may_note(actor, &room)?;
    let entry = entry.check(&room, now)?;
    let key = EntryId::generate();
    entity::entry::ActiveModel {
        id: Set(key.0),
        session_id: Set(id.0),
        agenda_item_id: Set(room.assembly.current().map(|item| item.id.0)),
        kind: Set(entry.kind.as_str().to_owned()),
        text: Set(entry.text),
        owner_id: Set(entry.owner.map(|owner| owner.0)),
        due_on: Set(entry.due_on.map(|day| day.to_string())),
        noted_by: Set(member.id.0),
        noted_at: Set(now),
    }
    .insert(&tx)
    .await?;
    finish(tx, id).await?;
    Ok(key)
}

pub(super) async fn write_role(
    tx: &impl ConnectionTrait,
    id: SessionId,
    role: Role,
    member: MemberId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    entity::role::ActiveModel {
        session_id: Set(id.0),
        role: Set(role.as_str().to_owned()),
        member_id: Set(member.0),
        taken_at: Set(now),
    }
    .insert(tx)
    .await?;
    Ok(())
}

/// Writes the items that changed.
pub(super) async fn write_agenda(
    tx: &impl ConnectionTrait,
    before: &[AgendaItem],
    after: &[AgendaItem],
) -> Result<(), DbErr> {
    for item in after.iter().filter(|item| !before.contains(item)) {
        entity::agenda_item::ActiveModel {
            id: Set(item.id.0),
            started_at: Set(item.started_at),
            ended_at: Set(item.ended_at),
            ..Default::default()
        }
        .update(tx)
        .await?;
    }
    Ok(())
}
