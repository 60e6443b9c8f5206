//! Rows of the catalogue.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tools")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    #[sea_orm(unique)]
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) purpose: String,
    pub(crate) software: String,
    pub(crate) licence: String,
    pub(crate) source_link: String,
    pub(crate) link: String,
    pub(crate) audience: String,
    pub(crate) circle_id: Option<Uuid>,
    pub(crate) caretaker_circle_id: Option<Uuid>,
    pub(crate) position: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
