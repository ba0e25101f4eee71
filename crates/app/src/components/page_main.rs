//! The `main` of every page.

use super::refusal::Refusal;
use leptos::prelude::*;
use leptos_meta::Title;
use read_models::navigation::{Family, RouteId};

/// Says which page this is, to people in the title and to tests in `data-page`.
#[component]
pub(crate) fn PageMain(route: RouteId, children: Children) -> impl IntoView {
    let refusal = match route.route().family {
        // The entrance says it beside its form.
        Family::Entrance => None,
        Family::Workloads
        | Family::Compute
        | Family::Access
        | Family::Account
        | Family::Ops
        | Family::Lifecycle
        | Family::Config
        | Family::Iam
        | Family::Evidence
        | Family::Find
        | Family::Operations => Some(view! { <Refusal shows_drafts={route == RouteId::LaunchCompute}/> }),
    };
    view! { <main class="main" id="main" tabindex="-1" data-page=route.key()>{refusal} {children()}</main> }
}

/// The document's title.
#[component]
pub(crate) fn PageTitle(#[prop(into)] text: String) -> impl IntoView {
    view! { <Title text/> }
}
