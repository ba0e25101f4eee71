//! An operation as people see it, by table.

use super::*;
use crate::operations::register;
use operations::{
    Attention as Asked, Cancel, Ending, OperationState, Repeat, Retry, StoredAtDeadline, Waiting as Waits,
};
use read_models::ids::UserId;
use read_models::operation::{Target, TargetKind};
use std::time::Duration;

fn step(state: StepState, acknowledged: Option<i64>, observed: Option<i64>, undo: Undo) -> StepRecord {
    StepRecord {
        key: 1,
        payload: serde_json::Value::Null,
        title: "A step".to_owned(),
        observed_by: Some("a look".to_owned()),
        undo,
        clearing: None,
        repeat: Repeat::Idempotent,
        deadline: Duration::from_secs(10),
        retry: Retry { attempts: 1, wait: Duration::from_secs(1) },
        at_deadline: StoredAtDeadline::Fail,
        asks: vec![],
        offers: vec![],
        state,
        attempts: 1,
        begun_at: Some(1),
        deadline_at: Some(11),
        acknowledged_at: acknowledged,
        observed_at: observed,
        finished_at: observed,
        not_before: None,
        last_observation: None,
        in_flight: false,
        may_have_acted: state != StepState::Pending,
        acted_before: false,
        settled_back: false,
    }
}

fn stored(state: OperationState, steps: Vec<StepRecord>) -> StoredOperation {
    let id = OperationId::from_uuid(&format!("{:032x}", 1));
    let record = OperationRecord {
        id: id.to_string(),
        operation: "node.drain".to_owned(),
        version: 1,
        target: "node:n".to_owned(),
        state,
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
    };
    StoredOperation {
        id,
        operation: "node.drain".to_owned(),
        target: Target { kind: TargetKind::Node, id: "n".to_owned() },
        project: None,
        input: serde_json::Value::Null,
        plan_hash: "h".to_owned(),
        user: UserId::from_uuid(&format!("{:032x}", 2)),
        requested_by: "somebody".to_owned(),
        requested_at: Timestamp::from_micros(1),
        accepted_at: Timestamp::from_micros(2),
        state: operation_words::state(state),
        state_since: Timestamp::from_micros(2),
        record,
    }
}

fn drain() -> &'static Declaration {
    register().find("node.drain").unwrap().declaration()
}

#[test]
fn how_long_it_usually_takes_is_not_said_before_five_runs() {
    assert_eq!(usually(&[1, 2, 3, 4]), None);
    let ten: Vec<u64> = (1..=10).collect();
    let said = usually(&ten).unwrap();
    assert_eq!((said.median_ms, said.p90_ms, said.runs), (6, 10, 10));
    assert_eq!(usually(&[5; 5]).map(|said| (said.median_ms, said.p90_ms)), Some((5, 5)));
}

#[test]
fn a_yes_is_not_an_observation_and_both_hold_only_when_they_hold_for_every_step() {
    let (seen, said) = (StepState::Observed, StepState::Running);
    let at = |micros| Some(Timestamp::from_micros(micros));
    for (steps, acknowledged, observed) in [
        (vec![step(StepState::Pending, None, None, Undo::Nothing)], None, None),
        (vec![step(said, Some(5), None, Undo::Nothing)], at(5), None),
        (
            vec![step(seen, Some(5), Some(6), Undo::Nothing), step(said, Some(8), None, Undo::Nothing)],
            at(8),
            None,
        ),
        (
            vec![step(seen, Some(5), Some(9), Undo::Nothing), step(seen, Some(7), Some(8), Undo::Nothing)],
            at(7),
            at(9),
        ),
        // What was left as it was is not waited for.
        (
            vec![
                step(StepState::Skipped, Some(4), None, Undo::Nothing),
                step(seen, Some(5), Some(6), Undo::Nothing),
            ],
            at(5),
            at(6),
        ),
    ] {
        let facts = four_facts(&stored(OperationState::Running, steps), drain());
        assert_eq!((facts.acknowledged.at, facts.observed.at), (acknowledged, observed), "{facts:?}");
        assert_eq!((facts.requested.at, facts.accepted.at), (at(1), at(2)));
        assert!(facts.observed.sentence.ends_with(drain().verified_by));
    }
}

