//! The machines that are being brought in: what needs action, what is unfinished, and how another one begins.

use super::super::calls::load_onboardings;
use super::attempts::Attempts;
use super::form::{Choice, StepForm, choices, field_of};
use crate::{
    components::{
        action_item::ActionPanel, again::AskedAgain, back_link::BackLink, page::page, page_main::PageTitle,
        past_operations::PastOperations, resource_header::ListHeader, since::Since, state_badge::StateBadge,
    },
    pages::asked,
    ui::{section::Section, words::count},
};
use leptos::prelude::*;
use read_models::{
    navigation::{Address, RouteId},
    nodes::ActionItem,
    onboarding::{AttemptRow, ModeRow, OnboardingRow, OnboardingStatus, OnboardingsView},
    operation::OperationCard,
    time::Timestamp,
};

/// `/platform/nodes/onboard`
#[component]
pub(crate) fn OnboardingsPage() -> impl IntoView {
    let draft = asked("draft");
    let onboardings = load_onboardings(draft);
    page(RouteId::Onboardings, onboardings, workflow)
}

fn workflow(view: OnboardingsView) -> AnyView {
    let as_of = view.as_of;
    let begin_link =
        view! { <a class="btn primary" href="#begin" rel="external">"Begin another"</a> }.into_any();
    let summary = format!(
        "{} unfinished; anybody who may bring machines in can go on with any of them.",
        count(view.unfinished.len(), "onboarding", "onboardings")
    );
    view! {
        <PageTitle text="Bring in a machine"/>
        <AskedAgain/>
        <BackLink href=Address::Nodes.to_string() word="Nodes"/>
        <ListHeader title="Bring in a machine" summary as_of actions=begin_link/>
        <Section title="Needs action" aside="decided by the server, oldest first" field="needs_action">
            {needs_action(view.needs_action, as_of)}
        </Section>
        <Section title="Unfinished" aside="newest first" field="unfinished">{unfinished(view.unfinished, as_of)}</Section>
        <Section title="Begin another" id="begin" aside="step 1 of 7: site and mode" field="begin">
            {begin(view.begin, view.modes)}
        </Section>
        {strangers(view.strangers, as_of)}
        {over(view.over, as_of)}
        <p class="quiet" data-field="safe_to_ignore"><span>{view.safe_to_ignore}</span></p>
        <Section title="Operations" aside="onboardings begun and tokens issued, each with its evidence" field="past_operations">
            <PastOperations runs=view.past_operations as_of/>
        </Section>
    }
    .into_any()
}

fn needs_action(items: Vec<ActionItem>, as_of: Timestamp) -> AnyView {
    if items.is_empty() {
        return view! { <p class="empty">"Nothing needs action: no machine was refused, and none is quiet for longer than five minutes."</p> }
            .into_any();
    }
    let panels = items.into_iter().map(|item| view! { <ActionPanel item=item.into() as_of/> }).collect_view();
    view! { <div class="pair">{panels}</div> }.into_any()
}

fn unfinished(rows: Vec<OnboardingRow>, as_of: Timestamp) -> AnyView {
    if rows.is_empty() {
        return view! {
            <p class="empty">
                "No machine is being brought in. An onboarding leads one from its role to its first signs, in seven steps; begin one below."
            </p>
        }
        .into_any();
    }
    let rows = rows.into_iter().map(|row| onboarding(row, as_of)).collect_view();
    view! { <ul class="panel table onboardings">{rows}</ul> }.into_any()
}

fn onboarding(row: OnboardingRow, as_of: Timestamp) -> impl IntoView {
    let address = row.address().to_string();
    let place = row.site.clone().unwrap_or_else(|| "no site named".to_owned());
    let next = (row.status == OnboardingStatus::Unfinished).then(|| {
        view! {
            <span>
                <strong>{format!("{}. {}", row.next.number(), row.next.word())}</strong>
                <small>{row.next_words.clone()}</small>
            </span>
        }
    });
    view! {
        <li class="rowx" data-onboarding=row.id.to_string()>
            <div><a class="name" href=address>{row.title}</a><small>{place} " · " {row.mode.word()}</small></div>
            <StateBadge badge=row.status/>
            <div>{next}</div>
            <small class="end">"by " {row.begun_by} ", " <Since at=row.begun_at as_of/></small>
        </li>
    }
}

fn begin(card: OperationCard, modes: Vec<ModeRow>) -> AnyView {
    let all = modes
        .into_iter()
        .map(|row| Choice {
            value: row.mode.key(),
            word: row.mode.word(),
            what: row.what,
            missing: row.missing,
        })
        .collect();
    let modes = choices(&card, "mode", "How the machine comes in", all);
    let site = field_of(&card, "site", "Where it stands");
    view! {
        <div class="panel op" id="onboarding.begin">
            <StepForm card back=Address::Onboardings>{site} {modes}</StepForm>
        </div>
    }
    .into_any()
}

fn strangers(rows: Vec<AttemptRow>, as_of: Timestamp) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    Some(
        view! {
            <Section title="Refused, of no onboarding" aside="last 24 h; the server cannot tell whose they were" field="strangers">
                <Attempts rows as_of/>
            </Section>
        }
        .into_any(),
    )
}

fn over(rows: Vec<OnboardingRow>, as_of: Timestamp) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    let rows = rows.into_iter().map(|row| onboarding(row, as_of)).collect_view();
    Some(
        view! {
            <Section title="Over" aside="newest first" field="over">
                <ul class="panel table onboardings">{rows}</ul>
            </Section>
        }
        .into_any(),
    )
}
