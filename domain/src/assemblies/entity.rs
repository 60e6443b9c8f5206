//! The tables of agenda, roles, attendance and minutes.

use super::{AgendaItem, EntryKind, Role};
use crate::AgendaItemId;

/// Items of agendas.
pub(super) mod agenda_item {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "agenda_items")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) session_id: Uuid,
        pub(crate) position: i32,
        pub(crate) title: String,
        pub(crate) minutes: i32,
        pub(crate) notes: String,
        pub(crate) started_at: Option<ChronoDateTimeUtc>,
        pub(crate) ended_at: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Who holds which role.
pub(super) mod role {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "session_roles")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) session_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) role: String,
        pub(crate) member_id: Uuid,
        pub(crate) taken_at: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Who came.
pub(super) mod attendance {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "attendance")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) session_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) member_id: Uuid,
        pub(crate) protocol_version: i32,
        pub(crate) entered_at: ChronoDateTimeUtc,
        pub(crate) left_at: Option<ChronoDateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Lines of minutes.
pub(super) mod entry {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "minutes_entries")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) session_id: Uuid,
        pub(crate) agenda_item_id: Option<Uuid>,
        pub(crate) kind: String,
        pub(crate) text: String,
        pub(crate) owner_id: Option<Uuid>,
        pub(crate) due_on: Option<String>,
        pub(crate) noted_by: Uuid,
        pub(crate) noted_at: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

impl From<agenda_item::Model> for AgendaItem {
    fn from(row: agenda_item::Model) -> Self {
        Self {
            id: AgendaItemId(row.id),
            position: row.position,
            title: row.title,
            minutes: row.minutes,
            started_at: row.started_at,
            ended_at: row.ended_at,
        }
    }
}

/// A word of a row that the code knows; the database's own checks let no other in.
pub(super) fn role(word: &str) -> Result<Role, sea_orm::DbErr> {
    Role::read(word).ok_or_else(|| sea_orm::DbErr::Type(format!("session_roles.role {word}")))
}

/// As [`role`], for the sort of a line.
pub(super) fn kind(word: &str) -> Result<EntryKind, sea_orm::DbErr> {
    EntryKind::read(word).ok_or_else(|| sea_orm::DbErr::Type(format!("minutes_entries.kind {word}")))
}
