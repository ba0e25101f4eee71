//! `process-sandboxed`: bubblewrap with its own processes, users, host name, System V IPC and cgroup view, a read-only
//! system, no capabilities. The network is the machine's, because a workload is reached by its port.
//!
//! bwrap is started as the workload's own unprivileged user, so not even an error in bwrap meets a privileged process.

use std::fs;
use std::io::{self, Write as _};
use std::os::fd::IntoRawFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use node_protocol::{Isolation, StopSignal};
use serde::{Deserialize, Serialize};

use super::driver::{Driver, Ended, Place, environment};
use super::workload_dir::Order;
use crate::host::ProcessStat;
use crate::host::proc_files::descendants;

/// Folders a system may have at the top or as links into `/usr`.
const SYSTEM_FOLDERS: [&str; 5] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64"];
/// What programs need from `/etc`: names, certificates, the linker's cache, the clock's zone.
const FROM_ETC: [&str; 14] = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
];

/// The size of a folder in memory where the workload has no memory limit.
const IN_MEMORY_WITHOUT_LIMIT: u64 = 64 << 20;
/// The size of a folder in memory where the limit is small.
const SMALLEST_IN_MEMORY: u64 = 16 << 20;

/// What not every bubblewrap can do. Found out when the agent starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BwrapAbilities {
    /// `--size`: folders in memory have a limit.
    pub(crate) sizes_folders: bool,
    /// `--disable-userns`: the program cannot make user namespaces of its own, a way to many errors of the kernel.
    pub(crate) seals_users: bool,
}

/// bubblewrap.
pub(crate) struct ProcessSandboxed;

impl Driver for ProcessSandboxed {
    fn isolation(&self) -> Isolation {
        Isolation::ProcessSandboxed
    }

    fn command(&self, place: &Place<'_>, order: &Order) -> io::Result<Command> {
        let bwrap =
            find_bwrap().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "bwrap is not installed"))?;
        let mut command = Command::new(bwrap);
        // Its environment is that of the sandbox's process 1, which the program can read.
        command.env_clear();
        if order.bwrap.seals_users {
            command.args(["--unshare-user", "--disable-userns"]);
        }
        command.args(["--unshare-all", "--share-net", "--new-session", "--die-with-parent"]);
        command.args(["--cap-drop", "ALL", "--hostname", &host_name(order)]);
        bind_system(&mut command);
        command.args(["--proc", "/proc", "--dev", "/dev"]);
        in_memory(&mut command, order);
        let (uid, gid) = (place.uid, place.gid);
        let passwd = format!(
            "workload:x:{uid}:{gid}:workload:/work:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
        );
        file_from_text(&mut command, "/etc/passwd", &passwd)?;
        file_from_text(&mut command, "/etc/group", &format!("workload:x:{gid}:\nnogroup:x:65534:\n"))?;
        command.arg("--bind").arg(place.work).args(["/work", "--chdir", "/work", "--clearenv"]);
        // Last, when every place for a mount is made: these two are memory without a size.
        command.args(["--remount-ro", "/dev", "--remount-ro", "/"]);
        for (name, value) in environment(order, Path::new("/work")) {
            command.args(["--setenv", &name, &value]);
        }
        command.arg("--").args(&order.spec.command);
        Ok(command)
    }

    /// bwrap stays outside as a monitor, its child is the sandbox's process 1; the program is below that. SIGTERM to
    /// bwrap itself would kill the sandbox without asking the program. Where a process stands is looked at, not what
    /// it is called: a program may take any name. SIGKILL to process 1 lets the kernel end everything in the sandbox.
    fn targets(&self, signal: StopSignal, started: &ProcessStat, all: &[ProcessStat]) -> Vec<ProcessStat> {
        let below = descendants(started.pid, all);
        let at = |wanted: fn(u32) -> bool| -> Vec<ProcessStat> {
            below.iter().filter(|(depth, _)| wanted(*depth)).map(|(_, each)| each.clone()).collect()
        };
        match signal {
            StopSignal::Term => at(|depth| depth > 1),
            StopSignal::Kill => {
                let first = at(|depth| depth == 1);
                if first.is_empty() { vec![started.clone()] } else { first }
            }
        }
    }

    /// bwrap ends with 128 + n when the program was ended by signal n. A program that *exits* with such a number on its
    /// own looks the same; shells have lived with that for fifty years.
    fn ended(&self, status: ExitStatus) -> Ended {
        match (status.code(), status.signal()) {
            (Some(code @ 129..=192), _) => Ended { code: None, signal: Some(code - 128) },
            (code, signal) => Ended { code, signal },
        }
    }
}

