//! What looking leads to, before and at the deadline.

use super::*;
use crate::{Observation, Performed};
use serde_json::json;

const LOOK_AGAIN: Duration = Duration::from_secs(10);

fn acknowledged(step: StepRecord) -> OperationRecord {
    let mut record = begun(step);
    apply(&mut record, Event::Performed(0, Ok(Performed::Acknowledged("Yes.".to_owned()))), BEGIN);
    assert_eq!(next(&record, BEGIN), Next::Observe(0), "a yes is not yet a fact");
    record
}

fn sees(record: &mut OperationRecord, seen: Observation, now: Micros) -> Vec<&'static str> {
    kinds(&apply(record, Event::Observed(0, seen), now))
}

fn not_yet() -> Observation {
    Observation::not_yet("One still runs.", LOOK_AGAIN)
}

fn cannot_tell() -> Observation {
    Observation::CannotTell { sentence: "Nobody answers.".to_owned(), look_again: LOOK_AGAIN }
}

#[test]
fn what_is_seen_ends_the_step_and_is_kept_as_evidence() {
    let mut record = acknowledged(step(1, Repeat::Observable));
    let seen = Observation::seen("All slots are free.", json!({ "free": 4 }));
    let notes = apply(&mut record, Event::Observed(0, seen), BEGIN);
    assert_eq!((notes[0].kind, &notes[0].evidence), ("step.observed", &json!({ "seen": { "free": 4 } })));
    assert_eq!(next_call(&mut record, BEGIN), Next::Over);
    assert_eq!(record.outcome.as_deref(), Some("Every step was observed."));
}

#[test]
fn not_yet_looks_again_and_at_the_latest_at_the_deadline() {
    let mut record = acknowledged(step(1, Repeat::Observable));
    assert_eq!(sees(&mut record, not_yet(), BEGIN), ["operation.waiting"]);
    assert_eq!(next(&record, BEGIN), Next::Park { until: Some(BEGIN + 10 * SECOND) });
    assert_eq!(sees(&mut record, not_yet(), BEGIN + 10 * SECOND), Vec::<&str>::new(), "no news");
    sees(&mut record, not_yet(), DEADLINE - SECOND);
    assert_eq!(next(&record, DEADLINE - SECOND), Next::Park { until: Some(DEADLINE) });
    assert_eq!(record.waiting.unwrap().next_check, Some(DEADLINE));
}

#[test]
fn at_the_deadline_the_step_fails_asks_or_is_left_as_it_says() {
    let wait = StoredEffect::Wait { duration: LOOK_AGAIN };
    for (at_deadline, note, state, expected) in [
        (StoredAtDeadline::Fail, "step.failed", StepState::Failed, Next::BeginUndo(0)),
        (StoredAtDeadline::GoOn, "step.left", StepState::Skipped, Next::Over),
        (
            asking("It takes long.", vec![("wait", wait)]),
            "operation.attention",
            StepState::Running,
            Next::Park { until: Some(DEADLINE + 60 * SECOND) },
        ),
    ] {
        let mut record =
            acknowledged(StepRecord { at_deadline: at_deadline.clone(), ..step(1, Repeat::Observable) });
        assert_eq!(sees(&mut record, not_yet(), DEADLINE - 1), ["operation.waiting"], "{at_deadline:?}");
        assert_eq!(sees(&mut record, not_yet(), DEADLINE), [note], "{at_deadline:?}");
        assert_eq!((record.steps[0].state, &record.waiting), (state, &None), "{at_deadline:?}");
        assert_eq!(next_call(&mut record, DEADLINE), expected, "{at_deadline:?}");
    }
}

#[test]
fn a_step_that_was_left_is_not_said_to_be_observed() {
    let mut record =
        acknowledged(StepRecord { at_deadline: StoredAtDeadline::GoOn, ..step(1, Repeat::Observable) });
    sees(&mut record, not_yet(), DEADLINE);
    next_call(&mut record, DEADLINE);
    assert_eq!(record.state, OperationState::Succeeded);
    let said = "Left as it was when its time was over: “Step 1”. Every other step was observed.";
    assert_eq!(record.outcome.as_deref(), Some(said));
}

#[test]
fn nobody_who_can_tell_at_the_deadline_asks_a_person_whatever_the_step_says() {
    for at_deadline in [StoredAtDeadline::Fail, StoredAtDeadline::GoOn] {
        let mut record = acknowledged(StepRecord { at_deadline, ..step(1, Repeat::Observable) });
        assert_eq!(sees(&mut record, cannot_tell(), DEADLINE - 1), ["operation.waiting"]);
        assert_eq!(sees(&mut record, cannot_tell(), DEADLINE), ["operation.attention"]);
        let offered: Vec<_> = record.attention.unwrap().choices.into_iter().map(|choice| choice.id).collect();
        assert_eq!(offered, ["look_again", "retry", "undo"]);
    }
}

#[test]
fn what_surely_was_not_done_is_tried_again_and_what_will_not_become_so_fails() {
    let absent = || Observation::Absent("It is not there.".to_owned());
    let contrary = || Observation::Contrary("It broke.".to_owned());
    for unknown in [false, true] {
        let prepared = || {
            if unknown {
                lost(step(1, Repeat::Observable))
            } else {
                acknowledged(step(1, Repeat::Observable))
            }
        };
        let mut record = prepared();
        assert_eq!(sees(&mut record, absent(), BEGIN + SECOND), ["step.retry"]);
        assert_eq!(next_call(&mut record, BEGIN + 10 * SECOND), Next::Perform(0));
        assert_eq!((record.steps[0].attempts, record.steps[0].acknowledged_at), (2, None));

        let mut record = prepared();
        assert_eq!(sees(&mut record, contrary(), BEGIN + SECOND), ["step.failed"]);
        assert_eq!(next_call(&mut record, BEGIN + SECOND), Next::BeginUndo(0), "it may have done something");
    }
}

#[test]
fn what_is_absent_after_its_last_try_leaves_nothing_to_undo() {
    let mut record = acknowledged(StepRecord { attempts: 2, ..step(1, Repeat::Observable) });
    assert_eq!(record.steps[0].attempts, 3);
    assert_eq!(sees(&mut record, Observation::Absent("It is not there.".to_owned()), BEGIN), ["step.failed"]);
    assert_eq!(next_call(&mut record, BEGIN), Next::Over);
}
