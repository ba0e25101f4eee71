//! Making heartbeats from what the machine and the workloads' folders say.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use node_protocol::{Capability, Heartbeat, Inventory, SlotReport, WorkloadReport};

use crate::measuring::{self, Measured};
use crate::runtime::Runtime;

/// How long an inventory is good: asking for accelerators takes a second on some machines.
const INVENTORY_GOOD_FOR_US: i64 = 5 * 60 * 1_000_000;

/// Makes heartbeats.
pub(crate) struct Beat {
    runtime: Arc<Runtime>,
    slots: u32,
    boot_id: String,
    capabilities: Vec<Capability>,
    inventory: Mutex<Option<(i64, Inventory)>>,
    /// What was measured of the workloads.
    pub(crate) measured: Measured,
}

impl Beat {
    pub(crate) fn new(runtime: Arc<Runtime>, slots: u32) -> Self {
        let mut capabilities = runtime.drivers.capabilities();
        capabilities.extend(measuring::capabilities(&*runtime.host));
        let boot_id = runtime.host.boot_id();
        Self {
            runtime,
            slots,
            boot_id,
            capabilities,
            inventory: Mutex::default(),
            measured: Measured::default(),
        }
    }

    pub(crate) fn boot_id(&self) -> &str {
        &self.boot_id
    }

    /// The same with what was measured and has not been delivered, and the number of the newest of it.
    pub(crate) fn make_with_measurements(&self, clock_skew_us: Option<i64>) -> (Heartbeat, Option<u64>) {
        let (measurements, newest) = self.measured.waiting();
        (Heartbeat { measurements, ..self.make(clock_skew_us) }, newest)
    }

    /// The state of the node now. Reads files; not for an async thread.
    pub(crate) fn make(&self, clock_skew_us: Option<i64>) -> Heartbeat {
        let host = &self.runtime.host;
        let workloads = self.runtime.reports();
        Heartbeat {
            at_us: host.now_us(),
            clock_skew_us,
            boot_id: self.boot_id.clone(),
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            uptime_s: host.uptime_s(),
            inventory: self.inventory(),
            capabilities: self.capabilities.iter().cloned().chain(self.runtime.debris.capability()).collect(),
            slots: slots(self.slots, &workloads),
            usage: host.usage(self.runtime.data.root()),
            workloads,
            measurements: Vec::new(),
        }
    }

    /// Finds out anew what the machine is made of, however young the last inventory is. Heartbeats carry it from now on.
    pub(crate) fn take_inventory(&self) -> Inventory {
        self.take(&mut self.kept())
    }

    fn inventory(&self) -> Inventory {
        let now_us = self.runtime.host.now_us();
        let mut kept = self.kept();
        match &*kept {
            Some((taken_us, inventory)) if (0..INVENTORY_GOOD_FOR_US).contains(&(now_us - taken_us)) => {
                inventory.clone()
            }
            Some(_) | None => self.take(&mut kept),
        }
    }

    /// One at a time: of two that are asked for at once, the later one stays.
    fn take(&self, kept: &mut Option<(i64, Inventory)>) -> Inventory {
        let taken_us = self.runtime.host.now_us();
        let inventory = Inventory { taken_at_us: Some(taken_us), ..self.runtime.host.inventory() };
        *kept = Some((taken_us, inventory.clone()));
        inventory
    }

    fn kept(&self) -> MutexGuard<'_, Option<(i64, Inventory)>> {
        self.inventory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every slot and who holds it. A workload in a slot that is no more (the agent was restarted with fewer) keeps it.
fn slots(count: u32, workloads: &[WorkloadReport]) -> Vec<SlotReport> {
    let holder =
        |index| workloads.iter().find(|each| each.slot == index).map(|each| each.workload_id.clone());
    let extra = workloads.iter().map(|each| each.slot).filter(|&slot| slot >= count);
    let mut indexes: Vec<u32> = (0..count).chain(extra).collect();
    indexes.sort_unstable();
    indexes.dedup();
    indexes.into_iter().map(|index| SlotReport { index, workload: holder(index) }).collect()
}

#[cfg(test)]
mod tests {
    use node_protocol::WorkloadState;

    use super::*;

    #[test]
    fn an_exited_workload_holds_its_slot_and_a_slot_too_many_is_shown() {
        let report = |id: &str, slot| WorkloadReport {
            workload_id: id.parse().unwrap(),
            run: 1,
            slot,
            state: WorkloadState::Exited,
            pid: None,
            started_at_us: None,
            isolation: None,
            port_answering: None,
            exit: None,
            log_end: 0,
        };
        let slots = slots(2, &[report("wl_1", 1), report("wl_2", 5)]);
        let seen: Vec<_> =
            slots.iter().map(|slot| (slot.index, slot.workload.as_ref().map(ToString::to_string))).collect();
        assert_eq!(seen, [(0, None), (1, Some("wl_1".to_owned())), (5, Some("wl_2".to_owned()))]);
    }
}
