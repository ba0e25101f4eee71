//! The rules of an operation: which hold, which are in the way, and what would unblock them. On cards and plans.

use leptos::prelude::*;
use read_models::{
    navigation::Address,
    operation::{Blocker, Precondition},
};

/// Each rule with its answer.
#[component]
pub(crate) fn PreconditionList(preconditions: Vec<Precondition>) -> impl IntoView {
    if preconditions.is_empty() {
        return view! { <p>"Nothing has to hold before."</p> }.into_any();
    }
    let rules = preconditions
        .into_iter()
        .map(|rule| {
            let (class, word) = if rule.holds { ("holds", "Holds: ") } else { ("blocks", "In the way: ") };
            view! { <li class=class><span class="unseen">{word}</span>{rule.sentence} " " {way_out(rule.unblocked_by)}</li> }
        })
        .collect_view();
    view! { <ul class="tick">{rules}</ul> }.into_any()
}

/// What is in the way of starting a plan.
#[component]
pub(crate) fn BlockerList(blockers: Vec<Blocker>) -> impl IntoView {
    let rows = blockers
        .into_iter()
        .map(|blocker| {
            let seen = blocker.evidence.map(|evidence| view! { <small>"Seen: " {evidence}</small> });
            view! { <li class="blocks"><strong>{blocker.sentence}</strong> " " {way_out(blocker.unblocked_by)} " " {seen}</li> }
        })
        .collect_view();
    view! { <ul class="tick">{rows}</ul> }
}

/// A page is a link; an operation is named, its card stands among the others.
fn way_out(unblocked_by: Option<String>) -> Option<AnyView> {
    let way = unblocked_by?;
    Some(match Address::try_from(way.clone()) {
        Ok(address) => view! { <a href=address.to_string()>"Unblock it there"</a> }.into_any(),
        Err(_) => view! { <span class="way-out">"Unblocked by " <code>{way}</code></span> }.into_any(),
    })
}
