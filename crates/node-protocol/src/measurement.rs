//! What an agent measured of a workload it runs. What could not be measured is absent, never zero.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::WorkloadId;
use crate::workload::first_run;

/// A workload is measured at every so many heartbeats: often enough to see it move, seldom enough to be kept.
const BEATS: u32 = 3;
/// The shortest and the longest time between two measurements.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(1);

/// For how long an agent keeps what it could not deliver, and how late the server takes it.
pub const LATEST: Duration = Duration::from_mins(10);
/// The most measurements in one heartbeat; the rest comes with the next one.
pub const MOST_IN_A_BEAT: usize = 256;

/// How often a workload is measured, from how often heartbeats are sent. Both sides compute it: the agent to measure, the
/// server to know what is missing.
pub fn measure_every(heartbeat_every: Duration) -> Duration {
    heartbeat_every.saturating_mul(BEATS).clamp(SHORTEST, LONGEST)
}

/// One measurement of one workload. Measuring the same moment of the same workload again is the same measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// The workload.
    pub workload_id: WorkloadId,
    /// Which run of it.
    #[serde(default = "first_run")]
    pub run: u32,
    /// When, by the agent's clock.
    pub at_us: i64,
    /// Everything per time is the mean over so long before that moment; absent at the first look, which has none.
    pub over_us: Option<u64>,
    /// Time on processors per time, in thousandths of one processor.
    pub cpu_millis: Option<u64>,
    /// Resident memory: the sum over its processes. A page that two of them share counts for both.
    pub memory_bytes: Option<u64>,
    /// Living processes.
    pub processes: Option<u64>,
    /// Read from disks, a second.
    pub disk_read_bytes_per_s: Option<u64>,
    /// Written to disks, a second.
    pub disk_written_bytes_per_s: Option<u64>,
    /// Time on accelerators per time, in thousandths of one accelerator.
    pub gpu_millis: Option<u64>,
    /// Memory of accelerators held by its processes.
    pub gpu_memory_bytes: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workload_is_measured_at_every_third_heartbeat_within_bounds() {
        for (beat_ms, every_ms) in [(100, 1000), (1000, 3000), (5000, 15_000), (300_000, 60_000)] {
            let every = measure_every(Duration::from_millis(beat_ms));
            assert_eq!(every, Duration::from_millis(every_ms), "{beat_ms} ms");
        }
    }

    #[test]
    fn what_is_not_said_is_unknown() {
        let read: Measurement =
            serde_json::from_str(r#"{"workload_id":"wl_1","at_us":5,"cpu_millis":1500}"#).unwrap();
        assert_eq!((read.run, read.cpu_millis, read.gpu_millis), (1, Some(1500), None));
    }
}
