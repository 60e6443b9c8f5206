//! Rows of circles.
#![allow(missing_docs, reason = "columns are explained in the migration")]

pub(crate) mod circles {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "circles")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) slug: String,
        pub(crate) name: String,
        pub(crate) purpose: String,
        pub(crate) created_at: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod circle_members {
    use sea_orm::entity::prelude::*;

    use crate::members::entity::members;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "circle_members")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) circle_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) member_id: Uuid,
        pub(crate) role: String,
        pub(crate) since: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter)]
    pub(crate) enum Relation {
        Circle,
        Member,
    }

    impl RelationTrait for Relation {
        fn def(&self) -> RelationDef {
            match self {
                Self::Circle => Entity::belongs_to(super::circles::Entity)
                    .from(Column::CircleId)
                    .to(super::circles::Column::Id)
                    .into(),
                Self::Member => Entity::belongs_to(members::Entity)
                    .from(Column::MemberId)
                    .to(members::Column::Id)
                    .into(),
            }
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}
