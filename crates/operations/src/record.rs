//! An operation as it is stored. Everything in it is plain data, so that any worker can go on with it.

use crate::{Approval, Clearing, Danger, HoldKind, Leftover, Micros, Repeat, Retry, Undo};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// An operation that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationRecord {
    /// Its id.
    pub id: String,
    /// `node.drain`.
    pub operation: String,
    /// The version of the declaration it was planned with.
    pub version: u32,
    /// What it is carried out on.
    pub target: String,
    /// Where it stands.
    pub state: OperationState,
    /// Forward, or back.
    pub direction: Direction,
    /// Its steps, in order.
    pub steps: Vec<StepRecord>,
    /// Somebody asked to cancel it.
    pub cancel: Option<Cancel>,
    /// A person has to decide.
    pub attention: Option<Attention>,
    /// What it waits for.
    pub waiting: Option<Waiting>,
    /// How it ended.
    pub outcome: Option<String>,
    /// Nothing is carried out before: the time in which it can be undone with nothing done.
    #[serde(default)]
    pub begins_at: Option<Micros>,
    /// A second person has to approve it, or did.
    #[serde(default)]
    pub approval: Option<Approval>,
    /// What is left over.
    pub debris: Vec<Leftover>,
    /// When its locks were taken.
    pub started_at: Option<Micros>,
    /// When it ended.
    pub finished_at: Option<Micros>,
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// Made, not asked for.
    Planned,
    /// Accepted, waits for its locks.
    Queued,
    /// Its steps are carried out.
    Running,
    /// Every step was observed.
    Succeeded,
    /// It did not work and what could be undone is undone.
    Failed,
    /// An undo did not work: something is left over.
    Stuck,
    /// Somebody cancelled it and what could be undone is undone.
    Cancelled,
}

impl OperationState {
    /// Whether nothing more will happen by itself.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Planned | Self::Queued | Self::Running => false,
            Self::Succeeded | Self::Failed | Self::Stuck | Self::Cancelled => true,
        }
    }
}

/// Which way an operation goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum Direction {
    /// Its steps are done.
    Forward,
    /// Its steps are undone, last first.
    Back {
        /// How it will end when all is undone.
        ending: Ending,
        /// Why it turned back.
        because: String,
    },
}

/// How an operation ends that turned back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It did not work.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

/// A step of an operation that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, stored as it is; no two make one state"
)]
pub struct StepRecord {
    /// Stable within its operation, also when steps are put in front of it.
    pub key: u32,
    /// The step itself.
    pub payload: Value,
    /// What it does.
    pub title: String,
    /// How its success is seen.
    pub observed_by: Option<String>,
    /// How it is undone.
    pub undo: Undo,
    /// What clears what it leaves when it cannot be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clearing: Option<Clearing>,
    /// How safe repeating is.
    pub repeat: Repeat,
    /// By when its result should be seen, from its beginning.
    pub deadline: Duration,
    /// How often it is tried.
    pub retry: Retry,
    /// What happens when the deadline passes.
    pub at_deadline: StoredAtDeadline,
    /// What can be chosen when the step asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<StoredChoice>,
    /// What a person may choose while the operation is at it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<StoredChoice>,
    /// Where it stands.
    pub state: StepState,
    /// Tries so far.
    pub attempts: u32,
    /// When the current try began, forward or back.
    pub begun_at: Option<Micros>,
    /// By when the current try should be seen.
    pub deadline_at: Option<Micros>,
    /// When the other side said yes to the current try.
    pub acknowledged_at: Option<Micros>,
    /// When its result was seen.
    pub observed_at: Option<Micros>,
    /// When it ended.
    pub finished_at: Option<Micros>,
    /// Not before this is it tried or looked at again.
    pub not_before: Option<Micros>,
    /// What was seen or heard last.
    pub last_observation: Option<String>,
    /// Whether somebody is carrying it out: set before, cleared with the result. Left set, it tells of a crash.
    pub in_flight: bool,
    /// Whether it may have changed something.
    pub may_have_acted: bool,
    /// Whether a try before the current one may have. What the current one surely did not do falls back to this.
    #[serde(default)]
    pub acted_before: bool,
    /// Whether going back is done with it.
    pub settled_back: bool,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Pending,
    /// Begun.
    Running,
    /// Its result was seen.
    Observed,
    /// It did not work.
    Failed,
    /// Begun, and nobody knows yet how it ended.
    Unknown,
    /// Being taken back.
    Undoing,
    /// Taken back, and seen to be.
    Undone,
    /// Could not be taken back.
    UndoFailed,
    /// Not needed, or left as it is.
    Skipped,
}

/// What happens when a step's deadline passes, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "then", rename_all = "snake_case")]
pub enum StoredAtDeadline {
    /// It has failed.
    Fail,
    /// A person chooses.
    Ask {
        /// What is the matter.
        sentence: String,
        /// What can be chosen.
        choices: Vec<StoredChoice>,
    },
    /// It is left as it is.
    GoOn,
}

/// Something a person can choose, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredChoice {
    /// Stable word.
    pub id: String,
    /// The button.
    pub title: String,
    /// What it will do.
    pub what: String,
    /// What it can cost.
    pub danger: Danger,
    /// What it does.
    pub effect: StoredEffect,
}

/// What a choice does, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "does", rename_all = "snake_case")]
pub enum StoredEffect {
    /// Looks on for another while.
    Wait {
        /// How long.
        duration: Duration,
    },
    /// Tries the step again.
    Retry,
    /// Undoes what was done.
    Undo,
    /// Begins what was planned.
    Approve,
    /// Ends it with nothing done.
    Decline,
    /// Does this first.
    First {
        /// The step that is put in front.
        step: Box<StepRecord>,
    },
    /// The step is over, and the next one begins.
    GoOn,
}

/// Somebody asked to cancel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Micros,
}

/// A person has to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// What is the matter.
    pub sentence: String,
    /// Since when.
    pub since: Micros,
    /// What can be chosen.
    pub choices: Vec<StoredChoice>,
}

/// What an operation waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// For what, in words.
    pub on: String,
    /// The operation it waits for.
    pub operation: Option<String>,
    /// Since when.
    pub since: Micros,
    /// When it looks again; none when it is woken.
    pub next_check: Option<Micros>,
    /// What kind of hold it is, when it is one.
    #[serde(default)]
    pub hold: Option<HoldKind>,
}
