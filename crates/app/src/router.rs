//! Which page stands where: one complete match from route to view, over the navigation contract.

use crate::{
    components::page_states::NoSuchPage,
    pages::{
        access::AccessAuditPage,
        account::{ProfilePage, SecurityPage, SessionsPage},
        compute::{ComputePage, LaunchPage},
        entrance::{FirstAdministratorPage, InvitationPage, SignInPage},
        find::FindPage,
        operations::{OperationEvidencePage, OperationPage, PlanPage},
        platform::{
            config::{SkuPage, SkusPage},
            evidence::{AuditPage, CheckpointsPage, EvidencePage, ExportsPage, OperationsPage},
            iam::UsersPage,
            lifecycle::{
                NodeActivityPage, NodeCapabilitiesPage, NodeCertificatePage, NodeOperationsPage,
                NodePosturePage, NodesPage, OnboardingPage, OnboardingsPage,
            },
            ops::OpsPage,
        },
        workloads::{
            WorkbenchPage, WorkloadActivityPage, WorkloadLogPage, WorkloadMetricsPage, WorkloadOperationsPage,
        },
    },
    shell::Frame,
};
use leptos::{children::ToChildren, prelude::*, tachys::view::iterators::StaticVec};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    ChooseView, NestedRoute, ParamSegment, PossibleRouteMatch, SsrMode, StaticSegment,
    any_nested_route::{AnyNestedRoute, IntoAnyNestedRoute},
    components::{FlatRoutes, FlatRoutesProps, RouteChildren, Router},
};
use read_models::navigation::{CONTRACT, RouteId};
use std::sync::Arc;

/// The app: the frame, and in it the page of the address.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Slipway".to_owned() } else { format!("{title} · Slipway") }/>
        <Router>
            <Frame>{routes()}</Frame>
        </Router>
    }
}

/// A route's view.
#[derive(Clone, Copy)]
struct Page(RouteId);

impl ChooseView for Page {
    /// The one complete match: a new route does not compile before it has a page.
    async fn choose(self) -> AnyView {
        match self.0 {
            RouteId::SignIn => view! { <SignInPage/> }.into_any(),
            RouteId::FirstAdministrator => view! { <FirstAdministratorPage/> }.into_any(),
            RouteId::Invitation => view! { <InvitationPage/> }.into_any(),
            RouteId::Workbench => view! { <WorkbenchPage/> }.into_any(),
            RouteId::Workload => view! { <WorkloadLogPage/> }.into_any(),
            RouteId::WorkloadMetrics => view! { <WorkloadMetricsPage/> }.into_any(),
            RouteId::WorkloadOperations => view! { <WorkloadOperationsPage/> }.into_any(),
            RouteId::WorkloadActivity => view! { <WorkloadActivityPage/> }.into_any(),
            RouteId::Compute => view! { <ComputePage/> }.into_any(),
            RouteId::ConfigSkus => view! { <SkusPage/> }.into_any(),
            RouteId::ConfigSku => view! { <SkuPage/> }.into_any(),
            RouteId::LaunchCompute => view! { <LaunchPage/> }.into_any(),
            RouteId::Ops => view! { <OpsPage/> }.into_any(),
            RouteId::Nodes => view! { <NodesPage/> }.into_any(),
            RouteId::Onboardings => view! { <OnboardingsPage/> }.into_any(),
            RouteId::Onboarding => view! { <OnboardingPage/> }.into_any(),
            RouteId::Node => view! { <NodePosturePage/> }.into_any(),
            RouteId::NodeOperations => view! { <NodeOperationsPage/> }.into_any(),
            RouteId::NodeActivity => view! { <NodeActivityPage/> }.into_any(),
            RouteId::NodeCapabilities => view! { <NodeCapabilitiesPage/> }.into_any(),
            RouteId::NodeCertificate => view! { <NodeCertificatePage/> }.into_any(),
            RouteId::AccessAudit => view! { <AccessAuditPage/> }.into_any(),
            RouteId::IamUsers => view! { <UsersPage/> }.into_any(),
            RouteId::AccountProfile => view! { <ProfilePage/> }.into_any(),
            RouteId::AccountSecurity => view! { <SecurityPage/> }.into_any(),
            RouteId::AccountSessions => view! { <SessionsPage/> }.into_any(),
            RouteId::Find => view! { <FindPage/> }.into_any(),
            RouteId::Plan => view! { <PlanPage/> }.into_any(),
            RouteId::Operation => view! { <OperationPage/> }.into_any(),
            RouteId::OperationEvidence => view! { <OperationEvidencePage/> }.into_any(),
            RouteId::Evidence => view! { <EvidencePage/> }.into_any(),
            RouteId::EvidenceAudit => view! { <AuditPage/> }.into_any(),
            RouteId::EvidenceOperations => view! { <OperationsPage/> }.into_any(),
            RouteId::EvidenceBundles => view! { <ExportsPage/> }.into_any(),
            RouteId::EvidenceCheckpoints => view! { <CheckpointsPage/> }.into_any(),
        }
    }

    async fn preload(&self) {}
}

/// The router's table, made from the contract: the whole page is rendered with its real status, then sent.
fn routes() -> impl IntoView {
    let table = || -> RouteChildren<StaticVec<AnyNestedRoute>> {
        ToChildren::to_children(|| {
            CONTRACT
                .iter()
                .map(|row| {
                    NestedRoute::new(segments(row.path), Page(row.id))
                        .ssr_mode(SsrMode::Async)
                        .into_any_nested_route()
                })
                .collect::<Vec<_>>()
                .into()
        })
    };
    FlatRoutes(FlatRoutesProps::builder().fallback(|| view! { <NoSuchPage/> }).children(table()).build())
}

type Segments = Arc<dyn PossibleRouteMatch + Send + Sync>;

fn segments(path: &'static str) -> Segments {
    let start: Segments = Arc::new(());
    path.trim_start_matches('/').split('/').fold(start, |before, part| match part.strip_prefix(':') {
        Some(name) => Arc::new((before, ParamSegment(name))),
        None => Arc::new((before, StaticSegment(part))),
    })
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use leptos_router::{PathSegment, RouteList, location::RequestUrl};

    #[tokio::test]
    async fn the_router_has_the_pages_of_the_contract_and_no_other() {
        _ = any_spawner::Executor::init_tokio();
        let owner = Owner::new_root(None);
        let routes = owner.with(|| {
            provide_context(RequestUrl::new(""));
            RouteList::generate(App).map(RouteList::into_inner).unwrap_or_default()
        });
        let generated: Vec<String> = routes
            .iter()
            .map(|route| {
                route.path().iter().fold(String::new(), |path, segment| match segment {
                    PathSegment::Static(part) if part.is_empty() => path,
                    PathSegment::Static(part) => format!("{path}/{part}"),
                    PathSegment::Param(name) => format!("{path}/:{name}"),
                    PathSegment::OptionalParam(_) | PathSegment::Splat(_) | PathSegment::Unit => {
                        format!("{path}/{segment:?}")
                    }
                })
            })
            .collect();
        let contract: Vec<&str> = CONTRACT.iter().map(|row| row.path).collect();
        assert_eq!(generated, contract);
        assert!(routes.iter().all(|route| matches!(route.mode(), SsrMode::Async)));
    }
}
