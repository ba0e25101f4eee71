//! What performing and observing do to a record.

use super::{
    Note,
    apply::{ask_about_unknown, deadline_passed, later, note, note_with, raise_attention, wait_for},
};
use crate::{Micros, Observation, OperationRecord, Performed, Repeat, StepRecord, StepState, Trouble};
use std::time::Duration;

/// How often is looked while a person is asked, beside every time it is woken.
pub(super) const LOOK_WHILE_ASKING: Duration = Duration::from_mins(1);

pub(super) fn begun(record: &mut OperationRecord, index: usize, now: Micros) -> Vec<Note> {
    let step = &mut record.steps[index];
    step.state = StepState::Running;
    step.attempts += 1;
    step.begun_at = Some(now);
    step.deadline_at = Some(later(now, step.deadline));
    (step.acknowledged_at, step.observed_at, step.finished_at, step.not_before) = (None, None, None, None);
    step.in_flight = true;
    step.acted_before = step.may_have_acted;
    step.may_have_acted = step.may_have_acted || step.repeat != Repeat::Pure;
    record.waiting = None;
    let step = &record.steps[index];
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
    // An earlier call of this try was lost. What this call says of itself says nothing of that one: to begin another
    // try, under another key, could do it twice, and to take nothing back could leave something.
    let earlier_call_lost = step.state == StepState::Unknown && step.repeat != Repeat::Pure;
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
        Ok(Performed::Asks { sentence, choices }) => {
            let step = &mut record.steps[index];
            step.state = StepState::Running;
            step.last_observation = Some(sentence.clone());
            let named = |id: &&str| step.asks.iter().find(|choice| choice.id == **id).cloned();
            let choices = choices.iter().filter_map(named).collect();
            raise_attention(record, sentence, choices, now)
        }
        Err(Trouble::Retry(sentence)) if earlier_call_lost => unknown(record, index, &sentence, now),
        Err(Trouble::Retry(sentence)) => try_again(record, index, &sentence, now),
        Err(Trouble::Refused(sentence)) => {
            if !earlier_call_lost {
                step.may_have_acted = step.acted_before;
            }
            failed(record, index, &sentence, now)
        }
        Err(Trouble::Failed(sentence)) => failed(record, index, &sentence, now),
        Err(Trouble::Unknown(sentence)) => unknown(record, index, &sentence, now),
    }
}

/// Nobody knows whether a step happened. What a person has to decide on has no time of its own until one chose to look.
pub(super) fn becomes_unknown(step: &mut StepRecord) {
    step.state = StepState::Unknown;
    if step.repeat == Repeat::Manual {
        step.deadline_at = None;
    }
}

fn unknown(record: &mut OperationRecord, index: usize, sentence: &str, now: Micros) -> Vec<Note> {
    let step = &mut record.steps[index];
    let was_known = step.state != StepState::Unknown;
    becomes_unknown(step);
    step.last_observation = Some(sentence.to_owned());
    let (wait, key) = (step.retry.wait, step.key);
    let mut notes = match step.repeat {
        // Nothing to wait for: a person is asked.
        Repeat::Manual => vec![],
        Repeat::Observable => rest(record, index, sentence.to_owned(), wait, now),
        // Repeated until its time is over, and not for ever.
        Repeat::Pure | Repeat::Idempotent => look_later(record, index, sentence.to_owned(), wait, now),
    };
    if was_known {
        let title = &record.steps[index].title;
        notes.insert(0, note("step.unknown", Some(key), format!("{title}: {sentence}")));
    }
    notes
}

pub(super) fn observed(
    record: &mut OperationRecord,
    index: usize,
    seen: Observation,
    now: Micros,
) -> Vec<Note> {
    let asks = record.attention.is_some();
    match seen {
        Observation::Seen { sentence, evidence } => {
            let step = &mut record.steps[index];
            step.state = StepState::Observed;
            (step.observed_at, step.finished_at) = (Some(now), Some(now));
            step.last_observation = Some(sentence.clone());
            record.waiting = None;
            let step = &record.steps[index];
            let mut notes =
                vec![note_with("step.observed", step.key, format!("{}: {sentence}", step.title), &evidence)];
            if record.attention.take().is_some() {
                let settled = "It came about by itself; nobody has to decide any more.".to_owned();
                notes.push(note("operation.settled", None, settled));
            }
            notes
        }
        // Whoever is asked decides what this means.
        Observation::NotYet { sentence, .. }
        | Observation::Absent(sentence)
        | Observation::Contrary(sentence)
        | Observation::CannotTell { sentence, .. }
            if asks =>
        {
            let step = &mut record.steps[index];
            step.last_observation = Some(sentence);
            step.not_before = Some(later(now, LOOK_WHILE_ASKING));
            vec![]
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

fn look_later(
    record: &mut OperationRecord,
    index: usize,
    seen: String,
    wait: Duration,
    now: Micros,
) -> Vec<Note> {
    record.steps[index].last_observation = Some(seen.clone());
    if past_deadline(record, index, now) {
        return deadline_passed(record, index, &seen, now);
    }
    let left = record.steps[index].deadline_at.unwrap_or(Micros::MAX).saturating_sub(now);
    rest(record, index, seen, wait.min(Duration::from_micros(left.unsigned_abs())), now)
}

/// Nothing with this step for a while, and the page says so.
fn rest(record: &mut OperationRecord, index: usize, on: String, wait: Duration, now: Micros) -> Vec<Note> {
    let until = later(now, wait);
    record.steps[index].not_before = Some(until);
    wait_for(record, on, None, Some(until), now)
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
    step.may_have_acted = step.acted_before;
    if step.attempts >= step.retry.attempts {
        return failed(record, index, sentence, now);
    }
    let doubled = step.retry.wait.saturating_mul(1 << step.attempts.saturating_sub(1).min(16));
    step.state = StepState::Pending;
    step.acknowledged_at = None;
    step.last_observation = Some(sentence.to_owned());
    let noted = note("step.retry", Some(step.key), format!("{}: {sentence} It is tried again.", step.title));
    // That it waits for its next try is no news beside the retry.
    let _waits = rest(record, index, sentence.to_owned(), doubled, now);
    vec![noted]
}

fn failed(record: &mut OperationRecord, index: usize, sentence: &str, now: Micros) -> Vec<Note> {
    let step = &mut record.steps[index];
    (step.state, step.finished_at) = (StepState::Failed, Some(now));
    step.last_observation = Some(sentence.to_owned());
    record.waiting = None;
    let step = &record.steps[index];
    vec![note("step.failed", Some(step.key), format!("{}: {sentence}", step.title))]
}
