//! What people choose, and what comes of it.

use super::*;
use crate::{Observation, Performed};

/// A step that was acknowledged, is not seen at its deadline, and asks.
fn asked() -> OperationRecord {
    let first = StoredEffect::First { step: Box::new(step(0, Repeat::Idempotent)) };
    let choices = vec![
        ("wait", StoredEffect::Wait { duration: Duration::from_secs(30) }),
        ("retry", StoredEffect::Retry),
        ("undo", StoredEffect::Undo),
        ("evict", first),
    ];
    let at_deadline = asking("One still runs.", choices);
    let mut record = begun(StepRecord { at_deadline, ..step(7, Repeat::Observable) });
    apply(&mut record, Event::Performed(0, Ok(Performed::Acknowledged("Yes.".to_owned()))), BEGIN);
    let seen = Observation::not_yet("One still runs.", Duration::from_secs(10));
    apply(&mut record, Event::Observed(0, seen), DEADLINE);
    assert_eq!(record.attention.as_ref().unwrap().sentence, "One still runs.");
    record
}

#[test]
fn while_a_person_is_asked_it_is_looked_at_when_woken_and_once_a_minute() {
    let mut record = asked();
    assert_eq!(next(&record, DEADLINE), Next::Park { until: Some(DEADLINE + 60 * SECOND) });
    assert_eq!(next(&record, DEADLINE + 60 * SECOND), Next::Observe(0));
    apply(&mut record, Event::Leased, DEADLINE + SECOND);
    assert_eq!(next(&record, DEADLINE + SECOND), Next::Observe(0));
}

#[test]
fn what_comes_about_by_itself_asks_nobody_any_more() {
    let mut record = asked();
    let notes = apply(&mut record, Event::Observed(0, Observation::seen("It ended.", Value::Null)), DEADLINE);
    assert_eq!(kinds(&notes), ["step.observed", "operation.settled"]);
    assert_eq!((record.attention.as_ref(), record.steps[0].state), (None, StepState::Observed));
    assert_eq!(next_call(&mut record, DEADLINE), Next::Over);
    assert_eq!(record.state, OperationState::Succeeded);
}

#[test]
fn while_a_person_is_asked_nothing_is_decided_for_them() {
    for seen in [
        Observation::not_yet("One still runs.", Duration::from_secs(10)),
        Observation::Absent("It was never asked.".to_owned()),
        Observation::Contrary("Two run.".to_owned()),
        Observation::CannotTell { sentence: "Dark.".to_owned(), look_again: Duration::from_secs(1) },
    ] {
        let (mut record, later) = (asked(), DEADLINE + 30 * SECOND);
        let before = record.attention.clone();
        assert_eq!(apply(&mut record, Event::Observed(0, seen), later), []);
        assert_eq!((&record.attention, record.steps[0].state), (&before, StepState::Running));
        assert_eq!(next(&record, later), Next::Park { until: Some(later + 60 * SECOND) });
    }
}

#[test]
fn what_nobody_acknowledged_is_not_looked_at_while_a_person_is_asked() {
    let at_deadline = asking("It does not answer.", vec![("undo", StoredEffect::Undo)]);
    let mut record = begun(StepRecord { at_deadline, ..step(7, Repeat::Idempotent) });
    let pending = Performed::Pending { on: "an answer".to_owned(), look_again: Duration::from_secs(2) };
    apply(&mut record, Event::Performed(0, Ok(pending)), DEADLINE);
    assert!(record.attention.is_some());
    apply(&mut record, Event::Leased, DEADLINE + SECOND);
    assert_eq!(next(&record, DEADLINE + 3600 * SECOND), Next::Park { until: None });
}

