//! What performing and observing do to a record.

use super::{
    Note,
    apply::{ask_about_unknown, deadline_passed, later, note, note_with, wait_for},
};
use crate::{Micros, Observation, OperationRecord, Performed, Repeat, StepState, Trouble};
use std::time::Duration;

pub(super) fn begun(record: &mut OperationRecord, index: usize, now: Micros) -> Vec<Note> {
    let step = &mut record.steps[index];
    step.state = StepState::Running;
    step.attempts += 1;
    step.begun_at = Some(now);
    step.deadline_at = Some(later(now, step.deadline));
    (step.acknowledged_at, step.observed_at, step.finished_at, step.not_before) = (None, None, None, None);
    step.in_flight = true;
    step.may_have_acted = step.may_have_acted || step.repeat != Repeat::Pure;
    vec![note("step.begun", Some(step.key), format!("{}: begins, try {}.", step.title, step.attempts))]
}

pub(super) fn performed(
    record: &mut OperationRecord,
    index: usize,
    result: Result<Performed, Trouble>,
    now: Micros,
) -> Vec<Note> {
    let step = &mut record.steps[index];
    step.in_flight = false;
    let (key, title) = (step.key, step.title.clone());
    match result {
        Ok(Performed::Acknowledged(sentence)) => {
            step.state = StepState::Running;
            step.acknowledged_at = Some(now);
            step.last_observation = Some(sentence.clone());
            record.waiting = None;
            vec![note("step.acknowledged", Some(key), format!("{title}: {sentence}"))]
        }
        Ok(Performed::Pending { on, look_again }) => {
            // Asked and not answered is not unknown: asking again with the same key is safe.
            step.state = StepState::Running;
            look_later(record, index, on, look_again, now)
        }
        Err(Trouble::Retry(sentence)) => try_again(record, index, &sentence, now),
        Err(Trouble::Refused(sentence)) => {
            // Refused: this try surely did nothing, so there is nothing of it to take back.
            step.may_have_acted = step.attempts > 1;
            failed(record, index, &sentence, now)
        }
        Err(Trouble::Unknown(sentence)) => {
            step.state = StepState::Unknown;
            step.last_observation = Some(sentence.clone());
            step.not_before = Some(later(now, step.retry.wait));
            vec![note("step.unknown", Some(key), format!("{title}: {sentence}"))]
        }
    }
}

pub(super) fn observed(record: &mut OperationRecord, index: usize, seen: Observation, now: Micros) -> Vec<Note> {
    match seen {
        Observation::Seen { sentence, evidence } => {
            let step = &mut record.steps[index];
            step.state = StepState::Observed;
            (step.observed_at, step.finished_at) = (Some(now), Some(now));
            step.last_observation = Some(sentence.clone());
            record.waiting = None;
            let step = &record.steps[index];
            vec![note_with("step.observed", step.key, format!("{}: {sentence}", step.title), evidence)]
        }
        Observation::NotYet { sentence, look_again } => look_later(record, index, sentence, look_again, now),
        Observation::Absent(sentence) => try_again(record, index, &sentence, now),
        Observation::Contrary(sentence) => failed(record, index, &sentence, now),
        Observation::CannotTell { sentence, look_again } => {
            if past_deadline(record, index, now) {
                return ask_about_unknown(record, index, now);
            }
            look_later(record, index, sentence, look_again, now)
        }
    }
}

fn look_later(record: &mut OperationRecord, index: usize, seen: String, wait: Duration, now: Micros) -> Vec<Note> {
    record.steps[index].last_observation = Some(seen.clone());
    if past_deadline(record, index, now) {
        return deadline_passed(record, index, &seen, now);
    }
    let step = &mut record.steps[index];
    let look_at = later(now, wait).min(step.deadline_at.unwrap_or(Micros::MAX));
    step.not_before = Some(look_at);
    wait_for(record, seen, None, Some(look_at), now)
}

/// Whether a step's time is over. A step without one (a person put something in front of it) gets its whole time.
fn past_deadline(record: &mut OperationRecord, index: usize, now: Micros) -> bool {
    let step = &mut record.steps[index];
    let deadline = *step.deadline_at.get_or_insert(later(now, step.deadline));
    now >= deadline
}

/// It surely did nothing: another try, as long as the retry policy has one.
fn try_again(record: &mut OperationRecord, index: usize, sentence: &str, now: Micros) -> Vec<Note> {
    let step = &mut record.steps[index];
    if step.attempts >= step.retry.attempts {
        return failed(record, index, sentence, now);
    }
    let doubled = step.retry.wait.saturating_mul(1 << step.attempts.saturating_sub(1).min(16));
    step.state = StepState::Pending;
    step.acknowledged_at = None;
    step.not_before = Some(later(now, doubled));
    step.last_observation = Some(sentence.to_owned());
    vec![note("step.retry", Some(step.key), format!("{}: {sentence} It is tried again.", step.title))]
}

fn failed(record: &mut OperationRecord, index: usize, sentence: &str, now: Micros) -> Vec<Note> {
    let step = &mut record.steps[index];
    (step.state, step.finished_at) = (StepState::Failed, Some(now));
    step.last_observation = Some(sentence.to_owned());
    record.waiting = None;
    let step = &record.steps[index];
    vec![note("step.failed", Some(step.key), format!("{}: {sentence}", step.title))]
}
