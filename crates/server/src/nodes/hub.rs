//! Who is connected to this server now, and the bells: a command for a node was written, something for the workers was.
//!
//! Only hints live here. Whatever matters is in the database and read again every second, so a bell that nobody hears, or
//! that rings on another replica, delays and never loses.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use read_models::ids::{NodeId, ProjectId};
use read_models::time::Timestamp;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::attempts::Attempts;
use super::news::News;
use super::refused::Allowance;
use crate::store::nodes::NodeSession;

/// The connected nodes of this server. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connected: Mutex<HashMap<NodeId, Seat>>,
    news: Mutex<News>,
    enrolments: Mutex<Attempts>,
    strangers: Mutex<Allowance>,
    workers: Notify,
    sequencer: Notify,
    logs: broadcast::Sender<ProjectId>,
    sessions: TaskTracker,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            connected: Mutex::default(),
            news: Mutex::default(),
            enrolments: Mutex::default(),
            strangers: Mutex::default(),
            workers: Notify::default(),
            sequencer: Notify::default(),
            logs: broadcast::Sender::new(64),
            sessions: TaskTracker::default(),
        }
    }
}

/// The place of a node's session in the hub.
#[derive(Clone, Debug)]
pub struct Seat {
    session: String,
    certificate_serial: String,
    /// Rings when a command for the node was written.
    pub bell: Arc<Notify>,
    /// Falls when the session speaks for the node no more: a newer one does, or nobody may.
    pub replaced: CancellationToken,
}

impl Seat {
    /// Whether this is the place of that session.
    pub(super) fn is_of(&self, session: &NodeSession) -> bool {
        self.session == session.name && self.certificate_serial == session.certificate_serial
    }
}

impl Hub {
    /// A command for this node was written: send it now, if it is connected here.
    pub fn notify_node(&self, node: &NodeId) {
        if let Some(seat) = lock(&self.0.connected).get(node) {
            seat.bell.notify_one();
        }
    }

    /// Something was committed that an operation may wait for.
    pub fn wake_workers(&self) {
        self.0.workers.notify_one();
    }

    /// Waits for that. A bell that rang while nobody waited is heard at once.
    pub async fn workers_woken(&self) {
        self.0.workers.notified().await;
    }

    /// More of a workload's log arrived: no event, but pages that show it look again.
    pub fn log_arrived(&self, project: ProjectId) {
        // Nobody listening is fine.
        let _ = self.0.logs.send(project);
    }

    /// Hears of that. Who listens too slowly misses some and looks again with the next.
    pub fn logs(&self) -> broadcast::Receiver<ProjectId> {
        self.0.logs.subscribe()
    }

    /// Events were committed that want their number.
    pub fn wake_sequencer(&self) {
        self.0.sequencer.notify_one();
    }

    /// Waits for that.
    pub async fn events_written(&self) {
        self.0.sequencer.notified().await;
    }

    /// The nodes whose agents are connected to this server, in order.
    pub fn connected(&self) -> Vec<NodeId> {
        let mut nodes: Vec<_> = lock(&self.0.connected).keys().cloned().collect();
        nodes.sort();
        nodes
    }

    /// The sessions of this server.
    pub(super) fn seats(&self) -> Vec<(NodeId, Seat)> {
        lock(&self.0.connected).iter().map(|(node, seat)| (node.clone(), seat.clone())).collect()
    }

    /// Whether this node's agent is connected to this server.
    pub fn is_connected(&self, node: &NodeId) -> bool {
        lock(&self.0.connected).contains_key(node)
    }

    /// Waits until every session has ended; for after the shutdown signal.
    pub async fn sessions_ended(&self) {
        self.0.sessions.close();
        self.0.sessions.wait().await;
    }

    /// Held by every session while it lasts.
    pub(super) fn session_token(&self) -> TaskTrackerToken {
        self.0.sessions.token()
    }

    /// A session takes its node's place; an older one is told to leave.
    pub(super) fn enter(&self, session: &NodeSession) -> Seat {
        let seat = Seat {
            session: session.name.clone(),
            certificate_serial: session.certificate_serial.clone(),
            bell: Arc::default(),
            replaced: CancellationToken::new(),
        };
        if let Some(older) = lock(&self.0.connected).insert(session.node.clone(), seat.clone()) {
            older.replaced.cancel();
        }
        seat
    }

    /// A session leaves; a newer one keeps the place.
    pub(super) fn leave(&self, node: &NodeId, session: &str) {
        let mut connected = lock(&self.0.connected);
        if connected.get(node).is_some_and(|seat| seat.session == session) {
            connected.remove(node);
        }
    }

    /// Whether this was not told of the node lately; an agent that repeats its mistake must not fill the feed.
    pub(super) fn is_news(&self, node: &NodeId, what: &str, now: Timestamp) -> bool {
        lock(&self.0.news).is_news(node, what, now)
    }

    /// Whether one more event of the node's agent may be told; what may not is counted.
    pub(super) fn admits_event(&self, node: &NodeId, now: Timestamp) -> bool {
        lock(&self.0.news).admits(node, now)
    }

    /// How many events of the node's agent were left out, once that is over; told once.
    pub(super) fn left_out(&self, node: &NodeId, now: Timestamp) -> Option<u32> {
        lock(&self.0.news).left_out(node, now)
    }

    /// Counts an enrolment from this address, or says how long it has to wait.
    pub(crate) fn enrolment_tried(&self, address: IpAddr, now: Timestamp) -> Result<(), Duration> {
        lock(&self.0.enrolments).count(address, now)
    }

    /// Somebody without a token was refused: whether that may be written down.
    pub(crate) fn may_note_stranger(&self, now: Timestamp) -> bool {
        lock(&self.0.strangers).take(now)
    }

    /// That enrolment was none to count.
    pub(crate) fn enrolment_taken_back(&self, address: IpAddr, now: Timestamp) {
        lock(&self.0.enrolments).take_back(address, now);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_session_takes_the_place_and_the_older_one_cannot_clear_it() {
        let (hub, node) = (Hub::default(), NodeId::from_uuid(&format!("{:032x}", 1)));
        let session = |name: &str| NodeSession {
            node: node.clone(),
            certificate_serial: "1".to_owned(),
            name: name.to_owned(),
        };
        let older = hub.enter(&session("s1"));
        let newer = hub.enter(&session("s2"));
        assert!(older.replaced.is_cancelled() && !newer.replaced.is_cancelled());
        hub.leave(&node, "s1");
        assert!(hub.connected() == vec![node.clone()]);
        hub.leave(&node, "s2");
        assert!(!hub.is_connected(&node));
    }

    #[tokio::test]
    async fn a_bell_that_rang_before_anyone_listened_is_heard() {
        let hub = Hub::default();
        hub.wake_workers();
        hub.workers_woken().await;
    }
}
