//! The built-in provider grows up: keys that rotate, clients that are tools, sessions that tools know, refresh tokens,
//! devices, consents; and secrets that are sealed.

use sea_orm_migration::prelude::*;

use crate::both;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        both(manager, KEYS).await?;
        both(manager, CLIENTS).await?;
        both(manager, SESSIONS).await?;
        both(manager, GRANTS).await
    }
}

/// `private_key` is sealed; what an earlier version wrote there in clear is sealed when the program starts. It is emptied
/// once the key signs no more: `public_jwk` is what stays published until `retired_at`.
const KEYS: &[&str] = &[
    // The name of the one key that seals secrets in this database.
    "CREATE TABLE sealing_key (
        only_one integer PRIMARY KEY CHECK (only_one = 1),
        fingerprint text NOT NULL,
        created_at timestamptz NOT NULL
    )",
    "ALTER TABLE provider_keys RENAME COLUMN private_pem TO private_key",
    "ALTER TABLE provider_keys ADD COLUMN public_jwk text NOT NULL DEFAULT ''",
    "ALTER TABLE provider_keys ADD COLUMN signs_from timestamptz",
    "ALTER TABLE provider_keys ADD COLUMN signs_until timestamptz",
    "UPDATE provider_keys SET signs_from = created_at",
    "CREATE INDEX provider_keys_by_algorithm ON provider_keys (algorithm, signs_from)",
];

/// `scopes` and `grant_types` are words with spaces between them, as on the wire; `audience` is JSON. Only the hub's own
/// client has a `sealed_secret`, because only the hub has to know it; of all others the SHA-256 is kept. `old_secret_hash`
/// still opens until `old_secret_until`, so that a secret can be changed without an hour of closed doors.
const CLIENTS: &[&str] = &[
    "ALTER TABLE provider_clients RENAME COLUMN client_secret TO sealed_secret",
    "ALTER TABLE provider_clients ADD COLUMN name text NOT NULL DEFAULT ''",
    "ALTER TABLE provider_clients ADD COLUMN tool_id uuid REFERENCES tools (id)",
    "ALTER TABLE provider_clients ADD COLUMN kind text NOT NULL DEFAULT 'confidential'
        CHECK (kind IN ('confidential', 'public'))",
    "ALTER TABLE provider_clients ADD COLUMN auth_method text NOT NULL DEFAULT 'client_secret_basic'
        CHECK (auth_method IN ('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'))",
    "ALTER TABLE provider_clients ADD COLUMN secret_hash text NOT NULL DEFAULT ''",
    "ALTER TABLE provider_clients ADD COLUMN secret_at timestamptz",
    "ALTER TABLE provider_clients ADD COLUMN old_secret_hash text NOT NULL DEFAULT ''",
    "ALTER TABLE provider_clients ADD COLUMN old_secret_until timestamptz",
    // A JWK set, for private_key_jwt.
    "ALTER TABLE provider_clients ADD COLUMN jwks text NOT NULL DEFAULT ''",
    "ALTER TABLE provider_clients ADD COLUMN scopes text NOT NULL DEFAULT 'openid profile email'",
    "ALTER TABLE provider_clients ADD COLUMN grant_types text NOT NULL DEFAULT 'authorization_code'",
    "ALTER TABLE provider_clients ADD COLUMN id_token_algorithm text NOT NULL DEFAULT 'RS256'
        CHECK (id_token_algorithm IN ('RS256', 'ES256', 'EdDSA'))",
    "ALTER TABLE provider_clients ADD COLUMN subject_type text NOT NULL DEFAULT 'public'
        CHECK (subject_type IN ('public', 'pairwise'))",
    "ALTER TABLE provider_clients ADD COLUMN sector text NOT NULL DEFAULT ''",
    "ALTER TABLE provider_clients ADD COLUMN backchannel_logout_uri text NOT NULL DEFAULT ''",
    "ALTER TABLE provider_clients ADD COLUMN backchannel_session_required boolean NOT NULL DEFAULT FALSE",
    "ALTER TABLE provider_clients ADD COLUMN frontchannel_logout_uri text NOT NULL DEFAULT ''",
    "ALTER TABLE provider_clients ADD COLUMN frontchannel_session_required boolean NOT NULL DEFAULT FALSE",
    "ALTER TABLE provider_clients ADD COLUMN audience text NOT NULL DEFAULT '\"everybody\"'",
    // Whether the person is asked before it learns about them; the hub itself is not asked about.
    "ALTER TABLE provider_clients ADD COLUMN asks_consent boolean NOT NULL DEFAULT FALSE",
    // For tools that look into the ID token and nowhere else.
    "ALTER TABLE provider_clients ADD COLUMN claims_in_id_token boolean NOT NULL DEFAULT FALSE",
    "ALTER TABLE provider_clients ADD COLUMN created_by uuid REFERENCES members (id)",
    "ALTER TABLE provider_clients ADD COLUMN disabled_at timestamptz",
    "ALTER TABLE provider_clients ADD COLUMN registration_token_hash text NOT NULL DEFAULT ''",
    "CREATE INDEX provider_clients_by_tool ON provider_clients (tool_id)",
    // Client assertions (RFC 7523) that were taken: none is taken twice.
    "CREATE TABLE provider_assertions (
        assertion_hash text PRIMARY KEY,
        expires_at timestamptz NOT NULL
    )",
    "CREATE INDEX provider_assertions_by_expiry ON provider_assertions (expires_at)",
    "CREATE TABLE provider_consents (
        account_id uuid NOT NULL REFERENCES accounts (id),
        client_id text NOT NULL REFERENCES provider_clients (client_id),
        scopes text NOT NULL,
        given_at timestamptz NOT NULL,
        withdrawn_at timestamptz,
        PRIMARY KEY (account_id, client_id)
    )",
    // Who somebody is to the clients of one sector, where that is not what others know.
    "CREATE TABLE provider_subjects (
        sector text NOT NULL,
        account_id uuid NOT NULL REFERENCES accounts (id),
        subject text NOT NULL UNIQUE,
        PRIMARY KEY (sector, account_id)
    )",
];

