//! The machine by table: one record with one step, one event, what stands there afterwards and what comes next.

mod choices;
mod looking;
mod performing;
mod turning_back;

use super::{Event, Next, Note, apply, next};
use crate::{
    Clearing, Danger, Direction, Micros, OperationRecord, OperationState, Repeat, Retry, StepRecord,
    StepState, StoredAtDeadline, StoredChoice, StoredEffect, Undo,
};
use serde_json::Value;
use std::time::Duration;

const SECOND: Micros = 1_000_000;
/// When everything in these tests begins.
const BEGIN: Micros = 100 * SECOND;
/// The deadline of a step that began at [`BEGIN`].
const DEADLINE: Micros = BEGIN + 60 * SECOND;

fn step(key: u32, repeat: Repeat) -> StepRecord {
    StepRecord {
        key,
        payload: Value::Null,
        title: format!("Step {key}"),
        observed_by: None,
        undo: Undo::TakesBack("It is taken out.".to_owned()),
        clearing: Some(Clearing::by("toy.clear")),
        repeat,
        deadline: Duration::from_mins(1),
        retry: Retry { attempts: 3, wait: Duration::from_secs(2) },
        at_deadline: StoredAtDeadline::Fail,
        asks: vec![],
        offers: vec![],
        state: StepState::Pending,
        attempts: 0,
        begun_at: None,
        deadline_at: None,
        acknowledged_at: None,
        observed_at: None,
        finished_at: None,
        not_before: None,
        last_observation: None,
        in_flight: false,
        may_have_acted: false,
        acted_before: false,
        settled_back: false,
    }
}

fn queued(steps: Vec<StepRecord>) -> OperationRecord {
    OperationRecord {
        id: "op_1".to_owned(),
        operation: "toy.build".to_owned(),
        version: 1,
        target: "castle".to_owned(),
        state: OperationState::Queued,
        direction: Direction::Forward,
        steps,
        cancel: None,
        attention: None,
        waiting: None,
        outcome: None,
        begins_at: None,
        approval: None,
        debris: vec![],
        started_at: None,
        finished_at: None,
    }
}

/// An operation of one step that began at [`BEGIN`].
fn begun(step: StepRecord) -> OperationRecord {
    let mut record = queued(vec![step]);
    apply(&mut record, Event::LocksTaken, BEGIN);
    apply(&mut record, Event::Begun(0), BEGIN);
    record
}

/// The same, and a worker that died in the middle of it.
fn lost(step: StepRecord) -> OperationRecord {
    let mut record = begun(step);
    apply(&mut record, Event::Leased, BEGIN + SECOND);
    assert_eq!(record.steps[0].state, StepState::Unknown);
    record
}

fn asking(sentence: &str, choices: Vec<(&str, StoredEffect)>) -> StoredAtDeadline {
    let choice = |(id, effect): (&str, StoredEffect)| StoredChoice {
        id: id.to_owned(),
        title: id.to_owned(),
        what: "It does so.".to_owned(),
        danger: Danger::Safe,
        effect,
    };
    StoredAtDeadline::Ask {
        sentence: sentence.to_owned(),
        choices: choices.into_iter().map(choice).collect(),
    }
}

fn choose(record: &mut OperationRecord, choice: &str, now: Micros) -> Vec<Note> {
    let (by, reason) = ("Ada".to_owned(), "it takes long".to_owned());
    apply(record, Event::Decided { choice: choice.to_owned(), by, reason }, now)
}

fn kinds(notes: &[Note]) -> Vec<&'static str> {
    notes.iter().map(|note| note.kind).collect()
}

/// What is asked next once nothing is left to be taken in without asking anybody.
fn next_call(record: &mut OperationRecord, now: Micros) -> Next {
    loop {
        match next(record, now) {
            Next::Apply(event) => drop(apply(record, event, now)),
            Next::Begin(index) => drop(apply(record, Event::Begun(index), now)),
            other @ (Next::TakeLocks
            | Next::ComparePlan
            | Next::Perform(_)
            | Next::Observe(_)
            | Next::BeginUndo(_)
            | Next::Undo(_)
            | Next::ObserveUndone(_)
            | Next::Park { .. }
            | Next::Over) => return other,
        }
    }
}
