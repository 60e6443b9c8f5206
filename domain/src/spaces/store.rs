//! Venue spaces in the database.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, FromQueryResult, QueryOrder, Set, Statement, entity::prelude::*,
};

use super::{Space, SpaceError, entity};
use crate::{MemberId, SpaceId, members::MemberRef};

/// All spaces, in the order that the community gave them.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<Space>, DbErr> {
    entity::Entity::find()
        .order_by_asc(entity::Column::Position)
        .order_by_asc(entity::Column::Name)
        .all(db)
        .await?
        .into_iter()
        .map(Space::try_from)
        .collect()
}

/// The spaces with these keys, in no order.
pub async fn by_ids(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = SpaceId>) -> Result<Vec<Space>, DbErr> {
    entity::Entity::find()
        .filter(entity::Column::Id.is_in(ids.into_iter().map(|id| id.0)))
        .all(db)
        .await?
        .into_iter()
        .map(Space::try_from)
        .collect()
}

/// One space.
///
/// # Errors
/// [`SpaceError::NotFound`] where there is none with this key.
pub async fn get(db: &impl ConnectionTrait, id: SpaceId) -> Result<Space, SpaceError> {
    let row = entity::Entity::find_by_id(id.0).one(db).await?;
    Ok(row.ok_or(SpaceError::NotFound)?.try_into()?)
}

/// The space with this name in addresses.
///
/// # Errors
/// [`SpaceError::NotFound`] where there is none.
pub async fn by_slug(db: &impl ConnectionTrait, slug: &str) -> Result<Space, SpaceError> {
    let row = entity::Entity::find()
        .filter(entity::Column::Slug.eq(slug))
        .one(db)
        .await?;
    Ok(row.ok_or(SpaceError::NotFound)?.try_into()?)
}

/// Adds a space with its facilitators. Call it in a transaction; `position` orders the spaces page.
///
/// # Errors
/// [`SpaceError::SlugTaken`] where another space has this name in addresses.
pub async fn insert(
    db: &impl ConnectionTrait,
    space: &Space,
    position: i32,
    facilitators: &[MemberId],
    now: DateTime<Utc>,
) -> Result<(), SpaceError> {
    if entity::Entity::find()
        .filter(entity::Column::Slug.eq(space.slug.as_str()))
        .one(db)
        .await?
        .is_some()
    {
        return Err(SpaceError::SlugTaken);
    }
    entity::ActiveModel {
        id: Set(space.id.0),
        slug: Set(space.slug.clone()),
        name: Set(space.name.clone()),
        kind: Set(space.kind.as_str().to_owned()),
        purpose: Set(space.purpose.clone()),
        audience: Set(space.audience.as_str().to_owned()),
        circle_id: Set(space.audience.circle().map(|id| id.0)),
        protocol: Set(space.protocol.clone()),
        protocol_version: Set(space.protocol_version),
        room_link: Set(space.room_link.clone()),
        time_zone: Set(space.time_zone.name().to_owned()),
        position: Set(position),
        created_at: Set(now),
    }
    .insert(db)
    .await?;
    for member in facilitators {
        add_facilitator(db, space.id, *member).await?;
    }
    Ok(())
}

/// Makes a member a facilitator of the space; nothing happens where they are one.
pub async fn add_facilitator(db: &impl ConnectionTrait, space: SpaceId, member: MemberId) -> Result<(), DbErr> {
    db.execute_raw(Statement::from_sql_and_values(
        db.get_database_backend(),
        "INSERT INTO space_facilitators (space_id, member_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        [space.0.into(), member.0.into()],
    ))
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Who {
    id: Uuid,
    handle: String,
    name: String,
}

/// Who facilitates the space, by name.
pub async fn facilitators(db: &impl ConnectionTrait, space: SpaceId) -> Result<Vec<MemberRef>, DbErr> {
    let rows = Who::find_by_statement(Statement::from_sql_and_values(
        db.get_database_backend(),
        "SELECT m.id, m.handle, m.name FROM space_facilitators f JOIN members m ON m.id = f.member_id
            WHERE f.space_id = $1 ORDER BY m.name, m.id",
        [space.0.into()],
    ))
    .all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| MemberRef {
            id: MemberId(row.id),
            handle: row.handle,
            name: row.name,
        })
        .collect())
}

/// Keys of the space's facilitators, for [`super::rules::may_facilitate`].
pub async fn facilitator_ids(db: &impl ConnectionTrait, space: SpaceId) -> Result<Vec<MemberId>, DbErr> {
    Ok(facilitators(db, space).await?.into_iter().map(|who| who.id).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::{at, make_member, make_space, on_each_database};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_space_is_found_by_its_address_with_its_facilitators() {
        on_each_database(|db| async move {
            let ada = make_member(&db, "ada").await;
            let space = make_space(&db, "commons-hour", &[ada]).await;
            assert_eq!(by_slug(db.read(), "commons-hour").await.unwrap(), space);
            assert_eq!(get(db.read(), space.id).await.unwrap(), space);
            assert_eq!(list(db.read()).await.unwrap(), std::slice::from_ref(&space));
            assert_eq!(facilitator_ids(db.read(), space.id).await.unwrap(), [ada]);
            assert!(matches!(
                by_slug(db.read(), "elsewhere").await,
                Err(SpaceError::NotFound)
            ));
            let again = Space {
                id: SpaceId::generate(),
                ..space
            };
            let tx = db.begin().await.unwrap();
            assert!(matches!(
                insert(&tx, &again, 2, &[], at(2026, 1, 1, 0, 0)).await,
                Err(SpaceError::SlugTaken)
            ));
        })
        .await;
    }
}
