//! `hub sso …`: looking after the shared sign-on.

use clap::Subcommand;
use domain::{
    accounts::provider::{Algorithm, clients, keys::Reason},
    audit,
};

use super::{
    Failure, open,
    sso_client::{self, Client},
};
use crate::{
    clock,
    config::Config,
    secrets,
    sso::provider::keys::{self, ALWAYS},
};

#[derive(Debug, Subcommand)]
pub(super) enum Sso {
    /// Make new keys for the built-in provider; they are published now and sign from tomorrow
    RotateKeys {
        /// The old keys cannot be trusted: forget them now, and sign with the new ones at once
        #[arg(long)]
        lost: bool,
    },
    /// Look after the tools that sign people in here
    #[command(subcommand)]
    Client(Client),
}

pub(super) async fn run(config: &Config, command: Sso) -> Result<(), Failure> {
    match command {
        Sso::RotateKeys { lost } => rotate_keys(config, lost).await,
        Sso::Client(command) => sso_client::run(config, command).await,
    }
}

async fn rotate_keys(config: &Config, lost: bool) -> Result<(), Failure> {
    if !config.sign_on.has_built_in() {
        return Err(
            "sign_on.built_in is not true beside other providers: the hub has no provider of its own, and no keys"
                .into(),
        );
    }
    let db = open(config).await?;
    let sealer = secrets::open(config, &db).await?;
    let now = clock::now();
    keys::seal_what_is_in_clear(&db, &sealer).await?;
    let mut algorithms: Vec<Algorithm> = ALWAYS.to_vec();
    for client in clients(db.read()).await? {
        if !algorithms.contains(&client.id_token_algorithm) {
            algorithms.push(client.id_token_algorithm);
        }
    }
    let reason = if lost { Reason::Lost } else { Reason::Wanted };
    let added = keys::rotate(&db, &sealer, now, &algorithms, reason).await?;
    let names: Vec<_> = added.iter().map(|algorithm| algorithm.as_str()).collect();
    let tx = db.begin().await?;
    let act = if lost {
        "provider.keys_lost"
    } else {
        "provider.rotate_keys"
    };
    audit::record(&tx, now, None, act, "", &names.join(" ")).await?;
    tx.commit().await?;
    if added.is_empty() {
        println!("New keys are published already and will sign within a day; nothing was done.");
    } else if lost {
        println!(
            "New keys for {} sign within a minute, on all nodes. What the old ones signed proves nothing any more.",
            names.join(", ")
        );
    } else {
        println!(
            "New keys for {} are published, and sign from tomorrow.",
            names.join(", ")
        );
    }
    Ok(())
}
