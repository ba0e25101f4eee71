//! The folder of one workload: everything that is known about it, each fact in a file with one writer.
//!
//! Files and log are the workload's, whatever run it is. What one run is about stands in a folder of the run: the first
//! one's is the workload's own, later ones have `run-2/` and so on. The run with the highest number that has an order is
//! the one the workload is in.
//!
//! | file | written by | says |
//! |---|---|---|
//! | `order.json` | agent | what to run, in which slot, by which driver, for which command |
//! | `claim.json` | the one supervisor that won | who it is; made once, so only one ever starts the program in this run |
//! | `started.json` | supervisor | the program's process, when, isolation |
//! | `exit.json` | supervisor, or the agent when the supervisor is gone | how it ended |
//! | `requests/`, `answers/` | agent; supervisor | signals asked for and sent, by command id |
//! | `log/` | supervisor | the program's output |
//! | `work/` | the program | its files |

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use node_protocol::{
    CommandId, Exit, Isolation, StopSignal, WorkloadId, WorkloadReport, WorkloadSpec, WorkloadState,
    first_run,
};
use serde::{Deserialize, Serialize};

use super::log_files;
use super::process_sandboxed::BwrapAbilities;
use crate::data::{self, DataError};
use crate::host::{Host, ProcessMark};

/// How the name of a later run's folder begins.
const RUN: &str = "run-";

/// A workload's folder, and which of its runs this is about.
#[derive(Debug, Clone)]
pub(crate) struct WorkloadDir {
    path: PathBuf,
    run: u32,
}

/// What the supervisor is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) spec: WorkloadSpec,
    pub(crate) command_id: CommandId,
    pub(crate) isolation: Isolation,
    /// The user to run as; the agent's own where absent.
    pub(crate) uid: Option<u32>,
    /// What this machine's bubblewrap can do.
    #[serde(default)]
    pub(crate) bwrap: BwrapAbilities,
}

/// Who starts the program, and nobody else.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) supervisor: ProcessMark,
}

/// The program was started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Started {
    pub(crate) program: ProcessMark,
    pub(crate) isolation: Isolation,
    pub(crate) at_us: i64,
}

/// A signal to be sent, once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SignalRequest {
    pub(crate) command_id: CommandId,
    pub(crate) signal: StopSignal,
}

/// What became of a signal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SignalAnswer {
    /// The processes it was sent to; none when the program had ended.
    pub(crate) sent_to: Vec<i32>,
    pub(crate) at_us: i64,
}

impl WorkloadDir {
    /// One run of the workload, whether it was ever ordered or not.
    pub(crate) fn of_run(path: &Path, run: u32) -> Self {
        Self { path: path.to_owned(), run }
    }

    /// The run the workload is in.
    pub(crate) fn newest(path: &Path) -> Self {
        let run = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_prefix(RUN)?.parse().ok();
        let later = fs::read_dir(path).into_iter().flatten().flatten().filter_map(run);
        // A folder without an order is one that a crash left half made.
        let is_ordered = |run: &u32| Self::of_run(path, *run).place().join("order.json").exists();
        Self::of_run(path, later.filter(is_ordered).max().unwrap_or(first_run()))
    }

    /// Makes the folder with everything in it that others expect.
    pub(crate) fn create(path: &Path, run: u32) -> io::Result<Self> {
        let dir = Self::of_run(path, run);
        for folder in [dir.work(), dir.log(), dir.requests(), dir.answers()] {
            data::make_folder(&folder)?;
        }
        Ok(dir)
    }

    pub(crate) const fn run(&self) -> u32 {
        self.run
    }

