//! What became of each target of an operation on many, and a new plan of those that did not succeed.

use crate::{
    components::{
        bulk_panel::{asked_of, one_of},
        state_badge::{Badge, StateBadge, Tone},
    },
    endpoint::Endpoint,
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{
    navigation::Address,
    operation::{BulkTarget, BulkView, Target},
};
use serde_json::Value;

/// The targets, each with its outcome and the way to its operation.
#[component]
pub(crate) fn BulkTargets(
    bulk: BulkView,
    over: bool,
    /// The operation that carries it out, and what that one was asked for.
    parent: (String, Target),
) -> impl IntoView {
    let (summary, word) = (summary(&bulk), one_of(bulk.target_kind));
    let may = over && bulk.may_ask_again && !bulk.unsuccessful.is_empty();
    let again = may.then(|| view! { <Again bulk=bulk.clone() parent/> });
    let rows = bulk.targets.into_iter().map(|one| row(one, word)).collect_view();
    view! {
        <Section title="Targets" aside=summary field="bulk">
            <table class="panel list outcomes">
                <thead><tr><th>{word}</th><th>"Outcome"</th><th>"What is said"</th><th>"Operation"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {again}
        </Section>
    }
}

/// `5 of 9 over, 1 failed, 2 running · paused`.
fn summary(bulk: &BulkView) -> String {
    let mut parts = vec![format!("{} of {} over", bulk.over, bulk.of)];
    let counted = [(bulk.failed, "failed"), (bulk.not_started, "not started"), (bulk.running, "running")];
    let counted = counted.into_iter().filter(|(count, _)| *count > 0);
    parts.extend(counted.map(|(count, word)| format!("{count} {word}")));
    let mut words = parts.join(", ");
    match (bulk.paused, bulk.ended) {
        (true, _) => words.push_str(" · paused"),
        (false, true) => words.push_str(" · ended by a person"),
        (false, false) => {}
    }
    words
}

fn row(one: BulkTarget, word: &'static str) -> impl IntoView {
    let canary = one.is_canary.then(|| {
        let badge = Badge::new("canary", "Canary", Tone::Idle);
        view! { <StateBadge badge/> }
    });
    let again = (one.attempt > 1).then(|| view! { <small>{format!("try {}", one.attempt)}</small> });
    let link = |id, words: &'static str| view! { <a href=Address::Operation(id).to_string()>{words}</a> };
    let operation = match (one.operation, one.earlier) {
        (Some(id), _) => link(id, "Follow").into_any(),
        (None, Some(id)) => link(id, "Try before").into_any(),
        (None, None) => view! { <span class="muted">"none"</span> }.into_any(),
    };
    view! {
        <tr data-target=one.target.id data-outcome=one.outcome.key()>
            <td data-label=word><div><a class="name" href=one.address.to_string()>{one.name}</a> " " {canary}</div></td>
            <td data-label="Outcome"><span class="badges"><StateBadge badge=one.outcome/></span> {again}</td>
            <td data-label="What is said">{one.sentence}</td>
            <td data-label="Operation">{operation}</td>
        </tr>
    }
}

/// A new plan of those that did not succeed, from today's facts.
#[component]
fn Again(bulk: BulkView, parent: (String, Target)) -> impl IntoView {
    let list = bulk.target_kind.list();
    let targets = bulk
        .unsuccessful
        .iter()
        .map(|id| view! { <input type="hidden" name="input.targets" value=id.clone()/> })
        .collect_view();
    let with = bulk
        .with
        .iter()
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name, if *value == Value::Null { String::new() } else { text })
        })
        .map(|(name, text)| view! { <input type="hidden" name=format!("input.with.{name}") value=text/> })
        .collect_view();
    let many = bulk.unsuccessful.len();
    let words =
        if many == 1 { "Plan the one again…".to_owned() } else { format!("Plan the {many} again…") };
    view! {
        <form class="line more" method="post" action=Endpoint::Plan.to_string() data-field="again">
            {asked_of(parent, &list)}
            <input type="hidden" name="input.operation" value=bulk.operation/>
            <input type="hidden" name="input.canary" value=bulk.canary.to_string()/>
            <input type="hidden" name="input.parallelism" value=bulk.parallelism.to_string()/>
            <input type="hidden" name="input.stop_after_failures" value=bulk.stop_after_failures.to_string()/>
            {targets}
            {with}
            <button class="btn" type="submit">{words}</button>
            <small>"A new operation with those that did not succeed and no other, from today's facts."</small>
        </form>
    }
}
