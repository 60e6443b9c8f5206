//! The loop, with a kind made for the purpose.
#![allow(clippy::unwrap_used)]

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use domain::{
    db::Db,
    outbox::{self, Failure},
    testing::on_each_database,
};

use super::{Kind, carry_due};
use crate::{
    clock,
    config::Config,
    state::{AppState, Shutdown},
};

/// Arrives, waits, or never will, as the payload says.
const AS_TOLD: Kind = Kind {
    name: "as_told",
    carry: |_, leased| {
        Box::pin(async move {
            match leased.payload.as_str() {
                "\"arrive\"" => {
                    ARRIVED.fetch_add(1, Ordering::Relaxed);
                    Ok(())
                }
                "\"wait\"" => Err(Failure::later("not now")),
                _ => Err(Failure::never("nobody there")),
            }
        })
    },
};
static ARRIVED: AtomicUsize = AtomicUsize::new(0);

fn node(db: Db) -> AppState {
    let config = Config::load_with(Path::new("/nonexistent"), &[]).unwrap();
    AppState::new(config, db, domain::testing::sealer(), Shutdown::never()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_carry_everything_once_and_keep_what_failed() {
    on_each_database(|db| async move {
        ARRIVED.store(0, Ordering::Relaxed);
        let tx = db.begin().await.unwrap();
        for words in ["arrive", "arrive", "wait", "never", "arrive"] {
            outbox::enqueue(&tx, clock::now(), AS_TOLD.name, &words, None)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let (one, other) = (node(db.clone()), node(db.clone()));
        let (one, other) = tokio::join!(carry_due(&one, &[AS_TOLD]), carry_due(&other, &[AS_TOLD]));
        assert_eq!(one + other, 3);
        assert_eq!(ARRIVED.load(Ordering::Relaxed), 3);
        let lag = outbox::lag(db.read()).await.unwrap();
        assert_eq!((lag.waiting, lag.given_up), (1, 1));
    })
    .await;
}
