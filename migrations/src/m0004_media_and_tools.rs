//! The handbook with its full-text search, and the catalogue of provisioned tools.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::{both, only};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        both(
            manager,
            &[
                // Pages stand in reading order by `position`; `depth` and `parent` make the tree of SUMMARY.md.
                // `part` is the heading of SUMMARY.md it stands under; `html` is clean and begins with the page's h1;
                // `outline` is JSON: [{level, id, text}]; `words` is the plain text for search.
                "CREATE TABLE handbook_pages (
                    path text PRIMARY KEY,
                    parent text REFERENCES handbook_pages (path),
                    position integer NOT NULL,
                    depth integer NOT NULL,
                    part text NOT NULL DEFAULT '',
                    title text NOT NULL,
                    audience text NOT NULL CHECK (audience IN ('public', 'members')),
                    markdown text NOT NULL,
                    html text NOT NULL,
                    outline text NOT NULL,
                    words text NOT NULL,
                    updated_at timestamptz NOT NULL
                )",
                "CREATE INDEX handbook_pages_by_position ON handbook_pages (position)",
                // A file that only members' pages show is for members too.
                "CREATE TABLE handbook_files (
                    path text PRIMARY KEY,
                    audience text NOT NULL CHECK (audience IN ('public', 'members')),
                    media_type text NOT NULL,
                    etag text NOT NULL,
                    content bytea NOT NULL
                )",
                "CREATE TABLE tools (
                    id uuid PRIMARY KEY,
                    slug text NOT NULL UNIQUE,
                    name text NOT NULL,
                    purpose text NOT NULL,
                    software text NOT NULL,
                    licence text NOT NULL,
                    source_link text NOT NULL DEFAULT '',
                    link text NOT NULL,
                    audience text NOT NULL CHECK (audience IN ('everybody', 'members', 'operational', 'circle')),
                    circle_id uuid REFERENCES circles (id),
                    caretaker_circle_id uuid REFERENCES circles (id),
                    position integer NOT NULL DEFAULT 0,
                    CHECK (audience <> 'circle' OR circle_id IS NOT NULL)
                )",
            ],
        )
        .await?;
        only(
            manager,
            DatabaseBackend::Sqlite,
            &["CREATE VIRTUAL TABLE handbook_search USING fts5
                (path UNINDEXED, title, words, tokenize = 'unicode61 remove_diacritics 2')"],
        )
        .await?;
        only(
            manager,
            DatabaseBackend::Postgres,
            &[
                // Without `translate`, PostgreSQL takes commons.hour for the name of a host and self-care for one word.
                "ALTER TABLE handbook_pages ADD COLUMN search tsvector GENERATED ALWAYS AS
                    (setweight(to_tsvector('simple', translate(title, './:@_-+=&?#', '           ')), 'A')
                    || to_tsvector('simple', translate(words, './:@_-+=&?#', '           '))) STORED",
                "CREATE INDEX handbook_pages_search ON handbook_pages USING gin (search)",
            ],
        )
        .await
    }
}
