//! One onboarding: the seven steps beside the one that is looked at. Each step is an address.

use super::super::calls::load_onboarding;
use super::steps;
use crate::{
    components::{
        lifecycle_operation_card::LifecycleOperationCard,
        page::page,
        page_main::PageTitle,
        past_operations::PastOperations,
        resource_header::{Header, ResourceHeader},
        since::Since,
        state_badge::StateBadge,
    },
    pages::{asked, id_of_address},
    ui::{facts::fact, section::Section},
};
use leptos::prelude::*;
use read_models::{
    ids::OnboardingId,
    navigation::{Address, RouteId},
    onboarding::{OnboardingStatus, OnboardingStep, OnboardingView, StepRow, StepStanding},
};

/// `/platform/nodes/onboard/:id`
#[component]
pub(crate) fn OnboardingPage() -> impl IntoView {
    let (id, step, draft) = (id_of_address(), asked("step"), asked("draft"));
    let onboarding = load_onboarding(id, step, draft);
    page(RouteId::Onboarding, onboarding, workflow)
}

fn workflow(view: OnboardingView) -> AnyView {
    let as_of = view.as_of;
    let header = header(&view);
    let title = format!("{} · {}", view.step.word(), view.title);
    let (needed, ignorable) = (needs_action(&view), view.safe_to_ignore.clone());
    let nav = step_nav(&view.id, view.step, view.steps.clone());
    let (abandon, runs, status) = (view.abandon.clone(), view.past_operations.clone(), view.status);
    let give_up = (status == OnboardingStatus::Unfinished).then(|| {
        view! { <details class="more"><summary>"Give it up"</summary> <LifecycleOperationCard card=abandon as_of/></details> }
    });
    view! {
        <PageTitle text=title/>
        <ResourceHeader header as_of/>
        {needed}
        <div class="wizard">
            {nav}
            <div class="wizard-step">{steps::step(view)}</div>
        </div>
        <p class="quiet" data-field="safe_to_ignore"><span>{ignorable}</span></p>
        <Section title="Operations" aside="on this onboarding, each with its evidence" field="past_operations">
            <PastOperations runs as_of/>
            {give_up}
        </Section>
    }
    .into_any()
}

fn header(view: &OnboardingView) -> Header {
    let as_of = view.as_of;
    let lasting = (view.since, as_of);
    let mut facts = vec![fact("Mode", view.mode.word())];
    if let Some(site) = &view.site {
        facts.push(fact("Site", site.clone()));
    }
    if let Some(role) = view.role {
        facts.push(fact("Role", role.word()));
    }
    let begun_at = view.begun_at;
    facts.push(fact("Begun by", view.begun_by.clone()));
    facts.push(fact("Begun", view! { <Since at=begun_at as_of/> }));
    let landed = view.landing.as_ref().map(|landing| {
        let node = Address::Node(landing.node.clone()).to_string();
        view! { <a class="btn primary" href=node>"Go to " {landing.name.clone()}</a> }
    });
    Header {
        back: (Address::Onboardings.to_string(), "Bring in a machine".to_owned()),
        mark: None,
        name: view.title.clone(),
        badges: view! { <StateBadge badge=view.status lasting/> }.into_any(),
        facts,
        actions: landed.into_any(),
    }
}

fn needs_action(view: &OnboardingView) -> AnyView {
    match &view.needs_action {
        None => {
            view! { <p class="quiet" data-field="needs_action"><span>"Nothing needs you now."</span></p> }
                .into_any()
        }
        Some(sentence) => {
            let there = Address::Onboarding { id: view.id.clone(), step: Some(view.next) }.to_string();
            let way = (view.step != view.next)
                .then(|| view! { <a class="btn small" href=there>"Go to step " {view.next.number()}</a> });
            view! {
                <p class="notice line" data-tone=view.is_in_trouble.then_some("warn") data-field="needs_action">
                    <strong>{sentence.clone()}</strong> {way}
                </p>
            }
            .into_any()
        }
    }
}

fn step_nav(id: &OnboardingId, current: OnboardingStep, rows: Vec<StepRow>) -> impl IntoView + use<> {
    let row = |row: StepRow| {
        let href = Address::Onboarding { id: id.clone(), step: Some(row.step) }.to_string();
        let standing = match row.standing {
            StepStanding::Done => "done",
            StepStanding::Next => "next",
            StepStanding::Open | StepStanding::Later => "not done",
        };
        view! {
            <li>
                <a
                    href=href
                    data-step=row.step.key()
                    data-standing=row.standing.key()
                    aria-current=(row.step == current).then_some("step")
                >
                    <span class="number" aria-hidden="true">{row.step.number()}</span>
                    <span>
                        {row.step.word()} <span class="unseen">{format!("({standing})")}</span>
                        <small>{row.summary}</small>
                    </span>
                </a>
            </li>
        }
    };
    let rows = rows.into_iter().map(row).collect_view();
    view! { <nav class="step-nav" aria-label="Steps" data-field="steps"><ol>{rows}</ol></nav> }
}
