//! A machine made up by a test.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use node_protocol::{Inventory, Usage};

use super::{Host, ProcessStat, ProcessUse};

/// A machine on which a test decides which processes live.
#[derive(Default)]
pub(crate) struct SimulatedHost {
    processes: Mutex<BTreeMap<i32, ProcessStat>>,
}

impl SimulatedHost {
    /// A process is there.
    pub(crate) fn runs(&self, pid: i32, start_ticks: u64) {
        let process =
            ProcessStat { pid, comm: "program".to_owned(), state: 'S', parent: 1, group: pid, start_ticks };
        self.processes.lock().unwrap().insert(pid, process);
    }

    /// A process is gone.
    pub(crate) fn ends(&self, pid: i32) {
        self.processes.lock().unwrap().remove(&pid);
    }
}

impl Host for SimulatedHost {
    fn now_us(&self) -> i64 {
        1_000_000
    }

    fn boot_id(&self) -> String {
        "boot-1".to_owned()
    }

    fn uptime_s(&self) -> Option<u64> {
        None
    }

    fn inventory(&self) -> Inventory {
        Inventory::default()
    }

    fn usage(&self, _disk: &Path) -> Usage {
        Usage::default()
    }

    fn process(&self, pid: i32) -> Option<ProcessStat> {
        self.processes.lock().unwrap().get(&pid).cloned()
    }

    fn processes_in_use(&self) -> Vec<ProcessUse> {
        Vec::new()
    }

    fn disk_bytes(&self, _pid: i32) -> Option<(u64, u64)> {
        None
    }

    fn port_answers(&self, _port: u16) -> bool {
        false
    }
}
