//! `remove_workload`: forget a workload that has ended. Its slot is free at once, its files go, the journal remembers.
//!
//! The folder is moved aside in one step; that is the effect. Then the ledger gets its line, then the files are deleted
//! on another thread; nobody waits for them, because the slot is free already.
//! After a crash in between, the moved folder shows how far it had come.

use node_protocol::command::STILL_RUNNING;
use node_protocol::{Command, Outcome, WorkloadId, WorkloadState};
use serde_json::json;

use super::{Executor, journal_failed, unknown};
use crate::ledger::{Effect, EffectLine};
use crate::runtime::RuntimeError;

impl Executor {
    pub(super) fn remove_workload(&mut self, command: &Command, id: &WorkloadId, run: u32) -> Outcome {
        match self.runtime.report(id) {
            // It was started again meanwhile: what was to be removed is a part of its past.
            Ok(Some(report)) if report.run > run => {
                return Outcome::Done { detail: json!({ "already": "in a later run" }) };
            }
            Ok(Some(report)) if report.state != WorkloadState::Exited => {
                return Outcome::refused(
                    STILL_RUNNING,
                    format!("The workload {id} still runs; stop it first."),
                );
            }
            Ok(_) => {}
            Err(error) => return unknown(&error.into()),
        }
        // From here on no late order can bring it back.
        if let Err(error) = self.journal.note_removed(id, run, self.runtime.host.now_us()) {
            return journal_failed(command, &error);
        }
        self.forget(command, id, run).unwrap_or_else(|error| unknown(&error))
    }

    fn forget(&self, command: &Command, id: &WorkloadId, run: u32) -> Result<Outcome, RuntimeError> {
        self.runtime.set_aside(id, run)?;
        if !self.runtime.data.removed_workload(id, run).exists() {
            return Ok(Outcome::Done { detail: json!({ "already": "absent" }) });
        }
        let ledger = self.ledger();
        let is_recorded = ledger.has(Effect::Remove, id, run).map_err(RuntimeError::Folder)?;
        if !is_recorded {
            let (workload, command, at_us) = (id.clone(), command.id.clone(), self.runtime.host.now_us());
            let line = EffectLine { effect: Effect::Remove, workload, run, command, at_us };
            ledger.record(&line).map_err(RuntimeError::Folder)?;
        }
        self.runtime.delete_aside(id, run);
        Ok(Outcome::Done { detail: json!({ "removed": true }) })
    }
}
