//! Takes an event into a record.

use super::{Event, Note, forward, hold, undo};
use crate::{
    Attention, Cancel, Direction, Ending, Micros, OperationRecord, OperationState, Repeat, StepState,
    StoredAtDeadline, StoredChoice, StoredEffect, Waiting,
};
use serde_json::{Value, json};

/// Takes an event into the record and says what to write down. What comes too late, after the end, changes nothing.
pub fn apply(record: &mut OperationRecord, event: Event, now: Micros) -> Vec<Note> {
    if record.state.is_over() {
        return vec![];
    }
    match event {
        Event::Leased => leased(record),
        Event::LocksTaken => {
            record.state = OperationState::Running;
            record.started_at = Some(now);
            record.waiting = None;
            vec![note("operation.started", None, "Its locks are taken; the first step may begin.".to_owned())]
        }
        Event::LocksBusy { on, operation } => wait_for(record, on, operation, None, now),
        Event::HeldBack(held) => hold::held_back(record, held, now),
        Event::ApprovalAsked => hold::ask_for_approval(record, now),
        Event::PlanIsTheSame => {
            if let Some(approval) = &mut record.approval {
                approval.compared = true;
            }
            vec![]
        }
        Event::CalledOff { because } => hold::called_off(record, &because, now),
        Event::Begun(index) => forward::begun(record, index, now),
        Event::Performed(index, result) => forward::performed(record, index, result, now),
        Event::Observed(index, observation) => forward::observed(record, index, observation, now),
        Event::Asked(index) => ask_about_unknown(record, index, now),
        Event::Decided { choice, by, reason } => decided(record, &choice, &by, &reason, now),
        Event::CancelRequested { by, reason } => {
            let sentence = format!("{by} asked to cancel it: {reason}");
            record.cancel = Some(Cancel { by, reason, at: now });
            record.attention = None;
            vec![note("operation.cancel_requested", None, sentence)]
        }
        Event::TurnedBack { ending, because } => {
            let sentence = format!("Turning back. {because}");
            record.direction = Direction::Back { ending, because };
            (record.attention, record.waiting) = (None, None);
            vec![note("operation.turned_back", None, sentence)]
        }
        Event::UndoBegun(index) => undo::begun(record, index, now),
        Event::UndoPerformed(index, result) => undo::performed(record, index, result, now),
        Event::UndoObserved(index, observation) => undo::observed(record, index, observation, now),
        Event::SettledBack(index) => undo::settled(record, index),
        Event::Finished => finished(record, now),
    }
}

/// A worker took it over. What was in flight may or may not have happened.
fn leased(record: &mut OperationRecord) -> Vec<Note> {
    let mut notes = Vec::new();
    for step in &mut record.steps {
        // Woken or due: look again, but keep the wait before a retry.
        if step.state != StepState::Pending {
            step.not_before = None;
        }
        if !std::mem::take(&mut step.in_flight) || step.state != StepState::Running {
            continue;
        }
        forward::becomes_unknown(step);
        let sentence =
            format!("{}: the worker was lost in the middle, so nobody knows yet how it ended.", step.title);
        step.last_observation = Some("The worker was lost in the middle.".to_owned());
        notes.push(note("step.unknown", Some(step.key), sentence));
    }
    notes
}

/// It waits; noted only when what it waits for is news.
pub(super) fn wait_for(
    record: &mut OperationRecord,
    on: String,
    operation: Option<String>,
    next_check: Option<Micros>,
    now: Micros,
) -> Vec<Note> {
    let known = record.waiting.as_ref().filter(|waiting| waiting.hold.is_none() && waiting.on == on);
    let since = known.map_or(now, |waiting| waiting.since);
    let notes =
        if known.is_some() { vec![] } else { vec![note("operation.waiting", None, format!("Waits: {on}"))] };
    record.waiting = Some(Waiting { on, operation, since, next_check, hold: None });
    notes
}

pub(super) fn raise_attention(
    record: &mut OperationRecord,
    sentence: String,
    choices: Vec<StoredChoice>,
    now: Micros,
) -> Vec<Note> {
    record.waiting = None;
    // It was looked at a moment ago, if it has begun.
    if let Some(index) = super::current(record).filter(|_| record.state == OperationState::Running) {
        record.steps[index].not_before = Some(later(now, forward::LOOK_WHILE_ASKING));
    }
    let noted = note("operation.attention", None, sentence.clone());
    record.attention = Some(Attention { sentence, since: now, choices });
    vec![noted]
}

/// Nobody can tell how a step ended: look again, try again, or undo.
pub(super) fn ask_about_unknown(record: &mut OperationRecord, index: usize, now: Micros) -> Vec<Note> {
    let title = record.steps[index].title.clone();
    let choice = |id: &str, title: &str, what: &str, effect| StoredChoice {
        id: id.to_owned(),
        title: title.to_owned(),
        what: what.to_owned(),
        danger: crate::Danger::Disruptive,
        effect,
    };
    let wait = StoredEffect::Wait { duration: record.steps[index].deadline };
    let choices = vec![
        choice("look_again", "Look again", "Looks for as long as the step usually may take.", wait),
        choice(
            "retry",
            "Try again",
            "Repeats the step. It may then have happened twice.",
            StoredEffect::Retry,
        ),
        choice("undo", "Undo", "Takes back what was done, this step included.", StoredEffect::Undo),
    ];
    raise_attention(record, format!("{title}: nobody can tell whether it happened."), choices, now)
}