/// A session of the provider is one person in one browser, from signing in to signing out; `sid` is what tools call it.
/// The row of the browser's session names it, under whatever cookie that is.
const SESSIONS: &[&str] = &[
    "CREATE TABLE provider_sessions (
        sid text PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES accounts (id),
        started_at timestamptz NOT NULL,
        auth_time timestamptz NOT NULL,
        amr text NOT NULL DEFAULT '',
        acr text NOT NULL DEFAULT '',
        user_agent text NOT NULL DEFAULT '',
        ended_at timestamptz
    )",
    "CREATE INDEX provider_sessions_by_account ON provider_sessions (account_id, ended_at)",
    "ALTER TABLE browser_sessions ADD COLUMN provider_sid text",
    "CREATE INDEX browser_sessions_by_sid ON browser_sessions (provider_sid)",
    // What each tool was told in a session: scopes and names of claims, as words.
    "CREATE TABLE provider_session_clients (
        sid text NOT NULL REFERENCES provider_sessions (sid),
        client_id text NOT NULL REFERENCES provider_clients (client_id),
        subject text NOT NULL,
        scopes text NOT NULL,
        claims text NOT NULL DEFAULT '',
        first_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        ended_at timestamptz,
        PRIMARY KEY (sid, client_id)
    )",
    "CREATE INDEX provider_session_clients_by_client ON provider_session_clients (client_id, last_at)",
];

/// A family is everything that came out of one grant: code, access tokens, refresh tokens. It is revoked as a whole.
/// `claims` is the `claims` parameter of the request, JSON, empty where there was none.
const GRANTS: &[&str] = &[
    "ALTER TABLE authorization_codes ADD COLUMN family uuid",
    "ALTER TABLE authorization_codes ADD COLUMN sid text",
    "ALTER TABLE authorization_codes ADD COLUMN acr text NOT NULL DEFAULT ''",
    "ALTER TABLE authorization_codes ADD COLUMN amr text NOT NULL DEFAULT ''",
    "ALTER TABLE authorization_codes ADD COLUMN claims text NOT NULL DEFAULT ''",
    "ALTER TABLE access_tokens ADD COLUMN family uuid",
    "ALTER TABLE access_tokens ADD COLUMN sid text",
    "ALTER TABLE access_tokens ADD COLUMN claims text NOT NULL DEFAULT ''",
    "ALTER TABLE access_tokens ADD COLUMN issued_at timestamptz",
    "CREATE INDEX access_tokens_by_family ON access_tokens (family)",
    "CREATE INDEX access_tokens_by_account ON access_tokens (account_id)",
    "CREATE TABLE provider_refresh_tokens (
        token_hash text PRIMARY KEY,
        family uuid NOT NULL,
        client_id text NOT NULL REFERENCES provider_clients (client_id),
        account_id uuid NOT NULL REFERENCES accounts (id),
        sid text,
        scope text NOT NULL,
        claims text NOT NULL DEFAULT '',
        acr text NOT NULL DEFAULT '',
        amr text NOT NULL DEFAULT '',
        auth_time timestamptz NOT NULL,
        issued_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        family_ends_at timestamptz NOT NULL,
        used_at timestamptz,
        revoked_at timestamptz
    )",
    "CREATE INDEX provider_refresh_tokens_by_family ON provider_refresh_tokens (family)",
    "CREATE INDEX provider_refresh_tokens_by_account ON provider_refresh_tokens (account_id, client_id)",
    "CREATE INDEX provider_refresh_tokens_by_sid ON provider_refresh_tokens (sid)",
    "CREATE INDEX provider_refresh_tokens_by_expiry ON provider_refresh_tokens (expires_at)",
    "CREATE TABLE provider_device_codes (
        device_code_hash text PRIMARY KEY,
        user_code_hash text NOT NULL UNIQUE,
        client_id text NOT NULL REFERENCES provider_clients (client_id),
        scope text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        wait_seconds integer NOT NULL,
        polled_at timestamptz,
        state text NOT NULL CHECK (state IN ('pending', 'allowed', 'refused', 'used')),
        account_id uuid REFERENCES accounts (id),
        sid text,
        acr text NOT NULL DEFAULT '',
        amr text NOT NULL DEFAULT '',
        auth_time timestamptz,
        CHECK (state NOT IN ('allowed', 'used') OR account_id IS NOT NULL)
    )",
    "CREATE INDEX provider_device_codes_by_expiry ON provider_device_codes (expires_at)",
];
