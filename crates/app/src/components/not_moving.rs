//! Why is it not moving: what it waits for, since when, when it is looked at again, what went wrong last, and how long it
//! usually takes here. Used where operations are listed and on the page of a node.

use super::{
    evidence_link::EvidenceLink,
    lifecycle_operation_card::usually,
    progress_brief::{Follow, Progress},
    since::Since,
    slow::slow,
};
use leptos::prelude::*;
use read_models::{nodes::Awaited, operation::Waiting, ops::RunningOperation, time::Timestamp};

/// Since when it waits, for which operation, and when it looks again.
fn waits(waiting: Waiting, as_of: Timestamp) -> impl IntoView {
    let other = waiting.operation.map(|id| view! { "Behind " <EvidenceLink operation=id/> ". " });
    let again = match waiting.next_check {
        Some(at) => view! { "Looks again " <Since at as_of/> "." }.into_any(),
        None => "It is woken when that changes.".into_any(),
    };
    view! { <small data-why="waits">"Waits since " <Since at=waiting.since as_of/> ". " {other} {again}</small> }
}

fn went_wrong(last: Option<String>) -> Option<impl IntoView + use<>> {
    last.map(|last| view! { <small class="warn-words" data-why="error">"Went wrong last: " {last}</small> })
}

/// How far an operation is, and under it why it is not moving.
#[component]
pub(crate) fn Moving(operation: RunningOperation, as_of: Timestamp) -> impl IntoView {
    let late = slow(operation.above_sla);
    let waits = operation.waiting.map(|waiting| waits(waiting, as_of));
    view! { <Progress brief=operation.progress/> {waits} {went_wrong(operation.last_error)} {late} }
}

/// What is under way on what the page is about, and what it waits for by itself.
#[component]
pub(crate) fn NotMoving(
    operations: Vec<RunningOperation>,
    awaited: Option<Awaited>,
    as_of: Timestamp,
) -> impl IntoView {
    let operations = operations
        .into_iter()
        .map(|operation| {
            let brief = operation.progress.clone();
            let id = brief.id.to_string();
            view! {
                <li class="rowx" data-under-way=id>
                    <div>
                        <strong>{brief.title.clone()}</strong>
                        <small>"by " {operation.requested_by.clone()} " · " <Since at=operation.requested_at as_of/></small>
                    </div>
                    <small data-why="usually">{usually(operation.usually.as_ref())}</small>
                    <div><Moving operation as_of/></div>
                    <div class="end"><Follow brief/></div>
                </li>
            }
        })
        .collect_view();
    let awaited = awaited.map(|awaited| {
        view! {
            <li class="rowx" data-awaited>
                <div><strong>"Waits for its agent"</strong></div>
                <small data-why="usually">{usually(awaited.usually.as_ref())}</small>
                <div><small>"Waits for " {awaited.waiting.on.clone()} "."</small> {waits(awaited.waiting, as_of)} {went_wrong(awaited.last_error)}</div>
                <div class="end"></div>
            </li>
        }
    });
    view! { <ul class="panel table progressing">{operations} {awaited}</ul> }
}
