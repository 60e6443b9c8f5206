//! What every route can reach.

use std::{future::Future, sync::Arc};

use axum::extract::FromRef;
use domain::db::Db;
use leptos::config::LeptosOptions;
use tokio::sync::watch;

use crate::config::Config;

/// Shared by all routes, cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// What pages and actions work with.
    pub services: Arc<Services>,
    /// The settings.
    pub config: Arc<Config>,
    /// Whether the program is told to stop.
    pub shutdown: Shutdown,
    /// Where leptos finds the built browser files.
    pub leptos: LeptosOptions,
}

impl AppState {
    /// The state of a node.
    pub fn new(config: Config, db: Db, shutdown: Shutdown) -> Self {
        Self {
            services: Arc::new(Services { db }),
            leptos: leptos_options(&config),
            config: Arc::new(config),
            shutdown,
        }
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.services.db
    }
}

/// Stands in until the pages bring theirs.
pub struct Services {
    /// The database.
    pub db: Db,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

/// Names of the built files carry a hash where cargo-leptos left a list of them beside the program.
fn leptos_options(config: &Config) -> LeptosOptions {
    let hashed = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("hash.txt").exists()))
        .unwrap_or(false);
    LeptosOptions::builder()
        .output_name("hub")
        .site_root(config.server.site_folder.display().to_string())
        .site_pkg_dir("pkg")
        .site_addr(config.server.listen)
        .hash_files(hashed)
        .build()
}

/// Tells long-lived answers (server-sent events) and jobs that the program is stopping.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// A signal and the means to give it.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Waits until the program is told to stop (or whoever could tell is gone).
    pub fn begun(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut receiver = self.0.clone();
        async move {
            let _ = receiver.wait_for(|stopping| *stopping).await;
        }
    }
}
