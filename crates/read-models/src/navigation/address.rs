//! Typed links. An address is never written by hand.

use crate::{
    audit::{AuditSearch, OperationsSearch},
    ids::{NodeId, OnboardingId, OperationId, PlanId, ProjectId, SkuId, WorkloadId},
    navigation::RouteId,
    onboarding::OnboardingStep,
    workloads::{MetricsWindow, WorkloadsFilter},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A page of a thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(into = "String", try_from = "String")]
pub enum Address {
    /// Sign in.
    SignIn,
    /// Come in by an invitation.
    Invitation {
        /// The secret of the link.
        secret: String,
    },
    /// The workbench.
    Workbench,
    /// The workbench with another filter.
    Workloads(WorkloadsFilter),
    /// A workload.
    Workload(WorkloadId),
    /// What a workload uses.
    WorkloadMetrics {
        /// Which one.
        id: WorkloadId,
        /// How far back.
        window: MetricsWindow,
    },
    /// A workload's operations.
    WorkloadOperations(WorkloadId),
    /// A workload's activity.
    WorkloadActivity(WorkloadId),
    /// What can be launched.
    Compute,
    /// Launch compute, with a SKU chosen or not.
    LaunchCompute {
        /// The chosen SKU.
        sku: Option<SkuId>,
    },
    /// What the platform offers.
    ConfigSkus,
    /// A SKU, for who decides what is offered.
    ConfigSku(SkuId),
    /// Platform operations.
    Ops,
    /// The nodes.
    Nodes,
    /// The machines that are being brought in.
    Onboardings,
    /// A machine that is being brought in.
    Onboarding {
        /// Which one.
        id: OnboardingId,
        /// At which step; the one that is next when it is left out.
        step: Option<OnboardingStep>,
    },
    /// A node.
    Node(NodeId),
    /// A node's operations.
    NodeOperations(NodeId),
    /// A node's activity.
    NodeActivity(NodeId),
    /// A node's capabilities.
    NodeCapabilities(NodeId),
    /// A node's certificate.
    NodeCertificate(NodeId),
    /// The people of the platform.
    IamUsers,
    /// What happened in a project, searched.
    AccessAudit {
        /// Which; the one used last when it is left out.
        project: Option<ProjectId>,
        /// What for; its project is the one of the page.
        search: AuditSearch,
    },
    /// One's own name, roles and landing page.
    AccountProfile,
    /// One's own keys and tokens.
    AccountSecurity,
    /// Where one is signed in.
    AccountSessions,
    /// Find anything, with words or without.
    Find {
        /// What to look for.
        words: Option<String>,
    },
    /// A plan.
    Plan(PlanId),
    /// An operation.
    Operation(OperationId),
    /// What proves what an operation did.
    OperationEvidence(OperationId),
    /// How the audit chain stands.
    Evidence,
    /// What happened, searched.
    EvidenceAudit(AuditSearch),
    /// Operations with their evidence, searched.
    EvidenceOperations(OperationsSearch),
    /// Files that were made of the audit.
    EvidenceBundles,
    /// Where the chain ended, signed.
    EvidenceCheckpoints,
}

impl Address {
    /// The page of a thing as events name it (`node:node_…`); none when it has none.
    pub fn of_resource(resource: &str) -> Option<Self> {
        let (kind, id) = resource.split_once(':')?;
        match kind {
            "node" => NodeId::parse(id).ok().map(Self::Node),
            "workload" => WorkloadId::parse(id).ok().map(Self::Workload),
            "sku" => SkuId::parse(id).ok().map(Self::ConfigSku),
            "onboarding" => OnboardingId::parse(id).ok().map(|id| Self::Onboarding { id, step: None }),
            "operation" => OperationId::parse(id).ok().map(Self::Operation),
            _ => None,
        }
    }

