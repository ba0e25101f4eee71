//! Where the engine commits: the operation's row under its fencing token, and its evidence, in one transaction.

use crate::operations::World;
use crate::projections::{approved, operation_words};
use crate::state::AppState;
use crate::store::bulks;
use crate::store::db::{StoreError, Tx};
use crate::store::events::{self, NewEvent};
use crate::store::operations::{Leased, Rested, commit, find_system, take_locks};
use crate::store::standstill;
use async_trait::async_trait;
use operations::{
    EvaluateError, Hold, Journal, JournalError, Lock, LockAnswer, Note, OperationRecord, Rest, Waiting,
};
use read_models::ids::{OperationId, ProjectId};
use read_models::time::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// When an operation that cannot be read is looked at again.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// One operation's place in the store, as long as its lease is held.
pub(crate) struct StoreJournal<'a> {
    state: &'a AppState,
    id: OperationId,
    fencing_token: i64,
    locks: Vec<Lock>,
    project: Option<ProjectId>,
    resource: String,
    requested_by: String,
    /// Whether nothing holds it back.
    goes_on: bool,
}

impl<'a> StoreJournal<'a> {
    pub(crate) fn new(state: &'a AppState, id: OperationId, leased: Leased) -> Self {
        let known = state.register.find(&leased.record.operation);
        let token = if state.faults.no_fencing { -1 } else { leased.fencing_token };
        Self {
            state,
            id,
            fencing_token: token,
            locks: leased.locks,
            project: leased.project,
            resource: leased.resource,
            requested_by: leased.requested_by,
            goes_on: known.is_some_and(|known| known.never_held_back().is_some()),
        }
    }

    /// This program cannot read it; another version may. It is looked at again after a while, and says why it stands.
    pub(super) async fn set_aside(&self, record: &mut OperationRecord, why: &str) {
        let now = self.state.clock.now();
        let until = now.plus(LOOK_AGAIN);
        for step in &mut record.steps {
            // Its time does not run while nobody can carry it on; it gets its whole time again.
            step.deadline_at = None;
        }
        record.waiting = Some(Waiting {
            on: format!("a program that can read it: {why}"),
            operation: None,
            since: record.waiting.as_ref().map_or(now.as_micros(), |waiting| waiting.since),
            next_check: Some(until.as_micros()),
            hold: None,
        });
        let rest = Rest::Parked { until: Some(until.as_micros()) };
        if let Err(error) = self.write(record, Vec::new(), Some(rest)).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not set the operation aside, its lease runs out"
            );
        }
    }

    fn event(
        &self,
        at: Timestamp,
        kind: &'static str,
        actor: String,
        sentence: String,
        body: Value,
    ) -> NewEvent {
        NewEvent {
            at,
            kind,
            actor,
            sentence,
            operation: Some(self.id.clone()),
            step: None,
            project: self.project.clone(),
            resource: Some(self.resource.clone()),
            body,
        }
    }

    /// From when its locks were taken; one that never got that far took no time.
    fn count(&self, record: &OperationRecord) {
        let ended = record.finished_at.unwrap_or_default();
        let took = u64::try_from(ended - record.started_at.unwrap_or(ended)).unwrap_or(0);
        let state = operation_words::state(record.state).key();
        self.state.metrics.operation_over(&record.operation, state, Duration::from_micros(took));
    }

    /// How it rests. What is held back rests until that is lifted, and it may be lifted by now: then nobody else would wake it.
    async fn rested(&self, tx: &mut Tx, rest: Option<Rest>, now: Timestamp) -> Result<Rested, StoreError> {
        Ok(match rest {
            None => Rested::GoesOn { lease: self.state.timing.lease },
            Some(Rest::Over) => Rested::Over,
            Some(Rest::Parked { until }) => Rested::Parked { until: until.map(Timestamp::from_micros) },
            Some(Rest::Held) => {
                let still = standstill::find_for_good(tx, &crate::workers::proof()).await?;
                Rested::Parked { until: still.is_none().then_some(now) }
            }
        })
    }

    /// Writes it down; or nothing, when something would begin that is held back.
    async fn write(
        &self,
        record: &OperationRecord,
        notes: Vec<Note>,
        rest: Option<Rest>,
    ) -> Result<Option<Hold>, StoreError> {
        let (state, now) = (self.state, self.state.clock.now());
        let mut tx = state.db.begin().await?;
        if !self.goes_on
            && begins(&notes)
            && let Some(frozen) = standstill::find_for_good(&mut tx, &crate::workers::proof()).await?
        {
            return Ok(Some(frozen.hold()));
        }
        let rested = self.rested(&mut tx, rest, now).await?;
        commit(&mut tx, &self.id, record, self.fencing_token, rested, &*state.clock).await?;
        for note in notes {
            let actor = format!("system:{}", record.operation);
            let mut event = self.event(now, note.kind, actor, note.sentence, note.evidence);
            event.step = note.step;
            events::append(&mut tx, &*state.ids, event).await?;
        }
        if rest == Some(Rest::Over) {
            let sentence = record.outcome.clone().unwrap_or_else(|| "It is over.".to_owned());
            let left: Vec<_> = record.debris.iter().map(|left| &left.sentence).collect();
            let body = json!({ "state": record.state, "debris": left });
            let event = self.event(now, "audit.outcome", self.requested_by.clone(), sentence, body);
            events::append(&mut tx, &*state.ids, event).await?;
            bulks::wake_parent(&mut tx, &self.id, now).await?;
        }
        tx.commit().await?;
        Ok(None)
    }
}

