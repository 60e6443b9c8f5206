//! The database: an `SQLite` file by default, `PostgreSQL` to grow.
//!
//! Reads go through [`Db::read`], writes through [`Db::begin`], always. On `SQLite` writers have one connection and begin
//! with `BEGIN IMMEDIATE`, so that they queue instead of failing; readers have a pool that never waits for them (WAL).

use std::{sync::Arc, time::Duration};

use migrations::Migrator;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr,
    RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use tokio::sync::Notify;

/// How long a writer waits for another process's writer.
const BUSY: Duration = Duration::from_secs(10);
/// Number of the advisory lock that guards migrations on `PostgreSQL`: "hub" in ASCII.
const MIGRATION_LOCK: i64 = 0x0068_7562;

/// A handle on the database, cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    /// One connection that only looks whether others changed something.
    watcher: DatabaseConnection,
    url: String,
    outbox: Arc<Notify>,
}

/// A state of the database, to compare with another one: equal only where no transaction changed anything between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp(String);

impl Db {
    /// Connects to `sqlite://path` (the file is made where it is missing) or `postgres://…`.
    ///
    /// # Errors
    /// Where the address is of another kind, or nothing answers there.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, DbErr> {
        if url.starts_with("sqlite:") {
            Ok(Self {
                writer: connect_sqlite(url, 1).await?,
                reader: connect_sqlite(url, connections).await?,
                watcher: connect_sqlite(url, 1).await?,
                url: url.to_owned(),
                outbox: Arc::default(),
            })
        } else {
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(connections)
                .sqlx_logging(false)
                .acquire_timeout(Duration::from_secs(20));
            let pool = Database::connect(options).await?;
            Ok(Self {
                writer: pool.clone(),
                watcher: pool.clone(),
                reader: pool,
                url: url.to_owned(),
                outbox: Arc::default(),
            })
        }
    }

    /// Where queries that change nothing go.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.writer
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await
    }

    /// Wakes whoever carries out the outbox in this process. Call it after the commit of what was put there; without it
    /// (or on another node) it is found at the next tick.
    pub fn wake_outbox(&self) {
        self.outbox.notify_one();
    }

    /// Waits until something was put into the outbox in this process.
    pub async fn outbox_woken(&self) {
        self.outbox.notified().await;
    }

    /// The state that the database is in now. Stamps of one `Db` (or clones of it) can be compared.
    ///
    /// `SQLite` counts the changes that other connections made, which is why its watcher is one connection that lives as
    /// long as the program. `PostgreSQL` names the transactions that a reader sees: the same name, the same data.
    pub async fn stamp(&self) -> Result<Stamp, DbErr> {
        let question = match self.backend() {
            DatabaseBackend::Postgres => "SELECT pg_current_snapshot()::text AS stamp",
            _ => "SELECT CAST(data_version AS text) AS stamp FROM pragma_data_version()",
        };
        let row = self
            .watcher
            .query_one_raw(Statement::from_string(self.backend(), question))
            .await?;
        row.ok_or_else(|| DbErr::RecordNotFound("the database's stamp".to_owned()))?
            .try_get("", "stamp")
            .map(Stamp)
    }

    /// Which database this is.
    pub fn backend(&self) -> DatabaseBackend {
        self.reader.get_database_backend()
    }

    /// Brings the schema up to date. Nodes that start together wait for the first; it does the work once.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        match self.backend() {
            DatabaseBackend::Postgres => {
                let guard = self.begin().await?;
                guard
                    .execute_raw(Statement::from_sql_and_values(
                        DatabaseBackend::Postgres,
                        "SELECT pg_advisory_xact_lock($1)",
                        [MIGRATION_LOCK.into()],
                    ))
                    .await?;
                Migrator::up(&self.writer, None).await?;
                guard.commit().await
            }
            _ => {
                let _guard = self.lock_file().await?;
                Migrator::up(&self.writer, None).await
            }
        }
    }

    /// How many steps of the schema this database has not had yet.
    pub async fn pending_migrations(&self) -> Result<usize, DbErr> {
        Ok(Migrator::get_pending_migrations(&self.writer).await?.len())
    }

    /// Locks a file beside the `SQLite` file until the handle is dropped.
    async fn lock_file(&self) -> Result<std::fs::File, DbErr> {
        let path = self.url.trim_start_matches("sqlite:").trim_start_matches("//");
        let path = format!("{}.lock", path.split('?').next().unwrap_or(path));
        tokio::task::spawn_blocking(move || {
            let file = std::fs::File::create(&path)?;
            file.lock()?;
            Ok(file)
        })
        .await
        .map_err(|e| DbErr::Custom(e.to_string()))?
        .map_err(|e: std::io::Error| DbErr::Custom(format!("the lock file beside the database: {e}")))
    }
}

async fn connect_sqlite(url: &str, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .foreign_keys(true)
                .busy_timeout(BUSY)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "NORMAL")
        });
    Database::connect(options).await
}

/// Whether the database refused because of the named invariant: a constraint, an index or a trigger.
pub fn violates(error: &DbErr, invariant: &str) -> bool {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => cause
            .as_database_error()
            .is_some_and(|e| e.constraint() == Some(invariant) || e.message().contains(invariant)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::{make_space, on_each_database};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_stamp_changes_with_the_data() {
        on_each_database(|db| async move {
            let before = db.stamp().await.unwrap();
            let space = make_space(&db, "hall", &[]).await;
            let after = db.stamp().await.unwrap();
            assert_ne!(before, after);
            crate::spaces::store::by_ids(db.read(), [space.id].to_vec())
                .await
                .unwrap();
            // The transactions of other databases count on one server of PostgreSQL, so that more may look changed there.
            if db.backend() == DatabaseBackend::Sqlite {
                assert_eq!(after, db.stamp().await.unwrap());
            }
        })
        .await;
    }
}
