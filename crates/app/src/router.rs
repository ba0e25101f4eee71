//! Which page stands where: one complete match from route to view, over the navigation contract.

use crate::{
    components::page_states::NoSuchPage,
    groups::{self, PlatformPage, TenantPage},
    live,
    pages::entrance::{FirstAdministratorPage, InvitationPage, SignInPage},
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
    live::provide();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Slipway".to_owned() } else { format!("{title} · Slipway") }/>
        <Router>
            <Frame>{routes()}</Frame>
        </Router>
    }
}

/// A route's view: the page, fetched with its group.
#[derive(Clone, Copy)]
struct Page(RouteId);

impl ChooseView for Page {
    async fn choose(self) -> AnyView {
        match place(self.0) {
            Place::SignIn => view! { <SignInPage/> }.into_any(),
            Place::FirstAdministrator => view! { <FirstAdministratorPage/> }.into_any(),
            Place::Invitation => view! { <InvitationPage/> }.into_any(),
            Place::Tenant(page) => groups::tenant_work(page).await,
            Place::Platform(page) => groups::platform_operations(page).await,
        }
    }

    async fn preload(&self) {}
}

/// Outside every group, or in which.
enum Place {
    SignIn,
    FirstAdministrator,
    Invitation,
    Tenant(TenantPage),
    Platform(PlatformPage),
}

/// The one complete match: a new route does not compile before it has a page.
const fn place(route: RouteId) -> Place {
    match route {
        RouteId::SignIn => Place::SignIn,
        RouteId::FirstAdministrator => Place::FirstAdministrator,
        RouteId::Invitation => Place::Invitation,
        RouteId::Workbench => Place::Tenant(TenantPage::Workbench),
        RouteId::Workload => Place::Tenant(TenantPage::WorkloadLog),
        RouteId::WorkloadMetrics => Place::Tenant(TenantPage::WorkloadMetrics),
        RouteId::WorkloadOperations => Place::Tenant(TenantPage::WorkloadOperations),
        RouteId::WorkloadActivity => Place::Tenant(TenantPage::WorkloadActivity),
        RouteId::Compute => Place::Tenant(TenantPage::Compute),
        RouteId::ConfigSkus => Place::Platform(PlatformPage::ConfigSkus),
        RouteId::ConfigSku => Place::Platform(PlatformPage::ConfigSku),
        RouteId::LaunchCompute => Place::Tenant(TenantPage::LaunchCompute),
        RouteId::Ops => Place::Platform(PlatformPage::Ops),
        RouteId::Nodes => Place::Platform(PlatformPage::Nodes),
        RouteId::Onboardings => Place::Platform(PlatformPage::Onboardings),
        RouteId::Onboarding => Place::Platform(PlatformPage::Onboarding),
        RouteId::Node => Place::Platform(PlatformPage::NodePosture),
        RouteId::NodeOperations => Place::Platform(PlatformPage::NodeOperations),
        RouteId::NodeActivity => Place::Platform(PlatformPage::NodeActivity),
        RouteId::NodeCapabilities => Place::Platform(PlatformPage::NodeCapabilities),
        RouteId::NodeCertificate => Place::Platform(PlatformPage::NodeCertificate),
        RouteId::IamUsers => Place::Platform(PlatformPage::IamUsers),
        RouteId::AccountProfile => Place::Tenant(TenantPage::AccountProfile),
        RouteId::AccountSecurity => Place::Tenant(TenantPage::AccountSecurity),
        RouteId::AccountSessions => Place::Tenant(TenantPage::AccountSessions),
        RouteId::Find => Place::Tenant(TenantPage::Find),
        RouteId::Plan => Place::Platform(PlatformPage::Plan),
        RouteId::Operation => Place::Platform(PlatformPage::Operation),
        RouteId::OperationEvidence => Place::Platform(PlatformPage::OperationEvidence),
    }
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
