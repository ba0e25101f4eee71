//! What every part of a running server shares: one value, made at start, cheap to clone.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::adapters::secrets::{self, SealedInDatabase};
use crate::authn::{Authn, PasskeySite};
use crate::authz::system;
use crate::clock::Clock;
use crate::config::Config;
use crate::faults::Faults;
use crate::ids::Ids;
use crate::metrics::Metrics;
use crate::nodes::{Authority, AuthorityError, Beats, Hub};
use crate::secret::SealingKey;
use crate::store::db::Db;

/// The shared parts.
#[derive(Clone)]
pub struct AppState {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub config: Arc<Config>,
    pub sealing: Arc<SealingKey>,
    /// What signs checkpoints of the audit chain and seals evidence bundles.
    pub evidence: Arc<evidence::SigningKey>,
    pub authn: Authn,
    /// The certificate authority for nodes.
    pub authority: Arc<Authority>,
    /// Who is connected, and who wants to be woken.
    pub hub: Hub,
    /// Heartbeats of this server's sessions that wait for being written together.
    pub beats: Beats,
    /// The newest checkpoint this server knows of, for the agents it talks to.
    pub checkpoint: Arc<tokio::sync::watch::Sender<Option<evidence::Checkpoint>>>,
    /// The number of the newest event; a hint, the numbered log is the truth.
    pub feed: Arc<tokio::sync::watch::Sender<i64>>,
    /// Every operation there is.
    pub register: Arc<operations::Register<crate::operations::World>>,
    /// What starts the operations of a bulk: the Console, which stands above the operations.
    pub(crate) children: fn(&Self) -> Arc<dyn crate::operations::StartsChildren>,
    /// How fast the loops go.
    pub timing: Timing,
    /// Which faults are armed; none outside of tests.
    pub faults: Faults,
    /// This server's name among those that share the database, new at every start.
    pub instance: String,
    /// The port the agents' listener really has, which an asked-for port of 0 does not tell.
    pub agents_port: Arc<std::sync::atomic::AtomicU16>,
    /// The build of the pages this server sends.
    pub build: String,
    /// What is counted while it runs.
    pub metrics: Metrics,
    /// Falls when the server is asked to stop: streams end, loops hand their leases back.
    pub shutdown: CancellationToken,
    /// Falls before that, when the server was asked to stop: whoever shares requests out is told to send no more.
    pub stopping: CancellationToken,
}

impl AppState {
    /// Puts the parts together. The certificate authority is opened here: the first start makes it.
    pub async fn open(
        db: Db,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        config: Config,
        sealing: SealingKey,
    ) -> Result<Self, AuthorityError> {
        let sealing = Arc::new(sealing);
        let kept = SealedInDatabase {
            db: db.clone(),
            key: Arc::clone(&sealing),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            proof: system::for_worker("start"),
        };
        let authority = Authority::open(&kept, clock.now(), &*ids).await?;
        let evidence = secrets::evidence_key(&kept, &*ids).await.map_err(AuthorityError::Secrets)?;
        let site = PasskeySite::of(&config);
        let authn = Authn::new(db.clone(), Arc::clone(&clock), Arc::clone(&ids), Arc::clone(&sealing), site);
        let timing = Timing { lease: config.lease, undo_window: config.undo_window, ..Timing::default() };
        Ok(Self {
            instance: format!("srv_{}", ids.uuid()),
            db,
            clock,
            ids,
            build: crate::http::assets::build_id(&config),
            agents_port: Arc::new(config.agents_listen.port().into()),
            config: Arc::new(config),
            sealing,
            evidence: Arc::new(evidence),
            authn,
            authority: Arc::new(authority),
            hub: Hub::default(),
            beats: Beats::default(),
            checkpoint: Arc::default(),
            feed: Arc::new(tokio::sync::watch::Sender::new(0)),
            register: Arc::new(crate::operations::register()),
            children: crate::console::starts_children,
            timing,
            faults: Faults::default(),
            metrics: Metrics::default(),
            shutdown: CancellationToken::new(),
            stopping: CancellationToken::new(),
        })
    }
}

impl AppState {
    /// Where agents come in, as a machine outside would call it.
    pub fn agents_url(&self) -> String {
        let port = self.agents_port.load(std::sync::atomic::Ordering::Relaxed);
        let name = self.config.agents_names.first().cloned();
        let host = name.unwrap_or_else(|| match self.config.agents_listen.ip() {
            ip if ip.is_unspecified() => "slipway-agents".to_owned(),
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
            std::net::IpAddr::V4(ip) => ip.to_string(),
        });
        format!("https://{host}:{port}")
    }
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("instance", &self.instance).finish_non_exhaustive()
    }
}

/// How fast the loops go.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How long a worker may hold an operation without a sign of life.
    pub lease: Duration,
    /// How long what somebody notices can be undone with nothing done, after it was started from a browser.
    pub undo_window: Duration,
    /// How long a worker sleeps when nobody wakes it.
    pub poll: Duration,
    /// How often a listener of the feed is asked whether they are still signed in.
    pub recheck_streams: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(15),
            undo_window: Duration::ZERO,
            poll: Duration::from_millis(500),
            recheck_streams: Duration::from_secs(30),
        }
    }
}
