//! The journal of commands: written before acting, finished after. It makes commands idempotent and fenced.
//!
//! - The same command id gets the same result, without a second effect.
//! - The same order under another id (same operation, step and body: a worker that took the step over sends it again)
//!   gets the first one's result once that is done. Refused and failed orders may be tried again.
//! - For each step of an operation the highest fencing token is remembered; an older one is refused.
//! - What was accepted and not finished when the agent died is found at the next start. Whoever performs it then looks
//!   first: every effect leaves a trace of its own (a supervisor's claim, its answer, a moved folder).
//!
//! Every line is on the disk before the function returns. A last line that was cut off by a crash was never acted
//! upon and is dropped; damage anywhere else stops the agent, because it could act twice.

mod entry;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use node_protocol::command::FENCED;
use node_protocol::{Command, CommandId, OperationId, Outcome, WorkloadId};

use crate::data;
use entry::{Entry, Order};

/// Past this size the journal is written anew at start.
const COMPACT_ABOVE_BYTES: u64 = 4 * 1024 * 1024;
/// Results are kept for a week…
const KEEP_US: i64 = 7 * 24 * 3600 * 1_000_000;
/// …and the newest are kept whatever their age.
const KEEP_NEWEST: usize = 1000;

/// The journal as it was read. Its file is open only while a line is written: one process may simulate ten thousand
/// nodes, and a line that waits for the disk does not notice the open.
pub(crate) struct Journal {
    path: PathBuf,
    entries: Vec<Entry>,
    known: HashMap<CommandId, Known>,
    orders: HashMap<Order, CommandId>,
    fences: HashMap<(OperationId, u32), u64>,
    /// The last run of each workload that is gone.
    removed: HashMap<WorkloadId, u32>,
}

/// A command the journal has seen.
struct Known {
    command: Command,
    outcome: Option<Outcome>,
}

/// What to do with a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is written down now: perform it, then [`Journal::finish`] it.
    Perform,
    /// It has its answer already.
    Answer(Outcome),
}

/// Why the journal cannot be used. The agent does not act then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    /// The disk: repeat when it is mended.
    #[error("cannot read or write the journal {path}")]
    Disk { path: PathBuf, source: io::Error },
    /// A person has to look: what was done cannot be told from this file.
    #[error(
        "the journal {path} is damaged in line {line}; move it away only when no operation is under way on this node"
    )]
    Damaged { path: PathBuf, line: usize, source: serde_json::Error },
}

impl Journal {
    /// Reads the journal, and makes it smaller when it has grown.
    pub(crate) fn open(path: &Path, now_us: i64) -> Result<Self, JournalError> {
        Self::open_compacting(path, now_us, COMPACT_ABOVE_BYTES)
    }

    fn open_compacting(path: &Path, now_us: i64, above_bytes: u64) -> Result<Self, JournalError> {
        let disk = |source| JournalError::Disk { path: path.to_owned(), source };
        let is_new = !path.exists();
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(disk)?;
        if is_new {
            data::sync_parent(path).map_err(disk)?;
        }
        let text = fs::read(path).map_err(disk)?;
        let (entries, good_bytes) = entry::read_all(path, &text)?;
        file.set_len(good_bytes).map_err(disk)?;
        let mut journal = Self {
            path: path.to_owned(),
            entries: Vec::new(),
            known: HashMap::new(),
            orders: HashMap::new(),
            fences: HashMap::new(),
            removed: HashMap::new(),
        };
        for entry in entries {
            journal.remember(entry);
        }
        if good_bytes > above_bytes {
            journal.compact(now_us)?;
        }
        Ok(journal)
    }

    /// Decides about a command that has arrived, and writes it down when it is to be performed.
    pub(crate) fn admit(&mut self, command: &Command, now_us: i64) -> Result<Verdict, JournalError> {
        if let Some(known) = self.known.get(&command.id) {
            let Some(outcome) = known.outcome.clone() else { return Ok(Verdict::Perform) };
            self.raise_fence(command)?;
            return Ok(Verdict::Answer(outcome));
        }
        if let Some(newest) = self.fence(command).filter(|&newest| command.fencing_token < newest) {
            let sentence = format!(
                "A newer worker has taken this step over (token {newest}, this command has {}).",
                command.fencing_token
            );
            return Ok(Verdict::Answer(Outcome::refused(FENCED, sentence)));
        }
        let earlier = self.orders.get(&Order::of(command)).and_then(|id| self.known.get(id)?.outcome.clone());
        self.write(Entry::Accepted { at_us: now_us, command: Box::new(command.clone()) })?;
        let Some(outcome) = earlier else { return Ok(Verdict::Perform) };
        self.finish(&command.id, outcome.clone(), now_us)?;
        Ok(Verdict::Answer(outcome))
    }

    /// Only for the fault that shows what the journal prevents: everything is performed, whatever was seen before.
    pub(crate) fn admit_anything(&mut self, command: &Command, now_us: i64) -> Result<Verdict, JournalError> {
        self.write(Entry::Accepted { at_us: now_us, command: Box::new(command.clone()) })?;
        Ok(Verdict::Perform)
    }

    /// Writes down what came of a command.
    pub(crate) fn finish(
        &mut self,
        id: &CommandId,
        outcome: Outcome,
        now_us: i64,
    ) -> Result<(), JournalError> {
        self.write(Entry::Done { at_us: now_us, id: id.clone(), outcome })
    }

