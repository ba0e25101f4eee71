//! The ledger of effects: one line for every thing that really happened to a workload, written by whoever did it.
//!
//! The journal says what was ordered and answered; this says what was done. Tests count its lines to show
//! that no order has two effects.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use node_protocol::{CommandId, StopSignal, WorkloadId, first_run};
use serde::{Deserialize, Serialize};

/// The file the lines go to.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    path: PathBuf,
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EffectLine {
    pub(crate) effect: Effect,
    pub(crate) workload: WorkloadId,
    /// Which run of it; not written for the first.
    #[serde(default = "first_run", skip_serializing_if = "is_first")]
    pub(crate) run: u32,
    pub(crate) command: CommandId,
    pub(crate) at_us: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_first(run: &u32) -> bool {
    *run == first_run()
}

/// The kinds of effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Effect {
    /// A workload's program was started.
    Spawn,
    /// SIGTERM was sent.
    SignalTerm,
    /// SIGKILL was sent.
    SignalKill,
    /// A workload was removed.
    Remove,
}

impl From<StopSignal> for Effect {
    fn from(signal: StopSignal) -> Self {
        match signal {
            StopSignal::Term => Self::SignalTerm,
            StopSignal::Kill => Self::SignalKill,
        }
    }
}

impl Ledger {
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Adds one line, durable. Lines of several writers do not mix: each is one write to a file opened for appending.
    pub(crate) fn record(&self, line: &EffectLine) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
        file.write_all(&text)?;
        file.sync_data()
    }

    /// Whether this was done to this run of the workload before.
    pub(crate) fn has(&self, effect: Effect, workload: &WorkloadId, run: u32) -> io::Result<bool> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        let lines = text.lines().filter_map(|line| serde_json::from_str::<EffectLine>(line).ok());
        Ok(lines
            .into_iter()
            .any(|line| line.effect == effect && line.workload == *workload && line.run == run))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_was_done_to_what_by_which_command() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::at(&dir.path().join("effects.jsonl"));
        let workload: WorkloadId = "wl_1".parse().unwrap();
        let line = EffectLine {
            effect: Effect::SignalTerm,
            workload: workload.clone(),
            run: 1,
            command: "cmd_1".parse().unwrap(),
            at_us: 5,
        };
        assert!(!ledger.has(Effect::SignalTerm, &workload, 1).unwrap());
        ledger.record(&line).unwrap();
        assert!(ledger.has(Effect::SignalTerm, &workload, 1).unwrap());
        assert!(!ledger.has(Effect::SignalTerm, &workload, 2).unwrap());
        assert!(!ledger.has(Effect::Remove, &workload, 1).unwrap());
        let text = fs::read_to_string(&ledger.path).unwrap();
        assert_eq!(
            text,
            "{\"effect\":\"signal-term\",\"workload\":\"wl_1\",\"command\":\"cmd_1\",\"at_us\":5}\n"
        );
    }
}
