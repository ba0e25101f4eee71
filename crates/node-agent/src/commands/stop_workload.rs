//! `stop_workload`: have the supervisor send one signal. Whether the program ends is for the reports to say.

use std::time::Duration;

use node_protocol::command::OUTCOME_UNKNOWN;
use node_protocol::{Command, Outcome, StopSignal, WorkloadId, WorkloadState};
use serde_json::json;

use super::{Executor, unknown, wait_for};
use crate::runtime::RuntimeError;
use crate::runtime::workload_dir::SignalRequest;

/// How long a supervisor may take to send a signal.
const PATIENCE: Duration = Duration::from_secs(10);

impl Executor {
    pub(super) fn stop_workload(
        &self,
        command: &Command,
        (id, run): (&WorkloadId, u32),
        signal: StopSignal,
    ) -> Outcome {
        self.try_stop(command, (id, run), signal).unwrap_or_else(|error| unknown(&error))
    }

    fn try_stop(
        &self,
        command: &Command,
        (id, run): (&WorkloadId, u32),
        signal: StopSignal,
    ) -> Result<Outcome, RuntimeError> {
        let dir = self.runtime.dir(id);
        let Some(report) = self.runtime.report(id)? else { return Ok(already("absent")) };
        if report.run != run {
            // A later run is not meant, and this one is over or never came here.
            return Ok(already(if report.run > run { "exited" } else { "absent" }));
        }
        let name = if self.runtime.faults.observes() {
            command.id.to_string()
        } else {
            format!("{}-{}", command.id, self.runtime.host.now_us())
        };
        if dir.answer(&name)?.is_none() {
            if report.state == WorkloadState::Exited {
                return Ok(already("exited"));
            }
            if let Err(refusal) = self.check_deadline(command) {
                return Ok(refusal);
            }
            dir.ask(&name, &SignalRequest { command_id: command.id.clone(), signal })?;
        }
        let answered = wait_for(PATIENCE, || {
            // The answer is written before the exit, so it is looked for last.
            let has_exited =
                self.runtime.report(id)?.is_none_or(|report| report.state == WorkloadState::Exited);
            let answer = dir.answer(&name)?;
            let sent = answer.map(|answer| Outcome::Done {
                detail: json!({ "sent_to": answer.sent_to, "at_us": answer.at_us }),
            });
            Ok::<_, RuntimeError>(sent.or_else(|| has_exited.then(|| already("exited"))))
        })?;
        let sentence = "The workload's supervisor does not answer; the signal may still be sent.";
        Ok(answered.unwrap_or_else(|| Outcome::failed(OUTCOME_UNKNOWN, sentence)))
    }
}

/// There is nothing left to signal.
fn already(state: &str) -> Outcome {
    Outcome::Done { detail: json!({ "already": state }) }
}
