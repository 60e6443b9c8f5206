//! Rows of the outbox.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) payload: String,
    pub(super) dedupe_key: Option<String>,
    pub(super) attempts: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) next_at: DateTime<Utc>,
    pub(super) leased_until: Option<DateTime<Utc>>,
    pub(super) last_error: String,
    pub(super) done_at: Option<DateTime<Utc>>,
    pub(super) given_up_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
