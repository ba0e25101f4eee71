//! What the platform offers: every SKU with its room and its price, and how another comes on the offer.

use super::calls::load_skus;
use crate::{
    components::{
        lifecycle_operation_card::LifecycleOperationCard, page::page, page_main::PageTitle,
        past_operations::PastOperations, resource_header::ListHeader, since::Since,
    },
    pages::{asked, compute::sku_card::words_of},
    ui::{
        section::Section,
        words::{count, price},
    },
};
use leptos::prelude::*;
use read_models::{
    compute::{SkuRow, SkusView},
    navigation::{Address, RouteId},
    time::Timestamp,
};

/// `/platform/config/skus`
#[component]
pub(crate) fn SkusPage() -> impl IntoView {
    let (cursor, draft) = (asked("cursor"), asked("draft"));
    let skus = load_skus(cursor, draft);
    page(RouteId::ConfigSkus, skus, workflow)
}

fn workflow(view: SkusView) -> AnyView {
    let as_of = view.as_of;
    let (offered, held) = (
        view.skus.iter().filter(|row| row.retired_at.is_none()).count(),
        view.skus.iter().map(|row| row.held as usize).sum::<usize>(),
    );
    let summary = format!(
        "{} on the offer; {} with them in all projects.",
        count(offered, "SKU", "SKUs"),
        count(held, "slot is held", "slots are held")
    );
    let create =
        view! { <a class="btn primary" href="#sku.create" rel="external">"Create a SKU"</a> }.into_any();
    let next = view.next_cursor.map(|cursor| {
        view! { <p class="more"><a class="btn" href=format!("{}?cursor={cursor}", Address::ConfigSkus)>"Next page"</a></p> }
    });
    let without_room = without_room(&view.skus);
    view! {
        <PageTitle text="SKUs"/>
        <ListHeader title="SKUs" summary as_of actions=create/>
        <Section title="Needs action" field="needs_action">{without_room}</Section>
        <Section title="All SKUs" field="skus">{all(view.skus, as_of)} {next}</Section>
        <p class="quiet" data-field="safe_to_ignore"><span>{view.safe_to_ignore}</span></p>
        <Section title="Another one" field="create">
            <div class="pair cards"><LifecycleOperationCard card=view.create as_of/></div>
        </Section>
        <Section title="Last created" field="created"><PastOperations runs=view.created as_of/></Section>
    }
    .into_any()
}

/// What is offered and cannot be had.
fn without_room(rows: &[SkuRow]) -> AnyView {
    let away: Vec<_> = rows.iter().filter_map(|row| Some((row, row.offer.unavailable.clone()?))).collect();
    if away.is_empty() {
        return view! { <p class="empty">"Everything offered has room somewhere."</p> }.into_any();
    }
    let items = away
        .into_iter()
        .map(|(row, why)| {
            let href = Address::ConfigSku(row.offer.id.clone()).to_string();
            view! { <li><a class="name" href=href>{row.offer.title.clone()}</a> ": " {why}</li> }
        })
        .collect_view();
    view! { <ul class="panel op plain" data-tone="warn">{items}</ul> }.into_any()
}

fn all(rows: Vec<SkuRow>, as_of: Timestamp) -> AnyView {
    if rows.is_empty() {
        return view! {
            <p class="empty">"Nothing is offered, so nobody can launch anything. Create the first SKU below."</p>
        }
        .into_any();
    }
    let rows = rows.into_iter().map(|row| sku_row(row, as_of)).collect_view();
    view! {
        <table class="panel list">
            <thead><tr><th>"SKU"</th><th>"Takes"</th><th>"Room"</th><th>"Held"</th><th>"Price"</th><th>"State"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn sku_row(row: SkuRow, as_of: Timestamp) -> impl IntoView {
    let href = Address::ConfigSku(row.offer.id.clone()).to_string();
    let room = match row.retired_at {
        None => format!("{} of {} free", row.offer.slots_free, row.offer.slots_total),
        Some(_) => "not offered".to_owned(),
    };
    let state = match row.retired_at {
        None => view! { <span class="badge" data-tone="ok" data-state="offered">"Offered"</span> }.into_any(),
        Some(at) => view! {
            <span class="badge" data-tone="idle" data-state="retired">"Retired"</span> " " <small><Since at as_of/></small>
        }
        .into_any(),
    };
    view! {
        <tr data-sku=row.offer.id.to_string()>
            <td data-label="SKU"><div><a class="name" href=href>{row.offer.title.clone()}</a><small class="mono">{row.offer.name.clone()}</small></div></td>
            <td data-label="Takes">{words_of(&row.offer)}</td>
            <td data-label="Room">{room}</td>
            <td data-label="Held">{row.held}</td>
            <td data-label="Price">{price(row.offer.price_microcents_per_hour)}</td>
            <td data-label="State">{state}</td>
        </tr>
    }
}
