//! The scheduler: who goes on, who dies, what the clock says, what people ask for.

use super::{
    invariants,
    store::{Held, Row},
    toy::{Brick, Build, BuildInput},
    world::{Faults, SECOND, Shared, World},
};
use crate::{
    Approval, Danger, Direction, DriveError, Evaluated, Micros, OperationRecord, OperationState, Register,
    Repeat, Rest, drive,
};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

pub(super) struct Simulation {
    pub(super) world: World,
    register: Arc<Register<World>>,
    workers: Vec<Worker>,
}

type Driven = Result<Rest, DriveError>;

/// Somebody who carries an operation on. Dropping it is its crash.
pub(super) struct Worker {
    operation: String,
    work: Pin<Box<dyn Future<Output = Driven> + Send>>,
}

impl Simulation {
    pub(super) fn new(seed: u64, faults: Faults) -> Self {
        Self::in_world(World::new(seed, faults))
    }

    fn in_world(world: World) -> Self {
        Self { world, register: Arc::new(Register::default().with::<Build>()), workers: vec![] }
    }

    /// One to four operations on one or two toys, of one to four bricks each.
    pub(super) fn of_seed(seed: u64, faults: Faults) -> Self {
        let simulation = Self::new(seed, faults);
        let operations = 1 + simulation.world.shared().pick(4);
        for number in 1..=operations {
            let bricks = {
                let mut shared = simulation.world.shared();
                let many = 1 + shared.pick(4);
                (1..=many).map(|brick| Brick::of_dice(&format!("brick {brick}"), &mut shared)).collect()
            };
            let target = ["castle", "bridge"][simulation.world.shared().pick(2)];
            let id = format!("op_{number}");
            simulation.ask_for(&id, target, bricks);
            simulation.world.shared().hold_by_dice(&id);
        }
        simulation
    }

    /// Accepts an operation, planned by the register as the product does it.
    pub(super) fn ask_for(&self, id: &str, target: &str, steps: Vec<Brick>) {
        let operation = self.register.find("toy.build").unwrap();
        let mut evaluated = self.plan(target, steps);
        if !self.world.shared().faults.looks_first {
            let blind = evaluated.steps.iter_mut().filter(|step| step.repeat == Repeat::Observable);
            blind.for_each(|step| step.repeat = Repeat::Idempotent);
        }
        let record = OperationRecord {
            id: id.to_owned(),
            operation: operation.declaration().id.to_owned(),
            version: operation.declaration().version,
            target: target.to_owned(),
            state: OperationState::Queued,
            direction: Direction::Forward,
            steps: evaluated.steps,
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
        self.world.shared().accept(record, evaluated.locks);
    }

    pub(super) fn plan(&self, target: &str, steps: Vec<Brick>) -> Evaluated {
        let operation = self.register.find("toy.build").unwrap();
        let input = serde_json::to_value(BuildInput { steps }).unwrap();
        at_once(operation.evaluate(&self.world, target, Some(&input))).unwrap()
    }

    /// Everything that can go wrong does, by the dice.
    pub(super) fn chaos(&mut self, actions: usize) {
        for _ in 0..actions {
            let (what, who) = {
                let mut shared = self.world.shared();
                (shared.pick(100), shared.pick(1 << 16))
            };
            match what {
                0..=54 if !self.workers.is_empty() => self.go_on(who % self.workers.len()),
                55..=59 if !self.workers.is_empty() => {
                    drop(self.workers.swap_remove(who % self.workers.len()));
                }
                60..=65 => self.pass(1 + (who % 4).cast_signed() as Micros),
                66..=69 => self.pass(1 + (who % 40).cast_signed() as Micros),
                70..=75 => self.deliver_one(who),
                76..=79 => self.bother(who),
                80..=81 => self.world.shared().stand_still(),
                82..=84 => self.world.shared().lift_standstill(),
                _ => {
                    self.start_one(who);
                }
            }
        }
    }

    /// Nothing breaks from here on, except agents: every operation must come to an end, or ask.
    pub(super) fn calm(&mut self) {
        self.world.shared().faults.store = false;
        self.world.shared().lift_standstill();
        for _ in 0..20_000 {
            if !self.workers.is_empty() {
                self.go_on(0);
            } else if !self.something_else_happens() {
                return;
            }
        }
        self.world.shared().violation("the operations come to no end".to_owned());
    }

    /// While nobody works: a letter arrives, a worker starts, or time passes. False when everything rests.
    fn something_else_happens(&mut self) -> bool {
        if !self.world.shared().due_letters().is_empty() {
            self.deliver_one(0);
            return true;
        }
        if self.start_one(0) {
            return true;
        }
        let Some(next) = self.next_moment() else { return false };
        self.world.shared().now = next;
        true
    }

    /// Polls one worker to its next pause.
    fn go_on(&mut self, index: usize) {
        let worker = &mut self.workers[index];
        match worker.work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => {}
            Poll::Ready(Ok(_) | Err(DriveError::Journal(_))) => drop(self.workers.swap_remove(index)),
            Poll::Ready(Err(error)) => {
                let what = format!("{}: {error}", self.workers.swap_remove(index).operation);
                self.world.shared().violation(what);
            }
        }
    }

    /// Lets so many pauses pass and then takes whoever works aside. None when everything rested before. Dropping the
    /// worker is its crash; giving it to [`Self::wakes_up`] lets a stale worker go on.
    pub(super) fn taken_aside_after(&mut self, pauses: usize) -> Option<Worker> {
        for _ in 0..pauses {
            while self.workers.is_empty() {
                if !self.something_else_happens() {
                    return None;
                }
            }
            self.go_on(0);
        }
        while self.workers.is_empty() && pauses == 0 && self.something_else_happens() {}
        // Where a pause was the last of its worker, the next one is at its beginning.
        self.workers.pop().or_else(|| self.something_else_happens().then(|| self.taken_aside_after(0))?)
    }