#[test]
fn each_choice_leads_where_it_says() {
    for (choice, expected) in [
        ("wait", Next::Observe(0)),
        ("retry", Next::Perform(0)),
        ("undo", Next::BeginUndo(0)),
        ("evict", Next::Perform(0)),
    ] {
        let mut record = asked();
        let notes = choose(&mut record, choice, DEADLINE + SECOND);
        assert_eq!(notes[0].sentence, format!("Ada chose “{choice}”: it takes long"));
        assert_eq!(record.attention, None, "{choice}");
        assert_eq!(next_call(&mut record, DEADLINE + SECOND), expected, "{choice}");
    }
}

#[test]
fn waiting_gives_the_time_it_says_and_then_asks_again() {
    let mut record = asked();
    let chosen = DEADLINE + 100 * SECOND;
    choose(&mut record, "wait", chosen);
    let seen = || Observation::not_yet("One still runs.", Duration::from_secs(10));
    apply(&mut record, Event::Observed(0, seen()), chosen + 29 * SECOND);
    assert_eq!(record.attention, None);
    apply(&mut record, Event::Observed(0, seen()), chosen + 30 * SECOND);
    assert!(record.attention.is_some());
}

#[test]
fn trying_again_is_a_new_try_and_what_the_old_one_did_is_not_forgotten() {
    let mut record = asked();
    choose(&mut record, "retry", DEADLINE);
    next_call(&mut record, DEADLINE);
    assert_eq!(record.steps[0].attempts, 2);
    apply(&mut record, Event::Performed(0, Err(crate::Trouble::Refused("No.".to_owned()))), DEADLINE);
    assert_eq!(next_call(&mut record, DEADLINE), Next::BeginUndo(0), "the first try may have done something");
}

#[test]
fn undoing_by_choice_ends_as_failed_with_who_and_why() {
    let mut record = asked();
    choose(&mut record, "undo", DEADLINE);
    apply(&mut record, Event::UndoBegun(0), DEADLINE);
    let gone = Observation::seen("It is gone.", Value::Null);
    apply(&mut record, Event::UndoObserved(0, gone), DEADLINE);
    assert_eq!(next_call(&mut record, DEADLINE), Next::Over);
    assert_eq!(record.state, OperationState::Failed);
    assert_eq!(record.outcome.as_deref(), Some("Ada chose to undo it: it takes long. Nothing is left over."));
}

#[test]
fn what_is_done_first_stands_in_front_under_its_own_key_and_then_the_step_has_its_whole_time_again() {
    let mut record = asked();
    choose(&mut record, "evict", DEADLINE);
    assert_eq!(record.steps.iter().map(|step| step.key).collect::<Vec<_>>(), [8, 7]);
    let done = DEADLINE + 5 * SECOND;
    assert_eq!(next_call(&mut record, DEADLINE), Next::Perform(0));
    apply(&mut record, Event::Observed(0, Observation::seen("It is done.", Value::Null)), done);
    assert_eq!(next(&record, done), Next::Observe(1));
    let seen = || Observation::not_yet("One still runs.", Duration::from_hours(1));
    apply(&mut record, Event::Observed(1, seen()), done);
    assert_eq!(next(&record, done), Next::Park { until: Some(done + 60 * SECOND) });
}

#[test]
fn a_choice_that_is_not_offered_or_comes_twice_changes_nothing() {
    let mut record = asked();
    let before = record.clone();
    assert_eq!(choose(&mut record, "explode", DEADLINE), vec![]);
    assert_eq!(record, before);
    choose(&mut record, "wait", DEADLINE);
    let before = record.clone();
    assert_eq!(choose(&mut record, "undo", DEADLINE), vec![]);
    assert_eq!(record, before);
}

