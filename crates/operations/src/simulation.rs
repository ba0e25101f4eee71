//! Drives the engine through crashes, delays, stale workers and duplicates, by seed.
//!
//! Everything outside the engine is a double in memory: the store (`store`), what steps act on (`agents`), a family of
//! toy operations (`toy`), and a scheduler (`schedule`) that decides by a seed who goes on, who dies, and what the clock
//! says. The same seed gives the same run. What must hold is in `invariants`; switching fencing off, no longer looking
//! before something is repeated, or letting wake-ups get lost must break it, or the simulation would prove nothing.
//!
//! `cargo xtask soak --only simulation` runs as many seeds as it is asked for; a failure names its seed, and
//! `--seeds 42..43` runs that one again.

mod agents;
mod crash_points;
mod driving;
mod invariants;
mod schedule;
mod store;
mod toy;
mod world;

use schedule::Simulation;
use world::Faults;

/// Runs the seeds and answers with the first complaint of each that has one.
fn complaints_of(seeds: std::ops::Range<u64>, faults: Faults) -> Vec<String> {
    seeds
        .filter_map(|seed| {
            let mut simulation = Simulation::of_seed(seed, faults);
            simulation.chaos(160);
            simulation.calm();
            let mut found = simulation.complaints();
            found.extend(simulation.choices_that_lead_nowhere());
            found.into_iter().next().map(|complaint| format!("seed {seed}: {complaint}"))
        })
        .collect()
}

fn assert_no_complaints(seeds: std::ops::Range<u64>) {
    let found = complaints_of(seeds, Faults::ALL);
    assert!(
        found.is_empty(),
        "{} seeds, the first ones:\n{}",
        found.len(),
        found[..found.len().min(40)].join("\n")
    );
}

// Two tests, so that two cores share the work.
#[test]
fn ten_thousand_schedules_lose_nothing_double_nothing_and_come_to_an_end() {
    assert_no_complaints(0..10_000);
}

#[test]
fn ten_thousand_other_schedules_lose_nothing_double_nothing_and_come_to_an_end() {
    assert_no_complaints(10_000..20_000);
}

#[test]
#[ignore = "runs the seeds it is asked for: for a soak, or for one seed that failed"]
fn the_seeds_asked_for_lose_nothing_double_nothing_and_come_to_an_end() {
    let asked = std::env::var("SLIPWAY_SEEDS").expect("SLIPWAY_SEEDS, as in 42..43");
    let (from, to) = asked.split_once("..").expect("two numbers, as in 42..43");
    let (from, to): (u64, u64) = (from.parse().expect("a number"), to.parse().expect("a number"));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let share = (to - from).div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        for begin in (from..to).step_by(usize::try_from(share).expect("fits")) {
            scope.spawn(move || assert_no_complaints(begin..to.min(begin + share)));
        }
    });
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut simulation = Simulation::of_seed(seed, Faults::ALL);
        simulation.chaos(160);
        simulation.calm();
        simulation.world.shared().store.rows.clone()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn without_fencing_effects_are_doubled_and_the_simulation_finds_it() {
    let found = complaints_of(0..500, Faults { fenced: false, ..Faults::ALL });
    assert!(found.iter().any(|complaint| complaint.contains("was doubled")), "{found:#?}");
}

#[test]
fn without_looking_before_repeating_effects_are_doubled_and_the_simulation_finds_it() {
    let found = complaints_of(0..500, Faults { looks_first: false, ..Faults::ALL });
    assert!(found.iter().any(|complaint| complaint.contains("was doubled")), "{found:#?}");
}

#[test]
fn with_lost_wake_ups_operations_sleep_for_ever_and_the_simulation_finds_it() {
    let found = complaints_of(0..500, Faults { keeps_wake_ups: false, ..Faults::ALL });
    assert!(found.iter().any(|complaint| complaint.contains("nobody wakes it")), "{found:#?}");
}

#[test]
fn when_things_begin_while_everything_stands_still_the_simulation_finds_it() {
    let found = complaints_of(0..500, Faults { stands_still: false, ..Faults::ALL });
    assert!(found.iter().any(|complaint| complaint.contains("while everything stands still")), "{found:#?}");
}

#[test]
fn when_lifting_a_standstill_wakes_nobody_the_simulation_finds_it() {
    let found = complaints_of(0..500, Faults { lifting_wakes: false, ..Faults::ALL });
    assert!(found.iter().any(|complaint| complaint.contains("nobody wakes it")), "{found:#?}");
}

#[test]
fn the_schedules_reach_every_end_state_and_every_way_of_a_step() {
    use crate::{OperationState as O, StepState as S};
    let (mut ends, mut ways, mut kinds) = (vec![], vec![], std::collections::BTreeSet::new());
    let mut outcomes = String::new();
    for seed in 0..200 {
        let mut simulation = Simulation::of_seed(seed, Faults::ALL);
        simulation.chaos(160);
        simulation.calm();
        for row in simulation.world.shared().store.rows.values() {
            ends.push(row.record.state);
            ways.extend(row.record.steps.iter().map(|step| step.state));
            kinds.extend(row.notes.iter().map(|note| note.kind));
            row.notes.iter().for_each(|note| outcomes.extend([note.sentence.as_str(), "\n"]));
        }
    }
    for end in [O::Running, O::Succeeded, O::Failed, O::Stuck, O::Cancelled] {
        assert!(ends.contains(&end), "no schedule ends as {end:?}");
    }
    for way in [S::Pending, S::Observed, S::Failed, S::Unknown, S::Undone, S::UndoFailed, S::Skipped] {
        assert!(ways.contains(&way), "no step ends as {way:?}");
    }
    for kind in [
        "operation.waiting",
        "operation.attention",
        "operation.decided",
        "step.unknown",
        "step.retry",
        "step.left",
        "operation.held",
    ] {
        assert!(kinds.contains(kind), "nothing is noted as {kind}");
    }
    for said in [
        "Waits for everything to go on.",
        "Waits for the time to be over in which it can be undone with nothing done.",
        "Ada chose “Approve”",
        "Ada declined it: no reason given. Nothing was done.",
        "Nobody approved it in time. Nothing was done.",
        "What the plan was made from has changed. Nothing was done.",
        "Cancelled before it began.",
    ] {
        assert!(outcomes.contains(said), "nothing says: {said}");
    }
}