    pub(super) fn wakes_up(&mut self, worker: Worker) {
        self.workers.push(worker);
        self.calm();
    }

    /// How the first worker stops that stops with an error.
    pub(super) fn first_error(&mut self) -> Option<DriveError> {
        self.start_one(0);
        let mut work = self.workers.pop()?.work;
        loop {
            if let Poll::Ready(driven) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return driven.err();
            }
        }
    }

    fn pass(&self, seconds: Micros) {
        self.world.shared().now += seconds * SECOND;
    }

    fn start_one(&mut self, who: usize) -> bool {
        let mut shared = self.world.shared();
        let now = shared.now;
        let due: Vec<_> =
            shared.store.rows.iter().filter(|(_, row)| row.due(now)).map(|(id, _)| id.clone()).collect();
        let Some(id) = due.get(who % due.len().max(1)).cloned() else { return false };
        let (mut record, token) = shared.lease(&id);
        drop(shared);
        let (world, register) = (self.world.clone(), Arc::clone(&self.register));
        let operation = id.clone();
        let work = Box::pin(async move {
            let mut held = Held { world: world.clone(), id, token };
            let clock = || world.shared().now;
            drive(&register, &world, &mut held, &mut record, token, &clock).await
        });
        self.workers.push(Worker { operation, work });
        true
    }

    fn deliver_one(&self, who: usize) {
        let mut shared = self.world.shared();
        let due = shared.due_letters();
        if let Some(letter) = due.get(who % due.len().max(1)) {
            shared.deliver(*letter);
        }
    }

    /// A wake-up for nothing, an answer, or a request to cancel.
    fn bother(&self, who: usize) {
        let mut shared = self.world.shared();
        let ids: Vec<_> = shared.store.rows.keys().cloned().collect();
        let id = &ids[who % ids.len()];
        let choices =
            shared.store.rows[id].record.attention.as_ref().map(|attention| attention.choices.clone());
        match choices {
            Some(choices) => {
                let choice = shared.pick(choices.len());
                shared.decide(id, &choices[choice].id);
            }
            None if shared.chance(15) => shared.decide(id, "pause"),
            None if shared.chance(10) => shared.cancel(id),
            None => shared.wake(id),
        }
    }

    /// When something happens next by itself. None when everything rests for good or for people.
    fn next_moment(&self) -> Option<Micros> {
        let shared = self.world.shared();
        let rows = shared.store.rows.values().filter(|row| !row.record.state.is_over());
        // Who asks a person looks again for ever; that alone brings nothing to an end.
        let looks = |row: &Row| row.wake_at.filter(|_| row.record.attention.is_none());
        let rows = rows.filter_map(|row| row.lease.map_or_else(|| looks(row), |lease| Some(lease.until)));
        let letters =
            shared.agents.letters.iter().filter(|letter| !letter.answered).filter_map(|letter| letter.due);
        rows.chain(letters).filter(|at| *at > shared.now).min()
    }

    pub(super) fn complaints(&self) -> Vec<String> {
        invariants::complaints(&self.world.shared())
    }

    /// For every operation that asks: each choice, and cancelling, must lead to an end.
    pub(super) fn choices_that_lead_nowhere(&self) -> Vec<String> {
        let rows = self.world.shared().store.rows.clone();
        let asking = rows.values().filter_map(|row| Some((&row.record.id, row.record.attention.as_ref()?)));
        let branches = asking.flat_map(|(id, attention)| {
            let choices = attention.choices.iter().map(|choice| Some(choice.id.clone()));
            choices.chain([None]).map(move |choice| (id, choice))
        });
        branches.flat_map(|(id, choice)| self.branch(id, choice.as_deref())).collect()
    }

    /// What is wrong after this choice (none: cancelling) in a world of its own. Whoever is asked again cancels.
    fn branch(&self, id: &str, choice: Option<&str>) -> Vec<String> {
        let mut branch = Self::in_world(World::of(self.world.shared().clone()));
        match choice {
            Some(choice) => branch.world.shared().decide(id, choice),
            None => branch.world.shared().cancel(id),
        }
        branch.calm();
        if !branch.state(id).is_over() {
            branch.world.shared().cancel(id);
            branch.calm();
        }
        let mut found = branch.complaints();
        if !branch.state(id).is_over() {
            found.push(format!("{id} comes to no end"));
        }
        found.into_iter().map(|complaint| format!("after {choice:?} of {id}: {complaint}")).collect()
    }

    pub(super) fn state(&self, id: &str) -> OperationState {
        self.world.shared().store.rows[id].record.state
    }
}

impl Shared {
    /// Some may be undone for a while before they begin, some have to be approved, some both.
    fn hold_by_dice(&mut self, id: &str) {
        let (window, approval) = (self.chance(30), self.chance(30));
        let now = self.now;
        let (seconds, minutes) = (1 + self.pick(20), 1 + self.pick(4));
        let Some(row) = self.store.rows.get_mut(id) else { return };
        row.record.begins_at = window.then(|| now + seconds.cast_signed() as Micros * SECOND);
        row.record.approval = approval.then(|| Approval {
            plan_hash: "f00d".to_owned(),
            asked_by: "Bea".to_owned(),
            danger: Danger::Destructive,
            until: now + minutes.cast_signed() as Micros * 60 * SECOND,
            given: None,
            compared: false,
        });
    }
}

/// The answer of something that has no pause in it.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    match std::pin::pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it pauses"),
    }
}
