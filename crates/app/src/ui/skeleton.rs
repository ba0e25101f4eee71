//! What stands in a page's place while it loads, in the page's shape.

use leptos::prelude::*;

/// The shape of a list page: a title and rows.
#[component]
pub(crate) fn ListSkeleton() -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <p>"Asking the server what is going on …"</p>
            <span class="bone title"></span>
            <span class="bone row"></span>
            <span class="bone row"></span>
            <span class="bone row"></span>
        </div>
    }
}

/// The shape of a page of one thing: a header, tabs, cards.
#[component]
pub(crate) fn DetailSkeleton() -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <p>"Asking the server how it stands …"</p>
            <span class="bone title"></span>
            <span class="bone tabs"></span>
            <div class="pair"><span class="bone card"></span><span class="bone card"></span></div>
        </div>
    }
}
