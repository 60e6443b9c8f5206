//! Accounts sent ahead to tools (SCIM 2.0): where to, and what each tool was told.

use sea_orm_migration::prelude::*;

use crate::both;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        both(manager, TARGETS).await?;
        both(manager, RESOURCES).await
    }
}

/// `revision` grows when what was read of a target no longer holds, so that whoever is at work with it notes nothing more;
/// `push` counts what was put into the outbox for it, of which only the last is carried.
const TARGETS: &[&str] = &["CREATE TABLE scim_targets (
        client_id text PRIMARY KEY REFERENCES provider_clients (client_id),
        address text NOT NULL,
        sealed_token text NOT NULL,
        active boolean NOT NULL,
        revision bigint NOT NULL DEFAULT 0,
        push bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        pushed_at timestamptz,
        tries integer NOT NULL DEFAULT 0,
        trouble text NOT NULL DEFAULT '',
        trouble_detail text NOT NULL DEFAULT '',
        troubled_at timestamptz
    )"];

/// `local_id` is the key of the member, or the name of the group. `wanted`, `sent` and `refused` are each a fingerprint of
/// what the tool should know, or `inactive`, or `gone`; what differs between the first two is still to be sent, unless the
/// tool refused just that. `name` and `external_id` are what the tool was told last. `begun` says that the tool may have
/// taken it although no answer came.
const RESOURCES: &[&str] = &[
    "CREATE TABLE scim_resources (
        client_id text NOT NULL REFERENCES scim_targets (client_id),
        kind text NOT NULL CHECK (kind IN ('user', 'group')),
        local_id text NOT NULL,
        name text NOT NULL,
        external_id text NOT NULL,
        remote_id text NOT NULL DEFAULT '',
        begun boolean NOT NULL DEFAULT FALSE,
        wanted text NOT NULL,
        sent text NOT NULL DEFAULT '',
        refused text NOT NULL DEFAULT '',
        trouble text NOT NULL DEFAULT '',
        trouble_detail text NOT NULL DEFAULT '',
        tries integer NOT NULL DEFAULT 0,
        changed_at timestamptz NOT NULL,
        sent_at timestamptz,
        by_hand_at timestamptz,
        PRIMARY KEY (client_id, kind, local_id)
    )",
    "CREATE INDEX scim_resources_by_local_id ON scim_resources (kind, local_id)",
    "CREATE TABLE scim_group_members (
        client_id text NOT NULL,
        group_id text NOT NULL,
        remote_id text NOT NULL,
        PRIMARY KEY (client_id, group_id, remote_id)
    )",
];
