//! What the pages of one workload share: the question, the header, the answers above the tabs.

use super::calls::load_workload;
use crate::{
    components::{
        chart::figure,
        evidence_link::EvidenceLink,
        local_nav::ThingNav,
        next_strip::{NextAnswers, NextStrip},
        page::page,
        page_main::PageTitle,
        resource_header::{Header, ResourceHeader},
        simulated::simulated,
        since::Since,
        state_badge::StateBadge,
    },
    pages::{asked, id_of_address},
    ui::{
        facts::{Named, fact},
        words::{count, price},
    },
};
use leptos::prelude::*;
use read_models::{
    navigation::{Address, RouteId},
    time::Timestamp,
    workloads::{InUse, MetricsWindow, Unit, WorkloadDetail, WorkloadHead, WorkloadRow},
};

/// One workload; `tab` is what stands under the tabs.
#[component]
pub(super) fn WorkloadPage(route: RouteId, tab: fn(WorkloadDetail) -> AnyView) -> impl IntoView {
    let (id, draft) = (id_of_address(), asked("draft"));
    let workload = load_workload(id, draft);
    page(route, workload, move |workload| workflow(route, workload, tab))
}

fn workflow(route: RouteId, workload: WorkloadDetail, tab: fn(WorkloadDetail) -> AnyView) -> AnyView {
    view! {
        {above(route, &WorkloadHead::from(&workload), workload.as_of)}
        {tab(workload)}
    }
    .into_any()
}

/// What stands above the tab of every page of one workload.
pub(super) fn above(route: RouteId, head: &WorkloadHead, as_of: Timestamp) -> AnyView {
    view! {
        <PageTitle text=head.row.name.clone()/>
        <ResourceHeader header=header(head, as_of) as_of/>
        <NextStrip answers=answers(head)/>
        <ThingNav current=route id=head.row.id.to_string()/>
    }
    .into_any()
}

fn header(head: &WorkloadHead, as_of: Timestamp) -> Header {
    let row = &head.row;
    let lasting = (row.since, as_of);
    let badges = view! { <StateBadge badge=row.state lasting/>{simulated(row.simulated)} }.into_any();
    Header {
        back: (Address::Workbench.to_string(), "Workloads".to_owned()),
        mark: Some(row.name.clone()),
        name: row.name.clone(),
        badges,
        facts: facts(head, as_of),
        actions: ().into_any(),
    }
}

fn facts(workload: &WorkloadHead, as_of: Timestamp) -> Vec<Named> {
    let row = &workload.row;
    let unknown = || "not known".to_owned();
    let port = match (row.port, workload.port_answering) {
        (None, _) => "none".to_owned(),
        (Some(port), Some(true)) => format!("{port}, answers"),
        (Some(port), Some(false)) => format!("{port}, does not answer"),
        (Some(port), None) => format!("{port}, not known whether it answers"),
    };
    let mut facts = vec![
        fact("Project", row.project.name.clone()),
        fact("Kind", row.kind.word()),
        fact("SKU", row.sku.clone()),
        fact("Price", price(row.price_microcents_per_hour)),
        fact("Port", port),
        fact("Isolation", view! { <code>{workload.isolation.clone().unwrap_or_else(unknown)}</code> }),
        fact("Launched", view! { <Since at=row.created_at as_of/> }),
    ];
    if let Some(in_use) = &workload.in_use {
        facts.push(fact("In use", in_use_words(in_use, row, as_of)));
    }
    if let Some(node) = &row.node {
        facts
            .push(fact("Node", view! { <a href=Address::Node(node.clone()).to_string()>"See the node"</a> }));
    }
    if let Some(code) = workload.exit_code {
        facts.push(fact("Exit code", code));
    }
    facts
}

/// The newest figures and when they were measured, and the way to all of them.
fn in_use_words(in_use: &InUse, row: &WorkloadRow, as_of: Timestamp) -> impl IntoView + use<> {
    let cpu = in_use.cpu_millis.map(|millis| format!("{} processors", figure(Unit::Thousandths, millis)));
    let memory = in_use.memory_bytes.map(|held| figure(Unit::Bytes, held));
    let words = cpu.into_iter().chain(memory).collect::<Vec<_>>().join(", ");
    let href = Address::WorkloadMetrics { id: row.id.clone(), window: MetricsWindow::default() }.to_string();
    view! { <a href=href>{words}</a> " · " <Since at=in_use.at as_of/> }
}

fn answers(workload: &WorkloadHead) -> NextAnswers {
    let row = &workload.row;
    let reason = row.action_required.as_ref().map(|action| action.reason.clone());
    let activity = Address::WorkloadActivity(row.id.clone()).to_string();
    let seen =
        count(usize::try_from(workload.recent_events).unwrap_or(usize::MAX), "recent event", "recent events");
    let under_way =
        row.progress.clone().map(|brief| view! { " · under way: " <EvidenceLink operation=brief.id/> });
    NextAnswers {
        action_required: reason.into_iter().chain(row.consequence.clone()).collect(),
        run_next: workload.run_next.clone(),
        cards: Address::WorkloadOperations(row.id.clone()),
        safe_to_ignore: workload.safe_to_ignore.clone(),
        evidence: view! { <a href=activity>{seen}</a> {under_way} }.into_any(),
    }
}
