//! `start_workload`: make the folder, start a supervisor, wait until it has started the program.
//!
//! A run that already has a supervisor's claim is adopted, so carrying the command out twice starts once. A later run goes
//! on in the folder of the one before it, once that has ended.

use std::time::Duration;

use node_protocol::command::{
    BAD_SPEC, NO_SUCH_SLOT, NOT_CONFINED, OLDER_RUN, OUTCOME_UNKNOWN, PORT_TAKEN, SLOT_TAKEN, START_FAILED,
    STILL_RUNNING, WORKLOAD_REMOVED,
};
use node_protocol::{Command, Exit, Outcome, WorkloadReport, WorkloadSpec, WorkloadState};
use serde_json::json;

use super::{Executor, unknown, wait_for};
use crate::data::DataError;
use crate::host::ProcessMark;
use crate::runtime::RuntimeError;
use crate::runtime::workload_dir::{Claim, WorkloadDir};

/// How long a supervisor may take to start a program.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long processes may take to end that were told to already: bubblewrap is over before what it has run is gone, and
/// a program that dies with its supervisor does so a moment later.
const LAST_BREATH: Duration = Duration::from_secs(3);

impl Executor {
    pub(super) fn start_workload(&self, command: &Command, spec: &WorkloadSpec) -> Outcome {
        match self.try_start(command, spec) {
            Ok(outcome) | Err(Refusal::Outcome(outcome)) => outcome,
            Err(Refusal::Broken(error)) => unknown(&error),
        }
    }

    fn try_start(&self, command: &Command, spec: &WorkloadSpec) -> Result<Outcome, Refusal> {
        if self.runtime.dir(&spec.workload_id).run() > spec.run {
            let sentence = format!("A later run of {} was ordered already.", spec.name);
            return Err(Outcome::refused(OLDER_RUN, sentence).into());
        }
        let existing = self.runtime.dir_of_run(&spec.workload_id, spec.run);
        let is_claimed = existing.claim()?.is_some() && self.runtime.faults.observes();
        if is_claimed {
            return Ok(self.await_start(&existing, true)?);
        }
        if let Err(refusal) = self.check_order(command, spec) {
            // The supervisor an earlier agent started may have come in between: what stands in the way is then its own.
            let is_claimed = existing.claim()?.is_some() && self.runtime.faults.observes();
            return if is_claimed { Ok(self.await_start(&existing, true)?) } else { Err(refusal) };
        }
        let dir = self.runtime.launch(spec, &command.id)?;
        Ok(self.await_start(&dir, false)?)
    }

