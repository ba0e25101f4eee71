//! Kills between commit and effect, and between effect and result, counted by what really happened on the node.
//!
//! Real programs, real workloads, both databases: the programs are built with the feature `faults`, armed to kill
//! themselves at a place, and started again at once. It prints the kills of each cell and how long it took.
#![cfg(feature = "faults")]
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on stops")]

mod acknowledged;
mod api;
mod at_random;
mod cells;
mod crowd;
mod database;
mod front;
mod ledger;
mod programs;
mod replicas;
mod site;
mod stopping;

use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use cells::{Cell, Place, Protection, Victim};
use database::Kind;
use programs::{Faults, wait_for};
use site::{PATIENCE, Settings, Site};

/// Kills in each cell.
const KILLS: u32 = 20;
/// Kills in each cell when the property is shown to be lost.
const KILLS_UNPROTECTED: u32 = 12;
/// Sites on which an agent may lose its connection before that is taken for a defect.
const TRIES: usize = 3;
/// Short, so that a killed server's operations are taken over at once.
const LEASE: Duration = Duration::from_millis(300);
const USUAL: Settings = Settings {
    lease: LEASE,
    stops_after: Duration::from_millis(1200),
    slots: 64,
    stop_delay: Duration::ZERO,
};
/// A killed program is back before a workload has stopped, however busy the machine is.
const SLOW_TO_STOP: Settings = Settings { stops_after: Duration::from_secs(6), ..USUAL };

#[test]
fn a_kill_before_or_after_an_effect_leaves_exactly_one_effect() {
    let begin = Instant::now();
    for_each_victim(|kind, victim| {
        let site = Site::set_up(&format!("{kind:?}/{victim:?}"), kind, &USUAL);
        let mut launched = Vec::new();
        for place in [Place::BeforeEffect, Place::AfterEffect] {
            let cell = Cell { victim, place, protection: Protection::Whole, kills: KILLS };
            cells::launch(&site, cell, &mut launched);
            cells::drain(&site, cell, &mut launched);
        }
    });
    let cells = 8 * u32::try_from(database::kinds().len()).expect("few");
    say(&format!("{} kills in {cells} cells, {:.0} s", cells * KILLS, begin.elapsed().as_secs_f32()));
}

/// The same cells with fencing switched off, in the server and in the agent: the property they are held to is lost.
#[test]
fn without_fencing_effects_are_doubled() {
    for_each_victim(|kind, victim| doubles(kind, victim, Protection::NoFencing));
}

/// The same cells of the agent, with its journal and tokens, but doing again what was interrupted without looking first.
#[test]
fn without_looking_first_effects_are_doubled() {
    thread::scope(|scope| {
        for kind in database::kinds() {
            scope.spawn(move || doubles(kind, Victim::Agent, Protection::NoObserving));
        }
    });
}

fn doubles(kind: Kind, victim: Victim, protection: Protection) {
    let cell = Cell { victim, place: Place::AfterEffect, protection, kills: KILLS_UNPROTECTED };
    for work in [cells::launch, cells::drain] {
        let label = format!("{kind:?}/{victim:?} {protection:?}");
        let site = Site::set_up(&label, kind, &SLOW_TO_STOP);
        let mut launched = Vec::new();
        work(&site, cell, &mut launched);
        let effects = site.effects();
        let (broken, doubled) = (ledger::violations(&effects, &launched), ledger::doubled(&effects));
        assert!(
            !broken.is_empty() && !doubled.is_empty(),
            "{label}: nothing was doubled, so the test shows nothing"
        );
        say(&format!("{label}: {}", doubled.join("; ")));
    }
}

/// The other half of the tests above: what doubles effects is the kill, not the switch.
#[test]
fn without_protection_and_without_kills_nothing_is_doubled() {
    for kind in database::kinds() {
        for protection in [Protection::NoFencing, Protection::NoObserving] {
            // Delivery is at least once: a connection that breaks doubles as well as a kill does, and shows nothing here.
            let found = (0..TRIES).find_map(|_| violations_in_peace(kind, protection));
            let broken = found
                .unwrap_or_else(|| panic!("{kind:?}: the agent did not stay connected in {TRIES} tries"));
            assert_eq!(broken, Vec::<String>::new(), "{kind:?}, {protection:?}");
        }
    }
}

/// None when the agent had to connect again meanwhile.
fn violations_in_peace(kind: Kind, protection: Protection) -> Option<Vec<String>> {
    let without = |program| Faults { always: protection.switched_off(program), kill: None };
    let site = Site::set_up(&format!("{kind:?} {protection:?} in peace"), kind, &USUAL);
    site.server.run_with(without(Victim::Server));
    wait_for("the server is ready", PATIENCE, || site.api.is_ready().then_some(()));
    let before = site.connections();
    site.agent.run_with(without(Victim::Agent));
    wait_for("the agent is connected", PATIENCE, || (site.connections() > before).then_some(()));
    let connections = site.connections();
    let (operations, mut launched): (Vec<_>, Vec<_>) = (0..4).map(|_| site.launch()).unzip();
    let ends = |operation: &str| assert_eq!(site.api.over(operation, PATIENCE)["state"], "succeeded");
    for operation in &operations {
        ends(operation);
    }
    ends(&site.drain());
    ledger::note_drained(&mut launched);
    (site.connections() == connections).then(|| ledger::violations(&site.effects(), &launched))
}

/// Says something also when the test passes: CI shows what was killed and how long it took.
fn say(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
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
