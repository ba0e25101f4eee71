//! Something that needs a person: what, why, since when, and the operation to run next. On every workbench.

use super::since::Since;
use leptos::prelude::*;
use read_models::{navigation::Address, time::Timestamp};

/// The item as a panel.
#[component]
pub(crate) fn ActionPanel(item: Item, as_of: Timestamp) -> impl IntoView {
    let until = item.until.map(|until| view! { " · shown until " <Since at=until as_of/> });
    let evidence = item.evidence.map(|evidence| view! { <a href=evidence.to_string()>"Evidence"</a> });
    view! {
        <article class="panel act">
            <header class="line">
                <h3>{item.title}</h3>
                {item.badge}
                <small class="end"><Since at=item.since as_of/> {until}</small>
            </header>
            <p>{item.reason}</p>
            <p class="line"><a class="btn primary" href=item.address.to_string()>{item.label}</a> {evidence}</p>
        </article>
    }
}

/// What the panel says.
pub(crate) struct Item {
    pub(crate) title: String,
    pub(crate) badge: AnyView,
    pub(crate) reason: String,
    pub(crate) since: Timestamp,
    pub(crate) until: Option<Timestamp>,
    pub(crate) address: Address,
    pub(crate) label: String,
    pub(crate) evidence: Option<Address>,
}
