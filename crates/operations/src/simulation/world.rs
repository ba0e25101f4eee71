//! What all doubles share: the clock, the dice, the store, the agents, and what was found to be wrong.

use super::{agents::Agents, store::Store};
use crate::Micros;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll},
};

/// One second of the virtual clock.
pub(super) const SECOND: Micros = 1_000_000;

/// What steps act on. Clones are the same world.
#[derive(Clone)]
pub(super) struct World(Arc<Mutex<Shared>>);

#[derive(Clone)]
pub(super) struct Shared {
    pub(super) now: Micros,
    pub(super) dice: StdRng,
    pub(super) faults: Faults,
    pub(super) store: Store,
    pub(super) agents: Agents,
    /// What was seen that must never be.
    pub(super) violations: Vec<String>,
}

/// What goes wrong, and what protects against it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "switches that are set one by one")]
pub(super) struct Faults {
    /// Agents answer late, never, wrongly or not at all.
    pub(super) agents: bool,
    /// The store does not answer now and then.
    pub(super) store: bool,
    /// Commits and effects with an old fencing token are refused.
    pub(super) fenced: bool,
    /// What may have happened is looked for before it is done again, where that is needed.
    pub(super) looks_first: bool,
    /// A wake-up that comes while a worker has the lease is kept until the operation rests.
    pub(super) keeps_wake_ups: bool,
    /// Nothing begins while everything stands still.
    pub(super) stands_still: bool,
    /// What is lifted wakes what it held back.
    pub(super) lifting_wakes: bool,
    /// What may be repeated is done twice each time.
    pub(super) everything_twice: bool,
}

impl Faults {
    pub(super) const ALL: Self = Self {
        agents: true,
        store: true,
        fenced: true,
        looks_first: true,
        keeps_wake_ups: true,
        stands_still: true,
        lifting_wakes: true,
        everything_twice: false,
    };
    pub(super) const NONE: Self = Self { agents: false, store: false, ..Self::ALL };
}

impl World {
    pub(super) fn new(seed: u64, faults: Faults) -> Self {
        Self::of(Shared {
            now: 1_000 * SECOND,
            dice: StdRng::seed_from_u64(seed),
            faults,
            store: Store::default(),
            agents: Agents::default(),
            violations: Vec::new(),
        })
    }

    /// A world that begins as a copy and then goes its own way.
    pub(super) fn of(shared: Shared) -> Self {
        Self(Arc::new(Mutex::new(shared)))
    }

    /// Never held across a pause, so that no crash can leave it locked.
    pub(super) fn shared(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap()
    }
}

impl Shared {
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.dice.random_ratio(percent, 100)
    }

    pub(super) fn pick(&mut self, of: usize) -> usize {
        self.dice.random_range(0..of)
    }

    pub(super) fn violation(&mut self, what: String) {
        self.violations.push(what);
    }
}

/// A moment at which the scheduler may do something else first: let another worker go on, move the clock, or crash this
/// worker by never coming back.
pub(super) async fn pause() {
    struct Pause {
        passed: bool,
    }
    impl Future for Pause {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            if std::mem::replace(&mut self.passed, true) { Poll::Ready(()) } else { Poll::Pending }
        }
    }
    Pause { passed: false }.await;
}
