//! The nodes in a list.

use super::EnrolmentPanel;
use crate::{
    ids::{NodeId, OperationId},
    navigation::Address,
    operation::{BulkOffer, HandOverView},
    time::Timestamp,
    workloads::ProgressBrief,
};
use serde::{Deserialize, Serialize};

/// The nodes: what needs action first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NodesView {
    /// As of when.
    pub as_of: Timestamp,
    /// How many there are of each.
    pub counts: NodeCounts,
    /// What needs action, the oldest first.
    pub needs_action: Vec<ActionItem>,
    /// Operations under way on nodes.
    pub in_progress: Vec<NodeRow>,
    /// The nodes.
    pub nodes: Vec<NodeRow>,
    /// Where the list goes on.
    pub next_cursor: Option<String>,
    /// What can be asked for on many of them at one time.
    pub bulk: BulkOffer,
    /// How a machine comes in.
    pub enrolment: EnrolmentPanel,
    /// What can be ignored, in a sentence.
    pub safe_to_ignore: String,
}

/// How many nodes there are of each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NodeCounts {
    /// All.
    pub all: u32,
    /// Ready and in service.
    pub in_service: u32,
    /// Without a heartbeat.
    pub unreachable: u32,
    /// Cordoned, draining or in maintenance.
    pub held: u32,
    /// Simulated: no machine is behind them.
    pub simulated: u32,
}

/// Something that needs a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionItem {
    /// What it is about.
    pub title: String,
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
    /// What it is to `action_item.acknowledge`; none for what cannot be acknowledged.
    pub key: Option<String>,
    /// Who has acknowledged it, while that lasts.
    pub acknowledged: Option<Acknowledged>,
    /// Who looks after it, when it is an operation that was handed to somebody.
    #[serde(default)]
    pub handed: Option<HandOverView>,
    /// Whether it is about something simulated.
    pub simulated: bool,
}

/// Somebody knows of it: it may be left alone until then, or until it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Acknowledged {
    /// Who.
    pub by: String,
    /// Why it may be left alone.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Where it was written down.
    pub operation: OperationId,
}

/// A node in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NodeRow {
    /// Its id.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// What is true.
    pub state: NodeState,
    /// Since when.
    pub since: Timestamp,
    /// What operators want.
    pub policy: NodePolicy,
    /// Since when.
    pub policy_since: Timestamp,
    /// Who keeps it out of service, and why; none in service, and where nobody wrote it down.
    pub held: Option<Held>,
    /// Its role.
    pub role: NodeRole,
    /// Flags on top of the state.
    pub overlays: Vec<Overlay>,
    /// Slots that hold a workload.
    pub slots_used: u32,
    /// Slots it has; none when its agent never said.
    pub slots_total: Option<u32>,
    /// Its last heartbeat.
    pub last_heartbeat_at: Option<Timestamp>,
    /// The operation under way on it.
    pub progress: Option<ProgressBrief>,
    /// Why an operation on it takes longer than it usually does here.
    #[serde(default)]
    pub above_sla: Option<String>,
    /// Whether no machine is behind it: it is simulated, and nothing runs there.
    pub simulated: bool,
}

impl NodeRow {
    /// Its page.
    pub fn address(&self) -> Address {
        Address::Node(self.id.clone())
    }
}

/// Who keeps a node out of service, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Held {
    /// In a sentence.
    pub sentence: String,
    /// The operation that did it.
    pub operation: OperationId,
    /// Until when it is expected to last.
    pub until: Option<Timestamp>,
}

/// A computed flag on top of a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Overlay {
    /// Stable word: `certificate_expiring`, `clock_skewed`, `maintenance_overdue`.
    pub code: String,
    /// A few words for the badge.
    pub word: String,
    /// What it means.
    pub sentence: String,
    /// Since when.
    pub since: Timestamp,
}

/// What operators want of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NodePolicy {
    /// Takes workloads.
    InService,
    /// Takes no new workloads.
    Cordoned,
    /// Is being emptied.
    Draining,
    /// Is being worked on.
    Maintenance,
    /// Is out.
    Retired,
}

impl NodePolicy {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::InService, Self::Cordoned, Self::Draining, Self::Maintenance, Self::Retired];

    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::InService => "In service",
            Self::Cordoned => "Cordoned",
            Self::Draining => "Draining",
            Self::Maintenance => "Maintenance",
            Self::Retired => "Retired",
        }
    }

    /// The stable word, as in SQL and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::InService => "in_service",
            Self::Cordoned => "cordoned",
            Self::Draining => "draining",
            Self::Maintenance => "maintenance",
            Self::Retired => "retired",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.key() == word)
    }
}

/// What is true of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// Announced, not seen yet.
    Expected,
    /// Has an identity, no heartbeat yet.
    Enrolling,
    /// Its agent reports.
    Ready,
    /// Its agent is silent.
    Unreachable,
    /// Being installed.
    Provisioning,
    /// Could not enrol.
    FailedEnrolment,
    /// Could not be installed.
    FailedProvisioning,
    /// Could not be cleaned up.
    FailedCleanup,
    /// Is no more.
    Gone,
}

impl NodeState {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Expected,
        Self::Enrolling,
        Self::Ready,
        Self::Unreachable,
        Self::Provisioning,
        Self::FailedEnrolment,
        Self::FailedProvisioning,
        Self::FailedCleanup,
        Self::Gone,
    ];

    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Expected => "Expected",
            Self::Enrolling => "Enrolling",
            Self::Ready => "Ready",
            Self::Unreachable => "Unreachable",
            Self::Provisioning => "Provisioning",
            Self::FailedEnrolment => "Failed enrolment",
            Self::FailedProvisioning => "Failed provisioning",
            Self::FailedCleanup => "Failed cleanup",
            Self::Gone => "Gone",
        }
    }

    /// The stable word, as in SQL and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Enrolling => "enrolling",
            Self::Ready => "ready",
            Self::Unreachable => "unreachable",
            Self::Provisioning => "provisioning",
            Self::FailedEnrolment => "failed_enrolment",
            Self::FailedProvisioning => "failed_provisioning",
            Self::FailedCleanup => "failed_cleanup",
            Self::Gone => "gone",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == word)
    }
}

/// What a node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// A whole machine for one workload.
    BareMetal,
    /// A machine in slices.
    SliceHost,
    /// Controls a scheduler.
    SchedulerController,
    /// Works for a scheduler.
    SchedulerWorker,
    /// Stands beside storage.
    StorageAdjacent,
}

impl NodeRole {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::BareMetal,
        Self::SliceHost,
        Self::SchedulerController,
        Self::SchedulerWorker,
        Self::StorageAdjacent,
    ];

    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BareMetal => "Bare metal",
            Self::SliceHost => "Slice host",
            Self::SchedulerController => "Scheduler controller",
            Self::SchedulerWorker => "Scheduler worker",
            Self::StorageAdjacent => "Storage-adjacent",
        }
    }

    /// The stable word, as in SQL and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::BareMetal => "bare_metal",
            Self::SliceHost => "slice_host",
            Self::SchedulerController => "scheduler_controller",
            Self::SchedulerWorker => "scheduler_worker",
            Self::StorageAdjacent => "storage_adjacent",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == word)
    }
}
