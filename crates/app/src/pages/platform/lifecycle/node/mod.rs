//! One node. What its five pages share: the question, the header, the answers above the tabs.

mod activity;
mod capabilities;
mod certificate;
mod operations;
mod posture;

pub(crate) use activity::NodeActivityPage;
pub(crate) use capabilities::NodeCapabilitiesPage;
pub(crate) use certificate::NodeCertificatePage;
pub(crate) use operations::NodeOperationsPage;
pub(crate) use posture::NodePosturePage;

use super::calls::load_node;
use crate::{
    components::{
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
        words::count,
    },
};
use leptos::prelude::*;
use read_models::{
    navigation::{Address, RouteId},
    nodes::NodeDetail,
};

/// One node; `tab` is what stands under the tabs.
#[component]
fn NodePage(route: RouteId, tab: fn(NodeDetail) -> AnyView) -> impl IntoView {
    let (id, draft) = (id_of_address(), asked("draft"));
    let node = load_node(id, draft);
    page(route, node, move |node| workflow(route, node, tab))
}

fn workflow(route: RouteId, node: NodeDetail, tab: fn(NodeDetail) -> AnyView) -> AnyView {
    let as_of = node.as_of;
    view! {
        <PageTitle text=node.row.name.clone()/>
        <ResourceHeader header=header(&node) as_of/>
        <NextStrip answers=answers(&node)/>
        <ThingNav current=route id=node.row.id.to_string()/>
        {tab(node)}
    }
    .into_any()
}

fn header(node: &NodeDetail) -> Header {
    let row = &node.row;
    let (lasting, wanted) = ((row.since, node.as_of), (row.policy_since, node.as_of));
    let overlays = row.overlays.iter().map(|overlay| view! { <StateBadge badge=overlay/> }).collect_view();
    Header {
        back: (Address::Nodes.to_string(), "Nodes".to_owned()),
        mark: Some(row.name.clone()),
        name: row.name.clone(),
        badges: view! { <StateBadge badge=row.state lasting/> <StateBadge badge=row.policy lasting=wanted/> {overlays} {simulated(row.simulated)} }.into_any(),
        facts: facts(node),
        actions: ().into_any(),
    }
}

fn facts(node: &NodeDetail) -> Vec<Named> {
    let (header, row, as_of) = (&node.header, &node.row, node.as_of);
    let unknown = || "not known".to_owned();
    let heartbeat = match row.last_heartbeat_at {
        Some(at) => view! { <Since at as_of/> }.into_any(),
        None => "none yet".into_any(),
    };
    let certificate = match &node.certificate {
        Some(certificate) => view! { "ends " <Since at=certificate.not_after as_of/> }.into_any(),
        None => "none yet".into_any(),
    };
    let agent = header.agent_version.clone().unwrap_or_else(unknown);
    let held = row
        .held
        .clone()
        .map(|held| fact("Held", view! { {held.sentence} " " <EvidenceLink operation=held.operation/> }));
    let always = [
        fact("Role", row.role.word()),
        fact("GPUs", header.gpus.clone().unwrap_or_else(unknown)),
        fact(
            "Agent",
            if header.connected { format!("{agent}, connected") } else { format!("{agent}, not connected") },
        ),
        fact("Heartbeat", heartbeat),
        fact("Clock", header.clock_skew_ms.map_or_else(unknown, skew)),
        fact("Certificate", certificate),
    ];
    always.into_iter().chain(held).collect()
}

fn skew(milliseconds: i64) -> String {
    match milliseconds {
        0 => "as the server's".to_owned(),
        ahead if ahead > 0 => format!("{ahead} ms ahead"),
        behind => format!("{} ms behind", behind.unsigned_abs()),
    }
}

fn answers(node: &NodeDetail) -> NextAnswers {
    let id = &node.row.id;
    let activity = Address::NodeActivity(id.clone()).to_string();
    let seen = count(node.activity.len(), "recent event", "recent events");
    let under_way =
        node.row.progress.clone().map(|brief| view! { " · under way: " <EvidenceLink operation=brief.id/> });
    NextAnswers {
        action_required: node.action_required.iter().map(|overlay| overlay.sentence.clone()).collect(),
        run_next: node.run_next.clone(),
        cards: Address::NodeOperations(id.clone()),
        safe_to_ignore: node.safe_to_ignore.clone(),
        evidence: view! { <a href=activity>{seen}</a> {under_way} }.into_any(),
    }
}
