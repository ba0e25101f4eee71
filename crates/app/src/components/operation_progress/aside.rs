//! Beside the steps: the four facts, what happens if it fails, cancelling, what is left.

use crate::{components::since::Since, endpoint::Endpoint, ui::words::short};
use leptos::prelude::*;
use read_models::{
    ids::OperationId,
    navigation::Address,
    operation::{CancelView, Fact, FourFacts, LeftoverView, OperationView},
    time::Timestamp,
};

/// The panels.
#[component]
pub(crate) fn Aside(operation: OperationView) -> impl IntoView {
    let over = operation.state.is_over();
    let evidence = Address::OperationEvidence(operation.id.clone()).to_string();
    let debris = (!operation.debris.is_empty()).then(|| {
        let rows = operation.debris.iter().cloned().map(leftover).collect_view();
        view! { <section class="panel op" data-danger="destructive" data-field="debris"><h2>"Left over"</h2><ul>{rows}</ul></section> }
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

/// What is left, and what clears it: the card that does, or what a person does instead.
fn leftover(left: LeftoverView) -> impl IntoView {
    let way = left.cleared_by.map(|clears| {
        let on = clears.name.map(|name| format!(" {name}")).unwrap_or_default();
        let anchor = clears.anchor.map(|anchor| format!("#{anchor}")).unwrap_or_default();
        match clears.address {
            Some(address) => {
                let href = format!("{address}{anchor}");
                view! { <p>"Cleared by: " <a href=href data-clears=clears.operation>{clears.title} {on}</a></p> }.into_any()
            }
            None => view! { <p>{clears.title} " would clear it, and what it is about is gone."</p> }.into_any(),
        }
    });
    let by_hand = left.by_hand.map(|instead| view! { <p>{instead}</p> });
    view! { <li><p>{left.sentence}</p> {way} {by_hand}</li> }
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
