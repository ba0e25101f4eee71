//! Starting the supervisor of a workload's run, and collecting those that have ended.
//!
//! A trait, because on a simulated machine there is no process to start. Either way everything a supervisor says is in the
//! workload's folder.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::only_path;
use super::workload_dir::WorkloadDir;

/// Whoever looks after workloads.
pub(crate) trait Supervisors: Send + Sync {
    /// Starts a supervisor for one run of a workload. Of several for the same run, one starts the program.
    fn start(&self, dir: &WorkloadDir, ledger: &Path) -> io::Result<()>;
    /// Collects those that have ended.
    fn collect(&self);
}

/// A process for each.
#[derive(Default)]
pub(crate) struct ProcessSupervisors {
    /// Supervisors this agent started, so that they are collected when they end.
    children: Mutex<Vec<Child>>,
    no_claim: bool,
}

impl ProcessSupervisors {
    /// `no_claim` only for the fault that shows what the claim prevents.
    pub(crate) fn new(no_claim: bool) -> Self {
        Self { no_claim, ..Self::default() }
    }
}

impl Supervisors for ProcessSupervisors {
    fn start(&self, dir: &WorkloadDir, ledger: &Path) -> io::Result<()> {
        let log: File =
            OpenOptions::new().append(true).create(true).mode(0o600).open(dir.supervisor_log())?;
        let mut command = Command::new("/proc/self/exe");
        only_path(&mut command);
        command.arg0("slipway-node").arg("supervise").arg("--dir").arg(dir.path());
        command.args(["--run", &dir.run().to_string()]);
        command.arg("--ledger").arg(ledger);
        if self.no_claim {
            command.arg("--no-claim");
        }
        // Its own process group from the first moment, so that Ctrl-C for the agent does not reach it.
        command.process_group(0).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn()?;
        self.children.lock().unwrap_or_else(PoisonError::into_inner).push(child);
        Ok(())
    }

    /// Those of an earlier agent are collected by the system.
    fn collect(&self) {
        let mut children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        children.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
    }
}
