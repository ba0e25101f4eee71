//! Who looks after an operation that asks for a person or left something over, and the cards that hand it on.

use crate::{
    components::{
        evidence_link::EvidenceLink, lifecycle_operation_card::LifecycleOperationCard, since::Since,
    },
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{
    operation::{HandOverView, OperationCard},
    time::Timestamp,
};

/// Who has it, since when, and what they were told.
#[component]
pub(crate) fn HandedPanel(handed: HandOverView, as_of: Timestamp) -> impl IntoView {
    let whose = if handed.is_yours { "Handed to you".to_owned() } else { format!("Handed to {}", handed.to) };
    let lost = lost(&handed);
    view! {
        <section class="panel act" data-tone="busy" data-field="handed">
            <header class="line"><h2>{whose}</h2> <small class="end"><Since at=handed.at as_of/></small></header>
            <p>"“" {handed.note} "”"</p>
            {lost}
            <p><small>"By " {handed.by} ". " <EvidenceLink operation=handed.operation/></small></p>
        </section>
    }
}

/// The same in a line, for the queue.
pub(crate) fn handed_line(handed: HandOverView, as_of: Timestamp) -> impl IntoView {
    let whose = if handed.is_yours { "you".to_owned() } else { handed.to.clone() };
    let lost = lost(&handed);
    view! {
        <p data-field="handed">
            <small>"Handed to " <strong>{whose}</strong> " by " {handed.by} ", " <Since at=handed.at as_of/> ": “" {handed.note} "”"</small>
        </p>
        {lost}
    }
}

fn lost(handed: &HandOverView) -> Option<impl IntoView + use<>> {
    (!handed.may_act).then(|| {
        view! { <p><strong>"They may not act on it any more: hand it to somebody else."</strong></p> }
    })
}

/// The cards.
#[component]
pub(crate) fn Caring(cards: Vec<OperationCard>, as_of: Timestamp) -> impl IntoView {
    let cards = cards.into_iter().map(|card| view! { <LifecycleOperationCard card as_of/> }).collect_view();
    view! {
        <Section title="Who looks after it" aside="changes nobody's permissions" field="caring">
            <div class="pair cards">{cards}</div>
        </Section>
    }
}
