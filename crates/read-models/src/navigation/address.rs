//! Typed links. An address is never written by hand.

use crate::{
    audit::AuditSearch,
    ids::{NodeId, OnboardingId, OperationId, PlanId, SkuId, WorkloadId},
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
            Self::AccountProfile => RouteId::AccountProfile,
            Self::AccountSecurity => RouteId::AccountSecurity,
            Self::AccountSessions => RouteId::AccountSessions,
            Self::Find { .. } => RouteId::Find,
            Self::Plan(_) => RouteId::Plan,
            Self::Operation(_) => RouteId::Operation,
            Self::OperationEvidence(_) => RouteId::OperationEvidence,
            Self::Evidence => RouteId::Evidence,
            Self::EvidenceAudit(_) => RouteId::EvidenceAudit,
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
            ["platform", "evidence"] => Self::Evidence,
            ["platform", "evidence", "audit"] => Self::EvidenceAudit(searched(query)),
            ["platform", "evidence", "bundles"] => Self::EvidenceBundles,
            ["platform", "evidence", "checkpoints"] => Self::EvidenceCheckpoints,
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

/// The search in the part of an address after its question mark.
fn searched(query: &str) -> AuditSearch {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    AuditSearch::of_pairs(pairs.map(|(name, value)| (name.to_owned(), unescaped(value))))
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
mod tests {
    use super::*;
    use crate::navigation::{CONTRACT, Family};

    #[test]
    fn every_page_that_is_linked_to_has_an_address_that_is_read_back() {
        let hex = "0192f3a4b5c67d8e9fa0b1c2d3e4f506";
        for row in CONTRACT.iter().filter(|row| row.id != RouteId::FirstAdministrator) {
            let id = match row.family {
                Family::Workloads => WorkloadId::from_uuid(hex).to_string(),
                Family::Config => SkuId::from_uuid(hex).to_string(),
                Family::Lifecycle if row.id == RouteId::Onboarding => {
                    OnboardingId::from_uuid(hex).to_string()
                }
                Family::Lifecycle => NodeId::from_uuid(hex).to_string(),
                Family::Operations if row.id == RouteId::Plan => PlanId::from_uuid(hex).to_string(),
                Family::Operations => OperationId::from_uuid(hex).to_string(),
                Family::Entrance
                | Family::Compute
                | Family::Ops
                | Family::Account
                | Family::Iam
                | Family::Evidence
                | Family::Find => String::new(),
            };
            let read = Address::try_from(row.path.replace(":id", &id));
            assert_eq!(read.map(|address| address.route()), Ok(row.id), "{}", row.path);
        }
    }

    #[test]
    fn every_address_is_read_back_and_its_path_is_in_the_contract() {
        let hex = "0192f3a4b5c67d8e9fa0b1c2d3e4f506";
        let (wl, node) = (WorkloadId::from_uuid(hex), NodeId::from_uuid(hex));
        for address in [
            Address::SignIn,
            Address::Invitation { secret: "abc-_".to_owned() },
            Address::IamUsers,
            Address::Workbench,
            Address::Workloads(WorkloadsFilter::History),
            Address::Workload(wl.clone()),
            Address::WorkloadMetrics { id: wl.clone(), window: MetricsWindow::Minutes15 },
            Address::WorkloadMetrics { id: wl.clone(), window: MetricsWindow::Days14 },
            Address::WorkloadOperations(wl.clone()),
            Address::WorkloadActivity(wl),
            Address::LaunchCompute { sku: None },
            Address::LaunchCompute { sku: Some(SkuId::from_uuid(hex)) },
            Address::Ops,
            Address::Nodes,
            Address::Onboardings,
            Address::Onboarding { id: OnboardingId::from_uuid(hex), step: None },
            Address::Onboarding { id: OnboardingId::from_uuid(hex), step: Some(OnboardingStep::Token) },
            Address::Node(node.clone()),
            Address::NodeOperations(node.clone()),
            Address::NodeActivity(node.clone()),
            Address::NodeCapabilities(node.clone()),
            Address::NodeCertificate(node),
            Address::AccountProfile,
            Address::AccountSecurity,
            Address::AccountSessions,
            Address::Find { words: None },
            Address::Find { words: Some("hx 100 % + ä/?#&=".to_owned()) },
            Address::Plan(PlanId::from_uuid(hex)),
            Address::Operation(OperationId::from_uuid(hex)),
            Address::OperationEvidence(OperationId::from_uuid(hex)),
            Address::Evidence,
            Address::EvidenceAudit(AuditSearch::default()),
            Address::EvidenceAudit(AuditSearch {
                actor: Some("ada+ops@example.org (token …9f)".to_owned()),
                until: Some("2026-11-22T14:02".to_owned()),
                ..AuditSearch::default()
            }),
            Address::EvidenceBundles,
            Address::EvidenceCheckpoints,
        ] {
            let text = address.to_string();
            assert_eq!(Address::try_from(text.clone()), Ok(address.clone()));
            let pattern = address.route().route().path;
            let path = text.split('?').next().unwrap_or_default();
            assert_eq!(pattern.split('/').count(), path.split('/').count(), "{text} and {pattern}");
        }
    }
}
