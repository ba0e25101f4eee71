//! Commands: a fixed list with typed arguments, each with an id, a fencing token and a deadline.
//!
//! The agent writes a command down before it acts and answers the same id with the same result. A command
//! whose fencing token is older than one it has seen for the same step is refused with [`FENCED`].

use serde::{Deserialize, Serialize};

use crate::ids::{CommandId, OperationId, WorkloadId};
use crate::workload::{WorkloadSpec, first_run};

/// Code of a refusal: a newer worker has taken this step over.
pub const FENCED: &str = "fenced";
/// Code of a refusal: the command arrived after its deadline.
pub const DEADLINE_PASSED: &str = "deadline_passed";
/// Code of a refusal: another workload holds the slot.
pub const SLOT_TAKEN: &str = "slot_taken";
/// Code of a refusal: the node has no such slot.
pub const NO_SUCH_SLOT: &str = "no_such_slot";
/// Code of a refusal: something on the node already listens on the workload's port.
pub const PORT_TAKEN: &str = "port_taken";
/// Code of a refusal: the workload cannot be started as ordered.
pub const BAD_SPEC: &str = "bad_spec";
/// Code of a refusal: the workload was removed from this node and cannot come back.
pub const WORKLOAD_REMOVED: &str = "workload_removed";
/// Code of a refusal: a later run of the workload was ordered already.
pub const OLDER_RUN: &str = "older_run";
/// Code of a refusal: a workload that still runs is neither removed nor started again.
pub const STILL_RUNNING: &str = "still_running";
/// Code of a refusal: nothing would keep the workload from the agent's own files.
pub const NOT_CONFINED: &str = "not_confined";
/// Code of a failure: the program could not be started.
pub const START_FAILED: &str = "start_failed";
/// Code of a failure: nobody can say what became of the effect. Look before repeating.
pub const OUTCOME_UNKNOWN: &str = "outcome_unknown";
/// Code of a failure: the agent cannot write to its disk, so it does not act.
pub const JOURNAL_FAILED: &str = "journal_failed";

/// One command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Its id. The same id gets the same result, without a second effect.
    pub id: CommandId,
    /// The worker's token. It only grows for each step of an operation.
    pub fencing_token: u64,
    /// The operation it belongs to.
    pub operation_id: OperationId,
    /// The step of that operation.
    pub step: u32,
    /// After this, by the server's clock, it is not begun any more.
    pub deadline_us: i64,
    /// What to do.
    pub body: CommandBody,
}

/// What an agent can be told to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CommandBody {
    /// Look at what the node holds and uses now, and answer with a heartbeat as the detail. What the machine is made of is
    /// said as it was last found out.
    Probe,
    /// Forget what is known of the machine, find out anew what it is made of, and answer with that inventory as the detail.
    /// The next heartbeat carries it.
    RefreshInventory,
    /// Start a workload. Done means that its supervisor started it, not that it is ready.
    StartWorkload(WorkloadSpec),
    /// Send a signal once. Whether the program ends is seen in the reports, not answered here.
    StopWorkload {
        /// The workload.
        workload_id: WorkloadId,
        /// Which run of it; another one is left alone.
        #[serde(default = "first_run")]
        run: u32,
        /// Which signal.
        signal: StopSignal,
    },
    /// Forget a workload that has exited: frees its slot, deletes its files, keeps only the journal.
    RemoveWorkload {
        /// The workload.
        workload_id: WorkloadId,
        /// The last run that is gone with it; a later one is left alone.
        #[serde(default = "first_run")]
        run: u32,
    },
}

/// How to ask a workload to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopSignal {
    /// SIGTERM to the program: it may finish its work, or ignore it.
    Term,
    /// SIGKILL to everything in the workload.
    Kill,
}

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandResult {
    /// Which command.
    pub command_id: CommandId,
    /// The token the command was delivered with.
    pub fencing_token: u64,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a command. `Done` is an acknowledgement; that the effect is there has to be observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done {
        /// What the agent has to say about it.
        detail: serde_json::Value,
    },
    /// It was not begun; nothing changed.
    Refused {
        /// What programs compare.
        code: String,
        /// What a person reads.
        sentence: String,
    },
    /// It was begun and did not succeed.
    Failed {
        /// What programs compare.
        code: String,
        /// What a person reads.
        sentence: String,
    },
}

impl Outcome {
    /// A refusal.
    pub fn refused(code: &str, sentence: impl Into<String>) -> Self {
        Self::Refused { code: code.to_owned(), sentence: sentence.into() }
    }

    /// A failure.
    pub fn failed(code: &str, sentence: impl Into<String>) -> Self {
        Self::Failed { code: code.to_owned(), sentence: sentence.into() }
    }
}
