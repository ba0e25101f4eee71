//! Operations that were carried out on a thing, newest first.

use super::{evidence_link::EvidenceLink, since::Since, state_badge::StateBadge};
use leptos::prelude::*;
use read_models::{operation::LastRun, time::Timestamp};

/// One row each.
#[component]
pub(crate) fn PastOperations(runs: Vec<LastRun>, as_of: Timestamp) -> impl IntoView {
    if runs.is_empty() {
        return view! { <p class="empty">"No operation has been carried out here yet."</p> }.into_any();
    }
    let rows = runs
        .into_iter()
        .map(|run| {
            view! {
                <li class="rowx">
                    <strong>{run.title}</strong>
                    <StateBadge badge=run.state/>
                    <span>"by " {run.requested_by}</span>
                    <EvidenceLink operation=run.id/>
                    <small><Since at=run.requested_at as_of/></small>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="panel table runs">{rows}</ul> }.into_any()
}
