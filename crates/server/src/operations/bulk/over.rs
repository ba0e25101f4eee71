//! What a bulk is carried out on, and to whom the bulk itself belongs: nodes are the platform's, workloads a project's.

use operations::{Danger, Declaration, Intent};
use read_models::ids::ProjectId;
use read_models::operation::TargetKind;

/// What a bulk is carried out on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// Nodes; it is the platform's.
    Nodes,
    /// Workloads of one project; it is the project's.
    Workloads,
}

/// A bulk over one kind of thing, as a type: each has a declaration of its own.
pub(crate) trait Many: Send + Sync + 'static {
    const DECLARATION: Declaration;
    const OVER: Over;
}

/// Many nodes.
pub(crate) struct Nodes;

/// Many workloads of a project.
pub(crate) struct Workloads;

impl Many for Nodes {
    const DECLARATION: Declaration = declaration(Over::Nodes);
    const OVER: Over = Over::Nodes;
}

impl Many for Workloads {
    const DECLARATION: Declaration = declaration(Over::Workloads);
    const OVER: Over = Over::Workloads;
}

impl Over {
    const ALL: [Self; 2] = [Self::Nodes, Self::Workloads];

    /// The bulk of this id; none for an operation that is no bulk.
    pub(crate) fn by_id(operation: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|over| over.id() == operation)
    }

    /// The id of the bulk.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Nodes => "bulk.run",
            Self::Workloads => "bulk.run_in_project",
        }
    }

    /// What its targets are.
    pub(crate) const fn of(self) -> TargetKind {
        match self {
            Self::Nodes => TargetKind::Node,
            Self::Workloads => TargetKind::Workload,
        }
    }

    /// The operations that can be carried out on many.
    pub(crate) const fn operations(self) -> &'static [&'static str] {
        match self {
            Self::Nodes => &[
                "node.drain",
                "node.resume",
                "node.disable_scheduling",
                "node.enable_scheduling",
                "node.begin_maintenance",
                "node.end_maintenance",
                "node.refresh_inventory",
                "node.probe",
            ],
            Self::Workloads => &[
                "workload.stop",
                "workload.start",
                "workload.restart",
                "workload.retry",
                "workload.acknowledge",
                "workload.archive",
                "workload.release",
            ],
        }
    }

    /// What the bulk itself is carried out on.
    const fn target(self) -> TargetKind {
        match self {
            Self::Nodes => TargetKind::Platform,
            Self::Workloads => TargetKind::Project,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Nodes => "Run in bulk",
            Self::Workloads => "Run in bulk in a project",
        }
    }
}

/// Whose the targets of one bulk are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// The platform's nodes.
    Platform,
    /// The workloads of this project, and of no other.
    Project(ProjectId),
}

impl Whose {
    /// Whose a bulk with this target is; none when there can be no such target.
    pub(super) fn of(over: Over, target: &str) -> Option<Self> {
        match over {
            Over::Nodes => (target == "platform").then_some(Self::Platform),
            Over::Workloads => ProjectId::parse(target).ok().map(Self::Project),
        }
    }
}

const fn declaration(over: Over) -> Declaration {
    Declaration {
        id: over.id(),
        version: 1,
        target: over.target().word(),
        intent: Intent::Scheduling,
        title: over.title(),
        danger: Danger::Disruptive,
        steps: &[
            "Write down who is included and who is not",
            "Start the canary and see it succeed",
            "Start the rest, so many at one time",
        ],
        expected: "Each of them has had an operation of its own, with its own plan, locks, evidence and page.",
        verified_by: "The end of each operation is read.",
        on_failure: "When too many did not succeed, no further one starts and you choose: go on, try the failed ones again, or end it there. Cancelling starts no further one; those that run finish, and what is done stays done.",
        progress: "On the operation's page: how far each of them is, live.",
        evidence: "Who was included and who was not, why, which operation each of them got and how that ended.",
        audit: "asked in bulk to run",
    }
}
