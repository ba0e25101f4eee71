//! The nodes: what needs action, what is under way, all of them, and how a machine comes in.

use super::{calls::load_nodes, enrolment::Enrolment};
use crate::{
    components::{
        action_item::ActionPanel,
        bulk_panel::{BulkPanel, tick},
        page::page,
        page_main::PageTitle,
        progress_brief::{Follow, Progress},
        resource_header::ListHeader,
        simulated::simulated,
        since::Since,
        slow::slow,
        state_badge::StateBadge,
    },
    pages::asked,
    ui::{
        section::Section,
        words::{count, initials},
    },
};
use leptos::prelude::*;
use read_models::{
    navigation::{Address, RouteId},
    nodes::{ActionItem, NodeCounts, NodeRow, NodesView},
    operation::BulkOffer,
    time::Timestamp,
};

/// `/platform/nodes`
#[component]
pub(crate) fn NodesPage() -> impl IntoView {
    let (cursor, draft) = (asked("cursor"), asked("draft"));
    let nodes = load_nodes(cursor, draft);
    page(RouteId::Nodes, nodes, workflow)
}

fn workflow(view: NodesView) -> AnyView {
    let as_of = view.as_of;
    let enrol =
        view! { <a class="btn primary" href=Address::Onboardings.to_string()>"Bring in a machine"</a> }
            .into_any();
    let next = view.next_cursor.map(|cursor| {
        view! { <p class="more"><a class="btn" href=format!("{}?cursor={cursor}", Address::Nodes)>"Next page"</a></p> }
    });
    let bulk =
        (view.counts.all > 0).then(|| view! { <BulkPanel offer=view.bulk.clone() back=Address::Nodes/> });
    view! {
        <PageTitle text="Nodes"/>
        <ListHeader title="Nodes" summary=summary(&view.counts, view.needs_action.len()) as_of actions=enrol/>
        <Section title="Needs action" aside="decided by the server, oldest first" field="needs_action">
            {needs_action(view.needs_action, as_of)}
        </Section>
        <Section title="In progress" id="in-progress" field="in_progress">{in_progress(view.in_progress)}</Section>
        <Section title="All nodes" aside=view.counts.all.to_string() field="nodes">{all(view.nodes, &view.bulk, as_of)} {next}</Section>
        {bulk}
        <p class="quiet" data-field="safe_to_ignore"><span>{view.safe_to_ignore}</span></p>
        <Enrolment panel=view.enrolment as_of/>
    }
    .into_any()
}

fn summary(counts: &NodeCounts, needs_action: usize) -> String {
    let need = match needs_action {
        0 => "nothing needs you".to_owned(),
        1 => "1 thing needs you".to_owned(),
        more => format!("{more} things need you"),
    };
    let held = if counts.held > 0 { format!(", {} held", counts.held) } else { String::new() };
    let silent =
        if counts.unreachable > 0 { format!(", {} unreachable", counts.unreachable) } else { String::new() };
    let made_up = match counts.simulated {
        0 => String::new(),
        all if all == counts.all => ", all simulated".to_owned(),
        some => format!(", {some} of all {} simulated", counts.all),
    };
    format!(
        "{} in service{held}{silent}{made_up}; {need}.",
        count(counts.in_service as usize, "node", "nodes")
    )
}

fn needs_action(items: Vec<ActionItem>, as_of: Timestamp) -> AnyView {
    if items.is_empty() {
        return view! { <p class="empty">"Nothing needs action."</p> }.into_any();
    }
    let panels = items.into_iter().map(|item| view! { <ActionPanel item=item.into() as_of/> }).collect_view();
    view! { <div class="pair">{panels}</div> }.into_any()
}

fn in_progress(rows: Vec<NodeRow>) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="empty">"No operation is under way on a node."</p> }.into_any();
    }
    let rows = rows
        .into_iter()
        .map(|row| {
            let title = row.progress.as_ref().map(|brief| brief.title.clone());
            let progress = row.progress.clone().map(|brief| view! { <Progress brief/> });
            let follow = row.progress.clone().map(|brief| view! { <Follow brief/> });
            view! {
                <li class="rowx">
                    {identity(&row, title.unwrap_or_default())}
                    <StateBadge badge=row.policy/>
                    <div>{progress} {slow(row.above_sla.clone())}</div>
                    <div class="end">{follow}</div>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="panel table progressing">{rows}</ul> }.into_any()
}

fn all(rows: Vec<NodeRow>, bulk: &BulkOffer, as_of: Timestamp) -> AnyView {
    if rows.is_empty() {
        return view! {
            <div class="panel first">
                <h3>"No machine has come in yet"</h3>
                <p>"A node is a machine that runs the Slipway agent. Seven steps lead one from its role to its first signs; it will stand here within seconds of running its command."</p>
                <a class="btn primary" href=Address::Onboardings.to_string()>"Begin with the first"</a>
            </div>
        }
        .into_any();
    }
    let rows = rows.into_iter().map(|row| node_row(row, bulk, as_of)).collect_view();
    view! {
        <table class="panel list">
            <thead><tr><th>"Select"</th><th>"Node"</th><th>"State"</th><th>"Policy"</th><th>"Slots"</th><th>"Heartbeat"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn node_row(row: NodeRow, bulk: &BulkOffer, as_of: Timestamp) -> impl IntoView + use<> {
    let tick = tick(bulk, row.id.as_str(), &row.name);
    let (lasting, wanted) = ((row.since, as_of), (row.policy_since, as_of));
    let overlays = row.overlays.iter().map(|overlay| view! { <StateBadge badge=overlay/> }).collect_view();
    let held = row.held.as_ref().map(|held| view! { <small>{held.sentence.clone()}</small> });
    let late = slow(row.above_sla.clone());
    let slots = row
        .slots_total
        .map_or_else(|| "not known".to_owned(), |total| format!("{} of {total} in use", row.slots_used));
    let heartbeat = match row.last_heartbeat_at {
        Some(at) => view! { <Since at as_of/> }.into_any(),
        None => "none yet".into_any(),
    };
    view! {
        <tr data-node=row.id.to_string()>
            <td data-label="Select">{tick}</td>
            <td data-label="Node">{identity(&row, row.role.word().to_owned())}</td>
            <td data-label="State"><div><span class="badges"><StateBadge badge=row.state lasting/> {overlays}</span> {late}</div></td>
            <td data-label="Policy"><StateBadge badge=row.policy lasting=wanted/> {held}</td>
            <td data-label="Slots">{slots}</td>
            <td data-label="Heartbeat">{heartbeat}</td>
        </tr>
    }
}

fn identity(row: &NodeRow, words: String) -> impl IntoView + use<> {
    view! {
        <div class="identity">
            <span class="mark small" aria-hidden="true">{initials(&row.name)}</span>
            <div><a class="name" href=row.address().to_string()>{row.name.clone()}</a>{simulated(row.simulated)}<small>{words}</small></div>
        </div>
    }
}
