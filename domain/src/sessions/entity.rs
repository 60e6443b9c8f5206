//! The table of sessions.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelBehavior, DbErr, entity::prelude::*};

use super::{Session, SessionState};
use crate::{SeriesId, SessionId, SpaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) space_id: Uuid,
    pub(crate) series_id: Option<Uuid>,
    pub(crate) original_start: Option<DateTime<Utc>>,
    pub(crate) number: Option<i32>,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) phase: String,
    pub(crate) languages: String,
    pub(crate) handbook_path: String,
    pub(crate) state: String,
    pub(crate) reason: String,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) ends_at: DateTime<Utc>,
    pub(crate) parts: String,
    pub(crate) capacity: Option<i32>,
    pub(crate) opened_at: Option<DateTime<Utc>>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    pub(crate) sequence: i32,
    pub(crate) revision: i64,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Session {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let unreadable = |what: &str| DbErr::Type(format!("sessions.{what} of {}", row.id));
        Ok(Self {
            id: SessionId(row.id),
            space_id: SpaceId(row.space_id),
            series_id: row.series_id.map(SeriesId),
            original_start: row.original_start,
            number: row.number,
            languages: serde_json::from_str(&row.languages).map_err(|_| unreadable("languages"))?,
            state: SessionState::read(&row.state).ok_or_else(|| unreadable("state"))?,
            parts: serde_json::from_str(&row.parts).map_err(|_| unreadable("parts"))?,
            title: row.title,
            summary: row.summary,
            phase: row.phase,
            handbook_path: row.handbook_path,
            reason: row.reason,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            capacity: row.capacity,
            opened_at: row.opened_at,
            closed_at: row.closed_at,
            sequence: row.sequence,
            revision: row.revision,
            updated_at: row.updated_at,
        })
    }
}

/// A list as the text of a JSON column.
pub(crate) fn json<T: serde::Serialize>(list: &[T]) -> Result<String, DbErr> {
    serde_json::to_string(list).map_err(|e| DbErr::Type(e.to_string()))
}
