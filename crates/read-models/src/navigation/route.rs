//! A row of the navigation contract and the words in it.

use super::Address;
use crate::audit::AuditSearch;
use serde::{Deserialize, Serialize};

/// A page. Every match on it is complete: a new page shows each place that must know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RouteId {
    /// Sign in.
    SignIn,
    /// Make the first administrator.
    FirstAdministrator,
    /// Come in by an invitation.
    Invitation,
    /// The workbench.
    Workbench,
    /// A workload, its log first.
    Workload,
    /// A workload's operations.
    WorkloadOperations,
    /// What a workload uses.
    WorkloadMetrics,
    /// A workload's activity.
    WorkloadActivity,
    /// What can be launched.
    Compute,
    /// Launch compute.
    LaunchCompute,
    /// What the platform offers.
    ConfigSkus,
    /// A SKU, for who decides what is offered.
    ConfigSku,
    /// Platform operations.
    Ops,
    /// The nodes.
    Nodes,
    /// The machines that are being brought in.
    Onboardings,
    /// A machine that is being brought in.
    Onboarding,
    /// A node's posture.
    Node,
    /// A node's operation cards.
    NodeOperations,
    /// A node's activity.
    NodeActivity,
    /// What a node can do.
    NodeCapabilities,
    /// A node's certificate.
    NodeCertificate,
    /// The people of the platform, and who is invited.
    IamUsers,
    /// What happened in a project.
    AccessAudit,
    /// One's own name, roles and landing page.
    AccountProfile,
    /// One's own keys and tokens.
    AccountSecurity,
    /// Where one is signed in.
    AccountSessions,
    /// Find anything, or run an operation.
    Find,
    /// A plan to confirm.
    Plan,
    /// An operation that was asked for.
    Operation,
    /// What proves what an operation did.
    OperationEvidence,
    /// How the audit chain stands.
    Evidence,
    /// What happened, searched.
    EvidenceAudit,
    /// Operations with their evidence.
    EvidenceOperations,
    /// Files that were made of the audit.
    EvidenceBundles,
    /// Where the chain ended, signed.
    EvidenceCheckpoints,
}

impl RouteId {
    /// The stable word: `data-page`, and the id in `slipway routes`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::FirstAdministrator => "first_administrator",
            Self::Invitation => "invitation",
            Self::Workbench => "workbench",
            Self::Workload => "workload",
            Self::WorkloadOperations => "workload_operations",
            Self::WorkloadMetrics => "workload_metrics",
            Self::WorkloadActivity => "workload_activity",
            Self::Compute => "compute",
            Self::LaunchCompute => "launch_compute",
            Self::ConfigSkus => "config_skus",
            Self::ConfigSku => "config_sku",
            Self::Ops => "ops",
            Self::Nodes => "nodes",
            Self::Onboardings => "onboardings",
            Self::Onboarding => "onboarding",
            Self::Node => "node",
            Self::NodeOperations => "node_operations",
            Self::NodeActivity => "node_activity",
            Self::NodeCapabilities => "node_capabilities",
            Self::NodeCertificate => "node_certificate",
            Self::IamUsers => "iam_users",
            Self::AccessAudit => "access_audit",
            Self::AccountProfile => "account_profile",
            Self::AccountSecurity => "account_security",
            Self::AccountSessions => "account_sessions",
            Self::Find => "find",
            Self::Plan => "plan",
            Self::Operation => "operation",
            Self::OperationEvidence => "operation_evidence",
            Self::Evidence => "evidence",
            Self::EvidenceAudit => "evidence_audit",
            Self::EvidenceOperations => "evidence_operations",
            Self::EvidenceBundles => "evidence_bundles",
            Self::EvidenceCheckpoints => "evidence_checkpoints",
        }
    }
}

/// A workflow family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Pages outside every family: sign-in.
    Entrance,
    /// What runs.
    Workloads,
    /// What can be launched.
    Compute,
    /// What needs an operator, and what is under way everywhere.
    Ops,
    /// The machines.
    Lifecycle,
    /// What the platform is set up with.
    Config,
    /// Who may do what in a project, and what was done.
    Access,
    /// What is one's own.
    Account,
    /// Who may come in.
    Iam,
    /// What proves what happened.
    Evidence,
    /// Find and go: over all families.
    Find,
    /// Plans and operations, of both planes.
    Operations,
}

