//! The tabs of a page. Each is an address.

use leptos::prelude::*;
use read_models::navigation::{CONTRACT, RouteId};

/// The tabs of a thing, from the contract: every row of its family that has a word here.
#[component]
pub(crate) fn ThingNav(current: RouteId, #[prop(into)] id: String) -> impl IntoView {
    let family = current.route().family;
    let tabs = CONTRACT
        .iter()
        .filter(|row| row.family == family)
        .filter_map(|row| {
            Some(Tab {
                key: row.id.key(),
                href: row.path.replace(":id", &id),
                word: row.local_nav?,
                current: row.id == current,
            })
        })
        .collect();
    view! { <LocalNav tabs/> }
}

/// The tabs.
#[component]
pub(crate) fn LocalNav(tabs: Vec<Tab>) -> impl IntoView {
    let links = tabs
        .into_iter()
        .map(|tab| {
            view! { <a href=tab.href data-local-nav=tab.key aria-current=tab.current.then_some("page")>{tab.word}</a> }
        })
        .collect_view();
    view! { <nav class="localnav" aria-label="On this page">{links}</nav> }
}

/// A tab.
pub(crate) struct Tab {
    pub(crate) key: &'static str,
    pub(crate) href: String,
    pub(crate) word: &'static str,
    pub(crate) current: bool,
}
