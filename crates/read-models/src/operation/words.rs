//! The words of operations: dangers, intents, states, targets.

use crate::navigation::Address;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What carrying an operation out can cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// Nobody notices.
    Safe,
    /// Somebody notices.
    Disruptive,
    /// Data or a machine is lost.
    Destructive,
}

impl Danger {
    /// The word on the card.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Safe => "Safe",
            Self::Disruptive => "Disruptive",
            Self::Destructive => "Destructive",
        }
    }
}

/// The group a card stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Look.
    Inspect,
    /// Bring something new.
    SetUp,
    /// Keep going.
    Maintain,
    /// Mend.
    Repair,
    /// Deal with what went wrong.
    Recover,
    /// Decide what runs where.
    Scheduling,
    /// Install and re-install.
    Provisioning,
    /// Take out.
    Retirement,
    /// Lose something.
    Destructive,
}

impl Intent {
    /// The heading of the group.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Inspect => "Inspect",
            Self::SetUp => "Set up",
            Self::Maintain => "Maintain",
            Self::Repair => "Repair",
            Self::Recover => "Recover",
            Self::Scheduling => "Scheduling",
            Self::Provisioning => "Provisioning",
            Self::Retirement => "Retirement",
            Self::Destructive => "Destructive",
        }
    }
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Planned,
        Self::Queued,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Stuck,
        Self::Cancelled,
    ];

    /// The word on the badge.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "Planned",
            Self::Queued => "Queued",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Stuck => "Stuck",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The stable word, as in SQL and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Stuck => "stuck",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == word)
    }

    /// Whether nothing more will happen by itself.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Planned | Self::Queued | Self::Running => false,
            Self::Succeeded | Self::Failed | Self::Stuck | Self::Cancelled => true,
        }
    }
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Pending,
    /// Being carried out.
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
    /// Not needed.
    Skipped,
}

impl StepState {
    /// The word on the badge.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "Next",
            Self::Running => "Running",
            Self::Observed => "Observed",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
            Self::Undoing => "Undoing",
            Self::Undone => "Undone",
            Self::UndoFailed => "Undo failed",
            Self::Skipped => "Skipped",
        }
    }
}

/// The kinds of things operations are carried out on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A node.
    Node,
    /// A workload.
    Workload,
    /// A project.
    Project,
    /// A token that lets a machine in.
    EnrolmentToken,
    /// The onboarding of a machine.
    Onboarding,
    /// The platform as a whole.
    Platform,
    /// A person, by their account.
    User,
    /// An offer a tenant can launch.
    Sku,
    /// Who may come in: on the platform, or in a project.
    People,
    /// An operation that was asked for: who looks after it.
    Operation,
}

impl TargetKind {
    /// The list on which such targets are ticked for an operation on many of them.
    pub fn list(self) -> Address {
        match self {
            Self::Workload => Address::Workbench,
            Self::Node
            | Self::Project
            | Self::EnrolmentToken
            | Self::Onboarding
            | Self::Platform
            | Self::User
            | Self::Sku
            | Self::People
            | Self::Operation => Address::Nodes,
        }
    }

    /// The word in sentences, in SQL and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Workload => "workload",
            Self::Project => "project",
            Self::EnrolmentToken => "enrolment_token",
            Self::Onboarding => "onboarding",
            Self::Platform => "platform",
            Self::User => "user",
            Self::Sku => "sku",
            Self::People => "people",
            Self::Operation => "operation",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Node,
            Self::Workload,
            Self::Project,
            Self::EnrolmentToken,
            Self::Onboarding,
            Self::Platform,
            Self::User,
            Self::Sku,
            Self::People,
            Self::Operation,
        ]
        .into_iter()
        .find(|kind| kind.word() == word)
    }
}

/// What an operation is carried out on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Target {
    /// Its kind.
    pub kind: TargetKind,
    /// Its id.
    pub id: String,
}

/// `node:node_…`; the error says how a target is written.
impl FromStr for Target {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, id) =
            text.split_once(':').ok_or("a target is written as its kind and its id: `node:node_…`")?;
        let kind = TargetKind::parse(kind)
            .ok_or("a target is a `node`, a `workload`, a `project`, an `enrolment_token`, an `onboarding`, a `user`, a `sku`, an `operation`, the `people` or the `platform`")?;
        Ok(Self { kind, id: id.to_owned() })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.word(), self.id)
    }
}

/// A target as people see it: the small identity card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TargetView {
    /// Its kind.
    pub kind: TargetKind,
    /// Its id.
    pub id: String,
    /// Its name; what has to be typed to confirm a destructive operation.
    pub name: String,
    /// Where its page is.
    pub address: Address,
    /// What a person should know before acting on it: role, age, what depends on it.
    pub facts: Vec<String>,
    /// Whether it is a simulated node, or a workload on one.
    #[serde(default)]
    pub simulated: bool,
}
