//! The hidden `confine` stage: the supervisor's child on its way to becoming the program.
//!
//! It is a stage of its own because limits and users are changed on a whole process, and the supervisor must keep
//! its own: a workload limited to two open files must not take its supervisor down. It sets the limits, makes the
//! workload's folder reachable, drops to the workload's user, asks to die with the supervisor and becomes bwrap or
//! the program. Nothing here is undone: the process either becomes the program or ends.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, CpuSet, sched_getaffinity, sched_setaffinity, unshare};
use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use nix::unistd::{Gid, Pid, Uid, getgid, getuid, setgid, setgroups, setuid};
use node_protocol::{Isolation, Limits};

use super::driver::{Place, driver_of};
use super::workload_dir::{Order, WorkloadDir};
use crate::data::DataError;

/// Processes bwrap needs for itself: its monitor and the sandbox's process 1.
const OWN_PROCESSES_OF_BWRAP: u64 = 2;
/// A folder every system has and every user can reach; hidden, for this process only, behind the workload's folder.
const REACHABLE: &str = "/tmp";

/// Why the program could not be started. The supervisor finds the sentence in the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfineError {
    #[error("the order cannot be read")]
    Order(#[source] DataError),
    #[error("there is no order in {0}")]
    NoOrder(PathBuf),
    #[error("the limits cannot be set")]
    Limits(#[source] Errno),
    #[error("the workload's user cannot be taken on")]
    User(#[source] Errno),
    #[error("'{program}' cannot be started")]
    Start { program: String, source: io::Error },
}

/// Becomes the program; comes back only when that fails.
pub(crate) fn confine(dir: &WorkloadDir) -> ConfineError {
    let order = match dir.order() {
        Ok(Some(order)) => order,
        Ok(None) => return ConfineError::NoOrder(dir.path().to_owned()),
        Err(error) => return ConfineError::Order(error),
    };
    match prepare(dir, &order) {
        Ok(mut command) => {
            let program = command.get_program().to_string_lossy().into_owned();
            ConfineError::Start { program, source: command.exec() }
        }
        Err(error) => error,
    }
}

fn prepare(dir: &WorkloadDir, order: &Order) -> Result<std::process::Command, ConfineError> {
    set_limits(order).map_err(ConfineError::Limits)?;
    choose_cpus(&order.spec.limits, order.spec.slot);
    let work = reachable(&dir.work());
    // The folder may lie below one that only the agent may enter; being inside already needs no permission.
    std::env::set_current_dir(&work).map_err(|source| not_started(order, source))?;
    if let Some(uid) = order.uid {
        become_user(uid).map_err(ConfineError::User)?;
    }
    // Nothing it starts gets more rights than it has, whatever set-user-id programs this machine has.
    prctl::set_no_new_privs().map_err(ConfineError::User)?;
    // After the change of user, which would forget it. A supervisor that dies takes its program along, so a program
    // nobody watches cannot go on running.
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(ConfineError::User)?;
    let place = Place { work: &work, uid: getuid().as_raw(), gid: getgid().as_raw() };
    driver_of(order.isolation).command(&place, order).map_err(|source| not_started(order, source))
}

fn not_started(order: &Order, source: io::Error) -> ConfineError {
    ConfineError::Start { program: order.spec.command.first().cloned().unwrap_or_default(), source }
}

/// Sets what the kernel limits for each process or user.
///
/// Memory is `RLIMIT_DATA`, not `RLIMIT_AS`: runtimes reserve address space they never use. The number of processes is
/// counted by user, so it is only set where the workload has a user of its own; with the agent's user it would count
/// everything that person runs.
fn set_limits(order: &Order) -> Result<(), Errno> {
    let limits = &order.spec.limits;
    lower(Resource::RLIMIT_CORE, Some(0))?;
    lower(Resource::RLIMIT_NOFILE, limits.max_open_files)?;
    lower(Resource::RLIMIT_DATA, limits.memory_bytes)?;
    let own = match order.isolation {
        Isolation::ProcessSandboxed => OWN_PROCESSES_OF_BWRAP,
        Isolation::ProcessNone | Isolation::Simulated => 0,
    };
    let processes = limits.max_processes.map(|most| most.saturating_add(own));
    lower(Resource::RLIMIT_NPROC, processes.filter(|_| order.uid.is_some()))
}

/// Limits are only ever made smaller.
fn lower(resource: Resource, to: Option<u64>) -> Result<(), Errno> {
    let Some(to) = to else { return Ok(()) };
    let (_, hard) = getrlimit(resource)?;
    let to = to.min(hard);
    setrlimit(resource, to, to)
}

/// Keeps the workload on as many processors as it may use, by slot, so that neighbours get others while there are any.
fn choose_cpus(limits: &Limits, slot: u32) {
    let Some(wanted) = limits.cpus.map(|cpus| cpus as usize).filter(|&cpus| cpus > 0) else { return };
    let Ok(allowed) = sched_getaffinity(Pid::from_raw(0)) else { return };
    let here: Vec<usize> = (0..CpuSet::count()).filter(|&cpu| allowed.is_set(cpu).unwrap_or(false)).collect();
    if here.len() <= wanted {
        return;
    }
    let first = (slot as usize).saturating_mul(wanted);
    let mut chosen = CpuSet::new();
    for index in 0..wanted {
        let _ = chosen.set(here[first.wrapping_add(index) % here.len()]);
    }
    if let Err(error) = sched_setaffinity(Pid::from_raw(0), &chosen) {
        eprintln!("slipway-node: the processors could not be chosen: {error}");
    }
}

/// A path under which the workload's user can reach its folder, wherever the agent's data is. When a folder above is
/// for the agent only, the process gets a private view of the file system in which its folder also stands at a place
/// open to everyone. That needs root; without root the agent's own user runs the program and reaches the folder.
fn reachable(work: &Path) -> PathBuf {
    let private_view = || -> Result<(), Errno> {
        unshare(CloneFlags::CLONE_NEWNS)?;
        mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
        mount(Some(work), REACHABLE, None::<&str>, MsFlags::MS_BIND, None::<&str>)
    };
    let needs_view = Uid::effective().is_root() && !is_open_to_everyone(work);
    if needs_view && private_view().is_ok() { PathBuf::from(REACHABLE) } else { work.to_owned() }
}

/// Whether everybody may enter every folder above.
fn is_open_to_everyone(path: &Path) -> bool {
    const OTHERS_MAY_ENTER: u32 = 0o001;
    let may_enter =
        |folder: &Path| fs::metadata(folder).is_ok_and(|found| found.mode() & OTHERS_MAY_ENTER != 0);
    path.ancestors().skip(1).all(may_enter)
}

fn become_user(uid: u32) -> Result<(), Errno> {
    setgroups(&[])?;
    setgid(Gid::from_raw(uid))?;
    setuid(Uid::from_raw(uid))
}
