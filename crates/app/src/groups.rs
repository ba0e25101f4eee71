//! The lazy groups: every page is reached through the one function of its group, which may be a file of its own.
#![expect(clippy::unused_async, reason = "with splitting on, each waits for its file")]

use crate::pages::{
    account::{ProfilePage, SecurityPage, SessionsPage},
    compute::{ComputePage, LaunchPage},
    find::FindPage,
    operations::{OperationEvidencePage, OperationPage, PlanPage},
    platform::{
        config::{SkuPage, SkusPage},
        iam::UsersPage,
        lifecycle::{
            NodeActivityPage, NodeCapabilitiesPage, NodeCertificatePage, NodeOperationsPage, NodePosturePage,
            NodesPage, OnboardingPage, OnboardingsPage,
        },
        ops::OpsPage,
    },
    workloads::{
        WorkbenchPage, WorkloadActivityPage, WorkloadLogPage, WorkloadMetricsPage, WorkloadOperationsPage,
    },
};
use leptos::prelude::*;

/// The pages of workloads and compute, of the account, and of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TenantPage {
    Workbench,
    WorkloadLog,
    WorkloadMetrics,
    WorkloadOperations,
    WorkloadActivity,
    Compute,
    LaunchCompute,
    AccountProfile,
    AccountSecurity,
    AccountSessions,
    Find,
}

/// The pages of the platform's queue and lifecycle, and plans and operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlatformPage {
    Ops,
    Nodes,
    Onboardings,
    Onboarding,
    NodePosture,
    NodeOperations,
    NodeActivity,
    NodeCapabilities,
    NodeCertificate,
    ConfigSkus,
    ConfigSku,
    IamUsers,
    Plan,
    Operation,
    OperationEvidence,
}

/// Workloads, compute, account, find.
#[cfg_attr(feature = "split", leptos::lazy)]
pub(crate) async fn tenant_work(page: TenantPage) -> AnyView {
    match page {
        TenantPage::Workbench => view! { <WorkbenchPage/> }.into_any(),
        TenantPage::WorkloadLog => view! { <WorkloadLogPage/> }.into_any(),
        TenantPage::WorkloadMetrics => view! { <WorkloadMetricsPage/> }.into_any(),
        TenantPage::WorkloadOperations => view! { <WorkloadOperationsPage/> }.into_any(),
        TenantPage::WorkloadActivity => view! { <WorkloadActivityPage/> }.into_any(),
        TenantPage::Compute => view! { <ComputePage/> }.into_any(),
        TenantPage::LaunchCompute => view! { <LaunchPage/> }.into_any(),
        TenantPage::AccountProfile => view! { <ProfilePage/> }.into_any(),
        TenantPage::AccountSecurity => view! { <SecurityPage/> }.into_any(),
        TenantPage::AccountSessions => view! { <SessionsPage/> }.into_any(),
        TenantPage::Find => view! { <FindPage/> }.into_any(),
    }
}

/// Ops, lifecycle, plans, operations.
#[cfg_attr(feature = "split", leptos::lazy)]
pub(crate) async fn platform_operations(page: PlatformPage) -> AnyView {
    match page {
        PlatformPage::Ops => view! { <OpsPage/> }.into_any(),
        PlatformPage::Nodes => view! { <NodesPage/> }.into_any(),
        PlatformPage::Onboardings => view! { <OnboardingsPage/> }.into_any(),
        PlatformPage::Onboarding => view! { <OnboardingPage/> }.into_any(),
        PlatformPage::NodePosture => view! { <NodePosturePage/> }.into_any(),
        PlatformPage::NodeOperations => view! { <NodeOperationsPage/> }.into_any(),
        PlatformPage::NodeActivity => view! { <NodeActivityPage/> }.into_any(),
        PlatformPage::NodeCapabilities => view! { <NodeCapabilitiesPage/> }.into_any(),
        PlatformPage::NodeCertificate => view! { <NodeCertificatePage/> }.into_any(),
        PlatformPage::ConfigSkus => view! { <SkusPage/> }.into_any(),
        PlatformPage::ConfigSku => view! { <SkuPage/> }.into_any(),
        PlatformPage::IamUsers => view! { <UsersPage/> }.into_any(),
        PlatformPage::Plan => view! { <PlanPage/> }.into_any(),
        PlatformPage::Operation => view! { <OperationPage/> }.into_any(),
        PlatformPage::OperationEvidence => view! { <OperationEvidencePage/> }.into_any(),
    }
}
