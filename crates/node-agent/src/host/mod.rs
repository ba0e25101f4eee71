//! The machine, as far as the agent touches it by looking: clock, processes, inventory, ports.
//!
//! A trait, so that tests can put the agent on a machine where a process has died or a clock is wrong.

mod interfaces;
pub(crate) mod inventory;
pub(crate) mod made_up;
pub(crate) mod proc_files;
mod real;
pub(crate) mod simulated;

use std::path::Path;

use node_protocol::{Inventory, Usage};
use serde::{Deserialize, Serialize};

pub(crate) use proc_files::{ProcessStat, ProcessUse};
pub(crate) use real::RealHost;

/// What the agent can ask of its machine.
pub(crate) trait Host: Send + Sync {
    /// Microseconds since the Unix epoch, by this machine's clock.
    fn now_us(&self) -> i64;
    /// The kernel's id of this boot; empty where there is none.
    fn boot_id(&self) -> String;
    /// Seconds since the machine started.
    fn uptime_s(&self) -> Option<u64>;
    /// What the machine is. May take a second.
    fn inventory(&self) -> Inventory;
    /// What is in use, and how full the disk with this path is.
    fn usage(&self, disk: &Path) -> Usage;
    /// One process.
    fn process(&self, pid: i32) -> Option<ProcessStat>;
    /// What every process uses and has used, the dead ones included that nobody has collected yet.
    fn processes_in_use(&self) -> Vec<ProcessUse>;
    /// How many bytes a process and its collected children have read from disks and written to them. `None` where the
    /// kernel does not say.
    fn disk_bytes(&self, pid: i32) -> Option<(u64, u64)>;
    /// Whether something answers on this port here.
    fn port_answers(&self, port: u16) -> bool;
    /// Whether a workload could listen on this port.
    fn port_is_free(&self, port: u16) -> bool;
    /// The machine's host name.
    fn hostname(&self) -> Option<String>;
    /// Whether there is no machine: everything said about it is made up.
    fn is_simulated(&self) -> bool {
        false
    }
}

/// A process for good: its number alone is given to another one sooner or later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProcessMark {
    pub(crate) pid: i32,
    /// When it started, in the kernel's ticks since boot.
    pub(crate) start_ticks: u64,
    pub(crate) boot_id: String,
}

impl ProcessMark {
    /// Marks a process that is there now.
    pub(crate) fn of(host: &dyn Host, pid: i32) -> Option<Self> {
        let start_ticks = host.process(pid)?.start_ticks;
        Some(Self { pid, start_ticks, boot_id: host.boot_id() })
    }

    /// Whether that very process still lives.
    pub(crate) fn is_alive(&self, host: &dyn Host) -> bool {
        let same = |found: ProcessStat| found.start_ticks == self.start_ticks && !found.is_dead();
        self.boot_id == host.boot_id() && host.process(self.pid).is_some_and(same)
    }
}

#[cfg(test)]
mod tests {
    use super::simulated::SimulatedHost;
    use super::*;

    #[test]
    fn a_process_is_the_same_only_with_its_start_time_and_boot() {
        let host = SimulatedHost::default();
        host.runs(10, 500);
        let mark = ProcessMark::of(&host, 10).unwrap();
        assert!(mark.is_alive(&host));
        assert!(!ProcessMark { start_ticks: 501, ..mark.clone() }.is_alive(&host), "the number was reused");
        assert!(
            !ProcessMark { boot_id: "other".to_owned(), ..mark.clone() }.is_alive(&host),
            "the machine rebooted"
        );
        host.ends(10);
        assert!(!mark.is_alive(&host));
    }
}
