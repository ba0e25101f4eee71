//! Workloads on this machine: starting, signalling, removing and looking at them.
//!
//! The state is in the workloads' folders; this only acts on them, so an agent that was restarted adopts what runs by
//! doing nothing special. What it leaves out: who may order what, and how often (`commands`, `journal`).

pub(crate) mod confine;
pub(crate) mod debris;
mod driver;
pub(crate) mod drivers;
mod leftovers;
pub(crate) mod log_files;
mod process_none;
pub(crate) mod process_sandboxed;
mod signals;
mod ssh_keys;
pub(crate) mod supervise;
pub(crate) mod supervisors;
pub(crate) mod workload_dir;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use node_protocol::{CommandId, WorkloadId, WorkloadReport, WorkloadSpec, WorkloadState};

use crate::data::{DataDir, DataError, sync_parent};
use crate::faults::Faults;
use crate::host::Host;
use crate::host::proc_files::processes_of;
use debris::Debris;
use drivers::Drivers;
use supervisors::Supervisors;
use workload_dir::{Order, WorkloadDir};

/// How often a port is looked at that has not answered yet.
const PORT_LOOK_EVERY_US: i64 = 900_000;

/// What an agent acts on: a real machine, or one that is made up.
pub(crate) struct Machine {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) drivers: Drivers,
    pub(crate) supervisors: Arc<dyn Supervisors>,
    pub(crate) debris: Arc<Debris>,
}

/// Everything that is needed to run workloads.
pub(crate) struct Runtime {
    pub(crate) data: DataDir,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) drivers: Drivers,
    pub(crate) faults: Faults,
    pub(crate) debris: Arc<Debris>,
    supervisors: Arc<dyn Supervisors>,
    /// What was seen at the workloads' ports.
    ports: Mutex<HashMap<WorkloadId, PortLook>>,
}

/// A workload that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) workload: WorkloadId,
    pub(crate) run: u32,
    /// The user that only this slot has; none where it runs as the agent's own.
    pub(crate) uid: Option<u32>,
    /// The process the supervisor started.
    pub(crate) program: i32,
}

/// A look at a workload's port.
#[derive(Clone, Copy)]
struct PortLook {
    answers: bool,
    at_us: i64,
    /// In which run: the one before says nothing of the next.
    run: u32,
}