/// What a step's deadline leads to.
pub(super) fn deadline_passed(
    record: &mut OperationRecord,
    index: usize,
    seen: &str,
    now: Micros,
) -> Vec<Note> {
    let step = &mut record.steps[index];
    if step.state == StepState::Unknown && step.repeat == Repeat::Manual {
        return ask_about_unknown(record, index, now);
    }
    let (key, title) = (step.key, step.title.clone());
    match step.at_deadline.clone() {
        StoredAtDeadline::Ask { sentence, choices } => raise_attention(record, sentence, choices, now),
        StoredAtDeadline::GoOn => {
            (step.state, step.finished_at) = (StepState::Skipped, Some(now));
            record.waiting = None;
            vec![note(
                "step.left",
                Some(key),
                format!("{title}: its time is over and the next step takes over. {seen}"),
            )]
        }
        StoredAtDeadline::Fail => {
            (step.state, step.finished_at) = (StepState::Failed, Some(now));
            record.waiting = None;
            vec![note("step.failed", Some(key), format!("{title}: its time is over. {seen}"))]
        }
    }
}

fn decided(record: &mut OperationRecord, choice: &str, by: &str, reason: &str, now: Micros) -> Vec<Note> {
    let Some(chosen) = super::offered(record).iter().find(|offered| offered.id == choice).cloned() else {
        return vec![];
    };
    record.attention = None;
    let reason = if reason.is_empty() { "no reason given" } else { reason };
    let mut notes = vec![note("operation.decided", None, format!("{by} chose “{}”: {reason}", chosen.title))];
    let Some(index) = super::current(record) else { return notes };
    match chosen.effect {
        StoredEffect::Wait { duration } => {
            let step = &mut record.steps[index];
            step.deadline_at = Some(later(now, duration));
            step.not_before = None;
        }
        StoredEffect::Retry => {
            let step = &mut record.steps[index];
            (step.state, step.not_before, step.acknowledged_at) = (StepState::Pending, None, None);
        }
        StoredEffect::GoOn => {
            let step = &mut record.steps[index];
            (step.state, step.observed_at, step.finished_at) = (StepState::Observed, Some(now), Some(now));
            step.acknowledged_at = Some(now);
            let sentence = format!("{by} chose to go on.");
            step.last_observation = Some(sentence.clone());
            notes.push(note("step.observed", Some(step.key), format!("{}: {sentence}", step.title)));
        }
        StoredEffect::Undo => {
            let because = format!("{by} chose to undo it: {reason}");
            notes.extend(apply(record, Event::TurnedBack { ending: Ending::Failed, because }, now));
        }
        StoredEffect::Approve => hold::approved(record, by, reason, now),
        StoredEffect::Decline => {
            notes.extend(hold::called_off(record, &format!("{by} declined it: {}", sentence(reason)), now));
        }
        StoredEffect::First { mut step } => {
            step.key = record.steps.iter().map(|step| step.key).max().unwrap_or(0) + 1;
            // What was waited for gets its whole time again once this is done.
            (record.steps[index].deadline_at, record.steps[index].not_before) = (None, None);
            record.steps.insert(index, *step);
        }
    }
    notes
}

fn finished(record: &mut OperationRecord, now: Micros) -> Vec<Note> {
    let undo_failed = record.steps.iter().any(|step| step.state == StepState::UndoFailed);
    let left: Vec<_> = record.debris.iter().map(|left| left.sentence.as_str()).collect();
    let left = if left.is_empty() { "Nothing is left over.".to_owned() } else { left.join(" ") };
    let (state, outcome) = match (&record.direction, record.state) {
        (_, OperationState::Queued) => (OperationState::Cancelled, "Cancelled before it began.".to_owned()),
        (Direction::Forward, _) => (OperationState::Succeeded, succeeded(record)),
        (Direction::Back { because, .. }, _) if undo_failed => {
            (OperationState::Stuck, format!("{} Taking it back did not work. {left}", sentence(because)))
        }
        (Direction::Back { ending: Ending::Failed, because }, _) => {
            (OperationState::Failed, format!("{} {left}", sentence(because)))
        }
        (Direction::Back { ending: Ending::Cancelled, because }, _) => {
            (OperationState::Cancelled, format!("{} {left}", sentence(because)))
        }
    };
    record.state = state;
    record.finished_at = Some(now);
    (record.waiting, record.attention) = (None, None);
    record.outcome = Some(outcome.clone());
    vec![note("operation.finished", None, outcome)]
}

/// What was left as it was at its deadline was not observed, and is not said to be.
fn succeeded(record: &OperationRecord) -> String {
    let left: Vec<_> = record.steps.iter().filter(|step| step.state == StepState::Skipped).collect();
    if left.is_empty() {
        return "Every step was observed.".to_owned();
    }
    let left: Vec<_> = left.iter().map(|step| format!("“{}”", step.title)).collect();
    format!("Left as it was when its time was over: {}. Every other step was observed.", left.join(", "))
}

/// With one full stop, whether it came with one or not.
pub(super) fn sentence(text: &str) -> String {
    if text.ends_with(['.', '?', '!']) { text.to_owned() } else { format!("{text}.") }
}

pub(super) fn note(kind: &'static str, step: Option<u32>, sentence: String) -> Note {
    Note { kind, step, sentence, evidence: Value::Null }
}

pub(super) fn note_with(kind: &'static str, step: u32, sentence: String, evidence: &Value) -> Note {
    Note { kind, step: Some(step), sentence, evidence: json!({ "seen": evidence }) }
}

pub(crate) fn later(now: Micros, duration: std::time::Duration) -> Micros {
    now.saturating_add(Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX))
}
