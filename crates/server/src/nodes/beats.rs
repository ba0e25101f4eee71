//! Heartbeats that say nothing new, written many in one transaction: a commit waits for the disk once, whoever it is for.
//!
//! Losing them loses nothing but time: the next one says the same. One that may not be written so (see
//! [`nodes::record_quietly`]) goes back to its session, with what was measured.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use read_models::ids::NodeId;

use super::proof;
use crate::state::AppState;
use crate::store::db::StoreError;
use crate::store::nodes::{self, NodeSession, QuietBeat};
use crate::store::workload_measurements::{self, Arrived};

/// Heartbeats in one transaction. Rows of nodes are locked so long.
const TOGETHER: usize = 100;

/// The heartbeats of this server's sessions that wait for being written. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Beats(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    waiting: HashMap<NodeId, Waiting>,
    returned: HashMap<NodeId, Waiting>,
}

#[derive(Clone, Debug)]
struct Waiting {
    session: NodeSession,
    quiet: QuietBeat,
    measured: Vec<Arrived>,
}

impl Beats {
    /// Takes one; an older one of the same session is replaced, what it measured is kept.
    pub(super) fn put(&self, session: &NodeSession, quiet: QuietBeat, mut measured: Vec<Arrived>) {
        let mut inner = self.lock();
        if let Some(older) = inner.waiting.remove(&session.node).filter(|older| older.session == *session) {
            measured.splice(0..0, older.measured);
        }
        inner.waiting.insert(session.node.clone(), Waiting { session: session.clone(), quiet, measured });
    }

    /// What was measured with a heartbeat that waits: its session writes a newer one itself.
    pub(super) fn overtaken(&self, session: &NodeSession) -> Vec<Arrived> {
        let mut inner = self.lock();
        let waiting = inner.waiting.remove(&session.node).filter(|waiting| waiting.session == *session);
        waiting.map(|waiting| waiting.measured).unwrap_or_default()
    }

    /// A heartbeat that its session has to write itself, and what was measured with it.
    pub(super) fn returned(&self, session: &NodeSession) -> Option<(QuietBeat, Vec<Arrived>)> {
        let mut inner = self.lock();
        if inner.returned.is_empty() {
            return None;
        }
        let returned = inner.returned.remove(&session.node).filter(|returned| returned.session == *session);
        returned.map(|returned| (returned.quiet, returned.measured))
    }

    fn take(&self) -> Vec<Waiting> {
        let mut taken: Vec<_> = std::mem::take(&mut self.lock().waiting).into_values().collect();
        // One order for everybody who locks several rows.
        taken.sort_by(|a, b| a.session.node.cmp(&b.session.node));
        taken
    }

    /// They could not be written; those that have a newer one by now need not be.
    fn put_back(&self, some: &[Waiting]) {
        let mut inner = self.lock();
        for each in some {
            inner.waiting.entry(each.session.node.clone()).or_insert_with(|| each.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what waits; says how many were written.
pub(crate) async fn write(state: &AppState) -> Result<usize, StoreError> {
    let due = state.beats.take();
    let mut returned = Vec::new();
    let mut rest = due.as_slice();
    while !rest.is_empty() {
        let (some, later) = rest.split_at(rest.len().min(TOGETHER));
        match write_some(state, some).await {
            Ok(refused) => returned.extend(refused),
            Err(error) => {
                state.beats.put_back(rest);
                return Err(error);
            }
        }
        rest = later;
    }
    let written = due.len() - returned.len();
    let mut inner = state.beats.lock();
    inner.returned.retain(|node, _| state.hub.is_connected(node));
    inner.returned.extend(returned.into_iter().map(|each| (each.session.node.clone(), each)));
    Ok(written)
}

async fn write_some(state: &AppState, some: &[Waiting]) -> Result<Vec<Waiting>, StoreError> {
    let mut refused = Vec::new();
    let mut tx = state.db.begin().await?;
    for each in some {
        if nodes::record_quietly(&mut tx, &proof(), &each.session, &each.quiet).await? {
            workload_measurements::insert(&mut tx, &proof(), &each.session.node, &each.measured).await?;
        } else {
            refused.push(each.clone());
        }
    }
    tx.commit().await?;
    Ok(refused)
}
