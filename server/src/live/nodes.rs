//! Wake-ups from other nodes on the same `PostgreSQL`.

use std::time::Duration;

use domain::assemblies::store::CHANNEL;
use sea_orm::{DatabaseBackend, sqlx, sqlx::postgres::PgListener};

use super::Watch;

/// How long to wait before listening again after the database hung up.
const PAUSE: Duration = Duration::from_secs(2);

/// Passes on what other nodes announce, until the program stops. On `SQLite` there is one node: nothing to do.
pub async fn carry(watch: Watch) {
    if watch.db.backend() != DatabaseBackend::Postgres {
        return;
    }
    let stop = watch.shutdown.begun();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            heard = listen(&watch) => {
                if let Err(error) = heard {
                    tracing::warn!(%error, "live events from other nodes are interrupted");
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn listen(watch: &Watch) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(watch.db.read().get_postgres_connection_pool()).await?;
    listener.listen(CHANNEL).await?;
    loop {
        if let Ok(id) = listener.recv().await?.payload().parse() {
            watch.live.notify(id);
        }
    }
}
