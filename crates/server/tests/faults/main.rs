//! Kills between commit and effect, and between effect and result, counted by what really happened on the node.
//!
//! Real programs, real workloads, both databases: the programs are built with the feature `faults`, armed to kill
//! themselves at a place, and started again at once. It prints the kills of each cell and how long it took.
#![cfg(feature = "faults")]
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on stops")]

mod acknowledged;
mod api;
mod cells;
mod database;
mod ledger;
mod programs;
mod site;
mod stopping;

use std::thread;
use std::time::{Duration, Instant};

use cells::{Cell, Fencing, Place, Victim};
use database::Kind;
use programs::Faults;
use site::{PATIENCE, Settings, Site};

/// Kills in each cell.
const KILLS: u32 = 20;
/// Kills in each cell when the property is shown to be lost.
const KILLS_WITHOUT_FENCING: u32 = 12;
/// Short, so that a killed server's operations are taken over at once.
const LEASE: Duration = Duration::from_millis(300);

#[test]
fn a_kill_before_or_after_an_effect_leaves_exactly_one_effect() {
    let begin = Instant::now();
    for_each_victim(|kind, victim| {
        let mut site = Site::set_up(&format!("{kind:?}/{victim:?}"), kind, &Settings { lease: LEASE });
        let mut launched = Vec::new();
        for place in [Place::BeforeEffect, Place::AfterEffect] {
            let cell = Cell { victim, place, fencing: Fencing::On, kills: KILLS };
            cells::launch(&mut site, cell, &mut launched);
            cells::drain(&mut site, cell, &mut launched);
        }
    });
    let cells = 8 * u32::try_from(database::kinds().len()).expect("few");
    println!("{} kills in {cells} cells, {:.0} s", cells * KILLS, begin.elapsed().as_secs_f32());
}

/// The same cells with fencing switched off, in the server and in the agent: the property they are held to is lost.
#[test]
fn without_fencing_effects_are_doubled() {
    for_each_victim(|kind, victim| {
        let cell = Cell { victim, place: Place::AfterEffect, fencing: Fencing::Off, kills: KILLS_WITHOUT_FENCING };
        for work in [cells::launch, cells::drain] {
            let label = format!("{kind:?}/{victim:?} unfenced");
            let mut site = Site::set_up(&label, kind, &Settings { lease: LEASE });
            let mut launched = Vec::new();
            work(&mut site, cell, &mut launched);
            let effects = site.effects();
            let (broken, doubled) = (ledger::violations(&effects, &launched), ledger::doubled(&effects));
            assert!(!broken.is_empty() && !doubled.is_empty(), "{label}: nothing was doubled, so the test shows nothing");
            println!("{label}: {}", doubled.join("; "));
        }
    });
}

/// The other half of the test above: what doubles effects is the kill, not the switch.
#[test]
fn without_fencing_and_without_kills_nothing_is_doubled() {
    let unfenced = Faults { always: &["no-fencing"], kill: None };
    for kind in database::kinds() {
        let mut site = Site::set_up(&format!("{kind:?} in peace"), kind, &Settings { lease: LEASE });
        site.server.run_with(unfenced);
        site.agent.run_with(unfenced);
        let (operations, mut launched): (Vec<_>, Vec<_>) = (0..4).map(|_| site.launch()).unzip();
        let ends = |operation: &str| assert_eq!(site.api.over(operation, PATIENCE)["state"], "succeeded");
        operations.iter().for_each(|operation| ends(operation));
        ends(&site.drain());
        launched.iter_mut().for_each(|workload| workload.is_drained = true);
        assert_eq!(ledger::violations(&site.effects(), &launched), Vec::<String>::new());
    }
}

/// On every database, the server and the agent as the victim: each of them at a site of its own, all at one time.
fn for_each_victim(work: impl Fn(Kind, Victim) + Sync) {
    let work = &work;
    thread::scope(|scope| {
        for kind in database::kinds() {
            for victim in [Victim::Server, Victim::Agent] {
                scope.spawn(move || work(kind, victim));
            }
        }
    });
}
