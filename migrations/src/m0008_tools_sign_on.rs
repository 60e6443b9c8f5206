//! Tools of the shared sign-on: telling them that somebody is gone, ending somebody's access, and programs that register
//! themselves.

use sea_orm_migration::prelude::*;

use crate::both;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        both(manager, ENDINGS).await?;
        both(manager, REGISTRATION).await?;
        both(manager, GUARDED).await?;
        both(manager, REVIEWS).await
    }
}

/// A notice is one logout token for one tool. `address` is empty where the tool cannot be told, so that a human has to;
/// `sid` is empty where all sessions of that person end there.
const ENDINGS: &[&str] = &[
    // A session whose browser is gone is ended at the second look: for a moment a session that changes its cookie has
    // none either.
    "ALTER TABLE provider_sessions ADD COLUMN browser_missing_since timestamptz",
    "CREATE TABLE access_endings (
        id uuid PRIMARY KEY,
        member_id uuid NOT NULL REFERENCES members (id),
        ended_by uuid REFERENCES members (id),
        reason text NOT NULL,
        at timestamptz NOT NULL
    )",
    "CREATE INDEX access_endings_by_member ON access_endings (member_id, at)",
    "CREATE TABLE logout_notices (
        id uuid PRIMARY KEY,
        client_id text NOT NULL REFERENCES provider_clients (client_id),
        account_id uuid NOT NULL REFERENCES accounts (id),
        sid text NOT NULL,
        subject text NOT NULL,
        address text NOT NULL,
        reason text NOT NULL CHECK (reason IN ('signed_out', 'session_over', 'no_entry', 'withdrawn', 'access_ended')),
        ending_id uuid REFERENCES access_endings (id),
        created_at timestamptz NOT NULL,
        tries integer NOT NULL DEFAULT 0,
        last_error text NOT NULL DEFAULT '',
        confirmed_at timestamptz,
        by_hand_at timestamptz,
        by_hand_by uuid REFERENCES members (id)
    )",
    "CREATE INDEX logout_notices_by_ending ON logout_notices (ending_id)",
    "CREATE INDEX logout_notices_by_age ON logout_notices (created_at)",
];

/// Whoever holds one of these may register as many tools as it is good for; `audience` says who may enter them.
const REGISTRATION: &[&str] = &["CREATE TABLE registration_tokens (
        token_hash text PRIMARY KEY,
        note text NOT NULL,
        audience text NOT NULL,
        created_by uuid REFERENCES members (id),
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        uses_left integer NOT NULL CHECK (uses_left >= 0)
    )"];

/// Hosts that a proxy guards by asking the hub, and who is inside.
const GUARDED: &[&str] = &[
    "CREATE TABLE guarded_hosts (
        host text PRIMARY KEY,
        client_id text NOT NULL UNIQUE REFERENCES provider_clients (client_id),
        open_paths text NOT NULL DEFAULT '[]'
    )",
    "CREATE TABLE guarded_sessions (
        token_hash text PRIMARY KEY,
        host text NOT NULL,
        client_id text NOT NULL REFERENCES provider_clients (client_id),
        account_id uuid NOT NULL REFERENCES accounts (id),
        sid text NOT NULL REFERENCES provider_sessions (sid),
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
    )",
    "CREATE INDEX guarded_sessions_by_client ON guarded_sessions (client_id)",
    "CREATE INDEX guarded_sessions_by_expiry ON guarded_sessions (expires_at)",
];

/// Each circle answers at an interval for its tools and people; `decided_at` is when a steward settled what was not
/// confirmed.
const REVIEWS: &[&str] = &[
    "CREATE TABLE access_reviews (
        id uuid PRIMARY KEY,
        circle_id uuid NOT NULL REFERENCES circles (id),
        opened_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        closed_at timestamptz,
        closed_by uuid REFERENCES members (id)
    )",
    "CREATE UNIQUE INDEX access_reviews_one_open ON access_reviews (circle_id) WHERE closed_at IS NULL",
    "CREATE INDEX access_reviews_by_circle ON access_reviews (circle_id, opened_at)",
    "CREATE TABLE access_review_items (
        review_id uuid NOT NULL REFERENCES access_reviews (id),
        kind text NOT NULL CHECK (kind IN ('tool', 'person')),
        subject_id uuid NOT NULL,
        answer text CHECK (answer IN ('keep', 'remove')),
        answered_by uuid REFERENCES members (id),
        answered_at timestamptz,
        decided_by uuid REFERENCES members (id),
        decided_at timestamptz,
        PRIMARY KEY (review_id, kind, subject_id)
    )",
];
