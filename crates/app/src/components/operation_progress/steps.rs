//! The steps of an operation: state, what was last seen, how success is seen, how long it took, how it is undone.

use crate::components::{since::Since, state_badge::StateBadge};
use leptos::prelude::*;
use read_models::{
    operation::{StepState, StepView, Waiting},
    time::{Timestamp, spoken},
};

/// The steps, in order, and what the operation waits for.
#[component]
pub(crate) fn Steps(steps: Vec<StepView>, waiting: Option<Waiting>, as_of: Timestamp) -> impl IntoView {
    let waiting = waiting.map(|waiting| view! { <WaitingRow waiting as_of/> });
    let rows = steps.into_iter().map(|step| row(step, as_of)).collect_view();
    view! {
        {waiting}
        <ol class="panel steps">{rows}</ol>
    }
}

fn row(step: StepView, as_of: Timestamp) -> impl IntoView {
    let now = matches!(step.state, StepState::Running | StepState::Undoing | StepState::Unknown);
    let attempts = (step.attempts > 1).then(|| format!(" · attempt {}", step.attempts));
    let acknowledged = acknowledged(&step, as_of);
    let seen = step
        .observed_by
        .map_or_else(|| "Nobody looks at its result.".to_owned(), |how| format!("Seen by: {how}"));
    let deadline = step
        .deadline_at
        .filter(|_| now)
        .map(|at| view! { <small>"should be done " <Since at as_of/></small> });
    let took = step.started_at.map(|started| spoken(step.finished_at.unwrap_or(as_of).since(started)));
    view! {
        <li class="step" data-step=step.number aria-current=now.then_some("step")>
            <StateBadge badge=step.state/>
            <div>
                <h3>{step.number} ". " {step.title} <small>{attempts}</small></h3>
                {step.last_observation.map(|seen| view! { <p>{seen}</p> })}
                {now.then(|| view! { <progress aria-label="This step is under way"></progress> })}
                <small>{seen}</small>
                <small>{if step.can_be_undone { "Undo: " } else { "Cannot be undone: " }} {step.undo}</small>
                {acknowledged}
            </div>
            <div class="end"><span>{took}</span> {deadline}</div>
        </li>
    }
}

/// Acknowledged is not observed: while only the first holds, the row says so.
fn acknowledged(step: &StepView, as_of: Timestamp) -> Option<impl IntoView + use<>> {
    let at = step.acknowledged_at?;
    let words = if step.observed_at.is_some() { "Acknowledged " } else { "Acknowledged, not yet observed: " };
    Some(view! { <small>{words} <Since at as_of/></small> })
}

/// What the operation waits for, since when, and when it looks again.
#[component]
fn WaitingRow(waiting: Waiting, as_of: Timestamp) -> impl IntoView {
    let on = waiting.operation.map(|id| {
        let href = read_models::navigation::Address::Operation(id).to_string();
        view! { <a href=href>"See that operation"</a> }
    });
    let again = match waiting.next_check {
        Some(at) => view! { "Looks again " <Since at as_of/> "." }.into_any(),
        None => "It is woken when that changes.".into_any(),
    };
    view! {
        <div class="panel act waiting" data-tone="busy">
            <p><strong>"Waits on: " {waiting.on}</strong> " " {on}</p>
            <p><small>"Since " <Since at=waiting.since as_of/> ". " {again}</small></p>
        </div>
    }
}
