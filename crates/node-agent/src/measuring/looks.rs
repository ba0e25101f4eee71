//! What lies between two looks at a workload's processes. The kernel counts for each process since it began; what a child
//! has spent moves to its parent when that collects it, and is lost when nobody of the workload does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use node_protocol::Measurement;

use crate::host::{Host, ProcessUse};
use crate::runtime::Running;

/// The kernel's ticks in a second, as it counts for programs: the same on every machine Linux runs on today.
const TICKS_PER_S: u128 = 100;

/// One look at the processes of a workload.
#[derive(Debug, Clone)]
pub(super) struct Look {
    at: Instant,
    processes: BTreeMap<(i32, u64), Spent>,
    living: u64,
    resident_bytes: Option<u64>,
    disk_is_known: bool,
}

/// What a process has spent since it began.
#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    parent: i32,
    own_ticks: u64,
    children_ticks: u64,
    read_bytes: u64,
    written_bytes: u64,
}

impl Look {
    pub(super) fn take(host: &dyn Host, of: &Running, all: &[ProcessUse], at: Instant) -> Self {
        let own = processes_of(of, all);
        let mut disk_is_known = true;
        let processes = own.iter().map(|each| {
            let (read_bytes, written_bytes) = host.disk_bytes(each.stat.pid).unwrap_or_else(|| {
                // A dead one has let go of everything already.
                disk_is_known &= each.stat.is_dead();
                (0, 0)
            });
            let spent = Spent {
                parent: each.stat.parent,
                own_ticks: each.own_ticks,
                children_ticks: each.children_ticks,
                read_bytes,
                written_bytes,
            };
            ((each.stat.pid, each.stat.start_ticks), spent)
        });
        let processes = processes.collect();
        let living: Vec<_> = own.iter().filter(|each| !each.stat.is_dead()).collect();
        Self {
            at,
            processes,
            living: living.len() as u64,
            resident_bytes: (!living.is_empty())
                .then(|| living.iter().filter_map(|each| each.resident_bytes).sum()),
            disk_is_known,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.living == 0
    }

    /// What of `spent` was there already at the look before: of processes that are still here, and of those whose
    /// parents, or parents' parents, are here and collected them.
    fn carried(&self, now: &Self, spent: impl Fn(&Spent) -> u64) -> u64 {
        let still_here = |key: &(i32, u64)| now.processes.contains_key(key);
        let by_pid: BTreeMap<i32, (&(i32, u64), &Spent)> =
            self.processes.iter().map(|entry| (entry.0.0, entry)).collect();
        let is_carried = |key: &(i32, u64), of: &Spent| {
            let (mut key, mut of, mut seen) = (*key, *of, BTreeSet::new());
            loop {
                if still_here(&key) {
                    return true;
                }
                // A loop of parents is no family; `/proc` is not read in one moment.
                let (true, Some((parent, spent))) = (seen.insert(key), by_pid.get(&of.parent)) else {
                    return false;
                };
                (key, of) = (**parent, **spent);
            }
        };
        self.processes.iter().filter(|(key, of)| is_carried(key, of)).map(|(_, of)| spent(of)).sum()
    }

    /// How much more there is than at the look before; none when less: then something was lost.
    fn more_than(&self, before: &Self, spent: impl Fn(&Spent) -> u64 + Copy) -> Option<u64> {
        let all: u64 = self.processes.values().map(spent).sum();
        all.checked_sub(before.carried(self, spent))
    }

    /// Ticks since the look before. What ended without being collected here is missing, never counted twice.
    fn ticks_since(&self, before: &Self) -> u64 {
        let conserved = self.more_than(before, |spent| spent.own_ticks + spent.children_ticks);
        let own_before = |key| before.processes.get(key).map_or(0, |spent| spent.own_ticks);
        let grown = self.processes.iter().map(|(key, now)| now.own_ticks.saturating_sub(own_before(key)));
        conserved.unwrap_or(0).max(grown.sum())
    }
}

/// The processes of a workload: those of the user that only its slot has, or else what descends from its program or is in
/// its group.
fn processes_of<'a>(of: &Running, all: &'a [ProcessUse]) -> Vec<&'a ProcessUse> {
    if let Some(uid) = of.uid {
        return all.iter().filter(|each| each.uids.contains(&uid)).collect();
    }
    let mut own: BTreeSet<i32> =
        all.iter().filter(|each| each.stat.group == of.program).map(|each| each.stat.pid).collect();
    own.insert(of.program);
    loop {
        let more: Vec<i32> = all
            .iter()
            .filter(|each| own.contains(&each.stat.parent) && !own.contains(&each.stat.pid))
            .map(|each| each.stat.pid)
            .collect();
        if more.is_empty() {
            return all.iter().filter(|each| own.contains(&each.stat.pid)).collect();
        }
        own.extend(more);
    }
}

/// What was measured at this look. Whatever is per time needs a look before.
pub(super) fn measured(of: &Running, before: Option<&Look>, now: &Look, at_us: i64) -> Measurement {
    let over = before.map(|before| now.at.duration_since(before.at)).filter(|over| !over.is_zero());
    let since = before.zip(over);
    let disk = since.filter(|(before, _)| before.disk_is_known && now.disk_is_known);
    let rate = |spent: fn(&Spent) -> u64| {
        disk.and_then(|(before, over)| Some(per_second(u128::from(now.more_than(before, spent)?), over)))
    };
    Measurement {
        workload_id: of.workload.clone(),
        run: of.run,
        at_us,
        over_us: over.and_then(|over| u64::try_from(over.as_micros()).ok()),
        cpu_millis: since
            .map(|(before, over)| per_second(u128::from(now.ticks_since(before)) * 1000 / TICKS_PER_S, over)),
        memory_bytes: now.resident_bytes,
        processes: Some(now.living),
        disk_read_bytes_per_s: rate(|spent| spent.read_bytes),
        disk_written_bytes_per_s: rate(|spent| spent.written_bytes),
        gpu_millis: None,
        gpu_memory_bytes: None,
    }
}

