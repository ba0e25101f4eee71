//! What holds an operation back before it begins: the time in which it can be undone, a second person, a standstill.
//!
//! The first two are in the record. A standstill is the journal's to know, because it may come between any two moments:
//! it refuses what would begin, and that is taken in here.

use super::{
    Event, Next, Note,
    apply::{note, raise_attention},
};
use crate::{
    Danger, Hold, HoldKind, Micros, OperationRecord, OperationState, StepState, StoredChoice, StoredEffect,
    Waiting,
};

/// What comes next for an operation that was accepted and has not begun.
pub(super) fn next_queued(record: &OperationRecord, now: Micros) -> Next {
    if record.cancel.is_some() {
        return Next::Apply(Event::Finished);
    }
    if let Some(until) = record.begins_at.filter(|until| *until > now) {
        let said = record.waiting.as_ref().is_some_and(|waiting| waiting.next_check == Some(until));
        let hold = Hold {
            kind: HoldKind::UndoWindow,
            on: "the time to be over in which it can be undone with nothing done".to_owned(),
            until: Some(until),
        };
        return if said { Next::Park { until: Some(until) } } else { Next::Apply(Event::HeldBack(hold)) };
    }
    let Some(approval) = record.approval.as_ref().filter(|approval| approval.given.is_none()) else {
        return Next::TakeLocks;
    };
    if now >= approval.until {
        let because = "Nobody approved it in time.".to_owned();
        return Next::Apply(Event::CalledOff { because });
    }
    match record.attention {
        None => Next::Apply(Event::ApprovalAsked),
        Some(_) => Next::Park { until: Some(approval.until) },
    }
}

/// Whether what was approved has to be compared with what is so now: its locks are taken and nothing has begun.
pub(super) fn wants_comparing(record: &OperationRecord) -> bool {
    record.approval.as_ref().is_some_and(|approval| !approval.compared) && nothing_has_begun(record)
}

/// It is held back; noted only when that is news.
pub(super) fn held_back(record: &mut OperationRecord, hold: Hold, now: Micros) -> Vec<Note> {
    let Hold { kind, on, until } = hold;
    let known = record.waiting.as_ref().filter(|waiting| waiting.hold == Some(kind) && waiting.on == on);
    let since = known.map_or(now, |waiting| waiting.since);
    let notes =
        if known.is_some() { vec![] } else { vec![note("operation.held", None, format!("Waits for {on}."))] };
    record.waiting = Some(Waiting { on, operation: None, since, next_check: until, hold: Some(kind) });
    notes
}

/// A second person is asked.
pub(super) fn ask_for_approval(record: &mut OperationRecord, now: Micros) -> Vec<Note> {
    let Some(approval) = &record.approval else { return vec![] };
    let choice = |id: &str, title: &str, what: &str, danger, effect| StoredChoice {
        id: id.to_owned(),
        title: title.to_owned(),
        what: what.to_owned(),
        danger,
        effect,
    };
    let choices = vec![
        choice(
            "approve",
            "Approve",
            "It begins as planned. When what the plan was made from has changed by then, nothing is done.",
            approval.danger,
            StoredEffect::Approve,
        ),
        choice("decline", "Decline", "It ends with nothing done.", Danger::Safe, StoredEffect::Decline),
    ];
    let sentence = format!("{} asked for it, and a second person has to approve it.", approval.asked_by);
    raise_attention(record, sentence, choices, now)
}

/// A second person approved what was planned.
pub(super) fn approved(record: &mut OperationRecord, by: &str, reason: &str, now: Micros) {
    if let Some(approval) = &mut record.approval {
        approval.given = Some(crate::Given { by: by.to_owned(), reason: reason.to_owned(), at: now });
    }
}

/// It ends with nothing done. Changes nothing once a step has begun.
pub(super) fn called_off(record: &mut OperationRecord, because: &str, now: Micros) -> Vec<Note> {
    if !nothing_has_begun(record) {
        return vec![];
    }
    record.state = OperationState::Cancelled;
    record.finished_at = Some(now);
    (record.waiting, record.attention) = (None, None);
    let outcome = format!("{because} Nothing was done.");
    record.outcome = Some(outcome.clone());
    vec![note("operation.finished", None, outcome)]
}

fn nothing_has_begun(record: &OperationRecord) -> bool {
    record.steps.iter().all(|step| step.attempts == 0 && step.state == StepState::Pending)
}
