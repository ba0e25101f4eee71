//! One thing that was found, as a line: what it is, its name, what tells it from others, its state. In the palette and on
//! the page of finding.

use super::{
    simulated::simulated,
    state_badge::{Badge, StateBadge, Tone},
};
use leptos::prelude::*;
use read_models::{
    find::{Found, FoundKind, FoundState},
    nodes::NodeState,
    operation::OperationState,
    time::Timestamp,
    workloads::WorkloadState,
};

/// The inside of the line; the way to it is whoever shows it.
pub(crate) fn words(found: &Found, as_of: Timestamp) -> impl IntoView + use<> {
    let state = found.state.clone().map(|state| {
        let lasting = (state.since, as_of);
        view! { <StateBadge badge=badge(found.kind, &state) lasting/> }
    });
    view! {
        <span class="found-kind">{found.kind.word()}</span>
        <span class="found-words">
            <strong>{found.title.clone()}</strong>{simulated(found.simulated)} " " <span class="found-detail">{found.detail.clone()}</span>
        </span>
        <span class="found-state">{state}</span>
    }
}

fn badge(kind: FoundKind, state: &FoundState) -> Badge {
    let known = match kind {
        FoundKind::Workload => WorkloadState::parse(&state.key).map(Badge::from),
        FoundKind::Node => NodeState::parse(&state.key).map(Badge::from),
        FoundKind::Run => OperationState::parse(&state.key).map(Badge::from),
        FoundKind::Operation | FoundKind::Page | FoundKind::Sku => None,
    };
    known.unwrap_or_else(|| Badge::new(&state.key, &state.word, Tone::Idle))
}
