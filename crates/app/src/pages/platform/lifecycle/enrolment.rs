//! How a machine comes in: issue a token, run its command or revoke it, and what was refused at the door.

use crate::{
    components::{
        lifecycle_operation_card::{BriefOperationCard, LifecycleOperationCard},
        since::Since,
    },
    ui::{copy::Command, section::Section, words::short},
};
use leptos::prelude::*;
use read_models::{
    navigation::Address,
    nodes::{EnrolmentPanel, EnrolmentTokenRow, IncidentRow},
    time::Timestamp,
};

/// The panel.
#[component]
pub(super) fn Enrolment(panel: EnrolmentPanel, as_of: Timestamp) -> impl IntoView {
    view! {
        <Section title="Bring in a machine" id="enrolment" aside="one token, one machine" field="enrolment">
            <p class="quiet-words">
                "Step by step, with what was refused and what to look at when nothing comes: "
                <a href=Address::Onboardings.to_string()>"bring a machine in"</a> ". Here is the short way, for who knows it."
            </p>
            <div class="pair cards">
                <LifecycleOperationCard card=panel.issue as_of/>
                <div class="stack">
                    {tokens(panel.tokens, as_of)}
                    {incidents(panel.incidents, as_of)}
                </div>
            </div>
        </Section>
    }
}

fn tokens(tokens: Vec<EnrolmentTokenRow>, as_of: Timestamp) -> AnyView {
    let body = if tokens.is_empty() {
        view! { <p class="quiet-words">"No token is good now. Issue one, and its command appears here."</p> }
            .into_any()
    } else {
        tokens.into_iter().map(|token| token_row(token, as_of)).collect_view().into_any()
    };
    view! { <section class="panel op"><h3>"Run on the machine"</h3>{body}</section> }.into_any()
}

fn token_row(token: EnrolmentTokenRow, as_of: Timestamp) -> impl IntoView {
    let id = token.id.to_string();
    let name = token.node_name.unwrap_or_else(|| "any name".to_owned());
    let command = match token.command {
        Some(text) => view! { <Command text label="The command to run on the machine"/> }.into_any(),
        None => view! { <p class="quiet-words">"Its command is shown only to who issued it."</p> }.into_any(),
    };
    view! {
        <div class="token" data-token=id.clone()>
            <p class="line tight">
                <strong>{name}</strong>
                <code title=id.clone()>{short(&id)}</code>
                <small class="end">"by " {token.issued_by} ", ends " <Since at=token.expires_at as_of/></small>
            </p>
            {command}
            <BriefOperationCard card=token.revoke/>
        </div>
    }
}

fn incidents(incidents: Vec<IncidentRow>, as_of: Timestamp) -> AnyView {
    let body = if incidents.is_empty() {
        view! { <p class="quiet-words">"Nothing was refused."</p> }.into_any()
    } else {
        let rows = incidents
            .into_iter()
            .map(|incident| view! { <li class="blocks">{incident.sentence} " " <small><Since at=incident.at as_of/></small></li> })
            .collect_view();
        view! { <ul class="tick">{rows}</ul> }.into_any()
    };
    view! { <section class="panel op"><h3>"Refused at the door"</h3>{body}</section> }.into_any()
}