/// Folders in memory. Each takes no more than its size, so that files there cannot use up the machine's memory.
fn in_memory(command: &mut Command, order: &Order) {
    let size = in_memory_bytes(order.spec.limits.memory_bytes).to_string();
    for folder in ["/dev/shm", "/tmp", "/run"] {
        if order.bwrap.sizes_folders {
            command.args(["--size", &size]);
        }
        command.args(["--tmpfs", folder]);
    }
}

/// A quarter of the memory limit, but enough for a few files.
fn in_memory_bytes(limit: Option<u64>) -> u64 {
    limit.map_or(IN_MEMORY_WITHOUT_LIMIT, |limit| (limit / 4).max(SMALLEST_IN_MEMORY))
}

/// `/usr` as it is, and the top-level folders as the links or folders they are here.
fn bind_system(command: &mut Command) {
    command.args(["--ro-bind", "/usr", "/usr"]);
    for folder in SYSTEM_FOLDERS {
        match fs::read_link(folder) {
            Ok(target) => _ = command.arg("--symlink").arg(target).arg(folder),
            Err(_) => _ = command.args(["--ro-bind-try", folder, folder]),
        }
    }
    for path in FROM_ETC {
        command.args(["--ro-bind-try", path, path]);
    }
}

/// A file in the sandbox with this text. It travels through a pipe that bwrap inherits; the text is far smaller than
/// a pipe holds, so writing it before anyone reads does not block.
fn file_from_text(command: &mut Command, path: &str, text: &str) -> io::Result<()> {
    let (reader, mut writer) = io::pipe()?;
    writer.write_all(text.as_bytes())?;
    fcntl(&reader, FcntlArg::F_SETFD(FdFlag::empty()))?;
    // Given away, not closed: it has to be open when this process becomes bwrap.
    let descriptor = reader.into_raw_fd();
    command.args(["--ro-bind-data", &descriptor.to_string(), path]);
    Ok(())
}

/// The workload's name as far as a host name allows it.
fn host_name(order: &Order) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = order.spec.name.chars().map(plain).take(63).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "workload".to_owned() } else { name.to_owned() }
}

/// Where bwrap is.
pub(crate) fn find_bwrap() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("bwrap")).find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32) -> ProcessStat {
        // Every one is called bwrap: names prove nothing.
        ProcessStat { pid, comm: "bwrap".to_owned(), state: 'S', parent, group: pid, start_ticks: 1 }
    }

    #[test]
    fn term_goes_to_the_program_and_kill_to_the_whole_sandbox() {
        let started = process(10, 1);
        let all = [started.clone(), process(11, 10), process(12, 11), process(13, 12), process(99, 1)];
        let pids = |signal| -> Vec<i32> {
            ProcessSandboxed.targets(signal, &started, &all).iter().map(|each| each.pid).collect()
        };
        assert_eq!(pids(StopSignal::Term), [12, 13]);
        assert_eq!(pids(StopSignal::Kill), [11]);
        assert_eq!(ProcessSandboxed.targets(StopSignal::Kill, &started, &all[..1])[0].pid, 10);
    }

    #[test]
    fn folders_in_memory_follow_the_memory_limit() {
        assert_eq!(in_memory_bytes(None), 64 << 20);
        assert_eq!(in_memory_bytes(Some(1 << 30)), 256 << 20);
        assert_eq!(in_memory_bytes(Some(32 << 20)), 16 << 20);
    }

    #[test]
    fn a_signal_is_told_from_an_exit_code() {
        let exited = |code: i32| ProcessSandboxed.ended(ExitStatus::from_raw(code << 8));
        assert_eq!(exited(143), Ended { code: None, signal: Some(15) });
        assert_eq!(exited(3), Ended { code: Some(3), signal: None });
        assert_eq!(exited(128), Ended { code: Some(128), signal: None });
        assert_eq!(exited(255), Ended { code: Some(255), signal: None });
        assert_eq!(ProcessSandboxed.ended(ExitStatus::from_raw(9)), Ended { code: None, signal: Some(9) });
    }
}
