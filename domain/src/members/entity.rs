//! Rows of the directory.
#![allow(missing_docs, reason = "columns are explained in the migration")]

pub(crate) mod members {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "members")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) kind: String,
        pub(crate) operational: bool,
        pub(crate) user_member: bool,
        pub(crate) standing: String,
        pub(crate) steward: bool,
        pub(crate) handle: String,
        pub(crate) name: String,
        pub(crate) pronouns: String,
        pub(crate) about: String,
        pub(crate) email: String,
        pub(crate) website: String,
        pub(crate) languages: String,
        pub(crate) time_zone: String,
        pub(crate) region: String,
        pub(crate) visibility: String,
        pub(crate) locale: String,
        pub(crate) recognised_at: Option<ChronoDateTimeUtc>,
        pub(crate) recognised_by: String,
        pub(crate) created_at: ChronoDateTimeUtc,
        pub(crate) updated_at: ChronoDateTimeUtc,
        pub(crate) sort_key: String,
        pub(crate) search_public: String,
        pub(crate) search_members: String,
        pub(crate) region_seen_by: String,
        pub(crate) circles_seen_by: String,
        pub(crate) organisation_seen_by: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod affiliations {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "affiliations")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) person_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) organisation_id: Uuid,
        pub(crate) since: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {
        #[sea_orm(
            belongs_to = "super::members::Entity",
            from = "Column::PersonId",
            to = "super::members::Column::Id"
        )]
        Person,
        #[sea_orm(
            belongs_to = "super::members::Entity",
            from = "Column::OrganisationId",
            to = "super::members::Column::Id"
        )]
        Organisation,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Handles of records that became part of another one.
pub(crate) mod former_handles {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "former_handles")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) handle: String,
        pub(crate) member_id: Uuid,
        pub(crate) since: ChronoDateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod languages {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "member_languages")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) member_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) language: String,
        pub(crate) seen_by: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {
        #[sea_orm(
            belongs_to = "super::members::Entity",
            from = "Column::MemberId",
            to = "super::members::Column::Id"
        )]
        Member,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
