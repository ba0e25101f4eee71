//! A workload as a row: what it is, its state and since when, what it costs, what to do next.

use crate::{
    components::{
        action_item::{ActionPanel, Item},
        bulk_panel::tick,
        progress_brief::{Follow, Progress},
        simulated::simulated,
        since::{Lasting, Since},
        slow::slow,
        state_badge::StateBadge,
    },
    ui::words::{initials, price},
};
use leptos::prelude::*;
use read_models::{navigation::Address, operation::BulkOffer, time::Timestamp, workloads::WorkloadRow};

/// In need of a person.
#[component]
pub(super) fn ActionRow(row: WorkloadRow, bulk: Option<BulkOffer>, as_of: Timestamp) -> impl IntoView {
    let lasting = (row.since, as_of);
    let (tick, above_sla) = (ticked(bulk.as_ref(), &row), row.above_sla.clone());
    let badge = view! { <StateBadge badge=row.state lasting/>{simulated(row.simulated)} }.into_any();
    let own = row.address();
    let evidence = Some(Address::WorkloadActivity(row.id.clone()));
    let item = match row.action_required {
        Some(action) => Item {
            title: row.name,
            badge,
            tick,
            above_sla,
            reason: action.reason,
            since: action.since,
            until: row.actionable_until,
            address: action.address,
            label: action.label,
            beside: action.next_operation.is_some().then_some(("Read its log", own)),
            operation: action.next_operation,
            evidence,
            acknowledge: None,
            handed: None,
        },
        None => Item {
            title: row.name,
            badge,
            tick,
            above_sla,
            reason: row
                .consequence
                .unwrap_or_else(|| "It stays here because it is still actionable.".to_owned()),
            since: row.since,
            until: row.actionable_until,
            address: own,
            label: "Look at it".to_owned(),
            operation: None,
            beside: None,
            evidence,
            acknowledge: None,
            handed: None,
        },
    };
    view! { <ActionPanel item as_of/> }
}

/// Being launched, stopped or released.
#[component]
pub(super) fn InProgressRow(row: WorkloadRow, bulk: Option<BulkOffer>, as_of: Timestamp) -> impl IntoView {
    let lasting = (row.since, as_of);
    let progress = row.progress.clone().map(|brief| view! { <Progress brief/> });
    let follow = row.progress.clone().map(|brief| view! { <Follow brief/> });
    view! {
        <li class="rowx" data-workload=row.id.to_string()>
            {identity(&row, bulk.as_ref())}
            <StateBadge badge=row.state lasting/>
            <div>{progress} {slow(row.above_sla.clone())}</div>
            <div class="end">{follow}</div>
        </li>
    }
}

/// Runs and needs nothing.
#[component]
pub(super) fn RunningRow(row: WorkloadRow, bulk: Option<BulkOffer>, as_of: Timestamp) -> impl IntoView {
    let port = row.port.map_or_else(|| "no port".to_owned(), |port| format!("port {port}"));
    let consequence = row.consequence.clone().map(|what| view! { <small class="warn-words">{what}</small> });
    view! {
        <li class="rowx" data-workload=row.id.to_string()>
            {identity(&row, bulk.as_ref())}
            <div><StateBadge badge=row.state/> {consequence}</div>
            <div><span>{row.sku.clone()}</span><small>{port}</small></div>
            <div><Lasting since=row.since as_of/><small>{price(row.price_microcents_per_hour)}</small></div>
            <div class="end"><a class="btn" href=row.address().to_string()>"Open log" <span class="unseen">" of " {row.name.clone()}</span></a></div>
        </li>
    }
}

/// Stopped, and its slot is still its own.
#[component]
pub(super) fn StoppedRow(row: WorkloadRow, bulk: Option<BulkOffer>, as_of: Timestamp) -> impl IntoView {
    let start = format!("{}#workload.start", Address::WorkloadOperations(row.id.clone()));
    view! {
        <li class="rowx" data-workload=row.id.to_string()>
            {identity(&row, bulk.as_ref())}
            <div><StateBadge badge=row.state/></div>
            <div><span>{row.sku.clone()}</span><small>"keeps its slot"</small></div>
            <div><Lasting since=row.since as_of/><small>{price(row.price_microcents_per_hour)}</small></div>
            <div class="end"><a class="btn" href=start>"Start" <span class="unseen">" " {row.name.clone()}</span></a></div>
        </li>
    }
}

/// History and All states: a table that becomes rows of label and value where it is narrow.
#[component]
pub(super) fn HistoryTable(
    rows: Vec<WorkloadRow>,
    bulk: Option<BulkOffer>,
    as_of: Timestamp,
) -> impl IntoView {
    let select = bulk.as_ref().map(|_| view! { <th>"Select"</th> });
    let rows = rows.into_iter().map(|row| history_row(row, bulk.as_ref(), as_of)).collect_view();
    view! {
        <table class="panel list">
            <thead><tr>{select}<th>"Workload"</th><th>"State"</th><th>"Ran on"</th><th>"Launched"</th><th>"In History since"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn history_row(row: WorkloadRow, bulk: Option<&BulkOffer>, as_of: Timestamp) -> impl IntoView + use<> {
    let lasting = (row.since, as_of);
    let select = ticked(bulk, &row).map(|tick| view! { <td data-label="Select">{tick}</td> });
    let archived = match (row.archived_at, &row.acknowledged) {
        (Some(at), _) => view! { <Since at as_of/> }.into_any(),
        (None, Some(said)) => {
            let reason = said.reason.clone();
            view! { <div>"acknowledged, comes back " <Since at=said.until as_of/><small>{reason}</small></div> }.into_any()
        }
        (None, None) => "not in History".into_any(),
    };
    view! {
        <tr data-workload=row.id.to_string()>
            {select}
            <td data-label="Workload"><div>{name(&row)}<small class="mono">{row.command.clone()}</small></div></td>
            <td data-label="State"><div><StateBadge badge=row.state lasting/> {slow(row.above_sla.clone())}</div></td>
            <td data-label="Ran on">{row.sku.clone()}</td>
            <td data-label="Launched"><Since at=row.created_at as_of/></td>
            <td data-label="In History since">{archived}</td>
        </tr>
    }
}

/// The box of a row, for who may act on it.
fn ticked(bulk: Option<&BulkOffer>, row: &WorkloadRow) -> Option<AnyView> {
    bulk.map(|offer| tick(offer, row.id.as_str(), &row.name).into_any())
}

fn identity(row: &WorkloadRow, bulk: Option<&BulkOffer>) -> impl IntoView + use<> {
    view! {
        <div class="identity">
            {ticked(bulk, row)}
            <span class="mark small" aria-hidden="true">{initials(&row.name)}</span>
            <div>{name(row)}<small>{row.kind.word()} " · " <code>{row.command.clone()}</code></small></div>
        </div>
    }
}

fn name(row: &WorkloadRow) -> impl IntoView + use<> {
    view! { <a class="name" href=row.address().to_string()>{row.name.clone()}</a>{simulated(row.simulated)} }
}
