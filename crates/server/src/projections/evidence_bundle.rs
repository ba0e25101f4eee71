//! An operation, its part of the chain and what it wrote, as an evidence bundle holds them.

use evidence::{Approvals, Checkpoint, Draft, Entry, Log, Recorded, Step, Stretch, Subject};
use operations::{Declaration, OperationRecord, StepRecord, StepState};
use read_models::time::Timestamp;

use super::operation_words;
use crate::store::events::StoredEvent;
use crate::store::operations::StoredOperation;

/// The chain has a place that a bundle cannot show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unshowable {
    /// Written by a version whose chain can only be checked whole.
    Old(i64),
    /// It does not fit: somebody changed the database.
    Broken(i64),
}

/// What the bundle says about the operation itself.
pub fn draft(
    stored: &StoredOperation,
    declaration: &Declaration,
    chain: Vec<Stretch>,
    logs: Vec<Log>,
    left_out: Vec<String>,
) -> Draft {
    let Recorded { subject, approvals, steps } = recorded(stored, declaration.title);
    Draft { subject, approvals, steps, logs, left_out, chain }
}

/// An operation as it is recorded.
pub fn recorded(stored: &StoredOperation, title: &str) -> Recorded {
    let record = &stored.record;
    let subject = Subject {
        id: stored.id.to_string(),
        operation: stored.operation.clone(),
        declaration: record.version,
        title: title.to_owned(),
        target: stored.target.to_string(),
        project: stored.project.as_ref().map(ToString::to_string),
        requested_by: stored.requested_by.clone(),
        requested_at: stored.requested_at.as_micros(),
        plan_hash: stored.plan_hash.clone(),
        state: operation_words::state(record.state).key().to_owned(),
        state_since: stored.state_since.as_micros(),
        outcome: record.outcome.clone(),
        debris: record.debris.iter().map(|left| left.sentence.clone()).collect(),
    };
    let steps = (1..).zip(&record.steps).map(|(number, one)| step(number, one)).collect();
    Recorded { subject, approvals: approvals(record), steps }
}

/// Who else had to agree, and to what.
fn approvals(record: &OperationRecord) -> Approvals {
    let Some(approval) = &record.approval else {
        let sentence = "Nobody else had to agree: the approval policy did not ask for it.".to_owned();
        return Approvals { given: Vec::new(), sentence };
    };
    let plan = &approval.plan_hash;
    let given = approval.given.as_ref().map(|given| {
        let reason = if given.reason.is_empty() { "no reason given" } else { &given.reason };
        let at = Timestamp::from_micros(given.at).rfc3339();
        format!(
            "{} approved plan {plan} at {at}, which {} had asked for: {reason}",
            given.by, approval.asked_by
        )
    });
    let sentence = match given {
        Some(_) => format!("A second person had to agree to plan {plan}, and did."),
        None => format!("A second person had to agree to plan {plan}, and nobody has: nothing was done."),
    };
    Approvals { given: given.into_iter().collect(), sentence }
}

fn step(number: u32, step: &StepRecord) -> Step {
    Step {
        number,
        title: step.title.clone(),
        state: word(step.state),
        attempts: step.attempts,
        observed_by: step.observed_by.clone(),
        undo: step.undo.sentence().to_owned(),
        begun_at: step.begun_at,
        acknowledged_at: step.acknowledged_at,
        observed_at: step.observed_at,
        finished_at: step.finished_at,
        last_observation: step.last_observation.clone(),
    }
}

/// As it is stored.
fn word(state: StepState) -> String {
    serde_json::to_value(state).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A part of the chain: the operation's own events whole, all others as digests.
pub fn stretch(
    operation: &str,
    events: Vec<StoredEvent>,
    checkpoint: Checkpoint,
) -> Result<Stretch, Unshowable> {
    let previous = events.first().map(|event| event.prev_hash.clone()).unwrap_or_default();
    let own = |event: &StoredEvent| event.operation.as_ref().is_some_and(|id| id.as_str() == operation);
    let entries = events.into_iter().map(|event| {
        let is_own = own(&event);
        entry(event, is_own)
    });
    Ok(Stretch { previous, entries: entries.collect::<Result<_, _>>()?, checkpoint })
}

/// One place of the chain: the event whole, or what the chain needs of it.
pub fn entry(stored: StoredEvent, is_own: bool) -> Result<Entry, Unshowable> {
    let (event, seq) = (owned(&stored), stored.seq);
    let is_old = version(&stored) == Some(1);
    let unshowable = if is_old { Unshowable::Old(seq) } else { Unshowable::Broken(seq) };
    Entry::of(&stored.prev_hash, event, stored.hash, is_own).ok_or(unshowable)
}

/// By which version of the encoding an event was hashed; none when it is not what was hashed.
pub fn version(stored: &StoredEvent) -> Option<u32> {
    evidence::hashed_by(&stored.prev_hash, &owned(stored).as_event(), &stored.hash)
}

/// As it was hashed.
pub fn owned(event: &StoredEvent) -> evidence::OwnedEvent {
    evidence::OwnedEvent {
        seq: event.seq,
        at: event.at.as_micros(),
        kind: event.kind.clone(),
        actor: event.actor.clone(),
        sentence: event.sentence.clone(),
        operation: event.operation.as_ref().map(ToString::to_string),
        step: event.step,
        project: event.project.as_ref().map(ToString::to_string),
        resource: event.resource.clone(),
        body: event.body.clone(),
        id: event.id.clone(),
    }
}
