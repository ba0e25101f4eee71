//! What answers to a call lead to, with each kind of repeating.

use super::*;
use crate::{Performed, Trouble};

const KINDS: [Repeat; 4] = [Repeat::Pure, Repeat::Idempotent, Repeat::Observable, Repeat::Manual];

fn fails_surely() -> Event {
    Event::Performed(0, Err(Trouble::Retry("The connection was refused.".to_owned())))
}

fn is_refused() -> Event {
    Event::Performed(0, Err(Trouble::Refused("The agent refuses.".to_owned())))
}

fn is_lost() -> Event {
    Event::Performed(0, Err(Trouble::Unknown("No answer came.".to_owned())))
}

#[test]
fn a_worker_that_died_in_the_middle_leaves_the_step_unknown_and_what_comes_next_is_how_safe_repeating_is() {
    for (kind, expected) in [
        (Repeat::Pure, Next::Perform(0)),
        (Repeat::Idempotent, Next::Perform(0)),
        (Repeat::Observable, Next::Observe(0)),
        (Repeat::Manual, Next::Apply(Event::Asked(0))),
    ] {
        let record = lost(step(1, kind));
        assert_eq!(next(&record, BEGIN + SECOND), expected, "{kind:?}");
        assert_eq!(record.steps[0].attempts, 1, "a repetition is no new try");
    }
}

#[test]
fn an_answer_that_is_lost_is_met_like_a_crash() {
    for (kind, expected) in [
        (Repeat::Pure, Next::Perform(0)),
        (Repeat::Idempotent, Next::Perform(0)),
        (Repeat::Observable, Next::Observe(0)),
        (Repeat::Manual, Next::Park { until: None }),
    ] {
        let mut record = begun(step(1, kind));
        let notes = apply(&mut record, is_lost(), BEGIN);
        assert_eq!(notes[0].kind, "step.unknown", "{kind:?}");
        assert_eq!(next_call(&mut record, BEGIN + 2 * SECOND), expected, "{kind:?}");
        assert_eq!(record.attention.is_some(), kind == Repeat::Manual, "{kind:?}");
    }
}

#[test]
fn a_second_lease_without_a_call_in_between_changes_nothing() {
    for kind in KINDS {
        let mut record = lost(step(1, kind));
        let before = record.clone();
        assert_eq!(apply(&mut record, Event::Leased, BEGIN + SECOND), vec![], "{kind:?}");
        assert_eq!(record, before, "{kind:?}");
    }
}

#[test]
fn what_surely_did_nothing_is_tried_again_with_a_wait_that_doubles_and_then_fails() {
    let mut record = begun(step(1, Repeat::Observable));
    let mut now = BEGIN;
    for (attempt, wait) in [(1, 2), (2, 4)] {
        assert_eq!(kinds(&apply(&mut record, fails_surely(), now)), ["step.retry"]);
        let until = now + wait * SECOND;
        assert_eq!(next(&record, now), Next::Park { until: Some(until) });
        let waits = record.waiting.clone().unwrap();
        assert_eq!((waits.on.as_str(), waits.next_check), ("The connection was refused.", Some(until)));
        // A wake-up does not cut the wait short.
        apply(&mut record, Event::Leased, now);
        assert_eq!(next(&record, until - 1), Next::Park { until: Some(until) });
        assert_eq!(next_call(&mut record, until), Next::Perform(0));
        assert_eq!((record.steps[0].attempts, &record.waiting), (attempt + 1, &None));
        now = until;
    }
    assert_eq!(kinds(&apply(&mut record, fails_surely(), now)), ["step.failed"]);
    assert_eq!(next_call(&mut record, now), Next::Over, "nothing was done, so nothing is undone");
    assert_eq!(record.outcome.as_deref(), Some("Step 1: The connection was refused. Nothing is left over."));
}

