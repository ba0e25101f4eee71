//! Crash points one by one: no dice, every place where a worker can die, sleep, be refused or be cancelled.

use super::{
    agents::Behaviour,
    schedule::Simulation,
    toy::{Brick, Then},
    world::Faults,
};
use crate::{OperationState, Repeat, StepState};

const KINDS: [Repeat; 4] = [Repeat::Pure, Repeat::Idempotent, Repeat::Observable, Repeat::Manual];
const OP: &str = "op_1";

fn three(kind: Repeat) -> Vec<Brick> {
    ["a", "b", "c"].map(|name| Brick::new(name, kind)).to_vec()
}

fn asked(steps: Vec<Brick>) -> Simulation {
    let simulation = Simulation::new(0, Faults::NONE);
    simulation.ask_for(OP, "castle", steps);
    simulation
}

/// The next call for a step is answered like this, forward or back.
fn answered(steps: Vec<Brick>, step: u32, undoing: bool, behaviour: Behaviour) -> Simulation {
    let simulation = asked(steps);
    simulation.world.shared().agents.script.insert((step, undoing), vec![behaviour]);
    simulation
}

/// What must hold at rest, whatever the person chooses who is asked.
fn assert_sound(simulation: &Simulation, context: &str) {
    let mut found = simulation.complaints();
    found.extend(simulation.choices_that_lead_nowhere());
    assert!(found.is_empty(), "{context}: {found:#?}");
}

fn live(simulation: &Simulation) -> usize {
    (1..=3).map(|step| simulation.world.shared().agents.live(OP, step)).sum()
}

fn ever(simulation: &Simulation) -> Vec<usize> {
    (1..=3).map(|step| simulation.world.shared().agents.ever(OP, step)).collect()
}

fn asks(simulation: &Simulation) -> bool {
    simulation.world.shared().store.rows[OP].record.attention.is_some()
}

/// Runs anew for every place at which a worker can be taken aside, and answers with how many there are.
fn at_each_point(
    run: impl Fn() -> Simulation,
    check: impl Fn(Simulation, super::schedule::Worker, usize),
) -> usize {
    let mut points = 0;
    loop {
        let mut simulation = run();
        let Some(worker) = simulation.taken_aside_after(points) else { return points };
        check(simulation, worker, points);
        points += 1;
    }
}

#[test]
fn a_crash_at_any_point_is_survived_by_steps_that_may_be_repeated_or_looked_at() {
    for kind in [Repeat::Pure, Repeat::Idempotent, Repeat::Observable] {
        let points = at_each_point(
            || asked(three(kind)),
            |mut simulation, worker, point| {
                drop(worker);
                simulation.calm();
                assert_sound(&simulation, &format!("{kind:?} at {point}"));
                assert_eq!(simulation.state(OP), OperationState::Succeeded, "{kind:?} at {point}");
                assert_eq!(ever(&simulation), [usize::from(kind != Repeat::Pure); 3], "{kind:?} at {point}");
            },
        );
        // Before and after: taking the locks; for each step the commit of its intent (with what came of the one before),
        // the effect, the look; the end. And before anything.
        assert_eq!(points, 2 * (1 + 3 * 3 + 1) + 1, "{kind:?}");
    }
}

#[test]
fn a_crash_in_the_middle_of_a_manual_step_asks_a_person_and_only_there() {
    let simulation = |point| {
        let mut simulation = asked(three(Repeat::Manual));
        drop(simulation.taken_aside_after(point));
        simulation.calm();
        simulation
    };
    // One commit more for each step than where repeating is safe: that of its answer, before anybody looks.
    let points: usize = 2 * (1 + 3 * 4 + 1) + 1;
    let in_the_middle: Vec<_> = (0..points).filter(|point| asks(&simulation(*point))).collect();
    // From the written intent to before the written answer: four pauses of each of the three steps.
    assert_eq!(in_the_middle, [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23]);
    for point in 0..points {
        assert_sound(&simulation(point), &format!("at {point}"));
    }
}

