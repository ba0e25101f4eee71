//! A plan to confirm: what will happen, who notices, what is in the way, what happens if it fails, and the button.

use super::{bulk_plan::BulkSection, calls::load_plan, confirm::Confirm};
use crate::{
    components::{
        blocker_list::{BlockerList, PreconditionList},
        bulk_panel::name_of_list,
        lifecycle_operation_card::usually,
        page::page,
        page_main::PageTitle,
        resource_header::{Header, ResourceHeader},
        state_badge::StateBadge,
    },
    pages::{asked, id_of_address},
    ui::{facts::fact, section::Section, words::short},
};
use leptos::prelude::*;
use read_models::{
    navigation::RouteId,
    operation::{PlanView, PlannedStep},
};
use serde_json::Value;

/// `/operations/plans/:id`
#[component]
pub(crate) fn PlanPage() -> impl IntoView {
    let (id, changed) = (id_of_address(), asked("changed"));
    let plan = load_plan(id);
    page(RouteId::Plan, plan, move |plan| workflow(plan, changed.is_some()))
}

fn workflow(plan: PlanView, changed: bool) -> AnyView {
    let title = format!("{} {}", plan.title, plan.target_view.name);
    let input = input(&plan.input);
    let given = (!input.is_empty()).then(|| {
        view! { <Section title="What was asked for"><div class="panel op"><InputList input/></div></Section> }
    });
    let (header, blockers) = (header(&plan), blockers(&plan));
    let parent = (plan.operation.clone(), plan.target.clone());
    let bulk = plan.bulk.clone().map(|bulk| view! { <BulkSection bulk parent/> });
    let is_bulk = bulk.is_some();
    // Who is included, and who of them notices, stands beside each.
    let given = given.filter(|_| !is_bulk);
    let radius = blast_radius(&plan.blast_radius);
    let notices = (!is_bulk).then(|| view! { <Section title="Who will notice">{radius}</Section> });
    let steps = steps(plan.steps.clone());
    let (usual, preconditions) = (usually(plan.usually.as_ref()), plan.preconditions.clone());
    view! {
        <PageTitle text=format!("Plan: {title}")/>
        <ResourceHeader header/>
        {changed.then(|| view! { <Changed/> })}
        <div class="split">
            <div>
                {blockers}
                {bulk}
                <Section title="What will happen" aside=usual field="steps">
                    {steps}
                </Section>
                {given}
                {notices}
                <Section title="Before it may start">
                    <div class="panel op"><PreconditionList preconditions/></div>
                </Section>
            </div>
            <aside class="aside" aria-label="Confirm">
                <Confirm plan=plan.clone()/>
                <section class="panel op"><h2>"Result"</h2><p>{plan.expected}</p><p><small>{plan.verified_by}</small></p></section>
                <section class="panel op"><h2>"If it fails"</h2><p>{plan.on_failure}</p></section>
                <section class="panel op"><h2>"Evidence"</h2><p>{plan.evidence}</p></section>
            </aside>
        </div>
    }
    .into_any()
}

/// Starting was refused because the facts are others now: this is the plan from today's.
#[component]
fn Changed() -> impl IntoView {
    view! {
        <section class="panel act" data-tone="warn" role="alert" data-problem="plan_changed">
            <h2>"Nothing was started"</h2>
            <p>"What the plan was made from has changed since. This is a fresh plan: look at it again before you confirm."</p>
        </section>
    }
}

fn header(plan: &PlanView) -> Header {
    let back = plan
        .bulk
        .as_ref()
        .map_or_else(|| plan.target_view.name.clone(), |bulk| name_of_list(bulk.target_kind).to_owned());
    Header {
        back: (plan.target_view.address.to_string(), back),
        mark: None,
        name: format!("Plan: {} {}", plan.title, plan.target_view.name),
        badges: view! { <StateBadge badge=plan.danger/> }.into_any(),
        facts: vec![
            fact("Made", format!("{} UTC", plan.made_at.date_and_minute())),
            fact(
                "Good until",
                view! {
                    <span data-field="good_until">
                        {format!("{} UTC", plan.good_until.date_and_minute())} "; left alone, it starts nothing"
                    </span>
                },
            ),
            fact("Hash", view! { <code title=plan.hash.clone()>{short(&plan.hash)}</code> }),
        ],
        actions: ().into_any(),
    }
}

fn blockers(plan: &PlanView) -> AnyView {
    if plan.blockers.is_empty() {
        return view! { <p class="quiet" data-field="blockers"><span>"Nothing is in the way."</span></p> }
            .into_any();
    }
    view! {
        <section class="panel act" data-field="blockers">
            <h2>"In the way"</h2>
            <BlockerList blockers=plan.blockers.clone()/>
        </section>
    }
    .into_any()
}

fn steps(steps: Vec<PlannedStep>) -> impl IntoView {
    let rows = steps
        .into_iter()
        .enumerate()
        .map(|(index, step)| {
            let limits = step.limits();
            let seen = step
                .observed_by
                .map_or_else(|| "Nobody looks at its result".to_owned(), |how| format!("Seen by: {how}"));
            let class = (!step.can_be_undone).then_some("why-not");
            view! {
                <li class="rowx">
                    <span class="number">{index + 1}</span>
                    <strong>{step.title}</strong>
                    <span class="told"><small>{seen}</small> <small>{limits}</small></span>
                    <small class=class>{if step.can_be_undone { "Undo: " } else { "" }} {step.undo}</small>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="panel table plan-steps">{rows}</ol> }
}

fn blast_radius(notices: &[String]) -> AnyView {
    if notices.is_empty() {
        return view! { <p class="empty">"Nobody."</p> }.into_any();
    }
    let rows = notices.iter().map(|notice| view! { <li>{notice.clone()}</li> }).collect_view();
    view! { <div class="panel op"><ul class="bullets">{rows}</ul></div> }.into_any()
}

/// The input as label and value; what is not a plain value stands as JSON.
fn input(input: &Value) -> Vec<(String, String)> {
    let words = |value: &Value| {
        let line = value.as_array().filter(|items| items.iter().all(Value::is_string));
        let line = line.map(|items| items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
        line.or_else(|| value.as_str().map(str::to_owned)).unwrap_or_else(|| value.to_string())
    };
    let fields = input.as_object().into_iter().flatten();
    fields.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), words(value))).collect()
}

/// `grace_s` is written "grace, seconds".
fn label(name: &str) -> String {
    let (words, unit) = name.strip_suffix("_s").map_or((name, ""), |words| (words, ", seconds"));
    format!("{}{unit}", words.replace('_', " "))
}

#[component]
fn InputList(input: Vec<(String, String)>) -> impl IntoView {
    let rows = input
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{label(&name)}</dt><dd><code>{value}</code></dd></div> })
        .collect_view();
    view! { <dl class="facts-list">{rows}</dl> }
}
