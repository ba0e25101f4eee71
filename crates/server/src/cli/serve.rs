//! `slipway serve`: bind, start the parts, say where, run until told to stop, hand everything back.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;
use secrecy::ExposeSecret as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::task::TaskTracker;
use tracing_subscriber::EnvFilter;

use super::{CliError, answer, opening};
use crate::authn;
use crate::authz::system;
use crate::config::{Config, LogFormat, options};
use crate::http::agent::AgentsError;
use crate::http::{self, agent};
use crate::state::AppState;
use crate::workers;

/// How long requests may finish after the signal; streams are told to end at once.
const GRACE: Duration = Duration::from_secs(10);
/// How long a client may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(15);

pub(super) async fn run(config: Config) -> Result<(), CliError> {
    let state = opening::open(config).await?;
    let console = listen(state.config.listen)?;
    let agents = listen(state.config.agents_listen)?;
    let metrics = state.config.metrics_listen.map(listen).transpose()?;
    let said = Said::of(&state, &console, &agents)?;
    state.agents_port.store(agents.local_addr().map_err(CliError::Serve)?.port(), Ordering::Relaxed);
    let tracker = TaskTracker::new();
    stop_on_signal(&state, &tracker)?;
    workers::start(&state, &tracker);
    let agents = tracker.spawn(serve_agents(state.clone(), agents));
    if let Some(metrics) = metrics {
        tracing::info!("metrics on http://{}", metrics.local_addr().map_err(CliError::Serve)?);
        tracker.spawn(serve_metrics(state.clone(), metrics));
    }
    offer_first_administrator(&state, &said.console).await?;
    let served = serve_console(&state, console, &tracker, said).await;
    // Also when the listener broke: the loops give their leases back.
    state.shutdown.cancel();
    tracker.close();
    tracker.wait().await;
    state.db.close().await;
    tracing::info!("stopped");
    served?;
    agents
        .await
        .map_or_else(|panicked| Err(CliError::Part(panicked)), |served| served.map_err(CliError::Agents))
}

/// A server that agents cannot reach is no use: when their listener breaks, everything stops.
async fn serve_agents(state: AppState, listener: TcpListener) -> Result<(), AgentsError> {
    let served = agent::serve(state.clone(), listener).await;
    state.shutdown.cancel();
    served
}

/// Who watches over the server must not be what stops it.
async fn serve_metrics(state: AppState, listener: TcpListener) {
    let handle = Handle::<SocketAddr>::new();
    let (stopping, ending) = (state.shutdown.clone(), handle.clone());
    tokio::spawn(async move {
        stopping.cancelled().await;
        ending.shutdown();
    });
    let routes = http::metrics::alone(state, system::for_worker("metrics"));
    let served = match axum_server::from_tcp(listener) {
        Ok(server) => server.handle(handle).serve(routes.into_make_service()).await,
        Err(error) => Err(error),
    };
    if let Err(error) = served {
        tracing::error!("metrics are not told any more: {error}");
    }
}

async fn serve_console(
    state: &AppState,
    listener: TcpListener,
    tracker: &TaskTracker,
    said: Said,
) -> Result<(), CliError> {
    let handle = Handle::<SocketAddr>::new();
    let (stopping, ending) = (state.shutdown.clone(), handle.clone());
    tracker.spawn(async move {
        stopping.cancelled().await;
        ending.graceful_shutdown(Some(GRACE));
    });
    let service = http::router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    said.write()?;
    tracing::info!("console on {}", said.console);
    tracing::info!("agents on {}", said.agents);
    let served = if let Some(tls) = &state.config.tls {
        let tls = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await.map_err(CliError::Tls)?;
        let mut server = axum_server::from_tcp_rustls(listener, tls).map_err(CliError::Serve)?.handle(handle);
        server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
        server.serve(service).await
    } else {
        let mut server = axum_server::from_tcp(listener).map_err(CliError::Serve)?.handle(handle);
        server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
        server.serve(service).await
    };
    said.take_back();
    served.map_err(CliError::Serve)
}

fn listen(address: SocketAddr) -> Result<TcpListener, CliError> {
    let failed = |source| CliError::Listen { listen: address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// SIGTERM and SIGINT end the server; a second one ends it as the system does.
fn stop_on_signal(state: &AppState, tracker: &TaskTracker) -> Result<(), CliError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Runtime)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::Runtime)?;
    let (stopping, shutdown) = (state.stopping.clone(), state.shutdown.clone());
    let delay = state.config.stop_delay;
    tracker.spawn(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("asked to stop (SIGTERM)"),
            _ = interrupt.recv() => tracing::info!("asked to stop (SIGINT)"),
            () = shutdown.cancelled() => {}
        }
        stopping.cancel();
        // Whoever shares requests out between servers learns from `/readyz` to send no more, before nobody listens.
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = shutdown.cancelled() => {}
        }
        shutdown.cancel();
    });
    Ok(())
}

/// While nobody can administer, each start says how to become the first who can: on stdout, not in the log.
async fn offer_first_administrator(state: &AppState, console: &str) -> Result<(), CliError> {
    let mut tx = state.db.begin().await.map_err(CliError::Store)?;
    let token = authn::issue_link(&mut tx, &*state.clock, &*state.ids).await.map_err(CliError::Store)?;
    tx.commit().await.map_err(CliError::Store)?;
    let Some(token) = token else { return Ok(()) };
    answer(&format!(
        "first administrator (good once, for an hour): {console}/sign-in/first?token={}",
        token.expose_secret()
    ))
}

/// Where the server is reached, as it says itself in `serve.json`: ports may have been chosen by the system.
struct Said {
    path: PathBuf,
    console: String,
    agents: String,
}

impl Said {
    fn of(state: &AppState, console: &TcpListener, agents: &TcpListener) -> Result<Self, CliError> {
        let scheme = if state.config.tls.is_some() { "https" } else { "http" };
        Ok(Self {
            path: said_in(&state.config.data),
            console: format!("{scheme}://{}", console.local_addr().map_err(CliError::Serve)?),
            agents: format!("https://{}", agents.local_addr().map_err(CliError::Serve)?),
        })
    }

    /// Whole or not at all: whoever waits for the file must not read half of it.
    fn write(&self) -> Result<(), CliError> {
        let said =
            serde_json::json!({ "console": self.console, "agents": self.agents, "pid": std::process::id() });
        let draft = self.path.with_extension("json.new");
        std::fs::write(&draft, format!("{said}\n"))
            .and_then(|()| std::fs::rename(&draft, &self.path))
            .map_err(|source| CliError::Folder { path: self.path.clone(), source })
    }

    /// A server that has stopped is reached nowhere.
    fn take_back(&self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!("{} could not be removed: {error}", self.path.display());
        }
    }
}

/// The file in which a running server says where it is reached.
pub(super) fn said_in(data: &Path) -> PathBuf {
    data.join("serve.json")
}

pub(super) fn log_to_stderr(format: LogFormat) {
    let filter = EnvFilter::try_from_env(options::LOG_FILTER.variable)
        .unwrap_or_else(|_| EnvFilter::new(options::LOG_FILTER.default));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
