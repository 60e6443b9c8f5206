//! Rows of the handbook.

/// Pages.
pub(super) mod page {
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::*;

    use crate::handbook::{PageAudience, PageRef};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "handbook_pages")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) path: String,
        pub(crate) parent: Option<String>,
        pub(crate) position: i32,
        pub(crate) depth: i32,
        pub(crate) part: String,
        pub(crate) title: String,
        pub(crate) audience: String,
        pub(crate) markdown: String,
        pub(crate) html: String,
        pub(crate) outline: String,
        pub(crate) words: String,
        pub(crate) updated_at: DateTime<Utc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    /// The part of a row that the tree needs.
    #[derive(Debug, sea_orm::FromQueryResult)]
    pub(crate) struct Place {
        pub(crate) path: String,
        pub(crate) parent: Option<String>,
        pub(crate) depth: i32,
        pub(crate) part: String,
        pub(crate) title: String,
        pub(crate) audience: String,
    }

    impl From<Place> for PageRef {
        fn from(row: Place) -> Self {
            Self {
                path: row.path,
                parent: row.parent,
                depth: row.depth,
                part: row.part,
                title: row.title,
                // The table allows these two words only; a page of an unknown one would be for members.
                audience: PageAudience::read(&row.audience).unwrap_or(PageAudience::Members),
            }
        }
    }
}

/// Pictures and other files.
pub(super) mod file {
    use sea_orm::entity::prelude::*;

    use crate::handbook::{PageAudience, StoredFile};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "handbook_files")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) path: String,
        pub(crate) audience: String,
        pub(crate) media_type: String,
        pub(crate) etag: String,
        pub(crate) content: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl From<Model> for StoredFile {
        fn from(row: Model) -> Self {
            Self {
                media_type: row.media_type,
                etag: row.etag,
                audience: PageAudience::read(&row.audience).unwrap_or(PageAudience::Members),
                content: row.content,
            }
        }
    }
}
