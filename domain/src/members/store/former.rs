//! Handles that lead to another record, because two records became one.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set, sea_query::OnConflict};

use super::get;
use crate::{
    MemberId,
    members::{Standing, entity::former_handles as former},
};

/// The handle by which somebody goes now who went by this one before; nothing where nobody did, or they have left.
pub async fn goes_by(db: &impl ConnectionTrait, handle: &str) -> Result<Option<String>, DbErr> {
    let Some(row) = former::Entity::find_by_id(handle.to_owned()).one(db).await? else {
        return Ok(None);
    };
    let member = get(db, MemberId(row.member_id)).await?;
    Ok(member
        .filter(|member| member.standing != Standing::Left)
        .map(|member| member.handle))
}

/// Notes that addresses with this handle belong to that member from now on.
pub(crate) async fn note_former_handle(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    handle: &str,
    member: MemberId,
) -> Result<(), DbErr> {
    let row = former::ActiveModel {
        handle: Set(handle.to_owned()),
        member_id: Set(member.0),
        since: Set(now),
    };
    former::Entity::insert(row)
        .on_conflict(
            OnConflict::column(former::Column::Handle)
                .update_columns([former::Column::MemberId, former::Column::Since])
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Whether this handle leads to somebody else, so that taking it would lead their readers astray.
pub(super) async fn is_anothers(db: &impl ConnectionTrait, handle: &str, member: MemberId) -> Result<bool, DbErr> {
    let row = former::Entity::find_by_id(handle.to_owned()).one(db).await?;
    Ok(row.is_some_and(|row| row.member_id != member.0))
}

/// Those that begin like this.
pub(super) async fn beginning_with(db: &impl ConnectionTrait, stem: &str) -> Result<Vec<String>, DbErr> {
    former::Entity::find()
        .select_only()
        .column(former::Column::Handle)
        .filter(former::Column::Handle.starts_with(stem))
        .into_tuple()
        .all(db)
        .await
}
