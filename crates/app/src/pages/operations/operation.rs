//! An operation: where it stands, what it waits for, what to decide, how it ends, and every event of it.

use super::calls::load_operation;
use crate::{
    components::{
        activity::Activity,
        bulk_panel::name_of_list,
        operation_progress::{
            self as progress, ApprovalPanel, Aside, AttentionPanel, BulkTargets, Caring, Choices,
            HandedPanel, ProposedPanel, Steps, UndoWindow, done, elapsed,
        },
        page::page,
        page_main::PageTitle,
        resource_header::{Header, ResourceHeader},
        simulated::simulated,
        since::Since,
        state_badge::StateBadge,
    },
    pages::{asked, id_of_address},
    ui::{facts::fact, section::Section, words::short},
};
use leptos::prelude::*;
use read_models::{
    evidence::EventView,
    navigation::{Address, RouteId},
    operation::{OfBulk, OperationView, TargetView},
};

/// `/operations/:id`
#[component]
pub(crate) fn OperationPage() -> impl IntoView {
    let (id, draft) = (id_of_address(), asked("draft"));
    let operation = load_operation(id, draft);
    page(RouteId::Operation, operation, workflow)
}

fn workflow(operation: OperationView) -> AnyView {
    let as_of = operation.as_of;
    let title = format!("{} {}", operation.title, operation.target_view.name);
    let bar = bar(&operation);
    let (header, outcome, id) = (header(&operation), outcome(&operation), operation.id.clone());
    let (steps, waiting) = (operation.steps.clone(), operation.waiting.clone());
    // Every one of them is of the operation this page is about.
    let of_here = |event: EventView| EventView { operation: None, ..event };
    let events: Vec<_> = operation.events.iter().cloned().map(of_here).collect();
    let (seen, steps_in_all) = progress::done(&operation);
    let words = format!("{seen} of {steps_in_all} observed · {}", elapsed(&operation));
    let over = operation.state.is_over();
    let parent = (operation.operation.clone(), operation.target.clone());
    let bulk = operation.bulk.clone().map(|bulk| view! { <BulkTargets bulk over parent/> });
    let (attention, above_sla, choices) =
        (operation.attention.clone(), operation.above_sla.clone(), operation.choices.clone());
    let may = operation.cancel.possible;
    let window = operation.begins_at.map(|begins_at| {
        view! { <UndoWindow id=id.clone() begins_at as_of may/> }
    });
    // The panel says it already.
    let waiting = waiting.filter(|_| window.is_none());
    let (approval, plan_hash, is_over) =
        (operation.approval.clone(), operation.plan_hash.clone(), operation.state.is_over());
    let of_another = approval.as_ref().is_some_and(|approval| approval.is_own && approval.given.is_none());
    let proposed = operation.proposed.clone().map(|proposed| view! { <ProposedPanel proposed as_of/> });
    let handed = operation.handed.clone().map(|handed| view! { <HandedPanel handed as_of/> });
    let caring = (!operation.caring.is_empty()).then(|| {
        let cards = operation.caring.clone();
        view! { <Caring cards as_of/> }
    });
    let approval = approval.map(|approval| view! { <ApprovalPanel approval as_of is_over/> });
    view! {
        <PageTitle text=title/>
        <ResourceHeader header as_of/>
        {bar}
        <div class="split">
            <div>
                {window}
                <AttentionPanel attention above_sla as_of of_another/>
                {handed}
                {approval}
                {proposed}
                <Choices id choices asks_for=operation.asks_for plan_hash/>
                {bulk}
                <Section title="Steps" aside=words>
                    <Steps steps waiting as_of/>
                </Section>
                {outcome}
                {caring}
                <Section title="Evidence" aside="newest first, each with its hash in the audit chain" field="events">
                    <Activity events as_of/>
                </Section>
            </div>
            <Aside operation/>
        </div>
    }
    .into_any()
}

/// How far it is: steps, or those of many that are over.
fn bar(operation: &OperationView) -> Option<AnyView> {
    let (done, of) = done(operation);
    let (done, of, what) = operation
        .bulk
        .as_ref()
        .map_or((done, of, "steps observed"), |bulk| (bulk.over as usize, bulk.of as usize, "over"));
    (!operation.state.is_over()).then(|| {
        let label = format!("{done} of {of} {what}");
        view! { <progress class="whole" max=of.max(1) value=done aria-label=label></progress> }.into_any()
    })
}

fn header(operation: &OperationView) -> Header {
    let as_of = operation.as_of;
    let lasting = (operation.since, as_of);
    let requested = operation.facts.requested.at.map(|at| view! { <Since at as_of/> });
    let id = operation.id.to_string();
    let back = operation
        .bulk
        .as_ref()
        .map_or_else(|| operation.target_view.name.clone(), |bulk| name_of_list(bulk.target_kind).to_owned());
    let mut facts = vec![
        fact("Requested by", operation.requested_by.clone()),
        fact("Requested", requested),
        fact("Taken", elapsed(operation)),
        fact("Operation", view! { <code title=id.clone()>{short(&id)}</code> }),
    ];
    if let Some(parent) = operation.parent.clone() {
        facts.push(fact("Part of", part_of(parent)));
    }
    Header {
        back: (operation.target_view.address.to_string(), back),
        mark: None,
        name: format!("{} {}", operation.title, operation.target_view.name),
        badges: view! { <StateBadge badge=operation.state lasting/> <StateBadge badge=operation.danger/>{simulated(operation.target_view.simulated)} }
            .into_any(),
        facts,
        actions: operation.made.clone().map(opened).into_any(),
    }
}

/// The bulk it belongs to.
fn part_of(parent: OfBulk) -> impl IntoView {
    let again = (parent.attempt > 1).then(|| format!(", try {}", parent.attempt));
    view! {
        <span data-field="parent"><a href=Address::Operation(parent.id).to_string()>{parent.title}</a>{again}</span>
    }
}

/// The way to what it made.
fn opened(made: TargetView) -> impl IntoView {
    view! { <a class="btn" data-field="made" href=made.address.to_string()>"Open " {made.name}</a> }
}

/// How it ended; or that nobody has to stay while it goes on.
fn outcome(operation: &OperationView) -> AnyView {
    match (&operation.outcome, operation.state.is_over()) {
        (Some(outcome), _) => view! { <p class="notice" data-field="outcome"><strong>{outcome.clone()}</strong></p> }.into_any(),
        (None, true) => view! { <p class="quiet" data-field="outcome"><span>"It is over; how it ended is not known."</span></p> }.into_any(),
        (None, false) => view! {
            <p class="quiet" data-field="outcome">
                <span>"It goes on without you: this page may be closed, nothing is lost."</span>
            </p>
        }
        .into_any(),
    }
}
