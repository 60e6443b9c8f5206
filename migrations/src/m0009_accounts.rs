//! What keeps accounts of the built-in provider safe: addresses, links by mail, requests, devices, brakes, a second step, passkeys.

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
                // Language of the letters to its person; empty where nobody knows.
                "ALTER TABLE accounts ADD COLUMN locale text NOT NULL DEFAULT ''",
                // `accounts.email` is the main one of them. An address that was proved belongs to one account.
                "CREATE TABLE account_addresses (
                    account_id uuid NOT NULL REFERENCES accounts (id),
                    address text NOT NULL,
                    created_at timestamptz NOT NULL,
                    verified_at timestamptz,
                    PRIMARY KEY (account_id, address)
                )",
                "CREATE UNIQUE INDEX account_addresses_proved ON account_addresses (address) WHERE verified_at IS NOT NULL",
                "INSERT INTO account_addresses (account_id, address, created_at) SELECT id, email, created_at FROM accounts",
                // Where an invitation comes from; `mailed` ones prove the address of whoever holds them.
                "ALTER TABLE invitations ADD COLUMN name text NOT NULL DEFAULT ''",
                "ALTER TABLE invitations ADD COLUMN origin text NOT NULL DEFAULT 'invited'
                    CHECK (origin IN ('invited', 'registered', 'approved'))",
                "ALTER TABLE invitations ADD COLUMN mailed boolean NOT NULL DEFAULT FALSE",
                "CREATE INDEX invitations_by_expiry ON invitations (expires_at)",
                "CREATE INDEX invitations_by_account ON invitations (account_id)",
                // Single use, short lived: the letter has the token, the table its SHA-256.
                "CREATE TABLE account_links (
                    token_hash text PRIMARY KEY,
                    purpose text NOT NULL CHECK (purpose IN ('verify_address', 'reset_password')),
                    account_id uuid NOT NULL REFERENCES accounts (id),
                    address text NOT NULL,
                    created_at timestamptz NOT NULL,
                    expires_at timestamptz NOT NULL,
                    used_at timestamptz
                )",
                "CREATE INDEX account_links_by_account ON account_links (account_id)",
                "CREATE INDEX account_links_by_expiry ON account_links (expires_at)",
                "CREATE TABLE account_requests (
                    id uuid PRIMARY KEY,
                    email text NOT NULL,
                    name text NOT NULL,
                    words text NOT NULL DEFAULT '',
                    locale text NOT NULL DEFAULT '',
                    created_at timestamptz NOT NULL,
                    decided_at timestamptz,
                    decided_by uuid REFERENCES members (id),
                    accepted boolean
                )",
                "CREATE UNIQUE INDEX account_requests_open ON account_requests (email) WHERE decided_at IS NULL",
                // A person's own trail: what happened to their account.
                "CREATE TABLE account_events (
                    id uuid PRIMARY KEY,
                    account_id uuid NOT NULL REFERENCES accounts (id),
                    at timestamptz NOT NULL,
                    act text NOT NULL,
                    detail text NOT NULL DEFAULT ''
                )",
                "CREATE INDEX account_events_by_account ON account_events (account_id, at)",
                "CREATE INDEX audit_log_by_actor ON audit_log (actor_id, at)",
                // Browsers where an account has signed in; the cookie has the token.
                "CREATE TABLE account_devices (
                    token_hash text PRIMARY KEY,
                    account_id uuid NOT NULL REFERENCES accounts (id),
                    user_agent text NOT NULL DEFAULT '',
                    created_at timestamptz NOT NULL,
                    last_seen_at timestamptz NOT NULL
                )",
                "CREATE INDEX account_devices_by_account ON account_devices (account_id)",
                // `spent_until` in milliseconds since 1970, so that both databases can count with it.
                "CREATE TABLE throttle (
                    key_hash text PRIMARY KEY,
                    spent_until bigint NOT NULL
                )",
                // A seed of codes, sealed; `last_step` is the latest step whose code was used.
                "CREATE TABLE account_totp (
                    account_id uuid PRIMARY KEY REFERENCES accounts (id),
                    sealed_seed text NOT NULL,
                    created_at timestamptz NOT NULL,
                    confirmed_at timestamptz,
                    last_step bigint NOT NULL DEFAULT 0
                )",
                // Whether a passkey is asked for after the password.
                "ALTER TABLE accounts ADD COLUMN passkey_second boolean NOT NULL DEFAULT FALSE",
                // Public keys and what goes with them, as JSON: nothing here opens anything.
                "CREATE TABLE account_passkeys (
                    credential_id text PRIMARY KEY,
                    account_id uuid NOT NULL REFERENCES accounts (id),
                    name text NOT NULL,
                    credential text NOT NULL,
                    created_at timestamptz NOT NULL,
                    last_used_at timestamptz
                )",
                "CREATE INDEX account_passkeys_by_account ON account_passkeys (account_id)",
                "CREATE TABLE account_recovery_codes (
                    account_id uuid NOT NULL REFERENCES accounts (id),
                    code_hash text NOT NULL,
                    used_at timestamptz,
                    PRIMARY KEY (account_id, code_hash)
                )",
                "CREATE INDEX throttle_by_time ON throttle (spent_until)",
            ],
        )
        .await
    }
}
