//! Every address is read back.

use super::*;
use crate::navigation::{CONTRACT, Family};

#[test]
fn every_page_that_is_linked_to_has_an_address_that_is_read_back() {
    let hex = "0192f3a4b5c67d8e9fa0b1c2d3e4f506";
    for row in CONTRACT.iter().filter(|row| row.id != RouteId::FirstAdministrator) {
        let id = match row.family {
            Family::Workloads => WorkloadId::from_uuid(hex).to_string(),
            Family::Config => SkuId::from_uuid(hex).to_string(),
            Family::Lifecycle if row.id == RouteId::Onboarding => OnboardingId::from_uuid(hex).to_string(),
            Family::Lifecycle => NodeId::from_uuid(hex).to_string(),
            Family::Operations if row.id == RouteId::Plan => PlanId::from_uuid(hex).to_string(),
            Family::Operations => OperationId::from_uuid(hex).to_string(),
            Family::Entrance
            | Family::Compute
            | Family::Access
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
        Address::EvidenceOperations(OperationsSearch::default()),
        Address::EvidenceOperations(OperationsSearch {
            operation: Some("node.drain".to_owned()),
            ..OperationsSearch::default()
        }),
        Address::AccessAudit { project: None, search: AuditSearch::default() },
        Address::AccessAudit {
            project: Some(ProjectId::from_uuid(hex)),
            search: AuditSearch { kind: Some("audit.intent".to_owned()), ..AuditSearch::default() },
        },
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
