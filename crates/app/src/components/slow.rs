//! That something takes longer than it usually does here, and why: the same mark wherever an operation under way is shown.

use leptos::prelude::*;

/// The mark and the sentence; nothing while it takes no longer than usual.
pub(crate) fn slow(above_sla: Option<String>) -> Option<impl IntoView> {
    above_sla.map(|why| {
        view! { <small data-slow><span class="badge" data-tone="warn">"Slow"</span> " " {why}</small> }
    })
}
