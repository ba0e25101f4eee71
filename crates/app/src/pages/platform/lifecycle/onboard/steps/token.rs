//! The token: issue one or take an open one, what it allows, how long it is good, how to revoke it.

use super::super::form::StepForm;
use super::address;
use crate::{
    components::{
        lifecycle_operation_card::BriefOperationCard,
        since::Since,
        state_badge::{Badge, StateBadge, Tone},
    },
    ui::{
        facts::{FactList, fact},
        words::short,
    },
};
use leptos::prelude::*;
use read_models::{
    navigation::Address,
    onboarding::{ChosenToken, OnboardingStep, OnboardingView, OpenToken},
    operation::OperationCard,
    time::Timestamp,
};

/// The step.
pub(super) fn token(view: OnboardingView) -> AnyView {
    let (as_of, back) = (view.as_of, address(&view, OnboardingStep::Token));
    let id = view.id.to_string();
    let chosen = view.token.chosen.map(|token| chosen(token, as_of));
    let issue = issue(view.token.issue, back.clone(), id);
    let open = open(view.token.open, view.token.use_token, back, as_of);
    view! { <div class="stack">{chosen} {issue} {open}</div> }.into_any()
}

fn chosen(token: ChosenToken, as_of: Timestamp) -> impl IntoView {
    let id = token.id.to_string();
    let badge = if token.is_good {
        Badge::new("good", "Good", Tone::Ok)
    } else {
        Badge::new("over", "Lets nobody in", Tone::Idle)
    };
    let facts = vec![
        fact("Token", view! { <code title=id.clone()>{short(&id)}</code> }),
        fact("Allows", token.allows),
        fact("Stands", token.standing),
        fact("Ends", view! { <Since at=token.expires_at as_of/> }),
        fact("Issued by", token.issued_by),
    ];
    let revoke = token.is_good.then(|| view! { <BriefOperationCard card=token.revoke/> });
    view! {
        <section class="panel op" data-token=id.clone()>
            <header class="line"><h3>"The token of this onboarding"</h3> <StateBadge badge/></header>
            <FactList facts/>
            {revoke}
        </section>
    }
}

fn issue(card: OperationCard, back: Address, onboarding: String) -> impl IntoView {
    let expected = card.expected.clone();
    view! {
        <section class="panel op">
            <h3>"Issue one for this onboarding"</h3>
            <p>{expected} " Its secret is shown to you alone. The node gets the role and the name of this onboarding."</p>
            <StepForm card back fixed=vec![("onboarding", onboarding)]>""</StepForm>
        </section>
    }
}

fn open(tokens: Vec<OpenToken>, card: OperationCard, back: Address, as_of: Timestamp) -> impl IntoView {
    let body = if tokens.is_empty() {
        view! { <p>"No open token fits: it would have to be good, for the same name, and of no other onboarding."</p> }
            .into_any()
    } else {
        tokens
            .into_iter()
            .map(|token| one(token, card.clone(), back.clone(), as_of))
            .collect_view()
            .into_any()
    };
    view! { <section class="panel op"><h3>"Or take one that is open"</h3> {body}</section> }
}

fn one(token: OpenToken, card: OperationCard, back: Address, as_of: Timestamp) -> impl IntoView {
    let id = token.id.to_string();
    let name = token.node_name.unwrap_or_else(|| "any name".to_owned());
    view! {
        <div class="token" data-token=id.clone()>
            <p class="line tight">
                <strong>{name}</strong>
                <code title=id.clone()>{short(&id)}</code>
                <small class="end">"by " {token.issued_by} ", ends " <Since at=token.expires_at as_of/></small>
            </p>
            <StepForm card back fixed=vec![("token", id.clone())] scope=format!("-{id}")>""</StepForm>
        </div>
    }
}
