//! Circles in the database.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
    sea_query::{Expr, OnConflict, Query, SelectStatement},
};
use uuid::Uuid;

use super::{
    Circle, CircleRole, CircleWithMembers,
    entity::{circle_members, circles},
};
use crate::{
    CircleId, MemberId,
    access::Actor,
    members::{CircleRef, MemberRef, Visibility, entity::members, rules},
};

impl From<circles::Model> for Circle {
    fn from(row: circles::Model) -> Self {
        Self {
            id: CircleId(row.id),
            slug: row.slug,
            name: row.name,
            purpose: row.purpose,
        }
    }
}

fn role(word: &str) -> CircleRole {
    CircleRole::read(word).unwrap_or(CircleRole::Member)
}

/// Every circle, by name.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Circle>, DbErr> {
    let rows = circles::Entity::find()
        .order_by_asc(circles::Column::Name)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Circle::from).collect())
}

/// A circle by its name in addresses.
pub async fn by_slug(db: &impl ConnectionTrait, slug: &str) -> Result<Option<Circle>, DbErr> {
    let row = circles::Entity::find()
        .filter(circles::Column::Slug.eq(slug))
        .one(db)
        .await?;
    Ok(row.map(Circle::from))
}

/// Circles by key.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[CircleId]) -> Result<HashMap<CircleId, Circle>, DbErr> {
    let rows = circles::Entity::find()
        .filter(circles::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (CircleId(row.id), row.into())).collect())
}

/// Every circle with the people whom this reader may see in it. Two queries.
pub async fn list(db: &impl ConnectionTrait, reader: &Actor) -> Result<Vec<CircleWithMembers>, DbErr> {
    let circles = all(db).await?;
    with_members(db, circles, reader).await
}

/// A circle with the people whom this reader may see in it.
pub async fn get(db: &impl ConnectionTrait, slug: &str, reader: &Actor) -> Result<Option<CircleWithMembers>, DbErr> {
    let circle = by_slug(db, slug).await?;
    Ok(with_members(db, circle.into_iter().collect(), reader).await?.pop())
}

#[derive(FromQueryResult)]
struct MembershipRow {
    circle_id: Uuid,
    role: String,
    id: Uuid,
    handle: String,
    name: String,
    circles_seen_by: String,
}

async fn with_members(
    db: &impl ConnectionTrait,
    circles: Vec<Circle>,
    reader: &Actor,
) -> Result<Vec<CircleWithMembers>, DbErr> {
    let rows = circle_members::Entity::find()
        .join(JoinType::InnerJoin, circle_members::Relation::Member.def())
        .filter(circle_members::Column::CircleId.is_in(circles.iter().map(|circle| circle.id.0)))
        .filter(members::Column::Standing.ne("left"))
        .select_only()
        .columns([circle_members::Column::CircleId, circle_members::Column::Role])
        .columns([
            members::Column::Id,
            members::Column::Handle,
            members::Column::Name,
            members::Column::CirclesSeenBy,
        ])
        .order_by_asc(members::Column::SortKey)
        .into_model::<MembershipRow>()
        .all(db)
        .await?;
    let own = reader.member().map(|member| member.id);
    let reads_as = rules::reads_as(reader);
    let mut found: HashMap<CircleId, (usize, Vec<(MemberRef, CircleRole)>)> = HashMap::new();
    for row in rows {
        let (count, people) = found.entry(CircleId(row.circle_id)).or_default();
        *count += 1;
        let id = MemberId(row.id);
        let shown_to = Visibility::read(&row.circles_seen_by).unwrap_or(Visibility::Nobody);
        if own == Some(id) || rules::shows(shown_to, reads_as) {
            let person = MemberRef {
                id,
                handle: row.handle,
                name: row.name,
            };
            people.push((person, role(&row.role)));
        }
    }
    Ok(circles
        .into_iter()
        .map(|circle| {
            let (count, mut members) = found.remove(&circle.id).unwrap_or_default();
            members.sort_by_key(|(_, role)| *role);
            CircleWithMembers { circle, members, count }
        })
        .collect())
}

/// The circles of one member, with their role there, for [`crate::access::ActingMember`].
pub async fn roles_of(db: &impl ConnectionTrait, member: MemberId) -> Result<Vec<(CircleId, CircleRole)>, DbErr> {
    let rows = circle_members::Entity::find()
        .filter(circle_members::Column::MemberId.eq(member.0))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (CircleId(row.circle_id), role(&row.role)))
        .collect())
}

#[derive(FromQueryResult)]
struct CircleOfRow {
    member_id: Uuid,
    role: String,
    id: Uuid,
    slug: String,
    name: String,
}

/// The circles of each of these members, by name. What their owners hide is in it: cut it down with
/// [`crate::members::rules::seen_by`].
pub async fn of_members(
    db: &impl ConnectionTrait,
    people: &[MemberId],
) -> Result<HashMap<MemberId, Vec<CircleRef>>, DbErr> {
    let rows = circle_members::Entity::find()
        .join(JoinType::InnerJoin, circle_members::Relation::Circle.def())
        .filter(circle_members::Column::MemberId.is_in(people.iter().map(|id| id.0)))
        .select_only()
        .columns([circle_members::Column::MemberId, circle_members::Column::Role])
        .columns([circles::Column::Id, circles::Column::Slug, circles::Column::Name])
        .order_by_asc(circles::Column::Name)
        .into_model::<CircleOfRow>()
        .all(db)
        .await?;
    let mut found: HashMap<MemberId, Vec<CircleRef>> = HashMap::new();
    for row in rows {
        found.entry(MemberId(row.member_id)).or_default().push(CircleRef {
            id: CircleId(row.id),
            slug: row.slug,
            name: row.name,
            role: role(&row.role),
        });
    }
    Ok(found)
}

/// Keys of the members of a circle, as a part of another query.
pub(crate) fn member_ids_of(slug: &str) -> SelectStatement {
    Query::select()
        .column((circle_members::Entity, circle_members::Column::MemberId))
        .from(circle_members::Entity)
        .inner_join(
            circles::Entity,
            Expr::col((circles::Entity, circles::Column::Id))
                .equals((circle_members::Entity, circle_members::Column::CircleId)),
        )
        .and_where(circles::Column::Slug.eq(slug))
        .to_owned()
}

/// Writes a new circle.
pub async fn insert(db: &impl ConnectionTrait, circle: &Circle, now: DateTime<Utc>) -> Result<(), DbErr> {
    let row = circles::ActiveModel {
        id: Set(circle.id.0),
        slug: Set(circle.slug.clone()),
        name: Set(circle.name.clone()),
        purpose: Set(circle.purpose.clone()),
        created_at: Set(now),
    };
    circles::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Somebody joins a circle, or takes another role in it.
pub async fn add_member(
    db: &impl ConnectionTrait,
    circle: CircleId,
    member: MemberId,
    role: CircleRole,
    since: DateTime<Utc>,
) -> Result<(), DbErr> {
    add_members(db, &[(circle, member, role)], since).await
}

/// Several people join circles at once.
pub async fn add_members(
    db: &impl ConnectionTrait,
    memberships: &[(CircleId, MemberId, CircleRole)],
    since: DateTime<Utc>,
) -> Result<(), DbErr> {
    let rows = memberships
        .iter()
        .map(|(circle, member, role)| circle_members::ActiveModel {
            circle_id: Set(circle.0),
            member_id: Set(member.0),
            role: Set(role.as_str().to_owned()),
            since: Set(since),
        });
    circle_members::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([circle_members::Column::CircleId, circle_members::Column::MemberId])
                .update_column(circle_members::Column::Role)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}
