//! Reading `/proc`: pure functions from its texts, and a look at the live processes.

use std::fs;

/// What `/proc/PID/stat` says about a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessStat {
    pub(crate) pid: i32,
    pub(crate) comm: String,
    pub(crate) state: char,
    pub(crate) parent: i32,
    pub(crate) group: i32,
    pub(crate) start_ticks: u64,
}

impl ProcessStat {
    /// Ended, and only not yet collected by its parent.
    pub(crate) const fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x')
    }
}

/// What `/proc/PID/stat` and `/proc/PID/status` say about what a process uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessUse {
    pub(crate) stat: ProcessStat,
    /// Its real, effective, saved and file system user.
    pub(crate) uids: Vec<u32>,
    /// Time it spent on processors, in the kernel's ticks.
    pub(crate) own_ticks: u64,
    /// The same of its children that have ended and were collected, and of theirs.
    pub(crate) children_ticks: u64,
    /// Resident memory; none for one that is dead or has none.
    pub(crate) resident_bytes: Option<u64>,
}

/// What every process uses.
pub(crate) fn processes_in_use() -> Vec<ProcessUse> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let in_use = |pid: i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        parse_use(&stat, &fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
    };
    pids.filter_map(in_use).collect()
}

fn parse_use(stat: &str, status: &str) -> Option<ProcessUse> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let ticks: Vec<u64> =
        rest.split_ascii_whitespace().skip(11).take(4).map_while(|text| text.parse().ok()).collect();
    let [user, system, of_children_user, of_children_system] = ticks.as_slice() else { return None };
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap_or_default();
    Some(ProcessUse {
        stat: parse_stat(stat)?,
        uids: uids.split_ascii_whitespace().filter_map(|id| id.parse().ok()).collect(),
        own_ticks: user + system,
        children_ticks: of_children_user + of_children_system,
        resident_bytes: meminfo_bytes(status, "VmRSS"),
    })
}

/// Bytes a process and its collected children have read from disks and written to them.
pub(crate) fn disk_bytes(pid: i32) -> Option<(u64, u64)> {
    parse_io(&fs::read_to_string(format!("/proc/{pid}/io")).ok()?)
}

/// `read_bytes: 4096` and `write_bytes: 0` in `/proc/PID/io`. What was written and then thrown away before it reached a
/// disk counts as written, as the kernel counts it.
fn parse_io(text: &str) -> Option<(u64, u64)> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    Some((field("read_bytes:")?, field("write_bytes:")?))
}

/// One live process.
pub(crate) fn process(pid: i32) -> Option<ProcessStat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// All processes that can be seen.
pub(crate) fn processes() -> Vec<ProcessStat> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(process).collect()
}

/// All living processes of a user, whichever of a process's user ids it is.
pub(crate) fn processes_of(uid: u32) -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_of = |pid: &i32| {
        fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|status| lives_as(&status, uid))
    };
    pids.filter(is_of).collect()
}

/// Whether `/proc/PID/status` is that of a living process of this user.
fn lives_as(status: &str, uid: u32) -> bool {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
    let is_dead = field("State:").is_some_and(|state| state.trim_start().starts_with(['Z', 'X', 'x']));
    let ids = field("Uid:").unwrap_or_default();
    !is_dead && ids.split_ascii_whitespace().any(|id| id.parse() == Ok(uid))
}

/// Everything below a process, each with its depth: 1 for children, 2 for theirs.
pub(crate) fn descendants(of: i32, all: &[ProcessStat]) -> Vec<(u32, ProcessStat)> {
    let mut found: Vec<(u32, ProcessStat)> = Vec::new();
    let mut parents = vec![of];
    for depth in 1.. {
        let below: Vec<_> = all.iter().filter(|each| parents.contains(&each.parent)).cloned().collect();
        if below.is_empty() {
            break;
        }
        parents = below.iter().map(|each| each.pid).collect();
        found.extend(below.into_iter().map(|each| (depth, each)));
    }
    found
}

