//! What changes with time alone, or by what is no event.

use leptos::prelude::*;

/// Has the page asked for again every ten seconds while this stands on it.
#[component]
pub(crate) fn AskedAgain() -> impl IntoView {
    view! { <span hidden data-asked-again></span> }
}
