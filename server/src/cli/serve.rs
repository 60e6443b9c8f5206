//! `hub serve`.

use std::{net::SocketAddr, time::Duration};

use axum::{extract::FromRef, serve::ListenerExt};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use super::{Failure, open};
use crate::{
    config::{Config, Log, LogFormat},
    http, jobs, live, outbox, secrets, sso,
    state::{AppState, Shutdown},
};

/// Serves until the process is told to stop, then lets running requests finish.
pub(super) async fn serve(config: Config) -> Result<(), Failure> {
    start_log(&config.log)?;
    config.check_files()?;
    // The address is taken first: whoever connects from now on waits for the database instead of being turned away.
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen} (server.listen): {error}"))?;
    let db = open(&config).await?;
    let sealer = secrets::open(&config, &db).await?;
    let (signal, shutdown) = Shutdown::new();
    let grace = Duration::from_secs(config.server.shutdown_seconds.into());
    let address = config.base_url();
    let state = AppState::new(config, db, sealer, shutdown.clone())?;
    let jobs = tokio::spawn(jobs::run(state.clone()));
    let carrier = tokio::spawn(outbox::run(state.clone()));
    tokio::spawn(sso::rp::watch::run(state.sso.clone(), shutdown.begun()));
    tokio::spawn(live::nodes::carry(live::Watch::from_ref(&state)));
    let listener = listener.tap_io(|stream| {
        // Without it, small answers wait for the other side's delayed acknowledgement: 40 ms each.
        let _ = stream.set_nodelay(true);
    });
    let server = axum::serve(
        listener,
        // Where a request comes from is needed for the brake on wrong passwords.
        http::with_state(state).into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(shutdown.begun());
    tracing::info!(%listen, %address, "serving");
    let told = tokio::spawn(async move {
        told_to_stop().await;
        tracing::info!("stopping: running requests may finish");
        let _ = signal.send(true);
        tokio::time::sleep(grace).await;
    });
    tokio::select! {
        outcome = server.into_future() => outcome?,
        _ = told => tracing::warn!("some requests did not finish in time"),
    }
    let _ = tokio::time::timeout(grace, async { tokio::join!(jobs, carrier) }).await;
    tracing::info!("stopped");
    Ok(())
}

fn start_log(log: &Log) -> Result<(), Failure> {
    let lines = tracing_subscriber::registry().with(EnvFilter::try_new(&log.level)?);
    let to_stderr = fmt::layer().with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => lines.with(to_stderr).try_init()?,
        LogFormat::Json => lines.with(to_stderr.json().flatten_event(true)).try_init()?,
    }
    Ok(())
}

/// Waits for SIGTERM or SIGINT.
async fn told_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