#[test]
fn cancelling_is_offered_while_it_means_something_and_says_what_it_leaves() {
    let running =
        || stored(OperationState::Running, vec![step(StepState::Running, None, None, Undo::Nothing)]).record;
    let begun_nothing =
        stored(OperationState::Queued, vec![step(StepState::Pending, None, None, Undo::Nothing)]).record;
    let cannot = step(StepState::Observed, None, None, Undo::Cannot("It is gone.".to_owned()));
    let leaves = stored(OperationState::Running, vec![cannot]).record;
    let back = Direction::Back { ending: Ending::Failed, because: "x".to_owned() };
    let turned = OperationRecord { direction: back, ..running() };
    let cancel_asked = Some(Cancel { by: "a".to_owned(), reason: "b".to_owned(), at: 1 });
    let requested = OperationRecord { cancel: cancel_asked, ..running() };
    let over = stored(OperationState::Succeeded, vec![]).record;
    for (record, possible, what) in [
        (begun_nothing, true, "Nothing has been done yet"),
        (running(), true, "nothing is left"),
        (leaves, true, "Left: It is gone."),
        (turned, false, "being undone already"),
        (requested, false, "undone"),
        (over, false, "It is over."),
    ] {
        let view = cancel(&record, true);
        assert_eq!(view.possible, possible, "{view:?}");
        assert!(view.what.contains(what), "{view:?}");
        assert!(!cancel(&record, false).possible, "who may not operate may not cancel");
    }
}

#[test]
fn above_sla_says_why_it_does_not_move() {
    let usual = Usually { median_ms: 1_000, p90_ms: 60_000, runs: 5 };
    let at = |seconds: u64| Timestamp::from_micros(2).plus(Duration::from_secs(seconds));
    let running = || stored(OperationState::Running, vec![]);
    assert_eq!(above_sla(&running(), Some(&usual), at(60)), None);
    assert_eq!(above_sla(&running(), None, at(6000)), None);
    assert_eq!(above_sla(&stored(OperationState::Failed, vec![]), Some(&usual), at(6000)), None);
    let alone = above_sla(&running(), Some(&usual), at(61)).unwrap();
    assert!(alone.starts_with("Nine in ten take less than"), "{alone}");
    let mut waits = running();
    waits.record.waiting =
        Some(Waits { on: "the agent".to_owned(), operation: None, since: 1, next_check: None, hold: None });
    assert!(above_sla(&waits, Some(&usual), at(61)).unwrap().ends_with("the agent"));
    waits.record.attention = Some(Asked { sentence: "Choose.".to_owned(), since: 1, choices: vec![] });
    assert!(above_sla(&waits, Some(&usual), at(61)).unwrap().ends_with("Choose."));
    waits.record.approval = Some(operations::Approval {
        plan_hash: String::new(),
        asked_by: "ada".to_owned(),
        danger: operations::Danger::Destructive,
        until: 9,
        given: None,
        compared: false,
    });
    assert_eq!(above_sla(&waits, Some(&usual), at(61)), None, "a person's time is not its own");
}

#[test]
fn a_brief_says_the_step_it_is_at_and_what_matters_most() {
    let steps = || {
        vec![
            step(StepState::Observed, None, None, Undo::Nothing),
            step(StepState::Running, None, None, Undo::Nothing),
        ]
    };
    let mut operation = stored(OperationState::Running, steps());
    let said = brief(&operation, "Drain node");
    assert_eq!(
        (said.step, said.of, said.observation.as_str(), said.needs_attention),
        (2, 2, "A step", false)
    );
    operation.record.waiting =
        Some(Waits { on: "the agent".to_owned(), operation: None, since: 1, next_check: None, hold: None });
    assert_eq!(brief(&operation, "Drain node").observation, "the agent");
    operation.record.attention = Some(Asked { sentence: "Choose.".to_owned(), since: 1, choices: vec![] });
    let said = brief(&operation, "Drain node");
    assert_eq!((said.observation.as_str(), said.needs_attention), ("Choose.", true));
    let done = stored(OperationState::Running, vec![step(StepState::Observed, None, None, Undo::Nothing)]);
    assert_eq!((brief(&done, "x").step, brief(&done, "x").of), (1, 1));
}

#[test]
fn what_went_wrong_last_is_said_while_it_is_tried_again_or_unknown_and_no_longer() {
    for (state, attempts, said) in [
        (StepState::Pending, 0, false),
        (StepState::Pending, 1, true),
        (StepState::Running, 1, false),
        (StepState::Unknown, 1, true),
    ] {
        let mut at = step(state, None, None, Undo::Nothing);
        (at.attempts, at.last_observation) = (attempts, Some("The agent did not answer.".to_owned()));
        let record = stored(OperationState::Running, vec![at]).record;
        assert_eq!(last_error(&record).is_some(), said, "{state:?} {attempts}");
    }
}
