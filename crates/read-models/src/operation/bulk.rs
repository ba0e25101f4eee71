//! A bulk: one operation on many targets. Before it starts, who is included and who is not; afterwards, what became of each.

use super::{FormField, OperationState, Target, TargetKind};
use crate::{ids::OperationId, navigation::Address};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a bulk will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BulkPlan {
    /// The operation each of them gets: `node.drain`.
    pub operation: String,
    /// Verb and noun.
    pub title: String,
    /// What its targets are.
    pub target_kind: TargetKind,
    /// Who is included, in the order in which they come.
    pub included: Vec<BulkIncluded>,
    /// Who is left out, and why.
    pub left_out: Vec<BulkLeftOut>,
    /// So many come first and have to succeed before the rest begins.
    pub canary: u32,
    /// So many run at one time.
    pub parallelism: u32,
    /// When so many did not succeed, no further one starts.
    pub stop_after_failures: u32,
    /// What each of them is asked with.
    pub fields: Vec<FormField>,
}

/// A target that is included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BulkIncluded {
    /// Which.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// Its page.
    pub address: Address,
    /// Whether it comes first.
    pub is_canary: bool,
    /// The hash of its own plan.
    pub plan_hash: String,
    /// Who and what will notice.
    pub noticed_by: Vec<String>,
}

/// A target that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BulkLeftOut {
    /// Which.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// Its page.
    pub address: Address,
    /// What is in the way.
    pub why: String,
    /// The operation or page that would unblock it.
    pub unblocked_by: Option<String>,
}

/// A bulk that was asked for: how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BulkView {
    /// The operation each of them gets: `node.drain`.
    pub operation: String,
    /// Verb and noun.
    pub title: String,
    /// What its targets are.
    pub target_kind: TargetKind,
    /// So many came first.
    pub canary: u32,
    /// So many run at one time.
    pub parallelism: u32,
    /// When so many did not succeed, no further one starts.
    pub stop_after_failures: u32,
    /// How many are included.
    pub of: u32,
    /// How many of them are over, however they ended, or were not started in their turn.
    pub over: u32,
    /// How many run.
    pub running: u32,
    /// How many succeeded.
    pub succeeded: u32,
    /// How many failed.
    pub failed: u32,
    /// How many were not started.
    pub not_started: u32,
    /// Whether a person has paused it.
    pub paused: bool,
    /// Whether a person has ended it.
    pub ended: bool,
    /// The ids of those that did not succeed: a new bulk can be made of them.
    pub unsuccessful: Vec<String>,
    /// Whether whoever looks at it may ask for that.
    pub may_ask_again: bool,
    /// What each of them was asked with.
    pub with: Map<String, Value>,
    /// Each target, those that were left out last.
    pub targets: Vec<BulkTarget>,
}

/// What became of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BulkTarget {
    /// Which.
    pub target: Target,
    /// Its name.
    pub name: String,
    /// Its page.
    pub address: Address,
    /// Whether it came first.
    pub is_canary: bool,
    /// Where it stands.
    pub outcome: BulkOutcome,
    /// What it waits for, what went wrong, or why it was not started or left out.
    pub sentence: String,
    /// Its operation.
    pub operation: Option<OperationId>,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// The operation of an earlier try, where this one has none yet.
    pub earlier: Option<OperationId>,
}

/// Where a target of a bulk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BulkOutcome {
    /// Its turn has not come.
    Waiting,
    /// Its operation goes on.
    Running,
    /// Its operation succeeded.
    Succeeded,
    /// Its operation did not succeed.
    Failed,
    /// Its turn came, or will not come, and it has no operation.
    NotStarted,
    /// It was left out before anything started.
    LeftOut,
}

impl BulkOutcome {
    /// The word on the badge.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::NotStarted => "Not started",
            Self::LeftOut => "Left out",
        }
    }

    /// The stable word, as in JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::NotStarted => "not_started",
            Self::LeftOut => "left_out",
        }
    }
}

/// The bulk an operation belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OfBulk {
    /// Which.
    pub id: OperationId,
    /// What it does, on how many.
    pub title: String,
    /// Where it stands.
    pub state: OperationState,
    /// Which try of it this operation is, from 1.
    pub attempt: u32,
}

/// What can be asked for on many of a list at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BulkOffer {
    /// The operation that carries one out on many: `bulk.run`.
    pub bulk: String,
    /// What that one is asked for: the platform, or the project whose they are.
    pub target: Target,
    /// What the list is of.
    pub target_kind: TargetKind,
    /// The operations.
    pub operations: Vec<BulkOperation>,
    /// The ids that were ticked in a form that came back.
    pub ticked: Vec<String>,
    /// What was typed into a form that came back, by field.
    pub typed: std::collections::BTreeMap<String, String>,
    /// What was wrong with it.
    pub errors: Vec<String>,
    /// Why this person may not ask for it.
    pub denied: Option<String>,
}

/// An operation that can be carried out on many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BulkOperation {
    /// `node.drain`.
    pub operation: String,
    /// Verb and noun.
    pub title: String,
    /// What it can cost.
    pub danger: super::Danger,
}