#[async_trait]
impl Journal for StoreJournal<'_> {
    async fn commit(
        &mut self,
        record: &OperationRecord,
        notes: Vec<Note>,
        rest: Option<Rest>,
    ) -> Result<(), JournalError> {
        let begins = begins(&notes);
        if notes.iter().any(|note| tells_what_came_of_it(note.kind)) {
            self.state.faults.kill_after_effect.tick();
        }
        let over = rest == Some(Rest::Over);
        let wrote = !notes.is_empty() || over;
        if let Some(hold) = self.write(record, notes, rest).await.map_err(refused)? {
            return Err(JournalError::HeldBack(hold));
        }
        if wrote {
            self.state.hub.wake_sequencer();
        }
        if over {
            self.count(record);
            // Somebody may wait for its locks.
            self.state.hub.wake_workers();
        }
        if begins {
            self.state.faults.kill_before_effect.tick();
        }
        let in_the_middle = record.steps.iter().any(|step| step.in_flight);
        if rest.is_none() && !in_the_middle && self.state.shutdown.is_cancelled() {
            return Err(JournalError::Unavailable("the server stops".to_owned()));
        }
        Ok(())
    }

    async fn differs_from_approved(
        &mut self,
        record: &OperationRecord,
    ) -> Result<Option<String>, JournalError> {
        let (state, proof) = (self.state, crate::workers::proof());
        let Some(approval) = &record.approval else { return Ok(None) };
        let Some(known) = state.register.find(&record.operation) else { return Ok(None) };
        let stored = find_system(&mut &state.db, &proof, &self.id).await.map_err(refused)?;
        let now = known.evaluate(&World::of(state), &stored.target.id, Some(&stored.input)).await;
        if let Err(EvaluateError::Unavailable(why)) = now {
            return Err(JournalError::Unavailable(why));
        }
        Ok(approved::differs(&approval.plan_hash, &record.steps, &now))
    }

    fn is_stopping(&self) -> bool {
        self.state.shutdown.is_cancelled()
    }

    async fn take_locks(&mut self, _: &OperationRecord) -> Result<LockAnswer, JournalError> {
        let (proof, now) = (crate::workers::proof(), self.state.clock.now());
        let (db, held) = (&self.state.db, (!self.goes_on).then_some(now));
        take_locks(db, &proof, &self.id, self.fencing_token, &self.locks, held).await.map_err(refused)
    }
}

/// Whether something begins with these notes.
fn begins(notes: &[Note]) -> bool {
    notes.iter().any(|note| matches!(note.kind, "step.begun" | "step.undo_begun"))
}

/// Whether a note is the result of something that was carried out.
fn tells_what_came_of_it(kind: &str) -> bool {
    matches!(
        kind,
        "step.acknowledged"
            | "step.observed"
            | "step.undone"
            | "step.retry"
            | "step.failed"
            | "step.unknown"
            | "operation.waiting"
    )
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands the error over")]
fn refused(error: StoreError) -> JournalError {
    match error {
        StoreError::LeaseLost => JournalError::LeaseLost,
        StoreError::Unavailable(_)
        | StoreError::Conflict { .. }
        | StoreError::NotFound
        | StoreError::Unstorable
        | StoreError::Corrupt { .. }
        | StoreError::Newer { .. } => JournalError::Unavailable(error.to_string()),
    }
}
