//! Beside the form: what launching will do, and the same from a terminal.

use crate::{components::lifecycle_operation_card::usually, ui::copy::Command};
use leptos::prelude::*;
use read_models::operation::OperationCard;

/// The card of the launch, and the button that asks for the plan.
#[component]
pub(super) fn Review(card: OperationCard, terminal_command: String) -> impl IntoView {
    let reason = card
        .button
        .reason
        .clone()
        .map(|reason| view! { <small class="why-not" id="launch-why-not">{reason}</small> });
    let described = reason.is_some().then_some("launch-why-not");
    view! {
        <aside class="aside" aria-label="What launching does">
            <article class="panel op" data-operation=card.operation.clone() data-field="card">
                <h2>"Plan"</h2>
                <dl>
                    <dt>"Result"</dt><dd>{card.expected.clone()}</dd>
                    <dt>"Seen by"</dt><dd>{card.verified_by.clone()}</dd>
                    <dt>"Takes"</dt><dd>{usually(card.usually.as_ref())}</dd>
                    <dt>"Progress"</dt><dd>{card.progress.clone()}</dd>
                    <dt>"If it fails"</dt><dd>{card.on_failure.clone()}</dd>
                    <dt>"Evidence"</dt><dd>{card.evidence.clone()}</dd>
                </dl>
                <button class="btn primary wide" type="submit" disabled=!card.button.enabled aria-describedby=described>
                    "See the plan…"
                </button>
                {reason}
            </article>
            <section class="panel op">
                <h2>"Same from a terminal"</h2>
                <Command text=terminal_command label="The same from a terminal"/>
            </section>
        </aside>
    }
}
