//! Watching the workloads: changes are said at once, and their logs are pushed bit by bit.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use node_protocol::{MAX_LOG_CHUNK_BYTES, ToServer, WorkloadId, WorkloadReport, WorkloadState};

use crate::data;
use crate::link::Link;
use crate::runtime::{Runtime, log_files};

/// How often the folders are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often one workload's log is pushed at most.
const PUSH_EVERY: Duration = Duration::from_secs(1);
/// How much of one log may be on its way.
const MOST_UNACKNOWLEDGED_BYTES: u64 = 4 * MAX_LOG_CHUNK_BYTES as u64;
/// After this long without an acknowledgement the rest is sent again.
const SEND_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// Watches the workloads on a thread of its own.
pub(crate) struct Watch {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) link: Arc<Link>,
    seen: HashMap<WorkloadId, WorkloadReport>,
    pushed: HashMap<WorkloadId, Pushed>,
    connection: Option<u64>,
}

/// How far a log has been pushed.
struct Pushed {
    next: u64,
    acknowledged: u64,
    sent_at: Instant,
}

impl Watch {
    pub(crate) fn new(runtime: Arc<Runtime>, link: Arc<Link>) -> Self {
        Self { runtime, link, seen: HashMap::new(), pushed: HashMap::new(), connection: None }
    }

    /// Watches until the other end of `stop` is gone.
    pub(crate) fn run(mut self, stop: &Receiver<()>) {
        while matches!(stop.recv_timeout(LOOK_EVERY), Err(RecvTimeoutError::Timeout)) {
            self.look();
        }
    }

    /// One look: what has changed is said, and what there is of logs is pushed.
    pub(crate) fn look(&mut self) {
        let reports = self.runtime.reports();
        let connection = self.link.connection();
        if connection != self.connection {
            // What was on its way on the old connection may be lost; the new one begins with a heartbeat that says all.
            self.connection = connection;
            self.pushed.clear();
        }
        for report in &reports {
            let known = WorkloadReport { log_end: 0, ..report.clone() };
            if self.seen.get(&report.workload_id) != Some(&known) {
                self.link.tell(ToServer::WorkloadChanged(report.clone()));
                self.link.heartbeat_due();
                self.seen.insert(report.workload_id.clone(), known);
            }
            if connection.is_some() {
                self.push_log(report);
            }
        }
        let is_there = |id: &WorkloadId| reports.iter().any(|report| report.workload_id == *id);
        self.seen.retain(|id, _| is_there(id));
        self.pushed.retain(|id, _| is_there(id));
    }

    /// Sends the next piece of a log, if there is one and its time has come.
    fn push_log(&mut self, report: &WorkloadReport) {
        let dir = self.runtime.dir(&report.workload_id);
        let acknowledged: u64 = data::read_json(&dir.log_acknowledged()).ok().flatten().unwrap_or(0);
        let pushed = self.pushed.get(&report.workload_id);
        let waited = pushed.map_or(Duration::MAX, |pushed| pushed.sent_at.elapsed());
        if waited < PUSH_EVERY {
            return;
        }
        let next = match pushed {
            // The server has less than before, or has not answered for long: from where it is.
            Some(pushed) if acknowledged < pushed.acknowledged || waited > SEND_AGAIN_AFTER => acknowledged,
            Some(pushed) => pushed.next.max(acknowledged),
            None => acknowledged,
        };
        if next >= report.log_end || next > acknowledged + MOST_UNACKNOWLEDGED_BYTES {
            return;
        }
        let has_ended = report.state == WorkloadState::Exited;
        let Ok(Some(piece)) = log_files::read(&dir.log(), next, MAX_LOG_CHUNK_BYTES, has_ended) else {
            return;
        };
        let next = piece.end;
        let (workload_id, offset, end, text) =
            (report.workload_id.clone(), piece.offset, piece.end, piece.text);
        self.link.tell(ToServer::Log { workload_id, offset, end, text });
        self.pushed
            .insert(report.workload_id.clone(), Pushed { next, acknowledged, sent_at: Instant::now() });
    }
}
