//! People who come through several providers: what each provider said and gave, which sessions it may end, and which records
//! became one.

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
                // What the provider said last. Only a verified address may offer a link, and it never makes one.
                "ALTER TABLE identities ADD COLUMN name text NOT NULL DEFAULT ''",
                "ALTER TABLE identities ADD COLUMN email text NOT NULL DEFAULT ''",
                "ALTER TABLE identities ADD COLUMN email_verified boolean NOT NULL DEFAULT FALSE",
                "CREATE INDEX identities_by_verified_email ON identities (email) WHERE email_verified",
                // Through whom a session came in, so that a logout token finds it. They repeat what `data` says.
                "ALTER TABLE browser_sessions ADD COLUMN issuer text",
                "ALTER TABLE browser_sessions ADD COLUMN subject text",
                "ALTER TABLE browser_sessions ADD COLUMN sid text",
                "ALTER TABLE browser_sessions ADD COLUMN sign_on_id uuid",
                "CREATE INDEX browser_sessions_by_identity ON browser_sessions (issuer, subject)",
                "CREATE INDEX browser_sessions_by_issuer_sid ON browser_sessions (issuer, sid)",
                // What a provider gave and the hub did not: it is taken away when the provider stops giving it.
                // `what` is operational or user for a class, the circle's key for a circle, empty for a steward.
                "CREATE TABLE provider_gifts (
                    issuer text NOT NULL,
                    subject text NOT NULL,
                    kind text NOT NULL CHECK (kind IN ('class', 'circle', 'steward')),
                    what text NOT NULL,
                    role text NOT NULL DEFAULT '',
                    since timestamptz NOT NULL,
                    PRIMARY KEY (issuer, subject, kind, what),
                    FOREIGN KEY (issuer, subject) REFERENCES identities (issuer, subject)
                )",
                // Logout tokens are taken once. A row goes when its token would be refused for its age.
                "CREATE TABLE logout_tokens_seen (
                    issuer text NOT NULL,
                    jti text NOT NULL,
                    expires_at timestamptz NOT NULL,
                    PRIMARY KEY (issuer, jti)
                )",
                "CREATE INDEX logout_tokens_seen_by_expiry ON logout_tokens_seen (expires_at)",
                // Refresh tokens of foreign providers, sealed. Beside the session and not in it: two answers at the same
                // moment write the session twice, and an old token that comes back would end the session there.
                "CREATE TABLE sign_on_tokens (
                    id uuid PRIMARY KEY,
                    provider text NOT NULL,
                    issuer text NOT NULL,
                    subject text NOT NULL,
                    refresh_token text NOT NULL,
                    due_at timestamptz NOT NULL,
                    created_at timestamptz NOT NULL
                )",
                // Handles of records that became part of another one: addresses with them lead to the record that stayed.
                "CREATE TABLE former_handles (
                    handle text PRIMARY KEY,
                    member_id uuid NOT NULL REFERENCES members (id),
                    since timestamptz NOT NULL
                )",
                "CREATE INDEX former_handles_by_member ON former_handles (member_id)",
            ],
        )
        .await
    }
}
