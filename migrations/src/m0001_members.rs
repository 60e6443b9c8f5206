//! The directory: people and organisations, circles, affiliations, and the audit log.

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
                // `visibility` is a JSON object from field name to public, members or nobody. What follows from it for
                // lists is kept beside it by the store at each write: `search_public` and `search_members` hold the
                // words that everybody or members may see, folded; `…_seen_by` says who may filter by that field.
                // `sort_key` is the folded name, so that both databases sort alike.
                "CREATE TABLE members (
                    id uuid PRIMARY KEY,
                    kind text NOT NULL CHECK (kind IN ('person', 'organisation')),
                    operational boolean NOT NULL DEFAULT FALSE,
                    user_member boolean NOT NULL DEFAULT FALSE,
                    standing text NOT NULL CHECK (standing IN ('applicant', 'active', 'inactive', 'lapsed', 'left')),
                    steward boolean NOT NULL DEFAULT FALSE,
                    handle text NOT NULL UNIQUE,
                    name text NOT NULL,
                    pronouns text NOT NULL DEFAULT '',
                    about text NOT NULL DEFAULT '',
                    email text NOT NULL DEFAULT '',
                    website text NOT NULL DEFAULT '',
                    languages text NOT NULL DEFAULT '[]',
                    time_zone text NOT NULL DEFAULT 'UTC',
                    region text NOT NULL DEFAULT '',
                    visibility text NOT NULL DEFAULT '{}',
                    locale text NOT NULL DEFAULT '',
                    recognised_at timestamptz,
                    recognised_by text NOT NULL DEFAULT '',
                    created_at timestamptz NOT NULL,
                    updated_at timestamptz NOT NULL,
                    sort_key text NOT NULL,
                    search_public text NOT NULL,
                    search_members text NOT NULL,
                    region_seen_by text NOT NULL CHECK (region_seen_by IN ('public', 'members', 'nobody')),
                    circles_seen_by text NOT NULL CHECK (circles_seen_by IN ('public', 'members', 'nobody')),
                    organisation_seen_by text NOT NULL CHECK (organisation_seen_by IN ('public', 'members', 'nobody'))
                )",
                "CREATE INDEX members_by_name ON members (sort_key, id) WHERE standing <> 'left'",
                "CREATE INDEX members_by_kind ON members (kind, sort_key, id) WHERE standing <> 'left'",
                "CREATE INDEX members_by_region ON members (region_seen_by, region, sort_key) WHERE standing <> 'left'",
                // Languages of the profile, one a row, with who may see them there.
                "CREATE TABLE member_languages (
                    member_id uuid NOT NULL REFERENCES members (id),
                    language text NOT NULL,
                    seen_by text NOT NULL CHECK (seen_by IN ('public', 'members', 'nobody')),
                    PRIMARY KEY (member_id, language)
                )",
                "CREATE INDEX member_languages_by_language ON member_languages (seen_by, language, member_id)",
                "CREATE TABLE affiliations (
                    person_id uuid NOT NULL REFERENCES members (id),
                    organisation_id uuid NOT NULL REFERENCES members (id),
                    since timestamptz NOT NULL,
                    PRIMARY KEY (person_id, organisation_id)
                )",
                "CREATE INDEX affiliations_by_organisation ON affiliations (organisation_id)",
                "CREATE TABLE circles (
                    id uuid PRIMARY KEY,
                    slug text NOT NULL UNIQUE,
                    name text NOT NULL,
                    purpose text NOT NULL DEFAULT '',
                    created_at timestamptz NOT NULL
                )",
                "CREATE TABLE circle_members (
                    circle_id uuid NOT NULL REFERENCES circles (id),
                    member_id uuid NOT NULL REFERENCES members (id),
                    role text NOT NULL CHECK (role IN ('convenor', 'secretary', 'link', 'member')),
                    since timestamptz NOT NULL,
                    PRIMARY KEY (circle_id, member_id)
                )",
                "CREATE INDEX circle_members_by_member ON circle_members (member_id)",
                "CREATE TABLE audit_log (
                    id uuid PRIMARY KEY,
                    at timestamptz NOT NULL,
                    actor_id uuid REFERENCES members (id),
                    act text NOT NULL,
                    subject text NOT NULL DEFAULT '',
                    detail text NOT NULL DEFAULT ''
                )",
                "CREATE INDEX audit_log_by_time ON audit_log (at)",
            ],
        )
        .await?;
        // Finds a word anywhere in 100,000 profiles without reading them all.
        only(
            manager,
            DatabaseBackend::Postgres,
            &[
                "CREATE EXTENSION IF NOT EXISTS pg_trgm",
                "CREATE INDEX members_search_public ON members USING gin (search_public gin_trgm_ops)",
                "CREATE INDEX members_search_members ON members USING gin (search_members gin_trgm_ops)",
            ],
        )
        .await
    }
}
