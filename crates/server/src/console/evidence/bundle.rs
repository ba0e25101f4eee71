//! An operation's evidence bundle: made when its events are numbered and under a checkpoint, and not before.

use std::time::Duration;

use evidence::{Bundle, Log, Stretch};
use read_models::error::{ConsoleError, ErrorKind};
use read_models::ids::{OperationId, WorkloadId};
use read_models::operation::TargetKind;

use crate::authz::{OperationRecords, Permit, Read, Scope, Workloads};
use crate::console::Asking;
use crate::projections::evidence_bundle::{self, Unshowable};
use crate::store::operations::StoredOperation;
use crate::store::{chain, checkpoints, workload_logs};

/// A checkpoint is signed in moments; so long is waited for it.
const TRIES: u32 = 40;
const BETWEEN: Duration = Duration::from_millis(100);
/// An operation has no more events than this: its steps and tries are limited.
const MOST_EVENTS: i64 = 5_000;
/// Stretches of the chain are joined when no more events of others lie between them.
const JOINED: i64 = 512;
/// How much of a log is in it.
const LOG_BYTES: usize = 64 * 1024;

impl Asking {
    /// Everything that is known about an operation, sealed. Whoever may read the operation may have it.
    pub(crate) async fn bundle(&self, id: &OperationId) -> Result<Bundle, ConsoleError> {
        for attempt in 0..TRIES {
            if let Some(bundle) = self.bundle_if_covered(id).await? {
                return Ok(bundle);
            }
            checkpoints::want(&self.state().db, &self.proof()).await.map_err(|error| self.broken(error))?;
            self.state().hub.wake_sequencer();
            if attempt + 1 < TRIES {
                tokio::time::sleep(BETWEEN).await;
            }
        }
        let sentence = "What happened is not numbered and signed yet: the bundle would not prove anything.";
        Err(ConsoleError::new(ErrorKind::Unavailable, "not_covered_yet", sentence)
            .next("Ask again in a moment."))
    }

    /// The same, without waiting.
    pub(crate) async fn bundle_if_covered(&self, id: &OperationId) -> Result<Option<Bundle>, ConsoleError> {
        let (stored, permit) = self.readable(id).await?;
        let Some(chain) = self.covered_chain(id, &permit).await? else { return Ok(None) };
        // Read again: the events may be of a moment later than the record.
        let (now, _) = self.readable(id).await?;
        if now.record != stored.record {
            return Ok(None);
        }
        self.sealed(&now, chain).await.map(Some)
    }

    /// The operation's parts of the chain; none while something of it is not numbered or not under a checkpoint.
    async fn covered_chain(
        &self,
        id: &OperationId,
        permit: &Permit<Read, OperationRecords>,
    ) -> Result<Option<Vec<Stretch>>, ConsoleError> {
        let (db, proof) = (&self.state().db, self.proof());
        let waiting = chain::unnumbered(db, &proof, id).await.map_err(|error| self.broken(error))?;
        let own =
            chain::numbers(db, permit, id, MOST_EVENTS + 1).await.map_err(|error| self.broken(error))?;
        if i64::try_from(own.len()).unwrap_or(i64::MAX) > MOST_EVENTS {
            let sentence = format!("The operation has more than {MOST_EVENTS} events; no bundle holds them.");
            return Err(ConsoleError::new(ErrorKind::Conflict, "bundle_too_large", sentence)
                .next("Read them in parts: `GET /api/v1/operations/{id}/events`."));
        }
        if waiting > 0 || own.is_empty() {
            return Ok(None);
        }
        let mut ranges: Vec<(i64, evidence::Checkpoint)> = Vec::new();
        for seq in own {
            if ranges.last().is_some_and(|(_, end)| seq <= end.seq) {
                continue;
            }
            let found = checkpoints::covering(db, &proof, seq).await.map_err(|error| self.broken(error))?;
            let Some(end) = found else { return Ok(None) };
            match ranges.last_mut() {
                Some((_, last)) if seq - last.seq <= JOINED => *last = end,
                Some(_) | None => ranges.push((seq, end)),
            }
        }
        let mut stretches = Vec::with_capacity(ranges.len());
        for (first, end) in ranges {
            let events =
                chain::between(db, &proof, first, end.seq).await.map_err(|error| self.broken(error))?;
            let made = evidence_bundle::stretch(id.as_str(), events, end);
            stretches.push(made.map_err(|place| self.unshowable(place))?);
        }
        Ok(Some(stretches))
    }

    async fn sealed(&self, stored: &StoredOperation, chain: Vec<Stretch>) -> Result<Bundle, ConsoleError> {
        let declared = self.declaration(&stored.operation)?;
        let mut left_out = Vec::new();
        let logs = self.logs(stored, &mut left_out).await?;
        let draft = evidence_bundle::draft(stored, declared, chain, logs, left_out);
        Ok(draft.seal(&self.state().evidence, self.now().as_micros()))
    }

    /// The end of what the workload wrote that the operation was about, or that it made.
    pub(super) async fn logs(
        &self,
        stored: &StoredOperation,
        left_out: &mut Vec<String>,
    ) -> Result<Vec<Log>, ConsoleError> {
        let workload = match stored.target.kind {
            TargetKind::Workload => WorkloadId::parse(&stored.target.id).ok(),
            TargetKind::Project => Some(WorkloadId::from_uuid(stored.id.digits())),
            TargetKind::Node
            | TargetKind::EnrolmentToken
            | TargetKind::User
            | TargetKind::Sku
            | TargetKind::Onboarding
            | TargetKind::People
            | TargetKind::Operation
            | TargetKind::Platform => None,
        };
        let (Some(workload), Some(project)) = (workload, stored.project.clone()) else {
            return Ok(Vec::new());
        };
        let permit: Result<Permit<Read, Workloads>, _> = self.permit(&Scope::Project(project));
        let Ok(permit) = permit else {
            left_out.push("What the workload wrote: whoever made the bundle may not read it.".to_owned());
            return Ok(Vec::new());
        };
        let tail = workload_logs::tail(&mut &self.state().db, &permit, &workload, LOG_BYTES).await;
        let tail = tail.map_err(|error| self.broken(error))?;
        let Some(received_at) = tail.received_at else { return Ok(Vec::new()) };
        if tail.omitted_bytes > 0 {
            left_out.push(format!("The first {} bytes of what the workload wrote.", tail.omitted_bytes));
        }
        Ok(vec![Log {
            of: format!("workload:{workload}"),
            text: tail.text,
            omitted_bytes: tail.omitted_bytes,
            received_at: Some(received_at.as_micros()),
        }])
    }

    pub(super) fn unshowable(&self, place: Unshowable) -> ConsoleError {
        match place {
            Unshowable::Old(seq) => {
                let sentence = format!(
                    "Event {seq} was written by an older version, whose chain can only be checked whole."
                );
                ConsoleError::new(ErrorKind::Conflict, "chain_too_old", sentence)
                    .next("Read what happened on the operation's page.")
            }
            Unshowable::Broken(seq) => {
                tracing::error!(request.id = self.0.request_id, seq, "the audit chain does not fit");
                let sentence = format!("Event {seq} of the audit chain is not what was written.");
                ConsoleError::new(ErrorKind::Internal, "chain_broken", sentence)
                    .next("Tell whoever runs the platform: the database was changed by something else.")
            }
        }
    }
}