    /// Everything that must hold before anything is changed.
    fn check_order(&self, command: &Command, spec: &WorkloadSpec) -> Result<(), Refusal> {
        self.check_deadline(command)?;
        spec.check().map_err(|error| Outcome::refused(BAD_SPEC, error.to_string()))?;
        if self.journal.was_removed(&spec.workload_id, spec.run) {
            let sentence =
                format!("The workload {} was removed from this node and cannot be started again.", spec.name);
            return Err(Outcome::refused(WORKLOAD_REMOVED, sentence).into());
        }
        if spec.slot >= self.slots {
            let sentence = format!("This node has {} slots, so there is no slot {}.", self.slots, spec.slot);
            return Err(Outcome::refused(NO_SUCH_SLOT, sentence).into());
        }
        if let Some(sentence) = self.runtime.drivers.refusal() {
            return Err(Outcome::refused(NOT_CONFINED, sentence).into());
        }
        if !self.runtime.faults.observes() {
            return Ok(());
        }
        self.check_run_before(spec)?;
        self.check_slot(spec)?;
        match spec.port {
            Some(port) if !self.runtime.host.port_is_free(port) => {
                let sentence = format!("Something on this node already listens on port {port}.");
                Err(Outcome::refused(PORT_TAKEN, sentence).into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The run before this one has ended, in this slot, and nothing of it runs on.
    fn check_run_before(&self, spec: &WorkloadSpec) -> Result<(), Refusal> {
        let id = &spec.workload_id;
        let Some(before) = self.runtime.report(id)?.filter(|report| report.run < spec.run) else {
            return Ok(());
        };
        if before.state != WorkloadState::Exited {
            let sentence = format!("Run {} of {} has not ended; stop it first.", before.run, spec.name);
            return Err(Outcome::refused(STILL_RUNNING, sentence).into());
        }
        if before.slot != spec.slot {
            let sentence = format!("{} holds slot {}; remove it first.", spec.name, before.slot);
            return Err(Outcome::refused(SLOT_TAKEN, sentence).into());
        }
        Ok(self.runtime.end_leftovers(id)?)
    }

    /// The slot is nobody's: no workload holds it, and nothing of an earlier one runs on in it.
    fn check_slot(&self, spec: &WorkloadSpec) -> Result<(), Refusal> {
        let holds_slot =
            |report: &WorkloadReport| report.slot == spec.slot && report.workload_id != spec.workload_id;
        if let Some(holder) = self.runtime.reports().into_iter().find(holds_slot) {
            let sentence = format!("Slot {} is held by workload {}.", spec.slot, holder.workload_id);
            return Err(Outcome::refused(SLOT_TAKEN, sentence).into());
        }
        let mut left = Vec::new();
        let is_empty = wait_for(LAST_BREATH, || {
            left = self.runtime.processes_in(spec.slot);
            Ok::<_, RuntimeError>(left.is_empty().then_some(()))
        })?;
        if is_empty.is_some() {
            return Ok(());
        }
        let sentence = format!(
            "Processes nobody started now run as the user of slot {} (process {}, {} in all). End them on the node, then start again.",
            spec.slot,
            left[0],
            left.len()
        );
        Err(Outcome::refused(SLOT_TAKEN, sentence).into())
    }

    fn await_start(&self, dir: &WorkloadDir, is_adopted: bool) -> Result<Outcome, RuntimeError> {
        let host = &*self.runtime.host;
        let started = wait_for(PATIENCE, || {
            let report = dir.report(host)?;
            Ok::<_, DataError>(report.filter(|report| report.state != WorkloadState::Starting))
        })?;
        let Some(report) = started else { return self.give_up(dir) };
        if report.started_at_us.is_none() {
            let sentence = report.exit.and_then(|exit| exit.sentence);
            let sentence = sentence.unwrap_or_else(|| "The program was not started.".to_owned());
            return Ok(Outcome::failed(START_FAILED, sentence));
        }
        let detail = json!({
            "pid": report.pid,
            "started_at_us": report.started_at_us,
            "isolation": report.isolation,
            "adopted": is_adopted,
        });
        Ok(Outcome::Done { detail })
    }

    /// No sign of a start. When nobody has claimed the workload, the agent does, so that a slow supervisor cannot start
    /// it after it was reported as failed.
    fn give_up(&self, dir: &WorkloadDir) -> Result<Outcome, RuntimeError> {
        let host = &*self.runtime.host;
        let own = ProcessMark::of(host, nix::unistd::getpid().as_raw());
        let is_ours = match own {
            Some(supervisor) => dir.try_claim(&Claim { supervisor })?,
            None => false,
        };
        if !is_ours {
            let sentence =
                "The supervisor has claimed the workload but does not say whether the program was started.";
            return Ok(Outcome::failed(OUTCOME_UNKNOWN, sentence));
        }
        let sentence = "The supervisor did not start; its own log in the workload's folder may say why.";
        dir.write_exit(&Exit {
            code: None,
            signal: None,
            at_us: host.now_us(),
            sentence: Some(sentence.to_owned()),
        })?;
        Ok(Outcome::failed(START_FAILED, sentence))
    }
}

/// Why nothing was started.
enum Refusal {
    Outcome(Outcome),
    Broken(RuntimeError),
}

impl From<Outcome> for Refusal {
    fn from(outcome: Outcome) -> Self {
        Self::Outcome(outcome)
    }
}

impl From<RuntimeError> for Refusal {
    fn from(error: RuntimeError) -> Self {
        Self::Broken(error)
    }
}

impl From<DataError> for Refusal {
    fn from(error: DataError) -> Self {
        Self::Broken(error.into())
    }
}
