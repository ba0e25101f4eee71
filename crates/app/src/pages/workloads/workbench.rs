//! The workbench: what runs now, what needs action, what is under way, what can be ignored, and how to launch more.

use super::{
    calls::load_workbench,
    workload_row::{ActionRow, HistoryTable, InProgressRow, RunningRow, StoppedRow},
};
use crate::{
    components::{
        action_item::ActionPanel,
        bulk_panel::BulkPanel,
        lifecycle_operation_card::LifecycleOperationCard,
        local_nav::{LocalNav, Tab},
        page::page,
        page_main::PageTitle,
        resource_header::ListHeader,
    },
    pages::asked,
    shell::{calls::load_saved_views, saved_views},
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{
    counting::BoundedCount,
    iam::ProjectApproval,
    navigation::{Address, RouteId},
    operation::BulkOffer,
    time::Timestamp,
    workloads::{SafeToIgnore, WorkbenchView, WorkloadsFilter},
};

/// `/workloads`
#[component]
pub(crate) fn WorkbenchPage() -> impl IntoView {
    let (view, project) = (asked("view"), asked("project"));
    let (cursor, draft) = (asked("cursor"), asked("draft"));
    let filter = view.as_deref().and_then(WorkloadsFilter::parse).unwrap_or_default();
    let here = saved_views::here();
    let asked = async move {
        let view = load_workbench(project, filter, cursor, draft).await?;
        Ok((view, load_saved_views(here).await))
    };
    page(RouteId::Workbench, asked, |(view, views)| workflow(view, saved_views::strip(views)))
}

fn workflow(view: WorkbenchView, views: AnyView) -> AnyView {
    let (filter, as_of) = (view.filter, view.as_of);
    let summary = summary(&view);
    let launch = launch(view.launch_denied.clone());
    let handed = (!view.handed_to_you.is_empty()).then(|| {
        let items = view.handed_to_you.clone().into_iter();
        let panels = items.map(|item| view! { <ActionPanel item=item.into() as_of/> }).collect_view();
        view! {
            <Section title="Handed to you" aside="by somebody who left it in your care" field="handed_to_you">
                <div class="pair">{panels}</div>
            </Section>
        }
    });
    let approval = view.approval.clone().map(|approval| approval_of(approval, &view.project.name, as_of));
    let body = match filter {
        WorkloadsFilter::Active => active(view),
        WorkloadsFilter::History | WorkloadsFilter::All => listed(view),
    };
    view! {
        <PageTitle text="Workloads"/>
        <ListHeader title="Workloads" summary as_of actions=launch/>
        <div data-filter><LocalNav tabs=tabs(filter)/></div>
        {views}
        {handed}
        {body}
        {approval}
    }
    .into_any()
}

/// What needs a second person's approval in the project, and the card that says so: for its administrators.
fn approval_of(approval: ProjectApproval, project: &str, as_of: Timestamp) -> impl IntoView + use<> {
    let aside = format!("in {project}, before something is destroyed");
    view! {
        <Section title="Approval by a second person" aside id="approval" field="approval">
            <p data-field="approval_now">{approval.now}</p>
            <div class="pair cards"><LifecycleOperationCard card=approval.card as_of/></div>
        </Section>
    }
}

fn summary(view: &WorkbenchView) -> String {
    let counts = &view.counts;
    let need = match counts.needs_action {
        BoundedCount { counted: 0, more: false } => "nothing needs you".to_owned(),
        BoundedCount { counted: 0, more: true } => "nothing of what is shown needs you".to_owned(),
        some => some.of("needs you", "need you"),
    };
    format!("{}: {} running, {} in progress, {need}.", view.project.name, counts.running, counts.in_progress)
}

fn launch(denied: Option<String>) -> AnyView {
    let href = Address::LaunchCompute { sku: None }.to_string();
    match denied {
        None => view! { <a class="btn primary" href=href data-field="launch">"Launch compute"</a> }.into_any(),
        Some(why) => view! {
            <div class="line" data-field="launch">
                <small class="why-not" id="launch-denied">{why}</small>
                <button class="btn" type="button" disabled aria-describedby="launch-denied">"Launch compute"</button>
            </div>
        }
        .into_any(),
    }
}

fn tabs(current: WorkloadsFilter) -> Vec<Tab> {
    [
        (WorkloadsFilter::Active, "Workbench", Address::Workbench),
        (WorkloadsFilter::All, "All states", Address::Workloads(WorkloadsFilter::All)),
        (WorkloadsFilter::History, "History", Address::Workloads(WorkloadsFilter::History)),
    ]
    .into_iter()
    .map(|(filter, word, address)| Tab {
        key: filter.key(),
        href: address.to_string(),
        word,
        current: filter == current,
    })
    .collect()
}

fn active(view: WorkbenchView) -> AnyView {
    let (as_of, bulk) = (view.as_of, view.bulk.clone());
    let nothing = view.needs_action.is_empty()
        && view.in_progress.is_empty()
        && view.running.is_empty()
        && view.stopped.is_empty();
    let needs_action = match view.needs_action.len() {
        0 => view! { <p class="empty">"Nothing needs action."</p> }.into_any(),
        _ => view! {
            <div class="pair">{view.needs_action.into_iter().map(|row| view! { <ActionRow row bulk=bulk.clone() as_of/> }).collect_view()}</div>
        }
        .into_any(),
    };
    let in_progress = match view.in_progress.len() {
        0 => view! { <p class="empty">"Nothing is being launched, stopped or released."</p> }.into_any(),
        _ => view! {
            <ul class="panel table progressing">
                {view.in_progress.into_iter().map(|row| view! { <InProgressRow row bulk=bulk.clone() as_of/> }).collect_view()}
            </ul>
        }
        .into_any(),
    };
    let running = match view.running.len() {
        0 if nothing => first(view.launch_denied.is_none()),
        0 => view! { <p class="empty">"Nothing runs."</p> }.into_any(),
        _ => view! {
            <ul class="panel table running">
                {view.running.into_iter().map(|row| view! { <RunningRow row bulk=bulk.clone() as_of/> }).collect_view()}
            </ul>
        }
        .into_any(),
    };
    let stopped = (!view.stopped.is_empty()).then(|| {
        let rows = view
            .stopped
            .into_iter()
            .map(|row| view! { <StoppedRow row bulk=bulk.clone() as_of/> })
            .collect_view();
        view! {
            <Section title="Stopped" aside="each keeps its slot" field="stopped">
                <ul class="panel table running">{rows}</ul>
            </Section>
        }
    });
    view! {
        <Section title="Needs action" aside="decided by the server, oldest deadline first" field="needs_action">
            {needs_action}
        </Section>
        <Section title="In progress" id="in-progress" field="in_progress">{in_progress}</Section>
        <Section title="Running" aside=view.counts.running.to_string() field="running">{running}</Section>
        {stopped}
        {(!nothing).then(|| together(bulk, Address::Workbench))}
        {ignorable(&view.safe_to_ignore)}
    }
    .into_any()
}

/// What can be done with those that are ticked, for who may.
fn together(bulk: Option<BulkOffer>, back: Address) -> Option<impl IntoView> {
    bulk.map(|offer| view! { <BulkPanel offer back/> })
}

/// What this page is for, when there is nothing on it yet, and the operation that makes the first.
fn first(may_launch: bool) -> AnyView {
    let href = Address::LaunchCompute { sku: None }.to_string();
    let launch = may_launch.then(|| view! { <a class="btn primary" href=href>"Launch compute"</a> });
    view! {
        <div class="panel first">
            <h3>"Nothing runs here yet"</h3>
            <p>"Launch a command on a machine of this platform: it is placed, started, watched until it is ready, and its log is kept. It will stand here."</p>
            {launch}
        </div>
    }
    .into_any()
}

fn ignorable(safe: &SafeToIgnore) -> impl IntoView + use<> {
    let sentence = format!(
        "Safe to ignore: {} released, {} ended or stopped, {}, {} acknowledged.",
        safe.released,
        safe.ended,
        safe.past_window.of("failure archived or past its window", "failures archived or past their window"),
        safe.acknowledged,
    );
    view! {
        <p class="quiet" data-field="safe_to_ignore">
            <span>{sentence}</span>
            <a href=Address::Workloads(WorkloadsFilter::History).to_string()>"Open history"</a>
        </p>
    }
}

/// History and All states: a list, and above it the way back to what is going on.
fn listed(view: WorkbenchView) -> AnyView {
    let (bulk, any) = (view.bulk.clone(), !view.rows.is_empty());
    let here = Address::Workloads(view.filter);
    let next = view.next_cursor.map(|cursor| {
        let href = format!("{}&cursor={cursor}", Address::Workloads(view.filter));
        view! { <p class="more"><a class="btn" href=href>"Next page"</a></p> }
    });
    let empty = match view.filter {
        WorkloadsFilter::History => {
            "Nothing is over yet. What was released, what was archived, and failures past their window will stand here."
        }
        WorkloadsFilter::All | WorkloadsFilter::Active => "This project has had no workload yet.",
    };
    let rows = match view.rows.len() {
        0 => view! { <p class="empty">{empty}</p> }.into_any(),
        _ => view! { <HistoryTable rows=view.rows bulk=bulk.clone() as_of=view.as_of/> }.into_any(),
    };
    let counts = view.counts;
    view! {
        <p class="quiet">
            <span>
                <span data-field="running">{counts.running.to_string()} " running"</span> ", "
                <span data-field="in_progress">{counts.in_progress.to_string()} " in progress"</span> ", "
                <span data-field="needs_action">{counts.needs_action.to_string()} " in need of action"</span>
            </span>
            <a href=Address::Workbench.to_string()>"Open the workbench"</a>
        </p>
        {rows}
        {next}
        {any.then(|| together(bulk, here))}
        {ignorable(&view.safe_to_ignore)}
    }
    .into_any()
}