#[test]
fn two_crashes_at_any_two_points_lose_and_double_nothing() {
    let mixed = || {
        vec![
            Brick::new("a", Repeat::Idempotent),
            Brick::new("b", Repeat::Observable),
            Brick::new("c", Repeat::Pure),
        ]
    };
    at_each_point(
        || asked(mixed()),
        |simulation, worker, first| {
            drop((simulation, worker));
            at_each_point(
                || {
                    let mut simulation = asked(mixed());
                    drop(simulation.taken_aside_after(first));
                    simulation
                },
                |mut simulation, worker, second| {
                    drop(worker);
                    simulation.calm();
                    assert_sound(&simulation, &format!("at {first} and {second}"));
                    assert_eq!(simulation.state(OP), OperationState::Succeeded, "at {first} and {second}");
                },
            );
        },
    );
}

#[test]
fn a_worker_that_sleeps_at_any_point_while_another_goes_on_changes_nothing_when_it_wakes() {
    for kind in KINDS {
        at_each_point(
            || asked(three(kind)),
            |mut simulation, stale, point| {
                simulation.calm();
                let before = simulation.world.shared().store.rows.clone();
                let ledger = ever(&simulation);
                simulation.wakes_up(stale);
                assert_eq!(simulation.world.shared().store.rows, before, "{kind:?} at {point}");
                // What asks a person has not looked yet, so the other side may still take the call of the first worker.
                if !asks(&simulation) {
                    assert_eq!(ever(&simulation), ledger, "{kind:?} at {point}");
                }
                assert_sound(&simulation, &format!("{kind:?} at {point}"));
            },
        );
    }
}

#[test]
fn every_answer_at_every_step_leads_to_its_end_also_with_a_crash_at_any_point() {
    use Behaviour as B;
    for (behaviour, end) in [
        (B::Acts, OperationState::Succeeded),
        (B::ActsLate, OperationState::Succeeded),
        (B::FailsLate, OperationState::Succeeded),
        (B::Never, OperationState::Failed),
        (B::ActsUnheard, OperationState::Succeeded),
        (B::IsNotReached, OperationState::Succeeded),
        (B::FailsSurely, OperationState::Succeeded),
        (B::Refuses, OperationState::Failed),
        (B::OnlySaysYes, OperationState::Succeeded),
    ] {
        for (kind, step) in
            [Repeat::Idempotent, Repeat::Observable].into_iter().flat_map(|k| (1..=3).map(move |s| (k, s)))
        {
            let context = format!("{behaviour:?} at step {step} of {kind:?}");
            let run = || answered(three(kind), step, false, behaviour);
            let mut simulation = run();
            simulation.calm();
            assert_sound(&simulation, &context);
            assert_eq!(simulation.state(OP), end, "{context}");
            assert_eq!(live(&simulation), if end == OperationState::Succeeded { 3 } else { 0 }, "{context}");
            at_each_point(run, |mut simulation, worker, point| {
                drop(worker);
                simulation.calm();
                assert_sound(&simulation, &format!("{context}, crash at {point}"));
                assert!(simulation.state(OP).is_over(), "{context}, crash at {point}");
            });
        }
    }
}

#[test]
fn every_answer_to_an_undo_leads_to_nothing_left_or_to_what_is_named() {
    use Behaviour as B;
    for (behaviour, end) in [
        (B::Acts, OperationState::Failed),
        (B::ActsLate, OperationState::Failed),
        (B::FailsLate, OperationState::Stuck),
        (B::Never, OperationState::Stuck),
        (B::ActsUnheard, OperationState::Failed),
        (B::IsNotReached, OperationState::Failed),
        (B::FailsSurely, OperationState::Failed),
        (B::Refuses, OperationState::Stuck),
        (B::OnlySaysYes, OperationState::Failed),
    ] {
        for step in 1..=2 {
            let context = format!("{behaviour:?} when step {step} is undone");
            let run = || {
                let simulation = answered(three(Repeat::Observable), step, true, behaviour);
                simulation.world.shared().agents.script.insert((3, false), vec![B::Refuses]);
                simulation
            };
            let mut simulation = run();
            simulation.calm();
            assert_sound(&simulation, &context);
            assert_eq!(simulation.state(OP), end, "{context}");
            assert_eq!(live(&simulation), usize::from(end == OperationState::Stuck), "{context}");
            at_each_point(run, |mut simulation, worker, point| {
                drop(worker);
                simulation.calm();
                assert_sound(&simulation, &format!("{context}, crash at {point}"));
            });
        }
    }
}