#[test]
fn looking_again_at_a_manual_step_looks_for_its_time_and_then_asks_again() {
    let mut record = lost(step(1, Repeat::Manual));
    let now = BEGIN + SECOND;
    assert_eq!(next_call(&mut record, now), Next::Park { until: None });
    choose(&mut record, "look_again", now);
    assert_eq!(next(&record, now), Next::Observe(0));
    let seen = || Observation::not_yet("It is not there yet.", Duration::from_secs(10));
    apply(&mut record, Event::Observed(0, seen()), now);
    apply(&mut record, Event::Leased, now + SECOND);
    assert_eq!(next(&record, now + SECOND), Next::Observe(0), "a wake-up looks, and does not ask");
    apply(&mut record, Event::Observed(0, seen()), now + 60 * SECOND);
    assert_eq!(next(&record, now + 60 * SECOND), Next::Park { until: None });
    assert_eq!(record.attention.unwrap().choices.len(), 3);
}

/// A step that asks at once and offers to hold it meanwhile.
fn gate() -> StepRecord {
    let choice = |id: &str, effect| StoredChoice {
        id: id.to_owned(),
        title: id.to_owned(),
        what: "It does so.".to_owned(),
        danger: Danger::Safe,
        effect,
    };
    let held = step(0, Repeat::Pure);
    StepRecord {
        asks: vec![choice("pass", StoredEffect::GoOn), choice("undo", StoredEffect::Undo)],
        offers: vec![choice("hold", StoredEffect::First { step: Box::new(held) })],
        ..step(7, Repeat::Idempotent)
    }
}

fn asks(choices: Vec<&'static str>) -> Event {
    Event::Performed(0, Ok(Performed::Asks { sentence: "Two failed.".to_owned(), choices }))
}

#[test]
fn a_step_that_asks_is_not_performed_again_before_somebody_chose() {
    let mut record = begun(gate());
    let notes = apply(&mut record, asks(vec!["undo", "pass"]), BEGIN);
    assert_eq!(kinds(&notes), ["operation.attention"]);
    let attention = record.attention.clone().unwrap();
    let offered: Vec<_> = attention.choices.iter().map(|choice| choice.id.as_str()).collect();
    assert_eq!((attention.sentence.as_str(), offered), ("Two failed.", vec!["undo", "pass"]));
    apply(&mut record, Event::Leased, DEADLINE + SECOND);
    assert_eq!(next(&record, DEADLINE + SECOND), Next::Park { until: None });
    assert_eq!(
        choose(&mut record, "hold", BEGIN),
        [],
        "what is offered on the way is not offered while it asks"
    );
    let notes = choose(&mut record, "pass", BEGIN);
    assert_eq!(kinds(&notes), ["operation.decided", "step.observed"]);
    assert_eq!(next_call(&mut record, BEGIN), Next::Over);
    assert_eq!(record.state, OperationState::Succeeded);
}

#[test]
fn what_a_step_offers_can_be_chosen_while_it_goes_on_and_comes_first() {
    let mut record = begun(gate());
    assert_eq!(kinds(&choose(&mut record, "hold", BEGIN)), ["operation.decided"]);
    assert_eq!((record.steps.len(), record.steps[0].key, record.steps[1].key), (2, 8, 7));
    assert_eq!(next_call(&mut record, BEGIN), Next::Perform(0));
    apply(&mut record, Event::Performed(0, Ok(Performed::Acknowledged("Held.".to_owned()))), BEGIN);
    apply(&mut record, Event::Observed(0, Observation::seen("Held.", Value::Null)), BEGIN);
    assert_eq!(next_call(&mut record, BEGIN), Next::Perform(1), "and then the step goes on");
}

#[test]
fn nothing_is_offered_before_it_runs_while_it_goes_back_or_when_it_is_over() {
    let mut record = queued(vec![gate()]);
    assert_eq!(super::super::offered(&record), []);
    apply(&mut record, Event::LocksTaken, BEGIN);
    assert_eq!(super::super::offered(&record).len(), 1);
    let (by, reason) = ("Ada".to_owned(), "enough".to_owned());
    apply(&mut record, Event::CancelRequested { by, reason }, BEGIN);
    assert_eq!(super::super::offered(&record), []);
    assert_eq!(choose(&mut record, "hold", BEGIN), []);
}
