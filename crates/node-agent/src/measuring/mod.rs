//! Measuring what workloads use, on a thread of its own: one look at `/proc` for all of them, every third heartbeat.
//!
//! What is measured while there is no connection waits here for ten minutes and is delivered with the next heartbeats.
//! It is nowhere else: what waits when the agent ends is a gap.

mod looks;

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use node_protocol::{Capability, LATEST, MOST_IN_A_BEAT, Measurement, WorkloadId};

use self::looks::{Look, measured};
use crate::beat::Beat;
use crate::host::Host;
use crate::link::Link;
use crate::runtime::Runtime;

/// How often it is looked whether it is time.
const TICK: Duration = Duration::from_millis(250);
/// How often is measured before a server has said how often it wants to hear.
const UNASKED: Duration = Duration::from_secs(15);
/// More than a full machine measures in the time for which it is kept.
const MOST_KEPT: usize = 8192;

/// Measures on a thread of its own.
pub(crate) struct Measuring {
    runtime: Arc<Runtime>,
    beat: Arc<Beat>,
    link: Arc<Link>,
    looks: HashMap<(WorkloadId, u32), Look>,
}

impl Measuring {
    pub(crate) fn new(runtime: Arc<Runtime>, beat: Arc<Beat>, link: Arc<Link>) -> Self {
        Self { runtime, beat, link, looks: HashMap::new() }
    }

    /// Measures until the other end of `stop` is gone.
    pub(crate) fn run(mut self, stop: &Receiver<()>) {
        let mut last: Option<Instant> = None;
        while matches!(stop.recv_timeout(TICK), Err(RecvTimeoutError::Timeout)) {
            let every = self.link.measure_every().unwrap_or(UNASKED);
            if last.is_none_or(|last| last.elapsed() >= every) {
                last = Some(Instant::now());
                self.measure();
            }
        }
    }

    fn measure(&mut self) {
        let running = self.runtime.running();
        self.looks.retain(|(id, run), _| running.iter().any(|each| each.workload == *id && each.run == *run));
        if running.is_empty() {
            return;
        }
        let host = &*self.runtime.host;
        let (at, at_us, all) = (Instant::now(), host.now_us(), host.processes_in_use());
        for each in running {
            let look = Look::take(host, &each, &all, at);
            let key = (each.workload.clone(), each.run);
            // A workload that ended between the two questions has nothing left to measure.
            if look.is_empty() {
                continue;
            }
            self.beat.measured.keep(measured(&each, self.looks.get(&key), &look, at_us), at_us);
            self.looks.insert(key, look);
        }
    }
}

/// What the agent can measure here, and why it cannot measure the rest.
pub(crate) fn capabilities(host: &dyn Host) -> Vec<Capability> {
    let own = i32::try_from(std::process::id()).ok();
    let can_disk = own.is_some_and(|pid| host.disk_bytes(pid).is_some());
    let disk = if can_disk {
        "What workloads read from disks and write to them is counted for each process."
    } else {
        "This kernel does not say what a process reads from disks and writes to them."
    };
    let capability = |name: &str, available, detail: &str| Capability {
        name: name.to_owned(),
        available,
        detail: detail.to_owned(),
    };
    vec![
        capability(
            "measure.processes",
            true,
            "Processor time and resident memory of workloads are measured.",
        ),
        capability("measure.disk", can_disk, disk),
        capability("measure.gpu", false, "This agent does not measure what workloads use of accelerators."),
    ]
}

/// What was measured and has not been delivered, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Measured(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    /// Counts what was measured.
    newest: u64,
    kept: VecDeque<(u64, Measurement)>,
}

impl Measured {
    fn waiting_ones(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a measurement, and forgets what is too old to be delivered.
    fn keep(&self, measurement: Measurement, now_us: i64) {
        let mut waiting = self.waiting_ones();
        waiting.newest += 1;
        let number = waiting.newest;
        waiting.kept.push_back((number, measurement));
        let oldest_us = now_us.saturating_sub(i64::try_from(LATEST.as_micros()).unwrap_or(i64::MAX));
        let is_old = |(_, first): &(u64, Measurement)| first.at_us < oldest_us;
        while waiting.kept.len() > MOST_KEPT || waiting.kept.front().is_some_and(is_old) {
            waiting.kept.pop_front();
        }
    }

    /// What the next heartbeat carries, and the number of the newest of it.
    pub(crate) fn waiting(&self) -> (Vec<Measurement>, Option<u64>) {
        let waiting = self.waiting_ones();
        let next = || waiting.kept.iter().take(MOST_IN_A_BEAT);
        (next().map(|(_, each)| each.clone()).collect(), next().next_back().map(|(number, _)| *number))
    }

    /// The server answered the heartbeat that carried everything up to this number.
    pub(crate) fn delivered(&self, newest: u64) {
        self.waiting_ones().kept.retain(|(number, _)| *number > newest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured_at(at_us: i64) -> Measurement {
        Measurement {
            workload_id: "wl_1".parse().unwrap(),
            run: 1,
            at_us,
            over_us: None,
            cpu_millis: None,
            memory_bytes: Some(1),
            processes: Some(1),
            disk_read_bytes_per_s: None,
            disk_written_bytes_per_s: None,
            gpu_millis: None,
            gpu_memory_bytes: None,
        }
    }

    fn times(waiting: &Measured) -> Vec<i64> {
        waiting.waiting().0.iter().map(|each| each.at_us).collect()
    }

    #[test]
    fn what_was_not_answered_goes_again_and_what_was_does_not() {
        let waiting = Measured::default();
        assert_eq!(waiting.waiting(), (vec![], None));
        waiting.keep(measured_at(1), 1);
        waiting.keep(measured_at(2), 2);
        let (first, newest) = waiting.waiting();
        assert_eq!((first.len(), times(&waiting)), (2, vec![1, 2]));
        waiting.keep(measured_at(3), 3);
        waiting.delivered(newest.unwrap());
        assert_eq!(times(&waiting), [3]);
    }

    #[test]
    fn what_waits_too_long_is_forgotten_and_a_heartbeat_carries_only_so_many() {
        let waiting = Measured::default();
        let later = i64::try_from(LATEST.as_micros()).unwrap() + 10;
        for at_us in [1, 9, 10, 11] {
            waiting.keep(measured_at(at_us), at_us);
        }
        waiting.keep(measured_at(later), later);
        assert_eq!(times(&waiting), [10, 11, later]);
        for number in 0..MOST_KEPT {
            waiting.keep(measured_at(later + i64::try_from(number).unwrap()), later);
        }
        assert_eq!(waiting.waiting().0.len(), MOST_IN_A_BEAT);
        assert_eq!(waiting.waiting_ones().kept.len(), MOST_KEPT);
        let (_, newest) = waiting.waiting();
        waiting.delivered(newest.unwrap());
        assert_eq!(waiting.waiting_ones().kept.len(), MOST_KEPT - MOST_IN_A_BEAT);
    }
}
