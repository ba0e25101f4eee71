//! A machine that is made up: for `slipway-node simulate`, and for tests, which decide themselves which processes live.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use node_protocol::{Inventory, Usage};

use super::made_up::MadeUp;
use super::{Host, ProcessStat, ProcessUse};
use crate::clock;

/// A machine whose processes and ports are what somebody says they are.
pub(crate) struct SimulatedHost {
    /// What it is made of; a test's machine is made of nothing.
    made_up: Option<MadeUp>,
    /// What a test's clock says; that of a simulated node goes with this machine's.
    stands_at_us: Option<AtomicI64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    processes: BTreeMap<i32, ProcessStat>,
    ports: BTreeSet<u16>,
}

impl SimulatedHost {
    /// A machine of a simulation.
    pub(crate) fn made_up(made_up: MadeUp) -> Self {
        Self { made_up: Some(made_up), stands_at_us: None, state: Mutex::default() }
    }

    /// A process is there.
    pub(crate) fn runs(&self, pid: i32, start_ticks: u64) {
        let process =
            ProcessStat { pid, comm: "program".to_owned(), state: 'S', parent: 1, group: pid, start_ticks };
        self.state().processes.insert(pid, process);
    }

    /// A process is gone.
    pub(crate) fn ends(&self, pid: i32) {
        self.state().processes.remove(&pid);
    }

    /// A program listens on a port.
    pub(crate) fn opens(&self, port: u16) {
        self.state().ports.insert(port);
    }

    /// Nobody listens there any more.
    pub(crate) fn closes(&self, port: u16) {
        self.state().ports.remove(&port);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Default for SimulatedHost {
    fn default() -> Self {
        Self { made_up: None, stands_at_us: Some(AtomicI64::new(1_000_000)), state: Mutex::default() }
    }
}

#[cfg(test)]
impl SimulatedHost {
    /// Lets a test's time pass.
    pub(crate) fn passes(&self, seconds: i64) {
        if let Some(clock) = &self.stands_at_us {
            clock.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
        }
    }
}

impl Host for SimulatedHost {
    fn now_us(&self) -> i64 {
        self.stands_at_us.as_ref().map_or_else(clock::now_us, |clock| clock.load(Ordering::Relaxed))
    }

    fn boot_id(&self) -> String {
        self.made_up.as_ref().map_or_else(|| "boot-1".to_owned(), MadeUp::boot_id)
    }

    fn uptime_s(&self) -> Option<u64> {
        self.made_up.as_ref().map(|made_up| made_up.uptime_s(self.now_us()))
    }

    fn inventory(&self) -> Inventory {
        self.made_up.as_ref().map(MadeUp::inventory).unwrap_or_default()
    }

    fn usage(&self, _disk: &Path) -> Usage {
        let programs = self.state().processes.len() / 2;
        self.made_up.as_ref().map(|made_up| made_up.usage(self.now_us(), programs)).unwrap_or_default()
    }

    fn process(&self, pid: i32) -> Option<ProcessStat> {
        self.state().processes.get(&pid).cloned()
    }

    fn processes_in_use(&self) -> Vec<ProcessUse> {
        Vec::new()
    }

    fn disk_bytes(&self, _pid: i32) -> Option<(u64, u64)> {
        None
    }

    fn port_answers(&self, port: u16) -> bool {
        self.state().ports.contains(&port)
    }

    fn port_is_free(&self, port: u16) -> bool {
        !self.port_answers(port)
    }

    fn hostname(&self) -> Option<String> {
        self.made_up.as_ref().map(MadeUp::hostname)
    }

    fn is_simulated(&self) -> bool {
        true
    }
}
