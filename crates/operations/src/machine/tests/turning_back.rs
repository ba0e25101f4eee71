//! Cancelling, undoing, and the end.

use super::*;
use crate::{Observation, Performed, Trouble};

fn cancel(record: &mut OperationRecord, now: Micros) -> Vec<Note> {
    let (by, reason) = ("Ada".to_owned(), "it is not needed".to_owned());
    apply(record, Event::CancelRequested { by, reason }, now)
}

/// Two steps: the first is done, the second is in the middle; then it is cancelled and the second is being undone.
fn going_back() -> OperationRecord {
    let mut record = queued(vec![step(1, Repeat::Observable), step(2, Repeat::Observable)]);
    apply(&mut record, Event::LocksTaken, BEGIN);
    apply(&mut record, Event::Begun(0), BEGIN);
    apply(&mut record, Event::Observed(0, Observation::seen("It is so.", Value::Null)), BEGIN);
    apply(&mut record, Event::Begun(1), BEGIN);
    cancel(&mut record, BEGIN);
    assert_eq!(next_call(&mut record, BEGIN), Next::BeginUndo(1), "the last one first");
    apply(&mut record, Event::UndoBegun(1), BEGIN);
    record
}

#[test]
fn cancelled_in_the_queue_it_never_began() {
    let mut record = queued(vec![step(1, Repeat::Observable)]);
    cancel(&mut record, BEGIN);
    assert_eq!(next_call(&mut record, BEGIN), Next::Over);
    assert_eq!(record.state, OperationState::Cancelled);
    assert_eq!(record.outcome.as_deref(), Some("Cancelled before it began."));
}

#[test]
fn every_undo_is_seen_before_the_one_before_it_begins() {
    let mut record = going_back();
    assert_eq!(next(&record, BEGIN), Next::Undo(1));
    apply(&mut record, Event::UndoPerformed(1, Ok(Performed::Acknowledged("Yes.".to_owned()))), BEGIN);
    assert_eq!(next(&record, BEGIN), Next::ObserveUndone(1));
    apply(&mut record, Event::UndoObserved(1, Observation::seen("It is gone.", Value::Null)), BEGIN);
    assert_eq!(next(&record, BEGIN), Next::BeginUndo(0));
    apply(&mut record, Event::UndoBegun(0), BEGIN);
    apply(&mut record, Event::UndoObserved(0, Observation::seen("It is gone.", Value::Null)), BEGIN);
    assert_eq!(next_call(&mut record, BEGIN), Next::Over);
    assert_eq!(record.state, OperationState::Cancelled);
    let said = "Ada asked to cancel it: it is not needed. Nothing is left over.";
    assert_eq!(record.outcome.as_deref(), Some(said));
}

#[test]
fn an_undo_that_said_yes_and_did_nothing_is_asked_again_after_a_while() {
    let mut record = going_back();
    apply(&mut record, Event::UndoPerformed(1, Ok(Performed::Acknowledged("Yes.".to_owned()))), BEGIN);
    apply(&mut record, Event::UndoObserved(1, Observation::Absent("It is still there.".to_owned())), BEGIN);
    assert_eq!(next(&record, BEGIN), Next::Park { until: Some(BEGIN + 2 * SECOND) });
    assert_eq!(next(&record, BEGIN + 2 * SECOND), Next::Undo(1));
}

#[test]
fn an_undo_that_fails_leaves_it_stuck_names_what_is_left_and_still_undoes_the_rest() {
    let trouble = || Event::UndoPerformed(1, Err(Trouble::Unknown("No answer came.".to_owned())));
    let refused = Event::UndoPerformed(1, Err(Trouble::Refused("No answer came.".to_owned())));
    let contrary = Event::UndoObserved(1, Observation::Contrary("No answer came.".to_owned()));
    for (ends, at) in [(trouble(), DEADLINE), (refused, BEGIN), (contrary, BEGIN)] {
        let mut record = going_back();
        apply(&mut record, trouble(), BEGIN);
        assert_eq!(record.steps[1].state, StepState::Undoing, "it is tried until its time is over");
        assert_eq!(kinds(&apply(&mut record, ends, at)), ["step.undo_failed"]);
        assert_eq!(next(&record, at), Next::BeginUndo(0));
        apply(&mut record, Event::UndoBegun(0), at);
        apply(&mut record, Event::UndoObserved(0, Observation::seen("It is gone.", Value::Null)), at);
        assert_eq!(next_call(&mut record, at), Next::Over);
        assert_eq!(record.state, OperationState::Stuck);
        assert_eq!(record.debris[0].sentence, "“Step 2” could not be undone: No answer came.");
        assert_eq!(record.debris[0].clearing, record.steps[1].clearing);
    }
}

#[test]
fn a_worker_that_dies_in_the_middle_of_an_undo_repeats_it() {
    let mut record = going_back();
    apply(&mut record, Event::Leased, BEGIN + SECOND);
    assert_eq!(next(&record, BEGIN + SECOND), Next::Undo(1));
}

#[test]
fn what_cannot_be_undone_is_named_only_where_it_may_have_happened() {
    let stays = |key| StepRecord {
        undo: Undo::Cannot(format!("Part {key} stays.")),
        ..step(key, Repeat::Observable)
    };
    let mut record = queued(vec![stays(1), stays(2)]);
    apply(&mut record, Event::LocksTaken, BEGIN);
    apply(&mut record, Event::Begun(0), BEGIN);
    cancel(&mut record, BEGIN);
    assert_eq!(next_call(&mut record, BEGIN), Next::Over);
    assert_eq!((record.state, record.debris.len()), (OperationState::Cancelled, 1));
    assert_eq!(record.debris[0].sentence, "Part 1 stays.");
}

#[test]
fn after_the_end_nothing_changes_anything() {
    let mut record = begun(step(1, Repeat::Observable));
    apply(&mut record, Event::Observed(0, Observation::seen("It is so.", Value::Null)), BEGIN);
    next_call(&mut record, BEGIN);
    assert_eq!(record.state, OperationState::Succeeded);
    let over = record.clone();
    assert_eq!(cancel(&mut record, BEGIN), vec![]);
    assert_eq!(choose(&mut record, "undo", BEGIN), vec![]);
    for event in [Event::Leased, Event::LocksTaken, Event::Begun(0), Event::Finished, Event::UndoBegun(0)] {
        assert_eq!(apply(&mut record, event, BEGIN), vec![]);
    }
    assert_eq!(record, over);
    assert_eq!(next(&record, BEGIN + 3600 * SECOND), Next::Over);
}
