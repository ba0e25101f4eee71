//! Taking in what an agent says: each message is one transaction that holds the node's session first, or changes nothing.
//!
//! Heartbeats are coalesced: one in which nothing changed is written only every few seconds and together with those of other
//! nodes (`beats`), one with news at most once a second; the newest waits for its time. Usage alone (load, memory, disk) is
//! no change. Everything else an agent says is written before it is acknowledged.

mod measurements;
mod sense;
mod workloads;

use std::collections::HashMap;
use std::time::Duration;

use node_protocol::{CommandId, CommandResult, Heartbeat, WorkloadId, WorkloadReport};
use read_models::nodes::NodeState;
use read_models::time::Timestamp;
use serde_json::json;
use tokio::time::Instant;

use self::sense::{MOST, check, check_log, differs};
use super::{proof, resource, texts, wire};
use crate::projections::node_state;
use crate::state::AppState;
use crate::store::commands::{self, Answered};
use crate::store::db::{StoreError, Tx};
use crate::store::events::{self, NewEvent};
use crate::store::node_addresses;
use crate::store::nodes::{self, NodeSession, QuietBeat};
use crate::store::operations;
use crate::store::workload_logs::{self, LogPiece};
use crate::store::workload_measurements::{self, Arrived};
use crate::store::workload_reports;

/// The longest a heartbeat without news waits for being written.
const COALESCED: Duration = Duration::from_secs(5);
/// The shortest time between two heartbeats that are written.
const PACE: Duration = Duration::from_secs(1);

/// What one session has said so far.
pub(crate) struct Ingest {
    pub(crate) state: AppState,
    pub(crate) session: NodeSession,
    /// The newest heartbeat, and when one was last written.
    last: Option<(Heartbeat, Timestamp)>,
    /// The shortest time between two heartbeats that are written; by the time that passes, not by the clock on the wall.
    pub(crate) pace: Duration,
    quiet_until: Option<Instant>,
    /// A heartbeat with news that came too early.
    waiting: Option<Heartbeat>,
    /// The newest report of each workload, as it was written.
    reports: HashMap<WorkloadId, WorkloadReport>,
    /// What was measured and is written with the next heartbeat that is.
    measured: Vec<Arrived>,
}

