//! A whole room, with a fixed number of queries.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryOrder, Statement, entity::prelude::*};

use crate::{
    AgendaItemId, EntryId, MemberId, SessionId,
    assemblies::{Assembly, AssemblyError, Attendance, Entry, Room, entity},
    members::MemberRef,
    sessions::{self, Session},
    spaces,
};

/// A session with its space, agenda, roles, people and minutes.
///
/// # Errors
/// Where there is no such session.
pub async fn load(db: &impl ConnectionTrait, id: SessionId) -> Result<Room, AssemblyError> {
    let session = sessions::store::get(db, id).await?;
    load_for(db, session).await
}

/// As [`load`], for a session that is loaded already.
pub async fn load_for(db: &impl ConnectionTrait, session: Session) -> Result<Room, AssemblyError> {
    let id = session.id;
    Ok(Room {
        space: spaces::store::get(db, session.space_id).await?,
        facilitators: spaces::store::facilitators(db, session.space_id).await?,
        assembly: assembly(db, id).await?,
        session,
    })
}

async fn assembly(db: &impl ConnectionTrait, id: SessionId) -> Result<Assembly, DbErr> {
    let names = names(db, id).await?;
    let agenda = entity::agenda_item::Entity::find()
        .filter(entity::agenda_item::Column::SessionId.eq(id.0))
        .order_by_asc(entity::agenda_item::Column::Position)
        .all(db)
        .await?;
    let roles = entity::role::Entity::find()
        .filter(entity::role::Column::SessionId.eq(id.0))
        .all(db)
        .await?;
    let attendance = entity::attendance::Entity::find()
        .filter(entity::attendance::Column::SessionId.eq(id.0))
        .order_by_asc(entity::attendance::Column::EnteredAt)
        .order_by_asc(entity::attendance::Column::MemberId)
        .all(db)
        .await?;
    let entries = entity::entry::Entity::find()
        .filter(entity::entry::Column::SessionId.eq(id.0))
        .order_by_asc(entity::entry::Column::NotedAt)
        .order_by_asc(entity::entry::Column::Id)
        .all(db)
        .await?;

    let mut roles = roles
        .into_iter()
        .map(|row| Ok((entity::role(&row.role)?, names.of(row.member_id)?)))
        .collect::<Result<Vec<_>, DbErr>>()?;
    roles.sort_by_key(|(role, _)| *role);
    Ok(Assembly {
        agenda: agenda.into_iter().map(Into::into).collect(),
        roles,
        attendance: attendance
            .into_iter()
            .map(|row| {
                Ok(Attendance {
                    member: names.of(row.member_id)?,
                    protocol_version: row.protocol_version,
                    entered_at: row.entered_at,
                    left_at: row.left_at,
                })
            })
            .collect::<Result<_, DbErr>>()?,
        entries: entries
            .into_iter()
            .map(|row| {
                Ok(Entry {
                    id: EntryId(row.id),
                    agenda_item_id: row.agenda_item_id.map(AgendaItemId),
                    kind: entity::kind(&row.kind)?,
                    text: row.text,
                    owner: row.owner_id.map(|owner| names.of(owner)).transpose()?,
                    due_on: row.due_on.and_then(|day| day.parse().ok()),
                    noted_by: names.of(row.noted_by)?,
                    noted_at: row.noted_at,
                })
            })
            .collect::<Result<_, DbErr>>()?,
    })
}

/// Names of all who stand in the rows of one session.
struct Names(HashMap<Uuid, MemberRef>);

impl Names {
    fn of(&self, id: Uuid) -> Result<MemberRef, DbErr> {
        self.0
            .get(&id)
            .cloned()
            .ok_or_else(|| DbErr::RecordNotFound(format!("member {id}")))
    }
}

#[derive(FromQueryResult)]
struct Who {
    id: Uuid,
    handle: String,
    name: String,
}

async fn names(db: &impl ConnectionTrait, id: SessionId) -> Result<Names, DbErr> {
    let rows = Who::find_by_statement(Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT id, handle, name FROM members WHERE id IN (
            SELECT member_id FROM session_roles WHERE session_id = $1
            UNION SELECT member_id FROM attendance WHERE session_id = $1
            UNION SELECT owner_id FROM minutes_entries WHERE session_id = $1
            UNION SELECT noted_by FROM minutes_entries WHERE session_id = $1)",
        [id.0.into()],
    ))
    .all(db)
    .await?;
    Ok(Names(
        rows.into_iter()
            .map(|row| {
                (
                    row.id,
                    MemberRef {
                        id: MemberId(row.id),
                        handle: row.handle,
                        name: row.name,
                    },
                )
            })
            .collect(),
    ))
}
