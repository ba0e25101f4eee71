//! How fresh a page is: as of when what it shows was true, and how changes reach it.

use crate::live::{self, Link};
use leptos::prelude::*;
use read_models::time::Timestamp;

/// `as of 14:02:11 UTC, live`.
#[component]
pub(crate) fn Freshness(as_of: Timestamp) -> impl IntoView {
    let link = live::link();
    let how = move || match link.get() {
        Link::AsLoaded => "",
        Link::Stream => ", live",
        Link::Polling => ", asking every 10 s",
        Link::Lost => ", no answer since",
    };
    view! {
        <p class="freshness" data-freshness>
            "as of " <time datetime=as_of.rfc3339() title=as_of.rfc3339()>{as_of.time_of_day()}</time> " UTC" {how}
        </p>
    }
}
