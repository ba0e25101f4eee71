//! The workbench: the tenant's landing page.

use crate::{
    counting::BoundedCount,
    iam::ProjectApproval,
    ids::{NodeId, OperationId, WorkloadId},
    navigation::Address,
    nodes::ActionItem,
    operation::BulkOffer,
    session::ProjectRef,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What runs, what needs action, what can be ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkbenchView {
    /// As of when.
    pub as_of: Timestamp,
    /// Whose workloads.
    pub project: ProjectRef,
    /// Which of them.
    pub filter: WorkloadsFilter,
    /// How many there are of each.
    pub counts: Counts,
    /// What needs action, the oldest deadline first.
    pub needs_action: Vec<WorkloadRow>,
    /// What is being launched, stopped or released.
    pub in_progress: Vec<WorkloadRow>,
    /// What runs and needs nothing.
    pub running: Vec<WorkloadRow>,
    /// What was stopped and keeps its slot: it can be started again.
    pub stopped: Vec<WorkloadRow>,
    /// What can be ignored.
    pub safe_to_ignore: SafeToIgnore,
    /// With History and All states: the list.
    pub rows: Vec<WorkloadRow>,
    /// Where the list goes on.
    pub next_cursor: Option<String>,
    /// Why this person cannot launch here, when they cannot.
    pub launch_denied: Option<String>,
    /// What can be asked for on many of them at one time; none for who may not operate them.
    #[serde(default)]
    pub bulk: Option<BulkOffer>,
    /// Operations here that were handed to whoever looks, and still need somebody.
    #[serde(default)]
    pub handed_to_you: Vec<ActionItem>,
    /// What needs a second person's approval here, for administrators of the project.
    #[serde(default)]
    pub approval: Option<ProjectApproval>,
}

/// Which workloads are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WorkloadsFilter {
    /// What is active or still actionable.
    #[default]
    Active,
    /// What is over and needs nothing.
    History,
    /// Everything.
    All,
}

impl WorkloadsFilter {
    /// The word in the address.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::History => "history",
            Self::All => "all",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::History, Self::All].into_iter().find(|filter| filter.key() == word)
    }
}

/// How many workloads there are of each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    /// Active or still actionable.
    pub active: BoundedCount,
    /// In need of a person.
    pub needs_action: BoundedCount,
    /// Being launched, stopped or released.
    pub in_progress: BoundedCount,
    /// Running.
    pub running: BoundedCount,
    /// Stopped, with a slot of their own.
    pub stopped: BoundedCount,
    /// Over, and in need of nothing.
    pub history: BoundedCount,
}

/// What can be ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SafeToIgnore {
    /// Released workloads.
    pub released: BoundedCount,
    /// Ended by themselves with exit code 0, or stopped.
    pub ended: BoundedCount,
    /// Failures that were archived, or whose window has passed.
    pub past_window: BoundedCount,
    /// Failures that somebody acknowledged: they come back when that expires.
    pub acknowledged: BoundedCount,
}

/// A workload in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkloadRow {
    /// Its id.
    pub id: WorkloadId,
    /// Its project.
    pub project: ProjectRef,
    /// Its name.
    pub name: String,
    /// What kind of workload it is.
    pub kind: WorkloadKind,
    /// Its state.
    pub state: WorkloadState,
    /// Since when.
    pub since: Timestamp,
    /// When it was launched.
    pub created_at: Timestamp,
    /// The title of its SKU.
    pub sku: String,
    /// Price per hour in micro-cents, as its SKU says today.
    pub price_microcents_per_hour: i64,
    /// The first words of its command.
    pub command: String,
    /// Its port, when it has one.
    pub port: Option<u16>,
    /// The node, for people who may know.
    pub node: Option<NodeId>,
    /// Whether it belongs on the default view.
    pub is_actionable: bool,
    /// What a person has to do.
    pub action_required: Option<ActionRequired>,
    /// Until when it stays on the default view.
    pub actionable_until: Option<Timestamp>,
    /// When it went to History.
    pub archived_at: Option<Timestamp>,
    /// Why it is left alone, and until when, when somebody said so.
    pub acknowledged: Option<Acknowledged>,
    /// The operation under way on it.
    pub progress: Option<ProgressBrief>,
    /// Why an operation on it takes longer than it usually does here.
    #[serde(default)]
    pub above_sla: Option<String>,
    /// What the node's trouble means for it, and since when operators know; never node internals.
    pub consequence: Option<String>,
    /// Whether its node is simulated: then nothing runs.
    pub simulated: bool,
}

impl WorkloadRow {
    /// Its page.
    pub fn address(&self) -> Address {
        Address::Workload(self.id.clone())
    }
}

/// What kind of workload it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WorkloadKind {
    /// A whole machine.
    BareMetal,
    /// A part of a machine.
    Slice,
    /// An app of the catalogue.
    App,
}

impl WorkloadKind {
    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BareMetal => "Bare metal",
            Self::Slice => "Slice",
            Self::App => "App",
        }
    }

    /// The stable word, as in SQL.
    pub const fn key(self) -> &'static str {
        match self {
            Self::BareMetal => "bare_metal",
            Self::Slice => "slice",
            Self::App => "app",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::BareMetal, Self::Slice, Self::App].into_iter().find(|kind| kind.key() == word)
    }
}

/// The states of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WorkloadState {
    /// Asked for.
    Requested,
    /// Being placed and started.
    Provisioning,
    /// Ready.
    Running,
    /// Held.
    Paused,
    /// Being stopped.
    Stopping,
    /// Stopped on purpose.
    Stopped,
    /// Ended by itself.
    Finished,
    /// Given back.
    Released,
    /// Did not work.
    Failed,
}

impl WorkloadState {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Requested,
        Self::Provisioning,
        Self::Running,
        Self::Paused,
        Self::Stopping,
        Self::Stopped,
        Self::Finished,
        Self::Released,
        Self::Failed,
    ];

    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Requested => "Requested",
            Self::Provisioning => "Provisioning",
            Self::Running => "Running",
            Self::Paused => "Paused",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Finished => "Finished",
            Self::Released => "Released",
            Self::Failed => "Failed",
        }
    }

    /// The stable word, as in SQL and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Provisioning => "provisioning",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Released => "released",
            Self::Failed => "failed",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == word)
    }
}

/// Somebody took note of how it ended: it is left alone until then, or until it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Acknowledged {
    /// Why.
    pub reason: String,
    /// Until when.
    pub until: Timestamp,
}

/// What a person has to do about a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionRequired {
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// The operation to run next.
    pub next_operation: Option<String>,
    /// Where to go.
    pub address: Address,
    /// The words on the link.
    pub label: String,
}

/// An operation under way, in a list row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProgressBrief {
    /// Which operation.
    pub id: OperationId,
    /// Verb and noun.
    pub title: String,
    /// The current step, from 1.
    pub step: u32,
    /// How many steps it has.
    pub of: u32,
    /// What it does now, or waits for.
    pub observation: String,
    /// Whether a person has to decide something.
    pub needs_attention: bool,
}