/// Why something could not be done to a workload.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RuntimeError {
    #[error("the workload's files cannot be used")]
    Files(#[from] DataError),
    #[error("the workload's folder cannot be made or moved")]
    Folder(#[source] io::Error),
    #[error("the supervisor cannot be started")]
    Supervisor(#[source] io::Error),
}

impl Runtime {
    pub(crate) fn new(data: DataDir, machine: Machine, faults: Faults) -> Self {
        let Machine { host, drivers, supervisors, debris } = machine;
        Self { data, host, drivers, faults, debris, supervisors, ports: Mutex::default() }
    }

    /// A workload's folder in the run it is in, whether it is there or not.
    pub(crate) fn dir(&self, id: &WorkloadId) -> WorkloadDir {
        WorkloadDir::newest(&self.data.workload(id))
    }

    /// The same in one run of it.
    pub(crate) fn dir_of_run(&self, id: &WorkloadId, run: u32) -> WorkloadDir {
        WorkloadDir::of_run(&self.data.workload(id), run)
    }

    /// What can be said about one workload now.
    pub(crate) fn report(&self, id: &WorkloadId) -> Result<Option<WorkloadReport>, DataError> {
        let dir = self.dir(id);
        let Some(mut report) = dir.report(&*self.host)? else { return Ok(None) };
        report.port_answering = self.port_answering(&dir, &report)?;
        Ok(Some(report))
    }

    /// What can be said about all workloads now. One whose files are damaged is left out and logged.
    pub(crate) fn reports(&self) -> Vec<WorkloadReport> {
        self.supervisors.collect();
        let listed = workload_dir::list(&self.data.workloads()).unwrap_or_else(|error| {
            tracing::error!(%error, "the folder of workloads cannot be read");
            Vec::new()
        });
        let report = |(id, _): (WorkloadId, WorkloadDir)| {
            self.report(&id).unwrap_or_else(|error| {
                tracing::error!(workload.id = %id, error = %error, "the files of workload {id} cannot be read");
                None
            })
        };
        listed.into_iter().filter_map(report).collect()
    }

    /// The workloads that run now, and where each one's processes are found.
    pub(crate) fn running(&self) -> Vec<Running> {
        let listed = workload_dir::list(&self.data.workloads()).unwrap_or_default();
        let running = |(workload, dir): (WorkloadId, WorkloadDir)| {
            let (order, started) = (dir.order().ok()??, dir.started().ok()??);
            let is_alive = dir.exit().ok()?.is_none() && started.program.is_alive(&*self.host);
            is_alive.then(|| Running {
                workload,
                run: dir.run(),
                uid: order.uid,
                program: started.program.pid,
            })
        };
        listed.into_iter().filter_map(running).collect()
    }

    /// Looks at ports that have not answered yet. An answer is believed for as long as the workload runs.
    fn port_answering(&self, dir: &WorkloadDir, report: &WorkloadReport) -> Result<Option<bool>, DataError> {
        let Some(port) = dir.order()?.and_then(|order| order.spec.port) else { return Ok(None) };
        let mut ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
        let id = &report.workload_id;
        match report.state {
            WorkloadState::Starting => Ok(None),
            WorkloadState::Exited => {
                ports.remove(id);
                Ok(Some(false))
            }
            WorkloadState::Running => {
                let now_us = self.host.now_us();
                let is_good = |look: &PortLook| {
                    let is_young = (0..PORT_LOOK_EVERY_US).contains(&(now_us - look.at_us));
                    look.run == report.run && (look.answers || is_young)
                };
                if let Some(look) = ports.get(id).copied().filter(is_good) {
                    return Ok(Some(look.answers));
                }
                let answers = self.host.port_answers(port);
                ports.insert(id.clone(), PortLook { answers, at_us: now_us, run: report.run });
                Ok(Some(answers))
            }
        }
    }

    /// Makes the workload's folder, or goes on in the one it has, and starts a supervisor for this run.
    pub(crate) fn launch(
        &self,
        spec: &WorkloadSpec,
        command: &CommandId,
    ) -> Result<WorkloadDir, RuntimeError> {
        let path = self.data.workload(&spec.workload_id);
        let dir = WorkloadDir::create(&path, spec.run).map_err(RuntimeError::Folder)?;
        for made in [&path, &dir.place()] {
            sync_parent(made).map_err(RuntimeError::Folder)?;
        }
        log_files::begin_at(&dir.log(), spec.log_from).map_err(RuntimeError::Folder)?;
        let uid = self.drivers.uid_of(spec.slot);
        ssh_keys::let_in(&dir.work(), &spec.ssh_keys, uid).map_err(RuntimeError::Folder)?;
        chown(dir.work(), uid, uid).map_err(RuntimeError::Folder)?;
        let isolation = self.drivers.chosen();
        let (spec, command_id, bwrap) = (spec.clone(), command.clone(), self.drivers.bwrap());
        dir.write_order(&Order { spec, command_id, isolation, uid, bwrap })?;
        self.supervisors.start(&dir, &self.data.ledger()).map_err(RuntimeError::Supervisor)?;
        Ok(dir)
    }

    /// What runs as a slot's own user. In a slot nobody holds it should be nothing.
    pub(crate) fn processes_in(&self, slot: u32) -> Vec<i32> {
        self.drivers.uid_of(slot).map(processes_of).unwrap_or_default()
    }

    /// Moves a workload's folder out of the way, in one step. Its slot is free from then on. What a lost supervisor
    /// could not end is ended first. The run is the one that is gone with it.
    pub(crate) fn set_aside(&self, id: &WorkloadId, run: u32) -> Result<(), RuntimeError> {
        let path = self.data.workload(id);
        if path.exists() {
            self.end_leftovers(id)?;
            fs::rename(&path, self.data.removed_workload(id, run)).map_err(RuntimeError::Folder)?;
            sync_parent(&path).map_err(RuntimeError::Folder)?;
        }
        Ok(())
    }

    /// Ends what a run that is over left running as its slot's user.
    pub(crate) fn end_leftovers(&self, id: &WorkloadId) -> Result<(), RuntimeError> {
        if let Some(uid) = self.dir(id).order()?.and_then(|order| order.uid) {
            leftovers::end_all_of(uid);
        }
        Ok(())
    }

    /// Deletes a folder that was set aside, in its own time: the slot does not wait for it.
    pub(crate) fn delete_aside(&self, id: &WorkloadId, run: u32) {
        self.debris.delete(self.data.removed_workload(id, run));
    }

    /// Deletes what an earlier agent set aside and did not get to delete.
    pub(crate) fn delete_leftovers(&self) {
        match self.data.removed_workloads() {
            Ok(paths) => paths.into_iter().for_each(|path| self.debris.delete(path)),
            Err(error) => tracing::error!(%error, "the folder of workloads cannot be read"),
        }
    }
}

/// Leaves a process nothing of the agent's environment but where programs are. A workload can read the environment of
/// its sandbox's process 1, and there may be secrets in the agent's.
fn only_path(command: &mut Command) {
    let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/local/bin:/usr/bin:/bin"));
    command.env_clear().env("PATH", path);
}