#[test]
fn what_surely_did_nothing_leaves_nothing_behind_that_could_not_be_undone() {
    for ends in [is_refused as fn() -> Event, fails_surely] {
        let undo = Undo::Cannot("The disk was wiped.".to_owned());
        let mut record = begun(StepRecord { undo, ..step(1, Repeat::Observable) });
        apply(&mut record, fails_surely(), BEGIN);
        next_call(&mut record, BEGIN + 10 * SECOND);
        apply(&mut record, fails_surely(), BEGIN + 10 * SECOND);
        next_call(&mut record, BEGIN + 20 * SECOND);
        apply(&mut record, ends(), BEGIN + 20 * SECOND);
        assert_eq!(next_call(&mut record, BEGIN + 20 * SECOND), Next::Over);
        assert_eq!((record.state, record.debris), (OperationState::Failed, vec![]));
    }
}

#[test]
fn a_refusal_says_nothing_of_an_earlier_call_that_was_lost() {
    let mut record = lost(step(1, Repeat::Idempotent));
    apply(&mut record, is_refused(), BEGIN + SECOND);
    assert_eq!(next_call(&mut record, BEGIN + SECOND), Next::BeginUndo(0), "the lost call may have done it");

    let mut record = begun(step(1, Repeat::Idempotent));
    apply(&mut record, is_refused(), BEGIN);
    assert_eq!(next_call(&mut record, BEGIN), Next::Over, "nothing was done");
}

#[test]
fn after_a_lost_call_no_other_key_is_used_however_surely_a_later_call_did_nothing() {
    let mut record = lost(step(1, Repeat::Idempotent));
    let mut now = BEGIN + SECOND;
    while now < DEADLINE {
        assert_eq!(next_call(&mut record, now), Next::Perform(0));
        apply(&mut record, fails_surely(), now);
        assert_eq!((record.steps[0].attempts, record.steps[0].settled_back), (1, false));
        let Next::Park { until: Some(until) } = next(&record, now) else { break };
        now = until;
    }
    assert_eq!(now, DEADLINE, "it is repeated until its time is over, and not for ever");
    assert_eq!(next_call(&mut record, now), Next::Perform(0));
    apply(&mut record, fails_surely(), now);
    assert_eq!(next_call(&mut record, now), Next::BeginUndo(0));
}

#[test]
fn a_pure_step_may_be_tried_anew_after_a_lost_call() {
    let mut record = lost(step(1, Repeat::Pure));
    assert_eq!(kinds(&apply(&mut record, fails_surely(), BEGIN + SECOND)), ["step.retry"]);
}

#[test]
fn repeating_into_the_void_is_noted_once() {
    let mut record = begun(step(1, Repeat::Idempotent));
    assert_eq!(kinds(&apply(&mut record, is_lost(), BEGIN)), ["step.unknown", "operation.waiting"]);
    assert_eq!(kinds(&apply(&mut record, is_lost(), BEGIN + 2 * SECOND)), Vec::<&str>::new());
}

#[test]
fn asked_and_not_answered_is_not_unknown_and_is_asked_again_at_the_latest_at_the_deadline() {
    let pending = |seconds| {
        let look_again = Duration::from_secs(seconds);
        Event::Performed(0, Ok(Performed::Pending { on: "The agent works on it.".to_owned(), look_again }))
    };
    let mut record = begun(step(1, Repeat::Observable));
    apply(&mut record, pending(10), BEGIN);
    assert_eq!((record.steps[0].state, record.steps[0].in_flight), (StepState::Running, false));
    assert_eq!(next(&record, BEGIN), Next::Park { until: Some(BEGIN + 10 * SECOND) });
    apply(&mut record, Event::Leased, BEGIN + SECOND);
    assert_eq!(next(&record, BEGIN + SECOND), Next::Perform(0), "a wake-up looks at once");
    apply(&mut record, pending(3600), BEGIN + SECOND);
    assert_eq!(next(&record, BEGIN + SECOND), Next::Park { until: Some(DEADLINE) });
}
