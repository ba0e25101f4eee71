//! What taking back does to a record. An undo is always safe to repeat with the same key.

use super::{
    Note,
    apply::{later, note, note_with, wait_for},
};
use crate::{Leftover, Micros, Observation, OperationRecord, Performed, StepState, Trouble, Undo};
use std::time::Duration;

pub(super) fn begun(record: &mut OperationRecord, index: usize, now: Micros) -> Vec<Note> {
    let step = &mut record.steps[index];
    step.state = StepState::Undoing;
    step.begun_at = Some(now);
    step.deadline_at = Some(later(now, step.deadline));
    (step.acknowledged_at, step.finished_at, step.not_before) = (None, None, None);
    vec![note(
        "step.undo_begun",
        Some(step.key),
        format!("{}: is being undone. {}", step.title, step.undo.sentence()),
    )]
}

pub(super) fn performed(
    record: &mut OperationRecord,
    index: usize,
    result: Result<Performed, Trouble>,
    now: Micros,
) -> Vec<Note> {
    match result {
        Ok(Performed::Acknowledged(sentence)) => {
            let step = &mut record.steps[index];
            step.acknowledged_at = Some(now);
            step.last_observation = Some(sentence);
            record.waiting = None;
            vec![]
        }
        Ok(Performed::Pending { on, look_again }) => look_later(record, index, on, look_again, now),
        // Going back asks nobody: it is looked at until its time is over.
        Ok(Performed::Asks { sentence, .. }) | Err(Trouble::Retry(sentence) | Trouble::Unknown(sentence)) => {
            let wait = record.steps[index].retry.wait;
            look_later(record, index, sentence, wait, now)
        }
        Err(Trouble::Refused(sentence) | Trouble::Failed(sentence)) => failed(record, index, &sentence, now),
    }
}

pub(super) fn observed(
    record: &mut OperationRecord,
    index: usize,
    seen: Observation,
    now: Micros,
) -> Vec<Note> {
    match seen {
        Observation::Seen { sentence, evidence } => {
            let step = &mut record.steps[index];
            step.state = StepState::Undone;
            (step.finished_at, step.settled_back) = (Some(now), true);
            step.last_observation = Some(sentence.clone());
            record.waiting = None;
            let step = &record.steps[index];
            vec![note_with("step.undone", step.key, format!("{}: {sentence}", step.title), &evidence)]
        }
        Observation::NotYet { sentence, look_again } | Observation::CannotTell { sentence, look_again } => {
            look_later(record, index, sentence, look_again, now)
        }
        Observation::Absent(sentence) => {
            // What said yes did not do it: ask again.
            record.steps[index].acknowledged_at = None;
            let wait = record.steps[index].retry.wait;
            look_later(record, index, sentence, wait, now)
        }
        Observation::Contrary(sentence) => failed(record, index, &sentence, now),
    }
}

/// Going back passes a step that has nothing to take back, or that cannot be taken back.
pub(super) fn settled(record: &mut OperationRecord, index: usize) -> Vec<Note> {
    let step = &mut record.steps[index];
    step.settled_back = true;
    match (&step.undo, step.may_have_acted) {
        (Undo::Cannot(left), true) => {
            let left = left.clone();
            let noted = note("step.left", Some(step.key), format!("{}: {left}", step.title));
            let clearing = step.clearing.clone();
            record.debris.push(Leftover { sentence: left, clearing });
            vec![noted]
        }
        (Undo::Cannot(_), false) | (Undo::Nothing | Undo::TakesBack(_), _) => vec![],
    }
}

fn look_later(
    record: &mut OperationRecord,
    index: usize,
    seen: String,
    wait: Duration,
    now: Micros,
) -> Vec<Note> {
    let step = &mut record.steps[index];
    let deadline = *step.deadline_at.get_or_insert(later(now, step.deadline));
    if now >= deadline {
        return failed(record, index, &seen, now);
    }
    let look_at = later(now, wait).min(deadline);
    (step.not_before, step.last_observation) = (Some(look_at), Some(seen.clone()));
    wait_for(record, seen, None, Some(look_at), now)
}

fn failed(record: &mut OperationRecord, index: usize, sentence: &str, now: Micros) -> Vec<Note> {
    let step = &mut record.steps[index];
    step.state = StepState::UndoFailed;
    (step.finished_at, step.settled_back) = (Some(now), true);
    step.last_observation = Some(sentence.to_owned());
    let left = format!("“{}” could not be undone: {sentence}", step.title);
    let noted = note("step.undo_failed", Some(step.key), left.clone());
    let clearing = step.clearing.clone();
    record.debris.push(Leftover { sentence: left, clearing });
    record.waiting = None;
    vec![noted]
}
