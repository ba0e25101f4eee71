//! The way back from a page of one thing: to a fixed place, never to the browser's history.

use leptos::prelude::*;

/// Where it leads and what is there.
#[component]
pub(crate) fn BackLink(#[prop(into)] href: String, #[prop(into)] word: String) -> impl IntoView {
    view! { <a class="back" href=href data-back><span aria-hidden="true">"← "</span>{word}</a> }
}
