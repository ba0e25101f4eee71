//! How fresh a page is: as of when what it shows was true, and how changes reach it.

use leptos::prelude::*;
use read_models::time::Timestamp;

/// `as of 14:02:11 UTC, live`. How changes reach it is known in the browser only, and written there.
#[component]
pub(crate) fn Freshness(as_of: Timestamp) -> impl IntoView {
    view! {
        <p class="freshness" data-freshness>
            "as of " <time datetime=as_of.rfc3339() title=as_of.rfc3339()>{as_of.time_of_day()}</time> " UTC" <span data-link-words></span>
        </p>
    }
}
