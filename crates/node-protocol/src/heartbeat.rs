//! What an agent says about its node at every beat. What is not known is absent, never zero.

use serde::{Deserialize, Serialize};

use crate::ids::WorkloadId;
use crate::measurement::Measurement;
use crate::workload::WorkloadReport;

/// One beat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// When the agent made it, by its own clock.
    pub at_us: i64,
    /// The agent's clock minus the server's, as the agent measured it at the last contact.
    pub clock_skew_us: Option<i64>,
    /// The kernel's id of this boot.
    pub boot_id: String,
    /// The agent's version.
    pub agent_version: String,
    /// Seconds since the machine started.
    pub uptime_s: Option<u64>,
    /// What the machine is.
    pub inventory: Inventory,
    /// What the agent can do here, and why it cannot do the rest.
    pub capabilities: Vec<Capability>,
    /// Every slot, and which workload is in it.
    pub slots: Vec<SlotReport>,
    /// What the machine is using.
    pub usage: Usage,
    /// Every workload this agent still keeps, exited ones included.
    pub workloads: Vec<WorkloadReport>,
    /// What was measured of them since the last heartbeat that was answered, the oldest first; none from an agent that
    /// does not measure.
    #[serde(default)]
    pub measurements: Vec<Measurement>,
}

/// What a machine is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// When the agent found this out, by its own clock; `None` from an agent that does not say.
    #[serde(default)]
    pub taken_at_us: Option<i64>,
    /// The host name.
    pub hostname: Option<String>,
    /// The distribution's name and version.
    pub os: Option<String>,
    /// The kernel's release.
    pub kernel: Option<String>,
    /// The processor's name.
    pub cpu_model: Option<String>,
    /// How many processors there are.
    pub cpus: Option<u32>,
    /// How much memory there is.
    pub memory_bytes: Option<u64>,
    /// The accelerators; `None` when nothing here can tell.
    pub gpus: Option<Vec<Gpu>>,
    /// The addresses other machines can reach.
    pub addresses: Vec<String>,
    /// The network interfaces but the loopback; `None` when they could not be listed, or from an agent that does not say.
    #[serde(default)]
    pub interfaces: Option<Vec<Interface>>,
}

/// One network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// The kernel's name for it.
    pub name: String,
    /// Its hardware address as six pairs of hexadecimal digits; `None` for one that has none.
    pub mac: Option<String>,
    /// Its IP addresses; none while it has none.
    pub addresses: Vec<String>,
}

/// One accelerator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gpu {
    /// Its name.
    pub model: String,
    /// Its memory.
    pub memory_bytes: Option<u64>,
}

/// Something the agent can do on this machine, or the reason why it cannot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capability {
    /// Its name, for example `driver.process-sandboxed`.
    pub name: String,
    /// Whether it is there.
    pub available: bool,
    /// With what, or why not: a sentence for a person.
    pub detail: String,
}

/// One slot of the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotReport {
    /// Its number, from 0.
    pub index: u32,
    /// Who holds it. An exited workload holds its slot until it is removed.
    pub workload: Option<WorkloadId>,
}

/// What is in use right now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Load average over one minute.
    pub load1: Option<f64>,
    /// Memory that is not available to new programs.
    pub memory_used_bytes: Option<u64>,
    /// Used on the disk that holds the agent's data.
    pub disk_used_bytes: Option<u64>,
    /// Size of that disk.
    pub disk_total_bytes: Option<u64>,
}
