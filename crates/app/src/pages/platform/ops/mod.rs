//! Platform operations: the queue of whoever looks after the machines. What needs action first, then what is under way and
//! why it is not moving, then what ends soon and what has ended.

mod acknowledged;
mod calls;

use crate::{
    components::{
        action_item::ActionPanel,
        evidence_link::EvidenceLink,
        lifecycle_operation_card::{LifecycleOperationCard, usually},
        not_moving::Moving,
        page::page,
        page_main::PageTitle,
        progress_brief::Follow,
        resource_header::ListHeader,
        simulated::simulated,
        since::Since,
        state_badge::StateBadge,
    },
    pages::asked,
    ui::{section::Section, words::count},
};
use acknowledged::acknowledged;
use calls::load_ops;
use leptos::prelude::*;
use read_models::{
    navigation::{Address, RouteId},
    nodes::ActionItem,
    operation::TargetView,
    ops::{CertificateEnd, EndedOperation, OpsView, RunningOperation},
    time::Timestamp,
};

/// `/platform/ops`
#[component]
pub(crate) fn OpsPage() -> impl IntoView {
    let (item, draft) = (asked("item"), asked("draft"));
    let wants = item.is_some() || draft.is_some();
    page(RouteId::Ops, load_ops(item, draft), move |view| workflow(view, wants))
}

/// `wants`: somebody wants to acknowledge an item, and its card is shown.
fn workflow(view: OpsView, wants: bool) -> AnyView {
    let as_of = view.as_of;
    let nodes = view! { <a class="btn" href=Address::Nodes.to_string()>"Nodes"</a> }.into_any();
    let summary = summary(&view);
    let more = view.more_running.then(|| {
        view! { <p class="quiet"><span>"More operations are under way than are shown here."</span></p> }
    });
    let more_needs_action = view.more_needs_action.then(|| {
        view! { <p class="quiet"><span>"More needs action than is shown here: see to the oldest first."</span></p> }
    });
    let acknowledge = wants.then(|| {
        view! {
            <Section title="Acknowledge" aside="the item you chose comes first">
                <div class="pair cards"><LifecycleOperationCard card=view.acknowledge as_of/></div>
            </Section>
        }
    });
    let is_yours = |item: &ActionItem| item.handed.as_ref().is_some_and(|handed| handed.is_yours);
    let (yours, others): (Vec<_>, Vec<_>) = view.needs_action.into_iter().partition(is_yours);
    let nothing = if !yours.is_empty() {
        "Nothing else needs action."
    } else if view.acknowledged.is_empty() {
        "Nothing needs action: no operation asks, every node is well, nobody was refused at the door."
    } else {
        "Nothing needs action that nobody has acknowledged."
    };
    let yours = (!yours.is_empty()).then(|| {
        view! {
            <Section title="Handed to you" aside="by somebody who left it in your care" id="handed-to-you" field="handed_to_you">
                {needs_action(yours, "", as_of)}
            </Section>
        }
    });
    view! {
        <PageTitle text="Ops"/>
        <ListHeader title="Ops" summary as_of actions=nodes/>
        {yours}
        <Section title="Needs action" aside="decided by the server, oldest first" id="needs-action" field="needs_action">
            {needs_action(others, nothing, as_of)} {more_needs_action}
        </Section>
        {acknowledge}
        <Section title="In progress" id="in-progress" field="running">{running(view.running, as_of)} {more}</Section>
        {acknowledged(view.acknowledged, &view.reopen, as_of)}
        <Section title="Certificates" aside="those that end first" field="certificates">
            {certificates(view.certificates, as_of)}
        </Section>
        <Section title="Ended" aside="newest first, each with its evidence" field="ended">{ended(view.ended, as_of)}</Section>
        <Section title="Stop the world" aside="nothing begins anywhere, or begins again" id="standstill">
            <div class="pair cards"><LifecycleOperationCard card=view.standstill as_of/></div>
        </Section>
        <p class="quiet" data-field="safe_to_ignore"><span>{view.safe_to_ignore}</span></p>
    }
    .into_any()
}

fn summary(view: &OpsView) -> String {
    let need = match view.needs_action.len() {
        0 => "nothing needs you".to_owned(),
        1 => "1 thing needs you".to_owned(),
        more => format!("{more} things need you"),
    };
    let late = view.running.iter().filter(|running| running.above_sla.is_some()).count();
    let late = if late > 0 { format!(", {late} longer than usual") } else { String::new() };
    format!("{} under way{late}; {need}.", count(view.running.len(), "operation", "operations"))
}

fn needs_action(items: Vec<ActionItem>, nothing: &'static str, as_of: Timestamp) -> AnyView {
    if items.is_empty() {
        return view! { <p class="empty">{nothing}</p> }.into_any();
    }
    let panels = items.into_iter().map(|item| view! { <ActionPanel item=item.into() as_of/> }).collect_view();
    view! { <div class="pair">{panels}</div> }.into_any()
}

fn running(rows: Vec<RunningOperation>, as_of: Timestamp) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="empty">"No operation is under way."</p> }.into_any();
    }
    let rows = rows.into_iter().map(|row| running_row(row, as_of)).collect_view();
    view! { <ul class="panel table progressing">{rows}</ul> }.into_any()
}

fn running_row(row: RunningOperation, as_of: Timestamp) -> impl IntoView {
    let brief = row.progress.clone();
    view! {
        <li class="rowx">
            <div>
                <strong>{brief.title.clone()}</strong> " " {target(row.target.clone())}
                <small>"by " {row.requested_by.clone()} " · " <Since at=row.requested_at as_of/></small>
            </div>
            <small>{usually(row.usually.as_ref())}</small>
            <div><Moving operation=row as_of/></div>
            <div class="end"><Follow brief/></div>
        </li>
    }
}

fn certificates(ends: Vec<CertificateEnd>, as_of: Timestamp) -> AnyView {
    if ends.is_empty() {
        let onboarding = Address::Onboardings.to_string();
        return view! { <p class="empty">"No machine has come in yet. " <a href=onboarding>"Bring one in"</a> "."</p> }
            .into_any();
    }
    let rows = ends
        .into_iter()
        .map(|end| {
            let address = Address::NodeCertificate(end.node);
            view! {
                <li class="rowx">
                    <div><a class="name" href=address.to_string()>{end.name}</a>{simulated(end.simulated)}</div>
                    <StateBadge badge=end.posture/>
                    <span>"ends " <Since at=end.not_after as_of/></span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="panel table ends">{rows}</ul> }.into_any()
}

fn ended(rows: Vec<EndedOperation>, as_of: Timestamp) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="empty">"No operation has ended yet. Each will stand here with its evidence."</p> }.into_any();
    }
    let rows = rows
        .into_iter()
        .map(|EndedOperation { run, target: on }| {
            view! {
                <li class="rowx">
                    <div><strong>{run.title}</strong> " " {target(on)}</div>
                    <StateBadge badge=run.state/>
                    <span>"by " {run.requested_by}</span>
                    <EvidenceLink operation=run.id/>
                    <small><Since at=run.requested_at as_of/></small>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="panel table runs">{rows}</ul> }.into_any()
}

fn target(view: Option<TargetView>) -> AnyView {
    match view {
        Some(view) => {
            view! { <a href=view.address.to_string()>{view.name}</a>{simulated(view.simulated)} }.into_any()
        }
        None => view! { <small>"on something that is gone"</small> }.into_any(),
    }
}
