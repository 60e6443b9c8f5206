//! The table of series.

use chrono::{DateTime, NaiveDateTime, Utc};
use sea_orm::{ActiveModelBehavior, DbErr, entity::prelude::*};

use super::Series;
use crate::{SeriesId, SpaceId};

/// How the wall time of the first occurrence is written.
pub(crate) const WALL: &str = "%Y-%m-%dT%H:%M:%S";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "series")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) space_id: Uuid,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) rrule: String,
    pub(crate) starts_local: String,
    pub(crate) time_zone: String,
    pub(crate) parts: String,
    pub(crate) capacity: Option<i32>,
    pub(crate) first_number: i32,
    pub(crate) created_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Series {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let unreadable = |what: &str| DbErr::Type(format!("series.{what} of {}", row.id));
        Ok(Self {
            id: SeriesId(row.id),
            space_id: SpaceId(row.space_id),
            starts_local: NaiveDateTime::parse_from_str(&row.starts_local, WALL)
                .map_err(|_| unreadable("starts_local"))?,
            time_zone: row.time_zone.parse().map_err(|_| unreadable("time_zone"))?,
            parts: serde_json::from_str(&row.parts).map_err(|_| unreadable("parts"))?,
            title: row.title,
            summary: row.summary,
            rrule: row.rrule,
            capacity: row.capacity,
            first_number: row.first_number,
        })
    }
}
