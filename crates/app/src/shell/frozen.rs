//! The line on every page while the platform is frozen: who, since when, why, and where it is lifted.

use crate::components::since::Since;
use leptos::prelude::*;
use read_models::{session::FrozenView, time::Timestamp};

/// The line.
#[component]
pub(super) fn Frozen(frozen: FrozenView, as_of: Timestamp) -> impl IntoView {
    let lift = frozen.lift.map(|address| {
        view! { <a class="btn" href=format!("{address}#standstill")>"Unfreeze"</a> }
    });
    view! {
        <section class="frozen" role="status" aria-label="The platform is frozen" data-field="frozen">
            <p>
                <strong>"The platform is frozen: nothing begins."</strong> " " {frozen.reason} " "
                <small>"By " {frozen.by} ", " <Since at=frozen.since as_of/></small>
            </p>
            {lift}
        </section>
    }
}
