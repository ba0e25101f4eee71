//! One cell of the matrix: launches, or drains, while a program is killed again and again at one place.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::ledger::{self, Launched};
use crate::programs::{Faults, Kill, Program, wait_for};
use crate::say;
use crate::site::{PATIENCE, Site};

/// Launches that are under way at one time.
const BATCH: usize = 4;
/// Workloads a drain finds at least.
const TO_DRAIN: usize = 12;
/// How long an operation may take whose programs are killed again and again.
pub(crate) const UNDER_KILLS: Duration = Duration::from_mins(4);
/// With a protection switched off nothing is promised about how operations end, so nobody waits for that.
const WITHOUT_PROMISE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    Server,
    Agent,
}

impl Victim {
    const fn of(self, site: &Site) -> &Program {
        match self {
            Self::Server => &site.server,
            Self::Agent => &site.agent,
        }
    }
}

/// Where it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is written down that it will be done, and nothing is done.
    BeforeEffect,
    /// It is done, and what came of it is not written down.
    AfterEffect,
}

/// What stands between a kill and a second effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    Whole,
    /// Neither server nor agent has fencing tokens, and the agent no journal.
    NoFencing,
    /// The agent does again what was interrupted, without looking for what it left.
    NoObserving,
}

impl Protection {
    /// The faults that switch it off in a program.
    pub(crate) const fn switched_off(self, program: Victim) -> &'static [&'static str] {
        match (self, program) {
            (Self::Whole, _) | (Self::NoObserving, Victim::Server) => &[],
            (Self::NoFencing, _) => &["no-fencing"],
            (Self::NoObserving, Victim::Agent) => &["no-observing"],
        }
    }
}

/// A cell, but for whether it launches or drains.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) victim: Victim,
    pub(crate) place: Place,
    pub(crate) protection: Protection,
    pub(crate) kills: u32,
}

impl Cell {
    /// The numbers differ, so that different steps and commands are hit. None is so low that a program that takes up
    /// what it was killed at is killed there for ever.
    fn kill(self, times: u32) -> Kill {
        let (fault, at): (_, &[u32]) = match (self.place, self.victim) {
            (Place::BeforeEffect, Victim::Server) => ("kill-before-effect", &[1, 1, 2, 1, 1, 1, 3]),
            (Place::AfterEffect, Victim::Server) => ("kill-after-effect", &[2, 2, 3, 2, 2, 4, 3]),
            (Place::BeforeEffect, Victim::Agent) => ("kill-before-effect", &[2, 2, 2, 2, 3]),
            (Place::AfterEffect, Victim::Agent) => ("kill-after-effect", &[2, 2, 2, 2, 3]),
        };
        Kill { fault, at, times }
    }

    /// Starts anew what is to be different: the victim armed, and whatever has something switched off.
    fn arm(self, site: &Site, times: u32) {
        for program in [Victim::Server, Victim::Agent] {
            let always = self.protection.switched_off(program);
            let kill = (program == self.victim).then(|| self.kill(times));
            if kill.is_some() || !always.is_empty() {
                program.of(site).run_with(Faults { always, kill });
            }
        }
    }

    fn disarm(self, site: &Site) {
        self.victim.of(site).run_with(Faults::default());
    }

    /// Waits for what was started: protected until it has succeeded, otherwise until something is doubled.
    fn settle(self, site: &Site, operations: &[String]) {
        match self.protection {
            Protection::Whole => {
                for operation in operations {
                    let over = site.api.over(operation, UNDER_KILLS);
                    assert_eq!(over["state"], "succeeded", "{}: {over:#}", site.label);
                }
            }
            Protection::NoFencing | Protection::NoObserving => {
                let until = Instant::now() + WITHOUT_PROMISE;
                wait_for("something is doubled, or its time is over", WITHOUT_PROMISE * 2, || {
                    let is_over = |id: &String| crate::api::is_over(&site.api.operation(id));
                    let is_seen = !ledger::doubled(&site.effects()).is_empty();
                    (is_seen || operations.iter().all(is_over) || Instant::now() > until).then_some(())
                });
            }
        }
    }
}

/// Launches until the victim was killed so often. What is there afterwards is added to `launched`.
pub(crate) fn launch(site: &Site, cell: Cell, launched: &mut Vec<Launched>) {
    let begin = Instant::now();
    cell.arm(site, cell.kills);
    let mut operations = Vec::new();
    while cell.victim.of(site).kills() < cell.kills {
        let batch: Vec<_> = (0..BATCH).map(|_| site.launch()).collect();
        let (started, workloads): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        launched.extend(workloads);
        cell.settle(site, &started);
        operations.extend(started);
        if cell.protection != Protection::Whole && !ledger::doubled(&site.effects()).is_empty() {
            break;
        }
    }
    let kills = cell.victim.of(site).kills();
    if cell.protection == Protection::Whole {
        cell.disarm(site);
        check(site, launched);
    }
    report(site, cell, ("launch", kills), &operations, begin);
}

