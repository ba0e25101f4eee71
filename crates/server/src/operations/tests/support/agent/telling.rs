//! What the pretended agent says by itself: heartbeats, and reports of its workloads.

use node_protocol::workload::WorkloadState as Seen;
use node_protocol::{Exit, Heartbeat, Inventory, SlotReport, Usage, WorkloadReport};
use read_models::ids::WorkloadId;

use super::super::SLOTS;
use super::Agent;
use crate::nodes::beats;
use crate::state::AppState;

impl Agent {
    /// One heartbeat.
    pub(crate) async fn beats(&mut self, state: &AppState) {
        if self.is_away {
            return;
        }
        let of_slot = |slot: u32| self.held.iter().find(|(_, held)| held.slot == slot);
        let slot = |index| SlotReport { index, workload: of_slot(index).map(|(id, _)| id.parse().unwrap()) };
        let beat = Heartbeat {
            at_us: state.clock.now().as_micros(),
            clock_skew_us: Some(0),
            boot_id: "b".to_owned(),
            agent_version: "0.1.0".to_owned(),
            uptime_s: None,
            inventory: Inventory {
                taken_at_us: Some(self.inventory_at),
                cpus: Some(8),
                memory_bytes: Some(64 << 30),
                ..Inventory::default()
            },
            capabilities: vec![],
            slots: (0..SLOTS).map(slot).collect(),
            usage: Usage::default(),
            workloads: self.held.keys().filter_map(|id| self.report(id)).collect(),
            measurements: vec![],
        };
        self.ingest.heartbeat(beat).await.unwrap();
        // What a running server's courier does.
        beats::write(&self.ingest.state).await.unwrap();
        self.ingest.write_waiting().await.unwrap();
    }

    pub(super) async fn reports(&mut self, id: &str) {
        if let Some(report) = self.report(id) {
            self.ingest.workload_changed(report).await.unwrap();
        }
    }

    /// It says this of a run, whatever is so.
    pub(crate) async fn says(&mut self, id: &WorkloadId, run: u32, state: Seen, exit: Option<Exit>) {
        let known = self.report(id.as_str()).unwrap();
        let said = WorkloadReport { run, state, exit, ..known };
        self.ingest.workload_changed(said).await.unwrap();
    }

    fn report(&self, id: &str) -> Option<WorkloadReport> {
        let held = self.held.get(id)?;
        let runs = held.exit.is_none();
        Some(WorkloadReport {
            workload_id: id.parse().unwrap(),
            run: held.run,
            slot: held.slot,
            state: if runs { Seen::Running } else { Seen::Exited },
            pid: Some(self.pid),
            started_at_us: Some(1),
            isolation: None,
            port_answering: held.port.map(|_| runs),
            exit: held.exit.clone(),
            log_end: 0,
        })
    }
}
