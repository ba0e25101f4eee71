//! What must hold when a run has come to rest, whatever happened before.

use super::{store::Row, world::Shared};
use crate::{Next, Note, OperationState, Repeat, StepState, machine::next};

/// Everything that does not hold; empty when the engine kept its promises.
pub(super) fn complaints(shared: &Shared) -> Vec<String> {
    let mut found = shared.violations.clone();
    for (id, row) in &shared.store.rows {
        let rest = [rests(row, shared), effects(row, shared), left_over(row, shared), order(row)];
        found.extend(rest.into_iter().flatten().map(|complaint| format!("{id}: {complaint}")));
    }
    found
}

/// It is over for good, or it asks a person and offers choices.
fn rests(row: &Row, shared: &Shared) -> Vec<String> {
    let record = &row.record;
    let mut found = vec![];
    if record.state.is_over() {
        if next(record, shared.now) != Next::Over {
            found.push(format!("it is over and goes on with {:?}", next(record, shared.now)));
        }
        if record.outcome.is_none()
            || record.finished_at.is_none()
            || record.attention.is_some()
            || record.waiting.is_some()
        {
            found.push("it is over and does not say so".to_owned());
        }
    } else if !asks(row) && !waits_for_one_that_is_not_over(row, shared) {
        found.push(format!(
            "it neither ended nor asks, and nobody wakes it: {:?}, {:?}",
            record.state, record.waiting
        ));
    } else if row.lease.is_some() {
        found.push("it rests and somebody still has its lease".to_owned());
    }
    found
}

fn asks(row: &Row) -> bool {
    row.record.attention.as_ref().is_some_and(|attention| !attention.choices.is_empty())
}

/// It is in the queue behind one that will wake it.
fn waits_for_one_that_is_not_over(row: &Row, shared: &Shared) -> bool {
    let other = row.record.waiting.as_ref().and_then(|waiting| waiting.operation.as_ref());
    let other = other.and_then(|other| shared.store.rows.get(other));
    row.record.state == OperationState::Queued && other.is_some_and(|other| !other.record.state.is_over())
}

/// No effect is lost and none is doubled, except as often as a person chose to repeat.
fn effects(row: &Row, shared: &Shared) -> Vec<String> {
    let record = &row.record;
    let mut found = vec![];
    for step in &record.steps {
        let allowed = 1 + row.repeated_by_choice.get(&step.key).copied().unwrap_or_default();
        let ever = shared.agents.ever(&record.id, step.key);
        if ever > allowed {
            found.push(format!("the effect of {:?} step {} was doubled ({ever})", step.repeat, step.key));
        }
        let succeeded = record.state == OperationState::Succeeded && step.state == StepState::Observed;
        if succeeded && step.repeat != Repeat::Pure && shared.agents.live(&record.id, step.key) == 0 {
            found.push(format!("the effect of step {} was lost", step.key));
        }
    }
    found
}

/// After going back nothing is left, or it is named.
fn left_over(row: &Row, shared: &Shared) -> Vec<String> {
    let record = &row.record;
    let went_back = match record.state {
        OperationState::Failed | OperationState::Stuck | OperationState::Cancelled => true,
        OperationState::Planned
        | OperationState::Queued
        | OperationState::Running
        | OperationState::Succeeded => false,
    };
    if !went_back {
        return vec![];
    }
    let mut found = vec![];
    for step in &record.steps {
        let named = record.debris.iter().any(|left| left.sentence.contains(&format!("“{}”", step.title)));
        if shared.agents.live(&record.id, step.key) > 0 && !named {
            found.push(format!("step {} left something that is not named: {:?}", step.key, record.outcome));
        }
        let undo_failed = step.state == StepState::UndoFailed;
        if undo_failed && record.state != OperationState::Stuck {
            found.push(format!("step {} could not be undone and the end is {:?}", step.key, record.state));
        }
        // A step that was never begun has left nothing.
        if named && step.attempts == 0 {
            found.push(format!("step {} was never begun and is named as left over", step.key));
        }
    }
    if record.state == OperationState::Stuck && record.debris.is_empty() {
        found.push("it is stuck and names nothing".to_owned());
    }
    found
}

/// The notes tell it in the order in which it happened.
fn order(row: &Row) -> Vec<String> {
    let mut found = vec![];
    let place = |wanted: &str| row.notes.iter().position(|note| note.kind == wanted);
    let places = |wanted: &str, step: u32| {
        let is = move |note: &Note| note.kind == wanted && note.step == Some(step);
        row.notes
            .iter()
            .enumerate()
            .filter(move |(_, note)| is(note))
            .map(|(place, _)| place)
            .collect::<Vec<_>>()
    };
    let (started, turned) = (place("operation.started"), place("operation.turned_back"));
    let finished = row.notes.iter().filter(|note| note.kind == "operation.finished").count();
    if finished != usize::from(row.record.state.is_over()) {
        found.push(format!("it finished {finished} times"));
    }
    if row.record.state.is_over() && row.notes.last().is_none_or(|note| note.kind != "operation.finished") {
        found.push(format!("something is noted after its end: {:?}", row.notes.last()));
    }
    let undo_begins =
        row.record.steps.iter().filter_map(|step| places("step.undo_begun", step.key).first().copied());
    if !undo_begins.clone().is_sorted_by(|earlier_step, later_step| earlier_step > later_step) {
        found.push(format!("steps are not undone last first: {:?}", undo_begins.collect::<Vec<_>>()));
    }
    for step in &row.record.steps {
        let first = row.notes.iter().position(|note| note.step == Some(step.key));
        let begun = places("step.begun", step.key);
        if begun.len() != step.attempts as usize {
            found.push(format!("step {} begins {} times in {} tries", step.key, begun.len(), step.attempts));
        }
        if first != begun.first().copied()
            || first.is_some_and(|first| started.is_none_or(|started| started > first))
        {
            found.push(format!("step {} is noted before its intent", step.key));
        }
        if begun.last().is_some_and(|begun| turned.is_some_and(|turned| turned < *begun)) {
            found.push(format!("step {} begins after turning back", step.key));
        }
        let (undone, begun_undo) = (places("step.undone", step.key), places("step.undo_begun", step.key));
        let without_intent =
            undone.first().is_some_and(|undone| begun_undo.first().is_none_or(|begun| begun > undone));
        if begun_undo.len() > 1 || undone.len() > 1 || without_intent {
            found.push(format!("step {} is undone {undone:?}, begun {begun_undo:?}", step.key));
        }
        let seen = places("step.observed", step.key);
        if (step.state == StepState::Observed) && seen.len() != 1 || seen.len() > 1 {
            found.push(format!("step {} is observed and noted so {} times", step.key, seen.len()));
        }
    }
    found
}
