//! The card of an operation on a thing: what it does, what has to hold, what follows, and the button that makes a plan.
//! On node and workload pages, and beside the launch form; in brief, beside each of several things in a list.

mod form;

use super::{
    blocker_list::PreconditionList, evidence_link::EvidenceLink, since::Since, state_badge::StateBadge,
};
use form::PlanForm;
use leptos::prelude::*;
use read_models::{
    operation::{Danger, IntentGroup, LastRun, OperationCard, Usually},
    time::{Timestamp, spoken},
};
use std::time::Duration;

/// The card, with the form that its operation's input makes.
#[component]
pub(crate) fn LifecycleOperationCard(card: OperationCard, as_of: Timestamp) -> impl IntoView {
    let form = view! { <PlanForm card=card.clone()/> }.into_any();
    view! { <CardOf card as_of form/> }
}

/// The card with a form of the page's own.
#[component]
pub(crate) fn CardOf(card: OperationCard, as_of: Timestamp, form: AnyView) -> impl IntoView {
    let heading = format!("{}-title", card.operation);
    let usually = usually(card.usually.as_ref());
    let destructive = (card.danger == Danger::Destructive).then_some("destructive");
    view! {
        <article
            class="panel op"
            id=card.operation.clone()
            aria-labelledby=heading.clone()
            data-operation=card.operation.clone()
            data-danger=destructive
        >
            <header class="line">
                <h3 id=heading.clone()>{card.title.clone()}</h3>
                <StateBadge badge=card.danger/>
                <small class="end">{usually}</small>
            </header>
            <dl>
                <dt>"Before"</dt>
                <dd><PreconditionList preconditions=card.preconditions.clone()/></dd>
                <dt>"Result"</dt>
                <dd>{card.expected.clone()} <small>{card.verified_by.clone()}</small></dd>
                {never_held_back(card.never_held_back.clone())}
                <dt>"Steps"</dt>
                <dd>{steps(&card)}</dd>
                <dt>"Progress"</dt>
                <dd>{card.progress.clone()}</dd>
                <dt>"If it fails"</dt>
                <dd>{card.on_failure.clone()}</dd>
                <dt>"Evidence"</dt>
                <dd>{card.evidence.clone()}</dd>
                <dt>"Last run"</dt>
                <dd>{last_run(card.last_run.clone(), as_of)}</dd>
            </dl>
            {form}
        </article>
    }
}

/// What it would do, each step with its deadline and tries; opened by whoever wants to know.
fn steps(card: &OperationCard) -> AnyView {
    let sla = view! { <p><small>{card.sla.clone()}</small></p> };
    if card.steps.is_empty() {
        return view! { "Its plan says them, each with its deadline and tries." {sla} }.into_any();
    }
    let count = crate::ui::words::count(card.steps.len(), "step", "steps");
    let rows = card.steps.iter().map(|step| {
        view! { <li>{step.title.clone()} <br/> <small>{step.limits()}</small></li> }
    });
    let rows = rows.collect_view();
    view! {
        <details>
            <summary>{count} ", with deadlines and tries"</summary>
            <ol>{rows}</ol>
        </details>
        {sla}
    }
    .into_any()
}

/// That neither a freeze nor a second person holds it back, and why.
fn never_held_back(why: Option<String>) -> Option<impl IntoView> {
    why.map(|why| view! { <dt>"Held back"</dt><dd>"Never, not even while the platform is frozen: " {lower(&why)}</dd> })
}

/// As it goes on in a sentence.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The card in brief, beside a thing in a list: what it will do and the button. The plan says the rest.
#[component]
pub(crate) fn BriefOperationCard(card: OperationCard) -> impl IntoView {
    view! {
        <div class="brief-op" data-operation=card.operation.clone()>
            <p class="quiet-words">{card.expected.clone()}</p>
            <PlanForm card=card.clone()/>
        </div>
    }
}

/// The cards by intent, each group under its heading.
#[component]
pub(crate) fn CardsByIntent(groups: Vec<IntentGroup>, as_of: Timestamp) -> impl IntoView {
    if groups.is_empty() {
        return view! { <p class="empty">"There is no operation for this."</p> }.into_any();
    }
    let sections = groups
        .into_iter()
        .map(|group| {
            let count = crate::ui::words::count(group.cards.len(), "operation", "operations");
            let cards = group
                .cards
                .into_iter()
                .map(|card| view! { <LifecycleOperationCard card as_of/> })
                .collect_view();
            view! {
                <section class="sec">
                    <header><h2>{group.intent.word()}</h2><small>{count}</small></header>
                    <div class="pair cards">{cards}</div>
                </section>
            }
        })
        .collect_view();
    sections.into_any()
}

/// `usually 20 s, nine in ten under 40 s`, or that nobody knows yet. On cards, plans and beside the launch form.
pub(crate) fn usually(usually: Option<&Usually>) -> String {
    usually.map_or_else(
        || "duration not known yet".to_owned(),
        |usually| {
            let (median, slow) =
                (Duration::from_millis(usually.median_ms), Duration::from_millis(usually.p90_ms));
            format!("usually {}, nine in ten under {}", brief(median), brief(slow))
        },
    )
}

/// Below a second `spoken` would say `0 s`.
fn brief(duration: Duration) -> String {
    if duration < Duration::from_secs(1) { "1 s".to_owned() } else { spoken(duration) }
}

fn last_run(run: Option<LastRun>, as_of: Timestamp) -> AnyView {
    match run {
        None => "Never on this one.".into_any(),
        Some(run) => view! {
            <span class="line tight">
                <StateBadge badge=run.state/>
                <span><Since at=run.requested_at as_of/> " by " {run.requested_by}</span>
                <EvidenceLink operation=run.id/>
            </span>
        }
        .into_any(),
    }
}