    /// The page it leads to.
    pub const fn route(&self) -> RouteId {
        match self {
            Self::SignIn => RouteId::SignIn,
            Self::Invitation { .. } => RouteId::Invitation,
            Self::Workbench | Self::Workloads(_) => RouteId::Workbench,
            Self::Workload(_) => RouteId::Workload,
            Self::WorkloadMetrics { .. } => RouteId::WorkloadMetrics,
            Self::WorkloadOperations(_) => RouteId::WorkloadOperations,
            Self::WorkloadActivity(_) => RouteId::WorkloadActivity,
            Self::Compute => RouteId::Compute,
            Self::LaunchCompute { .. } => RouteId::LaunchCompute,
            Self::ConfigSkus => RouteId::ConfigSkus,
            Self::ConfigSku(_) => RouteId::ConfigSku,
            Self::Ops => RouteId::Ops,
            Self::Nodes => RouteId::Nodes,
            Self::Onboardings => RouteId::Onboardings,
            Self::Onboarding { .. } => RouteId::Onboarding,
            Self::Node(_) => RouteId::Node,
            Self::NodeOperations(_) => RouteId::NodeOperations,
            Self::NodeActivity(_) => RouteId::NodeActivity,
            Self::NodeCapabilities(_) => RouteId::NodeCapabilities,
            Self::NodeCertificate(_) => RouteId::NodeCertificate,
            Self::IamUsers => RouteId::IamUsers,
            Self::AccessAudit { .. } => RouteId::AccessAudit,
            Self::AccountProfile => RouteId::AccountProfile,
            Self::AccountSecurity => RouteId::AccountSecurity,
            Self::AccountSessions => RouteId::AccountSessions,
            Self::Find { .. } => RouteId::Find,
            Self::Plan(_) => RouteId::Plan,
            Self::Operation(_) => RouteId::Operation,
            Self::OperationEvidence(_) => RouteId::OperationEvidence,
            Self::Evidence => RouteId::Evidence,
            Self::EvidenceAudit(_) => RouteId::EvidenceAudit,
            Self::EvidenceOperations(_) => RouteId::EvidenceOperations,
            Self::EvidenceBundles => RouteId::EvidenceBundles,
            Self::EvidenceCheckpoints => RouteId::EvidenceCheckpoints,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignIn => write!(f, "/sign-in"),
            Self::Invitation { secret } => write!(f, "/invite/{}", escaped(secret)),
            Self::Workbench => write!(f, "/workloads"),
            Self::Workloads(filter) => write!(f, "/workloads?view={}", filter.key()),
            Self::Workload(id) => write!(f, "/workloads/{id}"),
            Self::WorkloadMetrics { id, window: MetricsWindow::Minutes15 } => {
                write!(f, "/workloads/{id}/metrics")
            }
            Self::WorkloadMetrics { id, window } => {
                write!(f, "/workloads/{id}/metrics?window={}", window.key())
            }
            Self::WorkloadOperations(id) => write!(f, "/workloads/{id}/operations"),
            Self::WorkloadActivity(id) => write!(f, "/workloads/{id}/activity"),
            Self::Compute => write!(f, "/compute"),
            Self::ConfigSkus => write!(f, "/platform/config/skus"),
            Self::ConfigSku(id) => write!(f, "/platform/config/skus/{id}"),
            Self::LaunchCompute { sku: None } => write!(f, "/compute/launch"),
            Self::LaunchCompute { sku: Some(sku) } => write!(f, "/compute/launch?sku={sku}"),
            Self::Ops => write!(f, "/platform/ops"),
            Self::Nodes => write!(f, "/platform/nodes"),
            Self::Onboardings => write!(f, "/platform/nodes/onboard"),
            Self::Onboarding { id, step: None } => write!(f, "/platform/nodes/onboard/{id}"),
            Self::Onboarding { id, step: Some(step) } => {
                write!(f, "/platform/nodes/onboard/{id}?step={}", step.key())
            }
            Self::Node(id) => write!(f, "/platform/nodes/{id}"),
            Self::NodeOperations(id) => write!(f, "/platform/nodes/{id}/operations"),
            Self::NodeActivity(id) => write!(f, "/platform/nodes/{id}/activity"),
            Self::NodeCapabilities(id) => write!(f, "/platform/nodes/{id}/capabilities"),
            Self::NodeCertificate(id) => write!(f, "/platform/nodes/{id}/certificate"),
            Self::IamUsers => write!(f, "/platform/iam/users"),
            Self::AccessAudit { project, search } => {
                let id = project.as_ref().map(ToString::to_string);
                let search = search.clone().with("project", id);
                let joint = if search.is_everything() { "" } else { "?" };
                write!(f, "/access/audit{joint}{search}")
            }
            Self::AccountProfile => write!(f, "/account/profile"),
            Self::AccountSecurity => write!(f, "/account/security"),
            Self::AccountSessions => write!(f, "/account/sessions"),
            Self::Find { words: None } => write!(f, "/find"),
            Self::Find { words: Some(words) } => write!(f, "/find?q={}", escaped(words)),
            Self::Plan(id) => write!(f, "/operations/plans/{id}"),
            Self::Operation(id) => write!(f, "/operations/{id}"),
            Self::OperationEvidence(id) => write!(f, "/operations/{id}/evidence"),
            Self::Evidence => write!(f, "/platform/evidence"),
            Self::EvidenceAudit(search) if search.is_everything() => write!(f, "/platform/evidence/audit"),
            Self::EvidenceAudit(search) => write!(f, "/platform/evidence/audit?{search}"),
            Self::EvidenceOperations(search) if search.is_everything() => {
                write!(f, "/platform/evidence/operations")
            }
            Self::EvidenceOperations(search) => write!(f, "/platform/evidence/operations?{search}"),
            Self::EvidenceBundles => write!(f, "/platform/evidence/bundles"),
            Self::EvidenceCheckpoints => write!(f, "/platform/evidence/checkpoints"),
        }
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let unknown =
            || format!("`{}` is not an address of a page", text.chars().take(120).collect::<String>());
        let (path, query) = text.split_once('?').unwrap_or((&text, ""));
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let node = |id: &str| NodeId::parse(id).map_err(|e| e.to_string());
        let workload = |id: &str| WorkloadId::parse(id).map_err(|e| e.to_string());
        Ok(match parts.as_slice() {
            ["sign-in"] => Self::SignIn,
            ["invite", secret] => Self::Invitation { secret: unescaped(secret) },
            ["workloads"] => query
                .strip_prefix("view=")
                .and_then(WorkloadsFilter::parse)
                .map_or(Self::Workbench, Self::Workloads),
            ["workloads", id] => Self::Workload(workload(id)?),
            ["workloads", id, "metrics"] => Self::WorkloadMetrics {
                id: workload(id)?,
                window: query.strip_prefix("window=").and_then(MetricsWindow::parse).unwrap_or_default(),
            },
            ["workloads", id, "operations"] => Self::WorkloadOperations(workload(id)?),
            ["workloads", id, "activity"] => Self::WorkloadActivity(workload(id)?),
            ["compute"] => Self::Compute,
            ["platform", "config", "skus"] => Self::ConfigSkus,
            ["platform", "config", "skus", id] => {
                Self::ConfigSku(SkuId::parse(id).map_err(|e| e.to_string())?)
            }
            ["compute", "launch"] => {
                Self::LaunchCompute { sku: query.strip_prefix("sku=").and_then(|id| SkuId::parse(id).ok()) }
            }
            ["platform", "ops"] => Self::Ops,
            ["platform", "nodes"] => Self::Nodes,
            ["platform", "nodes", "onboard"] => Self::Onboardings,
            ["platform", "nodes", "onboard", id] => Self::Onboarding {
                id: OnboardingId::parse(id).map_err(|e| e.to_string())?,
                step: query.strip_prefix("step=").and_then(OnboardingStep::parse),
            },
            ["platform", "nodes", id] => Self::Node(node(id)?),
            ["platform", "nodes", id, "operations"] => Self::NodeOperations(node(id)?),
            ["platform", "nodes", id, "activity"] => Self::NodeActivity(node(id)?),
            ["platform", "nodes", id, "capabilities"] => Self::NodeCapabilities(node(id)?),
            ["platform", "nodes", id, "certificate"] => Self::NodeCertificate(node(id)?),
            ["platform", "iam", "users"] => Self::IamUsers,
            ["platform", "evidence", rest @ ..] => of_evidence(rest, query).ok_or_else(unknown)?,
            ["access", "audit"] => {
                let search = AuditSearch::of_pairs(pairs(query));
                let project = search.project.as_deref().and_then(|id| ProjectId::parse(id).ok());
                Self::AccessAudit { project, search: search.with("project", None) }
            }
            ["account", "profile"] => Self::AccountProfile,
            ["account", "security"] => Self::AccountSecurity,
            ["account", "sessions"] => Self::AccountSessions,
            ["find"] => Self::Find { words: query.strip_prefix("q=").map(unescaped) },
            ["operations", "plans", id] => Self::Plan(PlanId::parse(id).map_err(|e| e.to_string())?),
            ["operations", id] => Self::Operation(OperationId::parse(id).map_err(|e| e.to_string())?),
            ["operations", id, "evidence"] => {
                Self::OperationEvidence(OperationId::parse(id).map_err(|e| e.to_string())?)
            }
            _ => return Err(unknown()),
        })
    }
}

/// The pages of evidence.
fn of_evidence(rest: &[&str], query: &str) -> Option<Address> {
    Some(match rest {
        [] => Address::Evidence,
        ["audit"] => Address::EvidenceAudit(AuditSearch::of_pairs(pairs(query))),
        ["operations"] => Address::EvidenceOperations(OperationsSearch::of_pairs(pairs(query))),
        ["bundles"] => Address::EvidenceBundles,
        ["checkpoints"] => Address::EvidenceCheckpoints,
        _ => return None,
    })
}

/// The pairs in the part of an address after its question mark.
fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), unescaped(value)))
}

/// As it stands in the value of a query: whatever is no plain letter or digit, as its bytes (RFC 3986).
pub(crate) fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Back again; a browser's form writes a blank as `+`.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digits = rest.clone();
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match (byte, digit(digits.next()), digit(digits.next())) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = digits;
            }
            (b'+', _, _) => bytes.push(b' '),
            (other, _, _) => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
