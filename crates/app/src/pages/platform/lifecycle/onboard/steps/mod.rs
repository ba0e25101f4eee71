//! What each step shows, and the way to the one before and the one after.

mod chosen;
mod command;
mod signs;
mod token;

use leptos::prelude::*;
use read_models::{
    navigation::Address,
    onboarding::{OnboardingStep, OnboardingView},
};

/// The step that is looked at.
pub(super) fn step(view: OnboardingView) -> AnyView {
    let (id, step) = (view.id.clone(), view.step);
    let heading = format!("{}. {}", step.number(), step.word());
    let content = match step {
        OnboardingStep::Site => chosen::site(view),
        OnboardingStep::Role => chosen::role(view),
        OnboardingStep::Setup => chosen::setup(view),
        OnboardingStep::Token => token::token(view),
        OnboardingStep::Command => command::command(view),
        OnboardingStep::Signs => signs::signs(view),
        OnboardingStep::Land => command::land(view),
    };
    let link = |to: Option<&OnboardingStep>, class: &'static str, arrow: (&'static str, &'static str)| {
        to.map(|to| {
            let href = Address::Onboarding { id: id.clone(), step: Some(*to) }.to_string();
            view! {
                <a class=class href=href>
                    <span aria-hidden="true">{arrow.0}</span>
                    {to.word()}
                    <span aria-hidden="true">{arrow.1}</span>
                </a>
            }
        })
    };
    let at = step.number() - 1;
    let before = at.checked_sub(1).and_then(|before| OnboardingStep::ALL.get(before));
    let (before, after) =
        (link(before, "btn", ("← ", "")), link(OnboardingStep::ALL.get(at + 1), "btn", ("", " →")));
    view! {
        <section class="sec" aria-labelledby="step-heading" data-field="step">
            <header><h2 id="step-heading">{heading}</h2></header>
            {content}
            <p class="line ways">{before} <span class="grow"></span> {after}</p>
        </section>
    }
    .into_any()
}

/// A step of an onboarding as an address.
fn address(view: &OnboardingView, step: OnboardingStep) -> Address {
    Address::Onboarding { id: view.id.clone(), step: Some(step) }
}