/// `pid (comm) state ppid pgrp …`, where `comm` may hold blanks and brackets of its own; field 22 is the start time.
pub(crate) fn parse_stat(text: &str) -> Option<ProcessStat> {
    let (pid, rest) = text.split_once(" (")?;
    let (comm, rest) = rest.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(ProcessStat {
        pid: pid.parse().ok()?,
        comm: comm.to_owned(),
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        start_ticks: fields.get(19)?.parse().ok()?,
    })
}

/// `Name: 123 kB` in `/proc/meminfo`, as bytes.
pub(crate) fn meminfo_bytes(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    value.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The first `model name` in `/proc/cpuinfo`.
pub(crate) fn cpu_model(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// A value in `/etc/os-release`, without its quotes.
pub(crate) fn os_release(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_confuse_the_fields() {
        let text = "42 (a) b (c)) S 7 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 1000 10";
        let stat = parse_stat(text).unwrap();
        assert_eq!((stat.pid, stat.comm.as_str(), stat.state), (42, "a) b (c)", 'S'));
        assert_eq!((stat.parent, stat.group, stat.start_ticks), (7, 42, 98765));
        assert_eq!(parse_stat("42 (a) S 7"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn a_user_is_told_from_others_and_from_the_dead() {
        let status = "Name:\tUid: 7\nState:\tS (sleeping)\nUid:\t60600\t60601\t60600\t60600\n";
        assert!(lives_as(status, 60_600) && lives_as(status, 60_601));
        assert!(!lives_as(status, 7) && !lives_as(status, 6_060));
        assert!(!lives_as(&status.replace("S (sleeping)", "Z (zombie)"), 60_600));
        assert!(!lives_as("", 0));
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(processes_of(nix::unistd::getuid().as_raw()).contains(&own));
    }

    #[test]
    fn the_test_finds_itself() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert_eq!(process(own).unwrap().pid, own);
        assert!(processes().iter().any(|each| each.pid == own));
    }

    #[test]
    fn descendants_know_their_depth() {
        let at = |pid, parent| ProcessStat {
            pid,
            comm: String::new(),
            state: 'S',
            parent,
            group: 1,
            start_ticks: 0,
        };
        let all = [at(2, 1), at(3, 2), at(4, 3), at(5, 3), at(9, 8)];
        let found: Vec<_> = descendants(2, &all).into_iter().map(|(depth, each)| (depth, each.pid)).collect();
        assert_eq!(found, [(1, 3), (2, 4), (2, 5)]);
    }

    #[test]
    fn what_a_process_uses_is_read_and_a_dead_one_has_no_memory() {
        let stat = "42 (a) b) S 7 42 42 0 -1 4194560 1 2 3 4 110 20 30 4 20 0 1 0 98765 1000 10";
        let status = "Name:\ta\nUid:\t0\t60600\t0\t0\nVmRSS:\t     12 kB\n";
        let found = parse_use(stat, status).unwrap();
        assert_eq!((found.own_ticks, found.children_ticks, found.stat.pid), (130, 34, 42));
        assert_eq!((found.uids, found.resident_bytes), (vec![0, 60_600, 0, 0], Some(12 * 1024)));
        assert_eq!(parse_use(stat, "Name:\ta\n").unwrap().resident_bytes, None);
        assert_eq!(parse_use("42 (a) S 7", status), None);
        assert_eq!(parse_io("rchar: 9\nread_bytes: 4096\nwrite_bytes: 512\n"), Some((4096, 512)));
        assert_eq!(parse_io("rchar: 9\n"), None);
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(
            processes_in_use().iter().any(|each| each.stat.pid == own && each.resident_bytes > Some(1 << 20))
        );
    }

    #[test]
    fn what_a_file_does_not_say_is_unknown() {
        assert_eq!(meminfo_bytes("MemTotal:       16 kB\nMemFree: 4 kB\n", "MemTotal"), Some(16 * 1024));
        assert_eq!(meminfo_bytes("MemTotal:       16 kB\n", "MemAvailable"), None);
        assert_eq!(cpu_model("processor: 0\nmodel name\t: Fast CPU\n"), Some("Fast CPU".to_owned()));
        assert_eq!(cpu_model("processor: 0\n"), None);
        assert_eq!(os_release("PRETTY_NAME=\"Debian 12\"\n", "PRETTY_NAME"), Some("Debian 12".to_owned()));
    }
}
