//! Assemblies in the database. Every act is one transaction: the session's row is locked, the rules decide on what is
//! there, the change is written, the session's revision rises, and those who watch are told.

mod door;
mod inside;
mod load;
#[cfg(test)]
mod tests;

pub use door::{Opening, close, enter, leave, open, schedule};
pub use inside::{advance, note, release, take};
pub use load::{load, load_for};

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, Statement};

use super::{AssemblyError, Room};
use crate::{SessionId, db::Db, sessions};

/// The channel by which nodes on one `PostgreSQL` tell each other which session has changed.
pub const CHANNEL: &str = "hub_live";

/// Begins an act: nobody else changes this session until it ends.
async fn begin(db: &Db, id: SessionId) -> Result<(DatabaseTransaction, Room), AssemblyError> {
    let tx = db.begin().await?;
    let session = sessions::store::lock(&tx, id).await?;
    let room = load_for(&tx, session).await?;
    Ok((tx, room))
}

/// Ends an act: raises the revision, tells the other nodes once it is committed, and commits.
async fn finish(tx: DatabaseTransaction, id: SessionId) -> Result<(), AssemblyError> {
    sessions::store::bump_revision(&tx, id).await?;
    announce(&tx, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Tells all nodes that a session has changed; `PostgreSQL` delivers it with the commit. `SQLite` has one node.
pub async fn announce(tx: &impl ConnectionTrait, id: SessionId) -> Result<(), DbErr> {
    if tx.get_database_backend() == DatabaseBackend::Postgres {
        tx.execute_raw(Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT pg_notify($1, $2)",
            [CHANNEL.into(), id.to_string().into()],
        ))
        .await?;
    }
    Ok(())
}
