//! The directory in the database.

mod former;
mod list;
mod profile;
mod register;
mod rows;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::OnConflict,
};
use uuid::Uuid;

pub use former::goes_by;
pub(crate) use former::note_former_handle;
pub use list::{ClassFilter, Facets, Filter, PAGE, Page, facets, search};
pub use profile::{affiliate, affiliate_many, organisations, profile, set_locale, set_visibility, ties, update_own};
pub use register::{count, promote, recognise, set_class};

use super::{
    Member, MemberError, MemberRef,
    entity::{languages, members},
    rules,
};
use crate::{MemberId, access::ActingMember, circles, db::violates};

/// A member by key.
pub async fn get(db: &impl ConnectionTrait, id: MemberId) -> Result<Option<Member>, DbErr> {
    let row = members::Entity::find_by_id(id.0).one(db).await?;
    Ok(row.map(Member::from))
}

/// Members by key; unknown keys are left out.
pub async fn get_many(db: &impl ConnectionTrait, ids: &[MemberId]) -> Result<HashMap<MemberId, Member>, DbErr> {
    let rows = members::Entity::find()
        .filter(members::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(Member::from)
        .map(|member| (member.id, member))
        .collect())
}

/// A member by handle.
pub async fn by_handle(db: &impl ConnectionTrait, handle: &str) -> Result<Option<Member>, DbErr> {
    let row = members::Entity::find()
        .filter(members::Column::Handle.eq(handle))
        .one(db)
        .await?;
    Ok(row.map(Member::from))
}

/// What rules need to know of a signed-in member. Two queries; `None` where there is no such member or they have left.
pub async fn acting(db: &impl ConnectionTrait, id: MemberId) -> Result<Option<ActingMember>, DbErr> {
    let Some(member) = get(db, id).await? else {
        return Ok(None);
    };
    if member.standing == super::Standing::Left {
        return Ok(None);
    }
    Ok(Some(ActingMember {
        id: member.id,
        circles: circles::store::roles_of(db, id).await?,
        handle: member.handle,
        name: member.name,
        class: member.class,
        standing: member.standing,
        steward: member.steward,
        time_zone: member.time_zone,
        locale: member.locale,
    }))
}

#[derive(FromQueryResult)]
struct RefRow {
    id: Uuid,
    handle: String,
    name: String,
}

impl From<RefRow> for MemberRef {
    fn from(row: RefRow) -> Self {
        Self {
            id: MemberId(row.id),
            handle: row.handle,
            name: row.name,
        }
    }
}

/// Name and handle of many members at once.
pub async fn refs(db: &impl ConnectionTrait, ids: &[MemberId]) -> Result<HashMap<MemberId, MemberRef>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: HashSet<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = members::Entity::find()
        .select_only()
        .columns([members::Column::Id, members::Column::Handle, members::Column::Name])
        .filter(members::Column::Id.is_in(ids))
        .into_model::<RefRow>()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(MemberRef::from)
        .map(|found| (found.id, found))
        .collect())
}

/// A handle for this name that nobody goes by yet, and that leads to nobody. The table's own index has the last word: where [`insert`] answers
/// [`MemberError::HandleTaken`], ask again.
pub async fn free_handle(db: &impl ConnectionTrait, name: &str) -> Result<String, DbErr> {
    let stem = rules::handle_stem(name);
    let mut taken: HashSet<String> = members::Entity::find()
        .select_only()
        .column(members::Column::Handle)
        .filter(members::Column::Handle.starts_with(&stem))
        .into_tuple::<String>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    taken.extend(former::beginning_with(db, &stem).await?);
    Ok(rules::handle_from(name, |handle| taken.contains(handle)))
}

/// Writes a new member.
pub async fn insert(db: &impl ConnectionTrait, member: &Member) -> Result<(), MemberError> {
    insert_many(db, std::slice::from_ref(member)).await
}

/// Writes many new members at once.
pub async fn insert_many(db: &impl ConnectionTrait, new: &[Member]) -> Result<(), MemberError> {
    for some in new.chunks(500) {
        let rows = some.iter().map(|member| rows::active(member, member.created_at));
        members::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await
            .map_err(handle_taken)?;
        let spoken: Vec<_> = some.iter().flat_map(rows::languages).collect();
        if !spoken.is_empty() {
            languages::Entity::insert_many(spoken)
                .exec_without_returning(db)
                .await?;
        }
    }
    Ok(())
}

/// Writes a member's record anew, with all that lists know of it.
pub(crate) async fn save(db: &impl ConnectionTrait, member: &Member, now: DateTime<Utc>) -> Result<(), MemberError> {
    members::Entity::update(rows::active(member, now))
        .validate()
        .map_err(MemberError::Db)?
        .exec(db)
        .await
        .map_err(handle_taken)?;
    languages::Entity::delete_many()
        .filter(languages::Column::MemberId.eq(member.id.0))
        .exec(db)
        .await?;
    let spoken = rows::languages(member);
    if !spoken.is_empty() {
        languages::Entity::insert_many(spoken)
            .on_conflict(
                OnConflict::columns([languages::Column::MemberId, languages::Column::Language])
                    .update_column(languages::Column::SeenBy)
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

fn handle_taken(error: DbErr) -> MemberError {
    // PostgreSQL names the index, SQLite the column.
    if violates(&error, "members_handle_key") || violates(&error, "members.handle") {
        MemberError::HandleTaken
    } else {
        MemberError::Db(error)
    }
}

/// Whether the hub has no member yet: whoever signs in first becomes its steward.
pub async fn is_empty(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(members::Entity::find().limit(1).count(db).await? == 0)
}
