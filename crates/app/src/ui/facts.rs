//! Named facts as a list of label and value.

use leptos::prelude::*;

/// A label and its value.
pub(crate) type Named = (&'static str, AnyView);

/// Makes a fact.
pub(crate) fn fact(name: &'static str, value: impl IntoView + 'static) -> Named {
    (name, value.into_any())
}

/// The facts, label beside value.
#[component]
pub(crate) fn FactList(facts: Vec<Named>) -> impl IntoView {
    let rows = facts
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        .collect_view();
    view! { <dl class="facts-list">{rows}</dl> }
}
