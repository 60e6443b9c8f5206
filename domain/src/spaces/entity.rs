//! The table of venue spaces.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelBehavior, DbErr, entity::prelude::*};

use super::{Space, SpaceKind};
use crate::{CircleId, SpaceId, access::Audience};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "spaces")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) purpose: String,
    pub(crate) audience: String,
    pub(crate) circle_id: Option<Uuid>,
    pub(crate) protocol: String,
    pub(crate) protocol_version: i32,
    pub(crate) room_link: String,
    pub(crate) time_zone: String,
    pub(crate) position: i32,
    pub(crate) created_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Space {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let unreadable = |what: &str| DbErr::Type(format!("spaces.{what} of {}", row.slug));
        Ok(Self {
            id: SpaceId(row.id),
            kind: SpaceKind::read(&row.kind).ok_or_else(|| unreadable("kind"))?,
            audience: Audience::read(&row.audience, row.circle_id.map(CircleId))
                .ok_or_else(|| unreadable("audience"))?,
            time_zone: row.time_zone.parse().map_err(|_| unreadable("time_zone"))?,
            slug: row.slug,
            name: row.name,
            purpose: row.purpose,
            protocol: row.protocol,
            protocol_version: row.protocol_version,
            room_link: row.room_link,
        })
    }
}
