//! The lines of the journal, and reading them back.

use std::path::Path;

use node_protocol::{
    Command, CommandBody, CommandId, OperationId, Outcome, StopSignal, WorkloadId, first_run,
};
use serde::{Deserialize, Serialize};

use super::JournalError;

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(super) enum Entry {
    /// A command will be performed.
    Accepted { at_us: i64, command: Box<Command> },
    /// A command has its result.
    Done { at_us: i64, id: CommandId, outcome: Outcome },
    /// A newer worker was seen.
    Fence { operation_id: OperationId, step: u32, token: u64 },
    /// A workload is gone, and this run and those before it never come back.
    Removed {
        at_us: i64,
        workload_id: WorkloadId,
        #[serde(default = "first_run")]
        run: u32,
    },
}

impl Entry {
    pub(super) fn to_line(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

/// What is ordered, whatever the command's id: two commands with the same order want one effect.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Order {
    operation: OperationId,
    step: u32,
    effect: OrderedEffect,
}

/// The effect a command asks for. Looking has none, so each look has its own id in its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum OrderedEffect {
    Look(CommandId),
    Start(WorkloadId, u32),
    Term(WorkloadId, u32),
    Kill(WorkloadId, u32),
    Remove(WorkloadId, u32),
}

impl Order {
    pub(super) fn of(command: &Command) -> Self {
        let effect = match &command.body {
            CommandBody::Probe | CommandBody::RefreshInventory => OrderedEffect::Look(command.id.clone()),
            CommandBody::StartWorkload(spec) => OrderedEffect::Start(spec.workload_id.clone(), spec.run),
            CommandBody::StopWorkload { workload_id, run, signal: StopSignal::Term } => {
                OrderedEffect::Term(workload_id.clone(), *run)
            }
            CommandBody::StopWorkload { workload_id, run, signal: StopSignal::Kill } => {
                OrderedEffect::Kill(workload_id.clone(), *run)
            }
            CommandBody::RemoveWorkload { workload_id, run } => {
                OrderedEffect::Remove(workload_id.clone(), *run)
            }
        };
        Self { operation: command.operation_id.clone(), step: command.step, effect }
    }
}

/// All whole lines, and how many bytes they have. Only the last line may be cut off.
pub(super) fn read_all(path: &Path, text: &[u8]) -> Result<(Vec<Entry>, u64), JournalError> {
    let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let mut entries = Vec::new();
    for (index, line) in text[..whole].split(|&byte| byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let entry = serde_json::from_slice(line).map_err(|source| JournalError::Damaged {
            path: path.to_owned(),
            line: index + 1,
            source,
        })?;
        entries.push(entry);
    }
    Ok((entries, u64::try_from(whole).unwrap_or(u64::MAX)))
}