    /// What was accepted before a crash and has no result yet, in the order it came.
    pub(crate) fn unfinished(&self) -> Vec<Command> {
        let accepted = self.entries.iter().filter_map(|entry| match entry {
            Entry::Accepted { command, .. } => self.known.get(&command.id),
            Entry::Done { .. } | Entry::Fence { .. } | Entry::Removed { .. } => None,
        });
        accepted.filter(|known| known.outcome.is_none()).map(|known| known.command.clone()).collect()
    }

    /// Writes down that a run of a workload is gone, so that a late order cannot bring it or an earlier one back.
    pub(crate) fn note_removed(
        &mut self,
        workload: &WorkloadId,
        run: u32,
        now_us: i64,
    ) -> Result<(), JournalError> {
        if self.was_removed(workload, run) {
            return Ok(());
        }
        self.write(Entry::Removed { at_us: now_us, workload_id: workload.clone(), run })
    }

    /// Whether a run of a workload, or a later one, was removed from this node.
    pub(crate) fn was_removed(&self, workload: &WorkloadId, run: u32) -> bool {
        self.removed.get(workload).is_some_and(|&last| run <= last)
    }

    fn fence(&self, command: &Command) -> Option<u64> {
        self.fences.get(&(command.operation_id.clone(), command.step)).copied()
    }

    /// The same command under a newer token: whoever holds an older one is out from now on.
    fn raise_fence(&mut self, command: &Command) -> Result<(), JournalError> {
        if self.fence(command).is_some_and(|newest| newest >= command.fencing_token) {
            return Ok(());
        }
        let (operation_id, step, token) = (command.operation_id.clone(), command.step, command.fencing_token);
        self.write(Entry::Fence { operation_id, step, token })
    }

    fn write(&mut self, entry: Entry) -> Result<(), JournalError> {
        let disk = |source| JournalError::Disk { path: self.path.clone(), source };
        let line = entry.to_line().map_err(|source| disk(source.into()))?;
        let mut file = OpenOptions::new().append(true).open(&self.path).map_err(disk)?;
        file.write_all(&line).and_then(|()| file.sync_data()).map_err(disk)?;
        self.remember(entry);
        Ok(())
    }

    fn remember(&mut self, entry: Entry) {
        match &entry {
            Entry::Accepted { command, .. } => {
                self.remember_fence(command.operation_id.clone(), command.step, command.fencing_token);
                self.known
                    .insert(command.id.clone(), Known { command: command.as_ref().clone(), outcome: None });
            }
            Entry::Done { id, outcome, .. } => {
                if let Some(known) = self.known.get_mut(id) {
                    known.outcome = Some(outcome.clone());
                    if matches!(outcome, Outcome::Done { .. }) {
                        self.orders.insert(Order::of(&known.command), id.clone());
                    }
                }
            }
            Entry::Fence { operation_id, step, token } => {
                self.remember_fence(operation_id.clone(), *step, *token);
            }
            Entry::Removed { workload_id, run, .. } => {
                let last = self.removed.entry(workload_id.clone()).or_insert(*run);
                *last = (*last).max(*run);
            }
        }
        self.entries.push(entry);
    }

    fn remember_fence(&mut self, operation: OperationId, step: u32, token: u64) {
        let fence = self.fences.entry((operation, step)).or_default();
        *fence = (*fence).max(token);
    }

    /// Keeps what is unfinished, what is young, the newest thousand, and every removal of these; the fences go with the
    /// commands that raised them, because an operation of last week has no worker any more.
    fn compact(&mut self, now_us: i64) -> Result<(), JournalError> {
        let disk = |source| JournalError::Disk { path: self.path.clone(), source };
        let unfinished: HashSet<CommandId> =
            self.unfinished().into_iter().map(|command| command.id).collect();
        let newest_from = self.entries.len().saturating_sub(KEEP_NEWEST);
        let keeps = |index: usize, at_us: i64| index >= newest_from || now_us - at_us < KEEP_US;
        let kept_ids: HashSet<CommandId> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| match entry {
                Entry::Accepted { at_us, command } if keeps(index, *at_us) => Some(command.id.clone()),
                Entry::Done { at_us, id, .. } if keeps(index, *at_us) => Some(id.clone()),
                Entry::Accepted { .. } | Entry::Done { .. } | Entry::Fence { .. } | Entry::Removed { .. } => {
                    None
                }
            })
            .chain(unfinished)
            .collect();
        let kept = self.entries.iter().enumerate().filter(|(index, entry)| match entry {
            Entry::Accepted { command, .. } => kept_ids.contains(&command.id),
            Entry::Done { id, .. } => kept_ids.contains(id),
            Entry::Fence { .. } => *index >= newest_from,
            Entry::Removed { at_us, .. } => keeps(*index, *at_us),
        });
        let mut bytes = Vec::new();
        for (_, entry) in kept {
            bytes.extend(entry.to_line().map_err(|source| disk(source.into()))?);
        }
        data::write_atomically(&self.path, &bytes).map_err(disk)?;
        *self = Self::open_compacting(&self.path, now_us, u64::MAX)?;
        Ok(())
    }
}