#[test]
fn everything_done_twice_happens_once() {
    let twice = |refuses_last: bool| {
        let simulation = Simulation::new(0, Faults { everything_twice: true, ..Faults::NONE });
        simulation.ask_for(OP, "castle", three(Repeat::Idempotent));
        if refuses_last {
            simulation
                .world
                .shared()
                .agents
                .script
                .insert((3, false), vec![Behaviour::Refuses, Behaviour::Refuses]);
        }
        simulation
    };
    for (refuses_last, end, counts) in
        [(false, OperationState::Succeeded, [1, 1, 1]), (true, OperationState::Failed, [1, 1, 0])]
    {
        let mut simulation = twice(refuses_last);
        simulation.calm();
        assert_eq!((simulation.state(OP), ever(&simulation)), (end, counts.to_vec()));
        assert_sound(&simulation, "twice");
        at_each_point(
            || twice(refuses_last),
            |mut simulation, worker, point| {
                drop(worker);
                simulation.calm();
                assert_sound(&simulation, &format!("twice, crash at {point}"));
            },
        );
    }
}

#[test]
fn cancelling_at_any_point_takes_everything_back_or_names_what_stays() {
    for (kind, late) in KINDS.into_iter().flat_map(|kind| (0..=3).map(move |late| (kind, late))) {
        let run = || answered(three(kind), late, false, Behaviour::ActsLate);
        at_each_point(run, |mut simulation, worker, point| {
            let context = format!("{kind:?}, step {late} is late, cancelled at {point}");
            drop(worker);
            let was_over = simulation.state(OP).is_over();
            simulation.world.shared().cancel(OP);
            simulation.calm();
            assert_sound(&simulation, &context);
            assert!(was_over || simulation.state(OP) == OperationState::Cancelled, "{context}");
            assert_eq!(live(&simulation), if was_over && kind != Repeat::Pure { 3 } else { 0 }, "{context}");
        });
        at_each_point(
            || asked(vec![Brick::new("a", Repeat::Observable).stays(), Brick::new("b", kind)]),
            |mut simulation, worker, point| {
                drop(worker);
                simulation.world.shared().cancel(OP);
                simulation.calm();
                assert_sound(&simulation, &format!("{kind:?} behind one that stays, cancelled at {point}"));
            },
        );
    }
}

#[test]
fn an_agent_that_never_answers_leads_where_the_step_says() {
    for then in [Then::Fail, Then::Ask, Then::GoOn] {
        let steps = three(Repeat::Idempotent).into_iter().map(|brick| brick.then(then)).collect();
        let mut simulation = answered(steps, 2, false, Behaviour::Never);
        simulation.calm();
        assert_sound(&simulation, &format!("{then:?}"));
        let record = simulation.world.shared().store.rows[OP].record.clone();
        match then {
            Then::Fail => assert_eq!((record.state, live(&simulation)), (OperationState::Failed, 0)),
            Then::Ask => assert_eq!(record.attention.unwrap().sentence, "“b” takes long."),
            Then::GoOn => {
                assert_eq!(
                    (record.state, record.steps[1].state),
                    (OperationState::Succeeded, StepState::Skipped)
                );
                let said = "Left as it was when its time was over: “b”. Every other step was observed.";
                assert_eq!(record.outcome.as_deref(), Some(said));
            }
        }
    }
}