/// Drains, resumes and drains again, until the victim was killed so often while draining.
pub(crate) fn drain(site: &Site, cell: Cell, launched: &mut Vec<Launched>) {
    let begin = Instant::now();
    let (mut kills, mut operations) = (0, Vec::new());
    while kills < cell.kills {
        let running = launched.iter().filter(|workload| !workload.is_drained).count();
        launch_in_peace(site, TO_DRAIN.saturating_sub(running), launched);
        cell.arm(site, cell.kills - kills);
        let operation = site.drain();
        cell.settle(site, std::slice::from_ref(&operation));
        ledger::note_drained(launched);
        operations.push(operation);
        kills += cell.victim.of(site).kills();
        if cell.protection != Protection::Whole {
            break;
        }
        cell.disarm(site);
        check(site, launched);
        site.resume();
    }
    report(site, cell, ("drain", kills), &operations, begin);
}

pub(crate) fn launch_in_peace(site: &Site, count: usize, launched: &mut Vec<Launched>) {
    let (started, workloads): (Vec<_>, Vec<_>) = (0..count).map(|_| site.launch()).unzip();
    for operation in &started {
        let over = site.api.over(operation, UNDER_KILLS);
        assert_eq!(over["state"], "succeeded", "{}: {over:#}", site.label);
    }
    launched.extend(workloads);
}

/// Says what was done. With everything in place and the server as the victim, also which steps it died at, in the words of the
/// evidence; an agent's death shows in no step, because its journal takes the command up again.
fn report(site: &Site, cell: Cell, (work, kills): (&str, u32), operations: &[String], begin: Instant) {
    let Cell { victim, place, protection, .. } = cell;
    let (label, count, took) = (&site.label, operations.len(), begin.elapsed().as_secs_f32());
    let mut hit = BTreeMap::new();
    if victim == Victim::Server && protection == Protection::Whole {
        for event in site.database.verified_events() {
            if event.kind == "step.unknown" && event.operation.is_some_and(|id| operations.contains(&id)) {
                *hit.entry(event.step).or_insert(0) += 1;
            }
        }
        assert!(hit.len() > 1, "{label}: {work}: the kills hit no two steps: {hit:?}");
    }
    let hit: Vec<_> =
        hit.into_iter().map(|(step, times)| format!("{}:{times}", step.unwrap_or_default())).collect();
    let hit = if hit.is_empty() { String::new() } else { format!(", unknown steps {}", hit.join(" ")) };
    say(&format!(
        "{label}: {work}, {place:?}, protection {protection:?}: {kills} kills in {count} operations, {took:.1} s{hit}"
    ));
}

/// The property, and that database, agent, machine and chain tell the same story.
pub(crate) fn check(site: &Site, launched: &[Launched]) {
    let broken = ledger::violations(&site.effects(), launched);
    assert!(broken.is_empty(), "{}:\n{}", site.label, broken.join("\n"));
    for workload in launched {
        let wanted = usize::from(!workload.is_drained);
        // A program that was just started takes a moment to start its own.
        wait_for(&format!("{} has {wanted} processes", workload.id), PATIENCE, || {
            (ledger::processes(&workload.marker) == wanted).then_some(())
        });
    }
    let allocations = site.database.allocations();
    let mut held: Vec<_> = allocations.values().cloned().collect();
    let running = launched.iter().filter(|workload| !workload.is_drained);
    let mut wanted: Vec<_> = running.map(|workload| workload.id.clone()).collect();
    held.sort();
    wanted.sort();
    assert_eq!(held, wanted, "{}: the slots that are held", site.label);
    wait_for("the agent reports the slots that are held", PATIENCE, || {
        (site.database.reported(&site.node).0 == allocations).then_some(())
    });
    check_chain(site);
}

/// The chain verifies, and every operation has one intent and one outcome in it.
fn check_chain(site: &Site) {
    wait_for("every event has its number", PATIENCE, || (site.database.unnumbered() == 0).then_some(()));
    let events = site.database.verified_events();
    let of = |kind: &str| {
        let all = events.iter().filter(|event| event.kind == kind);
        let mut operations: Vec<_> = all.filter_map(|event| event.operation.clone()).collect();
        operations.sort();
        operations
    };
    let (intents, outcomes) = (of("audit.intent"), of("audit.outcome"));
    assert_eq!(intents, outcomes, "{}: an intent for each outcome", site.label);
    let mut once = intents.clone();
    once.dedup();
    assert_eq!(intents, once, "{}: one intent for each operation", site.label);
}