    /// The folder of this run.
    pub(crate) fn place(&self) -> PathBuf {
        if self.run == first_run() { self.path.clone() } else { self.path.join(format!("{RUN}{}", self.run)) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.path.join("work")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    pub(crate) fn requests(&self) -> PathBuf {
        self.place().join("requests")
    }

    pub(crate) fn answers(&self) -> PathBuf {
        self.place().join("answers")
    }

    /// What the supervisor itself has to say, for whoever looks for a fault.
    pub(crate) fn supervisor_log(&self) -> PathBuf {
        self.path.join("supervisor.log")
    }

    /// Up to where the server has the log.
    pub(crate) fn log_acknowledged(&self) -> PathBuf {
        self.path.join("log-acknowledged.json")
    }

    pub(crate) fn order(&self) -> Result<Option<Order>, DataError> {
        data::read_json(&self.place().join("order.json"))
    }

    pub(crate) fn write_order(&self, order: &Order) -> Result<(), DataError> {
        data::write_json(&self.place().join("order.json"), order)
    }

    pub(crate) fn claim(&self) -> Result<Option<Claim>, DataError> {
        data::read_json(&self.place().join("claim.json"))
    }

    /// Claims the workload; `false` when somebody has it.
    pub(crate) fn try_claim(&self, claim: &Claim) -> Result<bool, DataError> {
        data::write_json_once(&self.place().join("claim.json"), claim)
    }

    pub(crate) fn started(&self) -> Result<Option<Started>, DataError> {
        data::read_json(&self.place().join("started.json"))
    }

    pub(crate) fn write_started(&self, started: &Started) -> Result<(), DataError> {
        data::write_json(&self.place().join("started.json"), started)
    }

    pub(crate) fn exit(&self) -> Result<Option<Exit>, DataError> {
        data::read_json(&self.place().join("exit.json"))
    }

    /// Writes how the program ended. Only the first who says so is believed.
    pub(crate) fn write_exit(&self, exit: &Exit) -> Result<(), DataError> {
        data::write_json_once(&self.place().join("exit.json"), exit).map(|_| ())
    }

    /// Asks the supervisor to send a signal. Asking twice under one name is asking once.
    pub(crate) fn ask(&self, name: &str, request: &SignalRequest) -> Result<(), DataError> {
        data::write_json_once(&self.requests().join(name), request).map(|_| ())
    }

    /// The supervisor's answer to that request.
    pub(crate) fn answer(&self, name: &str) -> Result<Option<SignalAnswer>, DataError> {
        data::read_json(&self.answers().join(name))
    }

    /// What can be said about the workload now; `None` when this is no workload's folder (yet).
    pub(crate) fn report(&self, host: &dyn Host) -> Result<Option<WorkloadReport>, DataError> {
        let Some(order) = self.order()? else { return Ok(None) };
        let claim = self.claim()?;
        // The order matters: a supervisor writes the exit before it ends, so looking for the exit after looking for
        // the supervisor cannot mistake a program that just ended for a lost one.
        let is_supervised = claim.as_ref().is_some_and(|claim| claim.supervisor.is_alive(host));
        let mut exit = self.exit()?;
        if exit.is_none() && claim.is_some() && !is_supervised {
            self.write_exit(&lost(host.now_us()))?;
            exit = self.exit()?;
        }
        let started = self.started()?;
        let state = match (&exit, &started) {
            (Some(_), _) => WorkloadState::Exited,
            (None, Some(_)) => WorkloadState::Running,
            (None, None) => WorkloadState::Starting,
        };
        Ok(Some(WorkloadReport {
            workload_id: order.spec.workload_id,
            run: self.run,
            slot: order.spec.slot,
            state,
            pid: started.as_ref().map(|started| started.program.pid),
            started_at_us: started.as_ref().map(|started| started.at_us),
            isolation: started.as_ref().map(|started| started.isolation),
            port_answering: None,
            exit,
            log_end: log_files::end(&self.log()),
        }))
    }
}

/// A program whose supervisor is gone ends with it; nobody saw how.
fn lost(at_us: i64) -> Exit {
    let sentence = "Its supervisor is gone (the machine was restarted, or the supervisor was killed), so nobody saw how it ended.";
    Exit { code: None, signal: None, at_us, sentence: Some(sentence.to_owned()) }
}

/// The folders of all workloads this agent keeps.
pub(crate) fn list(workloads: &Path) -> io::Result<Vec<(WorkloadId, WorkloadDir)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(workloads)? {
        let entry = entry?;
        // What is no id is being removed, or is not ours.
        if let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<WorkloadId>().ok()) {
            found.push((id, WorkloadDir::newest(&entry.path())));
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use node_protocol::Limits;

    use super::*;
    use crate::host::simulated::SimulatedHost;

    fn claimed(host: &SimulatedHost) -> (tempfile::TempDir, WorkloadDir) {
        let folder = tempfile::tempdir().unwrap();
        let dir = WorkloadDir::create(&folder.path().join("wl_1"), 1).unwrap();
        let spec = WorkloadSpec {
            workload_id: "wl_1".parse().unwrap(),
            run: 1,
            log_from: 0,
            name: "web".to_owned(),
            command: vec!["true".to_owned()],
            slot: 3,
            port: None,
            env: vec![],
            ssh_keys: vec![],
            limits: Limits::default(),
        };
        let command_id = "cmd_1".parse().unwrap();
        let (isolation, bwrap) = (Isolation::ProcessNone, BwrapAbilities::default());
        dir.write_order(&Order { spec, command_id, isolation, uid: None, bwrap }).unwrap();
        host.runs(10, 500);
        assert!(dir.try_claim(&Claim { supervisor: ProcessMark::of(host, 10).unwrap() }).unwrap());
        (folder, dir)
    }

    #[test]
    fn a_claim_with_a_living_supervisor_is_adopted() {
        let host = SimulatedHost::default();
        let (_folder, dir) = claimed(&host);
        let report = dir.report(&host).unwrap().unwrap();
        assert_eq!((report.state, report.slot, report.pid), (WorkloadState::Starting, 3, None));
        host.runs(11, 501);
        let program = ProcessMark::of(&host, 11).unwrap();
        let isolation = Isolation::ProcessNone;
        dir.write_started(&Started { program, isolation, at_us: 7 }).unwrap();
        let report = dir.report(&host).unwrap().unwrap();
        assert_eq!(
            (report.state, report.pid, report.isolation),
            (WorkloadState::Running, Some(11), Some(isolation))
        );
    }

    #[test]
    fn a_claim_without_its_supervisor_is_lost_and_stays_so() {
        let host = SimulatedHost::default();
        let (_folder, dir) = claimed(&host);
        host.runs(10, 777);
        let report = dir.report(&host).unwrap().unwrap();
        assert_eq!(report.state, WorkloadState::Exited);
        assert!(report.exit.as_ref().unwrap().is_lost() && report.exit.unwrap().sentence.is_some());
        host.runs(10, 500);
        assert_eq!(dir.report(&host).unwrap().unwrap().state, WorkloadState::Exited);
    }

    #[test]
    fn an_exit_that_was_seen_is_not_replaced_by_lost() {
        let host = SimulatedHost::default();
        let (_folder, dir) = claimed(&host);
        dir.write_exit(&Exit { code: Some(3), signal: None, at_us: 5, sentence: None }).unwrap();
        host.ends(10);
        assert_eq!(dir.report(&host).unwrap().unwrap().exit.unwrap().code, Some(3));
    }

    #[test]
    fn a_later_run_is_the_one_that_counts_as_soon_as_it_has_its_order() {
        let host = SimulatedHost::default();
        let (_folder, first) = claimed(&host);
        let path = first.path().to_owned();
        first.write_exit(&Exit { code: Some(0), signal: None, at_us: 5, sentence: None }).unwrap();
        let second = WorkloadDir::create(&path, 2).unwrap();
        assert_eq!(WorkloadDir::newest(&path).run(), 1, "it has no order yet");
        let order = first.order().unwrap().unwrap();
        second.write_order(&Order { spec: WorkloadSpec { run: 2, ..order.spec.clone() }, ..order }).unwrap();
        let newest = WorkloadDir::newest(&path);
        let report = newest.report(&host).unwrap().unwrap();
        assert_eq!((report.run, report.state, report.exit), (2, WorkloadState::Starting, None));
        // Each run has a claim of its own, and it is made once.
        let claim = || Claim { supervisor: ProcessMark::of(&host, 10).unwrap() };
        assert!(newest.try_claim(&claim()).unwrap() && !newest.try_claim(&claim()).unwrap());
        assert_eq!((newest.work(), newest.log()), (first.work(), first.log()));
        assert_eq!(first.report(&host).unwrap().unwrap().state, WorkloadState::Exited);
    }

    #[test]
    fn only_folders_with_an_id_are_workloads() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["wl_2", "wl_1", ".removed-wl_3", "other"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let found: Vec<_> = list(folder.path()).unwrap().into_iter().map(|(id, _)| id.to_string()).collect();
        assert_eq!(found, ["wl_1", "wl_2"]);
    }
}
