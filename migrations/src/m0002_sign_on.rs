//! Shared sign-on: identities, browser sessions, and the built-in OpenID provider.

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
                "CREATE TABLE identities (
                    issuer text NOT NULL,
                    subject text NOT NULL,
                    member_id uuid NOT NULL REFERENCES members (id),
                    created_at timestamptz NOT NULL,
                    last_seen_at timestamptz NOT NULL,
                    PRIMARY KEY (issuer, subject)
                )",
                "CREATE INDEX identities_by_member ON identities (member_id)",
                // `id` is the SHA-256 of the cookie's value, so that a copy of the table opens no session.
                "CREATE TABLE browser_sessions (
                    id text PRIMARY KEY,
                    data text NOT NULL,
                    member_id uuid REFERENCES members (id),
                    user_agent text NOT NULL DEFAULT '',
                    created_at timestamptz NOT NULL,
                    last_seen_at timestamptz NOT NULL,
                    expires_at timestamptz NOT NULL
                )",
                "CREATE INDEX browser_sessions_by_member ON browser_sessions (member_id)",
                "CREATE INDEX browser_sessions_by_expiry ON browser_sessions (expires_at)",
                "CREATE TABLE accounts (
                    id uuid PRIMARY KEY,
                    email text NOT NULL UNIQUE,
                    name text NOT NULL,
                    password_hash text NOT NULL,
                    created_at timestamptz NOT NULL,
                    disabled_at timestamptz
                )",
                "CREATE TABLE invitations (
                    token_hash text PRIMARY KEY,
                    email text NOT NULL,
                    operational boolean NOT NULL DEFAULT FALSE,
                    user_member boolean NOT NULL DEFAULT FALSE,
                    created_at timestamptz NOT NULL,
                    expires_at timestamptz NOT NULL,
                    used_at timestamptz,
                    account_id uuid REFERENCES accounts (id)
                )",
                "CREATE TABLE provider_keys (
                    kid text PRIMARY KEY,
                    algorithm text NOT NULL,
                    private_pem text NOT NULL,
                    created_at timestamptz NOT NULL,
                    retired_at timestamptz
                )",
                // Redirect addresses are JSON arrays of exact strings.
                "CREATE TABLE provider_clients (
                    client_id text PRIMARY KEY,
                    client_secret text NOT NULL,
                    redirect_uris text NOT NULL,
                    post_logout_redirect_uris text NOT NULL,
                    created_at timestamptz NOT NULL
                )",
                "CREATE TABLE authorization_codes (
                    code_hash text PRIMARY KEY,
                    client_id text NOT NULL,
                    account_id uuid NOT NULL REFERENCES accounts (id),
                    redirect_uri text NOT NULL,
                    scope text NOT NULL,
                    nonce text,
                    code_challenge text NOT NULL,
                    auth_time timestamptz NOT NULL,
                    expires_at timestamptz NOT NULL,
                    used_at timestamptz
                )",
                "CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at)",
                "CREATE TABLE access_tokens (
                    token_hash text PRIMARY KEY,
                    code_hash text NOT NULL,
                    client_id text NOT NULL,
                    account_id uuid NOT NULL REFERENCES accounts (id),
                    scope text NOT NULL,
                    expires_at timestamptz NOT NULL
                )",
                "CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at)",
                "CREATE INDEX access_tokens_by_code ON access_tokens (code_hash)",
                "CREATE TABLE job_runs (
                    name text PRIMARY KEY,
                    next_at timestamptz NOT NULL
                )",
            ],
        )
        .await
    }
}
