//! A node's posture: what is under way on it, what it holds, what it uses.

use super::NodePage;
use crate::{
    components::{not_moving::NotMoving, since::Lasting, state_badge::StateBadge},
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{
    navigation::RouteId,
    nodes::{Fact, NodeDetail, SlotRow},
    time::Timestamp,
    workloads::WorkloadRow,
};

/// `/platform/nodes/:id`
#[component]
pub(crate) fn NodePosturePage() -> impl IntoView {
    view! { <NodePage route=RouteId::Node tab=tab/> }
}

fn tab(node: NodeDetail) -> AnyView {
    let as_of = node.as_of;
    let is_moving = !node.under_way.is_empty() || node.awaited.is_some();
    let progress = is_moving.then(|| {
        view! {
            <Section title="In progress" field="under_way" aside="and why it is not moving, when it is not">
                <NotMoving operations=node.under_way awaited=node.awaited as_of/>
            </Section>
        }
    });
    let slots = node.row.slots_total.map_or_else(
        || "its agent never said how many".to_owned(),
        |total| format!("{} of {total} hold a workload", node.row.slots_used),
    );
    view! {
        {progress}
        <Section title="Workloads" aside=node.workloads.len().to_string()>{workloads(node.workloads, as_of)}</Section>
        <Section title="Slots" aside=slots>{slot_table(node.slots)}</Section>
        <div class="pair">
            <Section title="In use now" aside="as the agent says"><FactPanel facts=node.usage/></Section>
            <Section title="The machine" aside="as the agent says"><FactPanel facts=node.inventory/></Section>
        </div>
    }
    .into_any()
}

fn workloads(rows: Vec<WorkloadRow>, as_of: Timestamp) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="empty">"No workload is on this node."</p> }.into_any();
    }
    let rows = rows
        .into_iter()
        .map(|row| {
            view! {
                <li class="rowx">
                    <div><a class="name" href=row.address().to_string()>{row.name.clone()}</a><small>{row.project.name.clone()}</small></div>
                    <StateBadge badge=row.state/>
                    <div><code>{row.command.clone()}</code></div>
                    <div class="end"><Lasting since=row.since as_of/></div>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="panel table four">{rows}</ul> }.into_any()
}

/// What we placed beside what the agent says: a difference is seen at a glance.
fn slot_table(slots: Vec<SlotRow>) -> AnyView {
    if slots.is_empty() {
        return view! { <p class="empty">"No slots are known: the agent has not reported any."</p> }
            .into_any();
    }
    let rows = slots
        .into_iter()
        .map(|slot| {
            let agrees = slot.allocated == slot.reported;
            let verdict = if agrees { ("ok", "Agree") } else { ("warn", "Differ") };
            view! {
                <tr>
                    <td data-label="Slot">{slot.index}</td>
                    <td data-label="We placed">{slot.allocated.unwrap_or_else(|| "nothing".to_owned())}</td>
                    <td data-label="The agent says">{slot.reported.unwrap_or_else(|| "nothing".to_owned())}</td>
                    <td data-label="Verdict"><span class="badge" data-tone=verdict.0>{verdict.1}</span></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="panel list">
            <thead><tr><th>"Slot"</th><th>"We placed"</th><th>"The agent says"</th><th>"Verdict"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// Facts as the agent names them.
#[component]
pub(super) fn FactPanel(facts: Vec<Fact>) -> impl IntoView {
    if facts.is_empty() {
        return view! { <p class="empty">"Not known: the agent has not said."</p> }.into_any();
    }
    let rows = facts
        .into_iter()
        .map(|fact| view! { <div><dt>{fact.name}</dt><dd>{fact.value}</dd></div> })
        .collect_view();
    view! { <div class="panel op"><dl class="facts-list">{rows}</dl></div> }.into_any()
}