/// Why a message was not taken in. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IngestError {
    /// It makes no sense; the sentence is for the agent.
    #[error("{0}")]
    Senseless(&'static str),
    /// The session does not speak for the node any more, or the store does not answer.
    #[error("the message could not be stored")]
    Store(#[source] StoreError),
}

impl From<StoreError> for IngestError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Ingest {
    pub(crate) fn new(state: AppState, session: NodeSession) -> Self {
        Self {
            state,
            session,
            last: None,
            pace: PACE,
            quiet_until: None,
            waiting: None,
            reports: HashMap::new(),
            measured: Vec::new(),
        }
    }

    /// A heartbeat; one that says something new is written as soon as one may be.
    pub(crate) async fn heartbeat(&mut self, mut beat: Heartbeat) -> Result<(), IngestError> {
        check(&beat)?;
        texts::heartbeat(&mut beat);
        self.waiting = None;
        let now = self.state.clock.now();
        self.keep_measurements(&mut beat, now);
        let is_news = self.last.as_ref().is_none_or(|(last, _)| differs(last, &beat));
        let is_due = self.last.as_ref().is_none_or(|(_, written)| now.since(*written) >= self.coalesced());
        if !is_news && !is_due {
            return Ok(());
        }
        if !is_news {
            self.write_with_others(beat, now);
            return Ok(());
        }
        if self.is_too_early() {
            self.waiting = Some(beat);
            return Ok(());
        }
        self.write(beat, is_news, now).await
    }

    /// Writes the heartbeat that came too early, once it is time, or one that was not to be written with others.
    pub(crate) async fn write_waiting(&mut self) -> Result<(), IngestError> {
        if self.is_too_early() {
            return Ok(());
        }
        if let Some((quiet, measured)) = self.state.beats.returned(&self.session) {
            self.measured.splice(0..0, measured);
            self.waiting.get_or_insert(quiet.beat);
        }
        match self.waiting.take() {
            Some(beat) => self.write(beat, true, self.state.clock.now()).await,
            None => Ok(()),
        }
    }

    /// What says nothing new is written with that of other nodes.
    fn write_with_others(&mut self, beat: Heartbeat, at: Timestamp) {
        let quiet = QuietBeat { clock_skew_us: skew_of(&beat, at), beat: beat.clone(), at };
        self.state.beats.put(&self.session, quiet, std::mem::take(&mut self.measured));
        self.last = Some((beat, at));
    }

    async fn write(&mut self, beat: Heartbeat, is_news: bool, now: Timestamp) -> Result<(), IngestError> {
        self.measured.splice(0..0, self.state.beats.overtaken(&self.session));
        let mut tx = self.held().await?;
        let skew = skew_of(&beat, now);
        nodes::record_heartbeat(&mut tx, &proof(), &self.session.node, &beat, skew, now).await?;
        let is_known = |(last, _): &(Heartbeat, Timestamp)| {
            let (a, b) = (&last.inventory, &beat.inventory);
            (&a.hostname, &a.addresses, &a.interfaces) == (&b.hostname, &b.addresses, &b.interfaces)
        };
        if !self.last.as_ref().is_some_and(is_known) {
            node_addresses::record(&mut tx, &proof(), &self.session.node, &beat.inventory).await?;
        }
        workload_measurements::insert(&mut tx, &proof(), &self.session.node, &self.measured).await?;
        let mut has_changed = self.raise(&mut tx, now).await? || is_news;
        let fresh: Vec<_> = beat.workloads.iter().filter(|report| self.is_fresh(report)).cloned().collect();
        for report in &fresh {
            has_changed |= self.report(&mut tx, report, now).await?;
        }
        if has_changed {
            operations::wake_for_target(&mut tx, &proof(), "node", self.session.node.as_str(), now).await?;
        }
        self.commit(tx, has_changed).await?;
        self.measured.clear();
        self.reports.extend(fresh.into_iter().map(|report| (report.workload_id.clone(), report)));
        // What the agent keeps no more need not be remembered.
        self.reports.retain(|id, _| beat.workloads.iter().any(|report| report.workload_id == *id));
        self.last = Some((beat, now));
        self.quiet_until = Some(Instant::now() + self.pace);
        Ok(())
    }

    /// Something changed about one workload.
    pub(crate) async fn workload_changed(&mut self, mut report: WorkloadReport) -> Result<(), IngestError> {
        texts::report(&mut report);
        // A heartbeat that waits knows it not yet; what is newer must stay.
        let waiting = self.waiting.iter_mut().flat_map(|beat| &mut beat.workloads);
        waiting
            .filter(|older| older.workload_id == report.workload_id)
            .for_each(|older| *older = report.clone());
        if !self.is_fresh(&report) {
            return Ok(());
        }
        let now = self.state.clock.now();
        let mut tx = self.held().await?;
        let has_changed = self.report(&mut tx, &report, now).await?;
        self.commit(tx, has_changed).await?;
        if self.reports.len() < MOST {
            self.reports.insert(report.workload_id.clone(), report);
        }
        Ok(())
    }

    /// More of a log; answers up to where it is kept. None for a workload that is not this node's.
    pub(crate) async fn log(
        &mut self,
        workload: &WorkloadId,
        (offset, end): (u64, u64),
        text: String,
    ) -> Result<Option<u64>, IngestError> {
        let (start, stop) = check_log(offset, end, &text)?;
        let mut tx = self.held().await?;
        let Some(id) = wire::workload(workload) else { return Ok(None) };
        if !workload_reports::is_on(&mut tx, &proof(), &id, &self.session.node).await? {
            return Ok(None);
        }
        let piece = LogPiece { start, end: stop, text, received_at: self.state.clock.now() };
        let kept = workload_logs::append(&mut tx, &proof(), &id, &piece).await?;
        let project = workload_logs::project_of(&mut tx, &proof(), &id).await?;
        tx.commit().await?;
        self.state.hub.log_arrived(project);
        Ok(u64::try_from(kept).ok())
    }

    /// The agent has a command in its journal.
    pub(crate) async fn accepted(&mut self, id: &CommandId) -> Result<(), IngestError> {
        let Some(id) = wire::command(id) else { return Ok(()) };
        let mut tx = self.held().await?;
        commands::delivered(&mut tx, &proof(), &self.session.node, &id, self.state.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// The agent answered a command; whoever waits for it is woken.
    pub(crate) async fn answered(&mut self, result: &CommandResult) -> Result<(), IngestError> {
        let mut result = result.clone();
        texts::result(&mut result);
        let now = self.state.clock.now();
        let mut tx = self.held().await?;
        match commands::answer(&mut tx, &proof(), &self.session.node, &result, now).await? {
            Answered::Now(operation) => {
                operations::wake(&mut tx, &proof(), &operation, now).await?;
                self.commit(tx, true).await
            }
            Answered::Before => Ok(()),
            Answered::Unknown => {
                if self.state.hub.is_news(&self.session.node, "unknown command", now) {
                    tracing::warn!(node.id = %self.session.node, command = %result.command_id, "an answer to a command nobody gave");
                }
                Ok(())
            }
        }
    }

    /// Begins a transaction that holds the session: [`StoreError::LeaseLost`] when it speaks for the node no more.
    async fn held(&self) -> Result<Tx, StoreError> {
        let mut tx = self.state.db.begin().await?;
        nodes::hold_session(&mut tx, &proof(), &self.session).await?;
        Ok(tx)
    }

    async fn commit(&self, tx: Tx, has_changed: bool) -> Result<(), IngestError> {
        tx.commit().await?;
        if has_changed {
            self.state.hub.wake_workers();
        }
        Ok(())
    }

    /// A node that waited to be heard of is ready now.
    async fn raise(&self, tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
        let node = nodes::find(tx, &proof(), &self.session.node).await?;
        let Some(next) = node_state::after_heartbeat(node.state) else { return Ok(false) };
        if !nodes::set_state(tx, &proof(), &node.id, (node.state, next), now).await? {
            return Ok(false);
        }
        let sentence = format!("{} {}.", node.name, node_state::sentence(node.state, next));
        self.tell(tx, "node.state", sentence, json!({ "state": next.key(), "was": node.state.key() }), now)
            .await?;
        Ok(node.state != NodeState::Ready)
    }

    /// An event about the node.
    async fn tell(
        &self,
        tx: &mut Tx,
        kind: &'static str,
        sentence: String,
        body: serde_json::Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let event = NewEvent {
            at: now,
            kind,
            actor: self.actor(),
            sentence,
            operation: None,
            step: None,
            project: None,
            resource: Some(resource(&self.session.node)),
            body,
        };
        events::append(tx, &*self.state.ids, event).await
    }

    fn actor(&self) -> String {
        format!("agent {}", self.session.node)
    }

    fn is_fresh(&self, report: &WorkloadReport) -> bool {
        // A growing log is told by the log itself.
        let without_log = |report: &WorkloadReport| WorkloadReport { log_end: 0, ..report.clone() };
        self.reports.get(&report.workload_id).is_none_or(|last| without_log(last) != without_log(report))
    }

    fn is_too_early(&self) -> bool {
        self.quiet_until.is_some_and(|until| Instant::now() < until)
    }

    fn coalesced(&self) -> Duration {
        // A little less than the interval, so that a beat that comes early is not skipped for a whole one.
        COALESCED.min(self.state.config.heartbeat_every) * 4 / 5
    }
}

/// How far the node's clock is ahead, by what the agent knows of it, or by when its heartbeat arrived.
fn skew_of(beat: &Heartbeat, now: Timestamp) -> i64 {
    beat.clock_skew_us.unwrap_or_else(|| beat.at_us.saturating_sub(now.as_micros()))
}