fn per_second(amount: u128, over: Duration) -> u64 {
    u64::try_from(amount * 1_000_000 / over.as_micros().max(1)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::ProcessStat;
    use crate::host::simulated::SimulatedHost;

    fn process(pid: i32, parent: i32, own_ticks: u64, children_ticks: u64) -> ProcessUse {
        let stat = ProcessStat {
            pid,
            comm: "p".to_owned(),
            state: 'S',
            parent,
            group: pid,
            start_ticks: u64::from(pid.unsigned_abs()),
        };
        ProcessUse { stat, uids: vec![700; 4], own_ticks, children_ticks, resident_bytes: Some(1000) }
    }

    fn running(uid: Option<u32>) -> Running {
        Running { workload: "wl_1".parse().unwrap(), run: 1, uid, program: 10 }
    }

    /// Processor use between two looks two seconds apart, in thousandths.
    fn cpu(before: &[ProcessUse], now: &[ProcessUse]) -> u64 {
        let (host, of, start) = (SimulatedHost::default(), running(Some(700)), Instant::now());
        let first = Look::take(&host, &of, before, start);
        let second = Look::take(&host, &of, now, start + Duration::from_secs(2));
        measured(&of, Some(&first), &second, 5).cpu_millis.unwrap()
    }

    #[test]
    fn time_on_processors_is_counted_once_wherever_it_goes() {
        for (what, before, now, millis) in [
            ("one runs", vec![process(10, 1, 100, 0)], vec![process(10, 1, 300, 0)], 1000),
            (
                "two run, one of them new",
                vec![process(10, 1, 100, 0)],
                vec![process(10, 1, 300, 0), process(11, 10, 200, 0)],
                2000,
            ),
            (
                "a child ends and is collected: what it had spent before is not counted again",
                vec![process(10, 1, 0, 0), process(11, 10, 500, 0)],
                vec![process(10, 1, 0, 600)],
                500,
            ),
            (
                "so do a child and its child",
                vec![process(10, 1, 0, 0), process(11, 10, 400, 0), process(12, 11, 400, 0)],
                vec![process(10, 1, 0, 900)],
                500,
            ),
            (
                "a child begins and ends in between",
                vec![process(10, 1, 0, 0)],
                vec![process(10, 1, 0, 200)],
                1000,
            ),
            (
                "an orphan ends elsewhere: its last time is missing",
                vec![process(10, 1, 100, 0), process(11, 1, 900, 0)],
                vec![process(10, 1, 200, 0)],
                500,
            ),
            (
                "a child ends and nobody collects it: the others still count",
                vec![process(10, 1, 100, 0), process(11, 10, 900, 0)],
                vec![process(10, 1, 200, 0)],
                500,
            ),
            ("nothing happens", vec![process(10, 1, 100, 0)], vec![process(10, 1, 100, 0)], 0),
            (
                "another process has the number now",
                vec![process(10, 1, 900, 0)],
                vec![ProcessUse {
                    stat: ProcessStat { start_ticks: 99, ..process(10, 1, 0, 0).stat },
                    ..process(10, 1, 100, 0)
                }],
                500,
            ),
        ] {
            assert_eq!(cpu(&before, &now), millis, "{what}");
        }
    }

    #[test]
    fn a_first_look_knows_what_is_held_and_nothing_per_time() {
        let (host, of) = (SimulatedHost::default(), running(Some(700)));
        let look = Look::take(&host, &of, &[process(10, 1, 5, 0), process(11, 10, 5, 0)], Instant::now());
        let first = measured(&of, None, &look, 5);
        assert_eq!((first.memory_bytes, first.processes), (Some(2000), Some(2)));
        assert_eq!((first.over_us, first.cpu_millis, first.disk_read_bytes_per_s), (None, None, None));
    }

    #[test]
    fn what_the_kernel_does_not_say_stays_unknown() {
        // The simulated machine does not say what is read from disks.
        let (host, of, start) = (SimulatedHost::default(), running(Some(700)), Instant::now());
        let look = |at| Look::take(&host, &of, &[process(10, 1, 5, 0)], at);
        let second = measured(&of, Some(&look(start)), &look(start + Duration::from_secs(1)), 5);
        assert_eq!(
            (second.cpu_millis, second.disk_written_bytes_per_s, second.gpu_millis),
            (Some(0), None, None)
        );
    }

    #[test]
    fn the_dead_are_not_counted_among_the_living_and_strangers_not_at_all() {
        let host = SimulatedHost::default();
        let mut dead = process(12, 10, 5, 0);
        dead.stat.state = 'Z';
        let stranger = ProcessUse { uids: vec![0; 4], ..process(13, 1, 5, 0) };
        let all = [process(10, 1, 5, 0), process(11, 10, 5, 0), dead, stranger];
        let of_user = Look::take(&host, &running(Some(700)), &all, Instant::now());
        assert_eq!((of_user.living, of_user.processes.len()), (2, 3));
        // Without a user of its own: what descends from the program, and its group.
        let mut in_group = process(20, 1, 5, 0);
        in_group.stat.group = 10;
        let found = processes_of(&running(None), &[all.to_vec(), vec![in_group]].concat()).len();
        assert_eq!(found, 4);
        assert!(Look::take(&host, &running(Some(9)), &all, Instant::now()).is_empty());
    }
}
