//! Carrying out commands: one at a time, each written down before and after.
//!
//! One file per command. Each looks before it acts, because after a crash it may be carried out a second time.

mod probe;
mod refresh_inventory;
mod remove_workload;
mod start_workload;
mod stop_workload;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use node_protocol::command::{DEADLINE_PASSED, JOURNAL_FAILED, OUTCOME_UNKNOWN};
use node_protocol::{Command, CommandBody, CommandResult, Outcome, ToServer};
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::beat::Beat;
use crate::journal::{Journal, JournalError, Verdict};
use crate::ledger::Ledger;
use crate::link::Link;
use crate::runtime::{Runtime, RuntimeError};
use crate::words;

/// How often a command looks for the effect it is waiting for.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Carries out commands on a thread of its own.
pub(crate) struct Executor {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) beat: Arc<Beat>,
    pub(crate) link: Arc<Link>,
    pub(crate) journal: Journal,
    pub(crate) slots: u32,
    /// Commands with an effect since this agent started; faults count them.
    pub(crate) count: u32,
}

impl Executor {
    /// Finishes what a crash interrupted, then takes commands until nobody sends any more. Blocks its thread.
    pub(crate) fn run(mut self, mut commands: UnboundedReceiver<Command>) {
        self.take_up();
        while let Some(command) = commands.blocking_recv() {
            self.take(&command);
        }
    }

    /// Finishes what a crash interrupted.
    pub(crate) fn take_up(&mut self) {
        for command in self.journal.unfinished() {
            tracing::info!(command.id = %command.id, "taking up command {} where a crash interrupted it", command.id);
            self.take(&command);
        }
        // Only now: a removal that was interrupted is told by its folder.
        self.runtime.delete_leftovers();
    }

    /// Decides about one command and answers it.
    pub(crate) fn take(&mut self, command: &Command) {
        let now_us = self.runtime.host.now_us();
        let verdict = if self.runtime.faults.no_fencing {
            self.journal.admit_anything(command, now_us)
        } else {
            self.journal.admit(command, now_us)
        };
        let outcome = match verdict {
            Ok(Verdict::Answer(outcome)) => outcome,
            Ok(Verdict::Perform) => {
                self.link.tell(ToServer::CommandAccepted { id: command.id.clone() });
                self.perform_and_finish(command)
            }
            Err(error) => journal_failed(command, &error),
        };
        let (command_id, fencing_token) = (command.id.clone(), command.fencing_token);
        self.link.tell(ToServer::CommandResult(CommandResult { command_id, fencing_token, outcome }));
        self.link.heartbeat_due();
    }

    fn perform_and_finish(&mut self, command: &Command) -> Outcome {
        let has_effect = !matches!(command.body, CommandBody::Probe | CommandBody::RefreshInventory);
        self.count += u32::from(has_effect);
        if has_effect {
            self.runtime.faults.before_effect(self.count);
        }
        let outcome = self.perform(command);
        if has_effect {
            self.runtime.faults.after_effect(self.count);
        }
        match self.journal.finish(&command.id, outcome.clone(), self.runtime.host.now_us()) {
            Ok(()) => outcome,
            Err(error) => journal_failed(command, &error),
        }
    }

    fn perform(&mut self, command: &Command) -> Outcome {
        let lies = self.runtime.faults.ack_without_effect;
        match &command.body {
            CommandBody::Probe => self.probe(),
            CommandBody::RefreshInventory => self.refresh_inventory(),
            CommandBody::StartWorkload(_) | CommandBody::StopWorkload { .. } if lies => {
                Outcome::Done { detail: json!({}) }
            }
            CommandBody::StartWorkload(spec) => self.start_workload(command, spec),
            CommandBody::StopWorkload { workload_id, run, signal } => {
                self.stop_workload(command, (workload_id, *run), *signal)
            }
            CommandBody::RemoveWorkload { workload_id, run } => {
                self.remove_workload(command, workload_id, *run)
            }
        }
    }

    /// An order that comes too late is not begun: its operation has given up, and nobody would look after the effect.
    fn check_deadline(&self, command: &Command) -> Result<(), Outcome> {
        let late_us = self.link.server_time_us(self.runtime.host.now_us()) - command.deadline_us;
        if late_us <= 0 {
            return Ok(());
        }
        let sentence =
            format!("The command's deadline passed {} ago; it was not begun.", words::span(late_us));
        Err(Outcome::refused(DEADLINE_PASSED, sentence))
    }

    fn ledger(&self) -> Ledger {
        Ledger::at(&self.runtime.data.ledger())
    }
}

/// Looks again and again until there is an answer or the time is over.
fn wait_for<T, E>(
    patience: Duration,
    mut look: impl FnMut() -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    let until = Instant::now() + patience;
    loop {
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Something went wrong on the disk or with a process in the middle of a command.
fn unknown(error: &RuntimeError) -> Outcome {
    let sentence = format!("The agent could not finish the command: {}.", words::chain(error));
    tracing::error!("{sentence}");
    Outcome::failed(OUTCOME_UNKNOWN, sentence)
}

fn journal_failed(command: &Command, error: &JournalError) -> Outcome {
    let sentence = format!("The agent cannot write its journal: {}.", words::chain(error));
    tracing::error!(command.id = %command.id, "{sentence}");
    Outcome::failed(JOURNAL_FAILED, sentence)
}
