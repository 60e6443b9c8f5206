//! The directory: people and organisations, circles, affiliations, and the audit log.

use sea_orm_migration::prelude::*;

use crate::both;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        both(
            manager,
            &[
                // `visibility` is a JSON object from field name to public, members or nobody;
                // `search` is name, handle and what everybody or members may see, in lower case, kept by the store.
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
                    updated_at timestamptz NOT NULL
                )",
                "CREATE INDEX members_by_name ON members (kind, name, id)",
                "CREATE INDEX members_by_region ON members (region, name)",
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
        .await
    }
}
