//! One transaction at a time for things that have no row to lock yet.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};

/// What only one transaction does at a time.
#[derive(Clone, Copy)]
pub(super) enum Only {
    /// Making the first account or the first member of a hub.
    First = 0x0068_7563,
    /// Making the provider's key and the hub's own client.
    Provider = 0x0068_7564,
    /// Giving and taking what providers rule, so that two last stewards do not go at the same moment.
    Gifts = 0x0068_7568,
}

/// Waits until no other transaction does this; held until the transaction ends. On `SQLite` writers queue anyway.
pub(super) async fn hold(tx: &impl ConnectionTrait, what: Only) -> Result<(), DbErr> {
    if tx.get_database_backend() == DatabaseBackend::Postgres {
        tx.execute_raw(Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [(what as i64).into()],
        ))
        .await?;
    }
    Ok(())
}
