//! How it stands with what is measured of a workload, in a sentence; and why nobody can tell a measure.

use read_models::time::{Timestamp, spoken};
use read_models::workloads::{Measure, WorkloadState};

use super::{Frame, Life};
use crate::store::nodes::NodeRecord;

/// How it stands: not running yet, just begun, measured, silent, over, never measured.
pub fn standing(life: Life, measured_at: Option<Timestamp>, frame: Frame) -> String {
    let (now, every) = (frame.now, spoken(frame.every));
    let is_over = match life.state {
        WorkloadState::Requested | WorkloadState::Provisioning => {
            return "It does not run yet. It is measured from the moment it runs.".to_owned();
        }
        WorkloadState::Running | WorkloadState::Paused | WorkloadState::Stopping => false,
        WorkloadState::Stopped
        | WorkloadState::Finished
        | WorkloadState::Released
        | WorkloadState::Failed => true,
    };
    let Some(at) = measured_at else {
        return match is_over {
            true => {
                "It is over, and nothing that was measured of it is kept. Measurements are kept for 14 days."
                    .to_owned()
            }
            false if now.since(life.since) <= frame.patience() => {
                format!("It has just begun. The first measurement comes within {every}.")
            }
            false => {
                "It runs and was never measured: its node's agent does not answer, or is too old to measure."
                    .to_owned()
            }
        };
    };
    let clock = format!("{} UTC", at.time_of_day());
    if is_over {
        let over = spoken(now.since(life.ended.unwrap_or(life.since)));
        return format!("It ended {over} ago. It was last measured {} ago.", spoken(now.since(at)));
    }
    if now.since(at) > frame.patience() {
        let silent = spoken(now.since(at));
        return format!(
            "Not measured since {clock}, for {silent}: its node's agent does not answer. What it measures meanwhile comes late, for up to 10 min; what is older stays a gap."
        );
    }
    if at.since(life.since) < frame.every * 2 && at >= life.since {
        return format!("It has just begun. It is measured every {every}, last at {clock}.");
    }
    format!("Measured every {every}, last at {clock}.")
}

/// Why nobody can tell a measure that no measurement has: what its node's agent says about itself. Only operators are told
/// the agent's own words.
pub fn unknown(measure: Measure, node: Option<&NodeRecord>, may_know_node: bool) -> String {
    let (capability, what) = match measure {
        Measure::Cpu | Measure::Memory | Measure::Processes => {
            ("measure.processes", "use of the processors and memory")
        }
        Measure::DiskRead | Measure::DiskWritten => ("measure.disk", "use of disks"),
        Measure::Gpu | Measure::GpuMemory => ("measure.gpu", "use of GPUs"),
    };
    let said = node
        .and_then(|node| node.heartbeat.as_ref())
        .and_then(|beat| beat.capabilities.iter().find(|each| each.name == capability));
    match said {
        None => format!("Its node's agent did not say that it can measure {what}."),
        Some(said) if said.available => {
            format!("Its node can measure {what}, and nothing of it has arrived.")
        }
        Some(said) if may_know_node => format!("This node cannot tell {what}. {}", said.detail),
        Some(_) => format!("This node cannot tell {what}."),
    }
}
