//! What every part of a running server shares: one value, made at start, cheap to clone.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::authn::Authn;
use crate::clock::Clock;
use crate::config::Config;
use crate::ids::Ids;
use crate::secret::SealingKey;
use crate::store::db::Db;

/// The shared parts.
#[derive(Clone, Debug)]
pub struct AppState {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub config: Arc<Config>,
    pub sealing: Arc<SealingKey>,
    pub authn: Authn,
    /// Falls when the server is asked to stop: streams end, loops hand their leases back.
    pub shutdown: CancellationToken,
}

impl AppState {
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        config: Config,
        sealing: SealingKey,
    ) -> Self {
        let authn = Authn::new(db.clone(), Arc::clone(&clock), Arc::clone(&ids));
        Self {
            db,
            clock,
            ids,
            config: Arc::new(config),
            sealing: Arc::new(sealing),
            authn,
            shutdown: CancellationToken::new(),
        }
    }
}