impl Family {
    /// All of them, in the order of the rail.
    pub const ALL: [Self; 12] = [
        Self::Entrance,
        Self::Workloads,
        Self::Compute,
        Self::Access,
        Self::Account,
        Self::Ops,
        Self::Lifecycle,
        Self::Config,
        Self::Evidence,
        Self::Iam,
        Self::Find,
        Self::Operations,
    ];

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.key() == word)
    }

    /// The word on the rail.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Entrance => "Sign in",
            Self::Workloads => "Workloads",
            Self::Compute => "Compute",
            Self::Ops => "Ops",
            Self::Lifecycle => "Lifecycle",
            Self::Config => "Config",
            Self::Access => "Access",
            Self::Account => "Account",
            Self::Iam => "IAM",
            Self::Evidence => "Evidence",
            Self::Find => "Find",
            Self::Operations => "Operations",
        }
    }

    /// The stable word: `data-nav`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Entrance => "entrance",
            Self::Workloads => "workloads",
            Self::Compute => "compute",
            Self::Ops => "ops",
            Self::Lifecycle => "lifecycle",
            Self::Config => "config",
            Self::Access => "access",
            Self::Account => "account",
            Self::Iam => "iam",
            Self::Evidence => "evidence",
            Self::Find => "find",
            Self::Operations => "operations",
        }
    }

    /// Where the rail leads; none for families that are not on it.
    pub fn entry(self) -> Option<Address> {
        match self {
            Self::Workloads => Some(Address::Workbench),
            Self::Compute => Some(Address::Compute),
            Self::Ops => Some(Address::Ops),
            Self::Lifecycle => Some(Address::Nodes),
            Self::Config => Some(Address::ConfigSkus),
            Self::Access => Some(Address::AccessAudit { project: None, search: AuditSearch::default() }),
            Self::Account => Some(Address::AccountProfile),
            Self::Iam => Some(Address::IamUsers),
            Self::Evidence => Some(Address::Evidence),
            Self::Entrance | Self::Find | Self::Operations => None,
        }
    }

    /// The heading it stands under on the rail.
    pub const fn group(self) -> Group {
        match self {
            Self::Workloads | Self::Compute => Group::Run,
            Self::Ops | Self::Lifecycle | Self::Config | Self::Evidence | Self::Iam => Group::Platform,
            Self::Access | Self::Account => Group::Manage,
            Self::Entrance | Self::Find | Self::Operations => Group::None,
        }
    }
}

/// The headings of the rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// What tenants run.
    Run,
    /// What people look after for themselves and others.
    Manage,
    /// What operators look after.
    Platform,
    /// Not on the rail.
    None,
}

impl Group {
    /// The heading.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Run => "Run",
            Self::Manage => "Manage",
            Self::Platform => "Platform",
            Self::None => "",
        }
    }
}

/// What a person may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads a project.
    Viewer,
    /// Launches and operates a project's workloads.
    Member,
    /// A member who also looks after the project.
    ProjectAdmin,
    /// Looks after the machines.
    Operator,
    /// May do everything.
    PlatformAdmin,
    /// Looks after the money.
    Finance,
    /// Reads everything, changes nothing.
    Auditor,
}

impl Role {
    /// All of them, tenant roles first.
    pub const ALL: [Self; 7] = [
        Self::Viewer,
        Self::Member,
        Self::ProjectAdmin,
        Self::Operator,
        Self::PlatformAdmin,
        Self::Finance,
        Self::Auditor,
    ];

    /// The stable word, as in SQL, JSON and on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::ProjectAdmin => "project_admin",
            Self::Operator => "operator",
            Self::PlatformAdmin => "platform_admin",
            Self::Finance => "finance",
            Self::Auditor => "auditor",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == word)
    }

    /// Whether it is held in a project (else on the platform).
    pub const fn is_of_project(self) -> bool {
        match self {
            Self::Viewer | Self::Member | Self::ProjectAdmin => true,
            Self::Operator | Self::PlatformAdmin | Self::Finance | Self::Auditor => false,
        }
    }
}

/// A page's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Which page.
    pub id: RouteId,
    /// Its path, with `:id` where an id stands.
    pub path: &'static str,
    /// Its family.
    pub family: Family,
    /// Who may see it; nobody in particular when empty: then no sign-in is needed.
    pub roles: &'static [Role],
    /// Its word in the local nav of its parent; none when it is not in one.
    pub local_nav: Option<&'static str>,
    /// The path its back link leads to; none when it has none. `:kind/:id` stands for the target's page.
    pub back: Option<&'static str>,
    /// The read model it shows.
    pub read_model: &'static str,
    /// Which fields answer the five questions.
    pub answers: Answers,
}

/// Which fields of the read model answer the five questions; the page marks the places with `data-field`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Answers {
    /// What is active right now?
    pub active: &'static str,
    /// What needs action right now?
    pub needs_action: &'static str,
    /// What can I safely ignore or archive?
    pub ignorable: &'static str,
    /// What operation should I run next?
    pub next: &'static str,
    /// What will it do, where is its progress, where is the evidence?
    pub evidence: &'static str,
}
