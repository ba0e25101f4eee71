//! An operation, its part of the chain and what it wrote, as an evidence bundle holds them.

use evidence::{Approvals, Checkpoint, Draft, Entry, Event, Log, Step, Stretch, Subject};
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
    let record = &stored.record;
    Draft {
        subject: Subject {
            id: stored.id.to_string(),
            operation: stored.operation.clone(),
            declaration: record.version,
            title: declaration.title.to_owned(),
            target: stored.target.to_string(),
            project: stored.project.as_ref().map(ToString::to_string),
            requested_by: stored.requested_by.clone(),
            requested_at: stored.requested_at.as_micros(),
            plan_hash: stored.plan_hash.clone(),
            state: operation_words::state(record.state).key().to_owned(),
            state_since: stored.state_since.as_micros(),
            outcome: record.outcome.clone(),
            debris: record.debris.iter().map(|left| left.sentence.clone()).collect(),
        },
        approvals: approvals(record),
        steps: (1..).zip(&record.steps).map(|(number, one)| step(number, one)).collect(),
        logs,
        left_out,
        chain,
    }
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
    let entries = events.into_iter().map(|event| entry(operation, event)).collect::<Result<_, _>>()?;
    Ok(Stretch { previous, entries, checkpoint })
}

fn entry(operation: &str, stored: StoredEvent) -> Result<Entry, Unshowable> {
    let event = owned(&stored);
    let as_hashed: Event<'_> = event.as_event();
    if evidence::hash(&stored.prev_hash, &as_hashed) != stored.hash {
        let is_old = evidence::hash_v1(&stored.prev_hash, &as_hashed) == stored.hash;
        return Err(if is_old { Unshowable::Old(stored.seq) } else { Unshowable::Broken(stored.seq) });
    }
    if event.operation.as_deref() == Some(operation) {
        return Ok(Entry::Event { event, hash: stored.hash });
    }
    Ok(Entry::Other {
        seq: stored.seq,
        operation: evidence::operation_tag(event.operation.as_deref()),
        digest: evidence::digest(&as_hashed),
        hash: stored.hash,
    })
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
