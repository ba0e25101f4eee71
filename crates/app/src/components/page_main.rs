//! The `main` of every page.

use leptos::prelude::*;
use leptos_meta::Title;
use read_models::navigation::RouteId;

/// Says which page this is, to people in the title and to tests in `data-page`.
#[component]
pub(crate) fn PageMain(route: RouteId, children: Children) -> impl IntoView {
    view! { <main class="main" id="main" tabindex="-1" data-page=route.key()>{children()}</main> }
}

/// The document's title.
#[component]
pub(crate) fn PageTitle(#[prop(into)] text: String) -> impl IntoView {
    view! { <Title text/> }
}
