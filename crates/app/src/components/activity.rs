//! What happened, newest first: who, what, on which operation, with the hash that proves it.

use super::{evidence_link::EvidenceLink, since::Since};
use crate::ui::words::short;
use leptos::prelude::*;
use read_models::{evidence::EventView, time::Timestamp};

/// The events as a list.
#[component]
pub(crate) fn Activity(events: Vec<EventView>, as_of: Timestamp) -> impl IntoView {
    if events.is_empty() {
        return view! { <p class="empty">"Nothing has happened here yet. Every request, step and observation will stand here."</p> }
            .into_any();
    }
    let rows = events.into_iter().map(|event| row(event, as_of)).collect_view();
    view! { <ol class="panel feed">{rows}</ol> }.into_any()
}

fn row(event: EventView, as_of: Timestamp) -> impl IntoView {
    let operation = event.operation.map(|id| view! { <EvidenceLink operation=id/> });
    view! {
        <li>
            <span class="when"><Since at=event.at as_of/></span>
            <div>
                <p>{event.sentence}</p>
                <small>
                    {event.actor} " · " <code>{event.kind}</code> " · " <code title=event.hash.clone()>{short(&event.hash)}</code>
                </small>
            </div>
            <span class="end">{operation}</span>
        </li>
    }
}
