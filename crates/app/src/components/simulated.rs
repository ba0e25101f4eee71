//! The label of what is not real: a node with no machine behind it, and what is placed on one. Wherever it appears.

use super::state_badge::{Badge, StateBadge, Tone};
use leptos::prelude::*;

/// The label, where it applies.
pub(crate) fn simulated(applies: bool) -> Option<impl IntoView> {
    applies.then(|| view! { " " <StateBadge badge=Badge::new("simulated", "Simulated", Tone::Idle)/> })
}
