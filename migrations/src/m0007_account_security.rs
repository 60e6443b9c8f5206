//! The outbox: what has to reach somebody outside, kept until it has.

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
                // `payload` is JSON and is emptied once it has arrived. `attempts` also says whose turn a lease is.
                "CREATE TABLE outbox (
                    id uuid PRIMARY KEY,
                    kind text NOT NULL,
                    payload text NOT NULL,
                    dedupe_key text UNIQUE,
                    attempts integer NOT NULL DEFAULT 0,
                    created_at timestamptz NOT NULL,
                    next_at timestamptz NOT NULL,
                    leased_until timestamptz,
                    last_error text NOT NULL DEFAULT '',
                    done_at timestamptz,
                    given_up_at timestamptz
                )",
                "CREATE INDEX outbox_by_turn ON outbox (next_at) WHERE done_at IS NULL AND given_up_at IS NULL",
            ],
        )
        .await
    }
}
