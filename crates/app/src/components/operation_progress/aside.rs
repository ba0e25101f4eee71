//! Beside the steps: the four facts, what happens if it fails, cancelling, what is left.

use crate::{components::since::Since, endpoint::Endpoint, ui::words::short};
use leptos::prelude::*;
use read_models::{
    ids::OperationId,
    navigation::Address,
    operation::{CancelView, Fact, FourFacts, OperationView},
    time::Timestamp,
};

/// The panels.
#[component]
pub(crate) fn Aside(operation: OperationView) -> impl IntoView {
    let over = operation.state.is_over();
    let evidence = Address::OperationEvidence(operation.id.clone()).to_string();
    let debris = (!operation.debris.is_empty()).then(|| {
        let rows = operation.debris.iter().map(|left| view! { <li>{left.clone()}</li> }).collect_view();
        view! { <section class="panel op" data-danger="destructive"><h2>"Left over"</h2><ul>{rows}</ul></section> }
    });
    view! {
        <aside class="aside" aria-label="About this operation">
            <Facts facts=operation.facts as_of=operation.as_of/>
            {debris}
            <section class="panel op"><h2>"Result"</h2><p>{operation.expected}</p></section>
            <section class="panel op"><h2>"If it fails"</h2><p>{operation.on_failure}</p></section>
            <section class="panel op">
                <h2>"Plan"</h2>
                <p>"Confirmed as " <code title=operation.plan_hash.clone()>{short(&operation.plan_hash)}</code></p>
            </section>
            <section class="panel op">
                <h2>"Evidence"</h2>
                <p><a href=evidence>"Download and check it"</a></p>
            </section>
            {(!over).then(|| view! { <Cancel id=operation.id cancel=operation.cancel/> })}
        </aside>
    }
}

/// Requested, accepted, acknowledged, observed: kept apart.
#[component]
fn Facts(facts: FourFacts, as_of: Timestamp) -> impl IntoView {
    let row = |name: &'static str, fact: Fact| {
        let class = if fact.at.is_some() { "holds" } else { "waits" };
        let when = fact.at.map(|at| view! { <Since at as_of/> });
        view! {
            <li class=class data-fact=name>
                <strong>{name}</strong> " " <small>{when.map_or_else(|| "not yet".into_any(), IntoAny::into_any)}</small>
                <p>{fact.sentence}</p>
            </li>
        }
    };
    view! {
        <section class="panel op">
            <h2>"Four facts"</h2>
            <ul class="tick facts-four">
                {row("Requested", facts.requested)}
                {row("Accepted", facts.accepted)}
                {row("Acknowledged", facts.acknowledged)}
                {row("Observed", facts.observed)}
            </ul>
        </section>
    }
}

#[component]
fn Cancel(id: OperationId, cancel: CancelView) -> impl IntoView {
    let body = if cancel.requested {
        view! { <p><strong>"Cancelling was asked for."</strong> " " {cancel.what}</p> }.into_any()
    } else {
        let off = !cancel.possible;
        view! {
            <p id="cancel-what">{cancel.what}</p>
            <div class="field">
                <label for="cancel-reason">"Why"</label>
                <input class="input" id="cancel-reason" name="reason" maxlength="500" autocomplete="off" disabled=off/>
            </div>
            <button class="btn danger" type="submit" disabled=off aria-describedby="cancel-what">"Cancel operation"</button>
        }
        .into_any()
    };
    view! {
        <form class="panel op" method="post" action=Endpoint::Cancel(id).to_string()>
            <h2>"Cancel"</h2>
            {body}
        </form>
    }
}
