//! What an agent measured: its moments told by the server's clock, and what makes no sense left out.

use std::time::Duration;

use node_protocol::{Heartbeat, LATEST, Measurement};
use read_models::time::Timestamp;

use super::{Ingest, skew_of};
use crate::nodes::wire;
use crate::store::workload_measurements::Arrived;

/// No more than this waits for its heartbeat to be written.
const MOST_WAITING: usize = 4096;
/// A moment that is not over yet by so much is a wrong clock, not the time the message took.
const AHEAD: Duration = Duration::from_mins(1);

impl Ingest {
    /// Takes the measurements out of a heartbeat: they are no part of what is kept of the node.
    pub(super) fn keep_measurements(&mut self, beat: &mut Heartbeat, now: Timestamp) {
        let skew_us = skew_of(beat, now);
        let room = MOST_WAITING.saturating_sub(self.measured.len());
        let measured = std::mem::take(&mut beat.measurements).into_iter();
        self.measured.extend(measured.filter_map(|each| arrived(&each, skew_us, now)).take(room));
    }
}

/// The measurement by the server's clock. None for one of a workload that is none, too old to be taken in (its bucket may be
/// full already), or of a time to come.
fn arrived(measured: &Measurement, skew_us: i64, now: Timestamp) -> Option<Arrived> {
    let at = Timestamp::from_micros(measured.at_us.saturating_sub(skew_us));
    if now.since(at) > LATEST || at.since(now) > AHEAD {
        return None;
    }
    let value = |value: Option<u64>| value.and_then(|value| i64::try_from(value).ok());
    Some(Arrived {
        workload: wire::workload(&measured.workload_id)?,
        run: measured.run,
        measured_at_us: measured.at_us,
        at: at.min(now),
        over: Duration::from_micros(measured.over_us.unwrap_or(0)).min(LATEST),
        values: [
            value(measured.cpu_millis),
            value(measured.memory_bytes),
            value(measured.processes),
            value(measured.disk_read_bytes_per_s),
            value(measured.disk_written_bytes_per_s),
            value(measured.gpu_millis),
            value(measured.gpu_memory_bytes),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

    fn measured(at_us: i64) -> Measurement {
        Measurement {
            workload_id: "wl_0192f3a4b5c67d8e9fa0b1c2d3e4f506".parse().unwrap(),
            run: 3,
            at_us,
            over_us: Some(u64::MAX),
            cpu_millis: Some(u64::MAX),
            memory_bytes: Some(5),
            processes: None,
            disk_read_bytes_per_s: None,
            disk_written_bytes_per_s: None,
            gpu_millis: None,
            gpu_memory_bytes: None,
        }
    }

    #[test]
    fn a_moment_is_told_by_the_servers_clock_and_known_by_the_agents() {
        let skew = 3_600_000_000;
        let kept = arrived(&measured(NOW.as_micros() + skew - 5), skew, NOW).unwrap();
        assert_eq!(
            (kept.at.as_micros(), kept.measured_at_us),
            (NOW.as_micros() - 5, NOW.as_micros() + skew - 5)
        );
        // What no number of the database can be is unknown, and nothing stands for more than can come late.
        assert_eq!((kept.values[0], kept.values[1], kept.over), (None, Some(5), LATEST));
        let ahead = arrived(&measured(NOW.as_micros() + 1000), 0, NOW).unwrap();
        assert_eq!(ahead.at, NOW, "a little ahead is now");
    }

    #[test]
    fn what_comes_too_late_or_too_early_or_from_nowhere_is_left_out() {
        let at = |seconds: i64| arrived(&measured(NOW.as_micros() + seconds * 1_000_000), 0, NOW).is_some();
        assert_eq!([at(-601), at(-600), at(60), at(61)], [false, true, true, false]);
        let stranger = Measurement { workload_id: "wl_1".parse().unwrap(), ..measured(NOW.as_micros()) };
        assert_eq!(arrived(&stranger, 0, NOW), None);
        for extreme in [i64::MIN, i64::MAX] {
            assert_eq!(arrived(&measured(extreme), i64::MIN, NOW), None);
        }
    }
}
