//! What every card of a SKU says: what it takes, how much room there is for it, and why not more.

use crate::{
    components::simulated::simulated,
    ui::words::{bytes, count},
};
use leptos::prelude::*;
use read_models::{
    compute::{NodeRef, SkuOffer},
    navigation::Address,
};

/// `Slice · 1 × H200 · 24 vCPU · 220 GiB`
pub(crate) fn words_of(sku: &SkuOffer) -> String {
    let placement = match sku.placement.as_str() {
        "bare_metal" => "Bare metal",
        _ => "Slice",
    };
    let gpus = sku.gpus.clone().unwrap_or_else(|| "no GPU".to_owned());
    format!("{placement} · {gpus} · {} vCPU · {}", sku.cpus, bytes(sku.memory_bytes))
}

/// How much room there is: a meter, the words, and why there is none.
#[component]
pub(crate) fn Availability(sku: SkuOffer) -> impl IntoView {
    let used = sku.slots_total.saturating_sub(sku.slots_free);
    let tone = if sku.unavailable.is_none() { "ok" } else { "warn" };
    let free = format!("{} of {} free", sku.slots_free, sku.slots_total);
    let why = sku
        .unavailable
        .map(|why| view! { <small class="why-not">{why} " " {way_out(sku.unblocked_by)}</small> });
    view! {
        <meter class="slots" min="0" max=sku.slots_total.max(1) value=used aria-label=format!("{used} of {} places in use", sku.slots_total)></meter>
        <span class="line"><span class="badge" data-tone=tone>{free}</span></span>
        {why}
    }
}

fn way_out(operation: Option<String>) -> Option<impl IntoView> {
    operation.map(|operation| view! { <span class="way-out">"Unblocked by " <code>{operation}</code></span> })
}

/// Which nodes were considered, and what speaks against each.
#[component]
pub(crate) fn Placed(sku: SkuOffer) -> impl IntoView {
    let explained = sku.placement_explained;
    let made_up = match explained.simulated_candidates {
        0 => String::new(),
        all if all == explained.candidates => ", simulated: nothing runs there".to_owned(),
        some => format!(", {some} of them simulated: nothing runs there"),
    };
    let summary = format!(
        "{} considered, {} can take it{made_up}",
        count(explained.considered as usize, "node", "nodes"),
        explained.candidates
    );
    let candidates = (!explained.candidate_nodes.is_empty()).then(|| {
        view! { <li data-tone="ok">"Can take it: " {names(explained.candidate_nodes)}</li> }
    });
    let excluded = explained
        .excluded
        .into_iter()
        .map(|group| {
            let named = (!group.nodes.is_empty()).then(|| view! { ": " {names(group.nodes)} });
            view! { <li>{group.sentence} {named}</li> }
        })
        .collect_view();
    let everywhere = (explained.candidates == explained.considered && explained.considered > 0)
        .then(|| view! { <li>"Nothing speaks against any of them."</li> });
    view! {
        <details class="placed">
            <summary>{summary}</summary>
            <ul class="plain">{candidates} {excluded} {everywhere}</ul>
        </details>
    }
}

fn names(nodes: Vec<NodeRef>) -> impl IntoView {
    let last = nodes.len().saturating_sub(1);
    nodes
        .into_iter()
        .enumerate()
        .map(|(index, node)| {
            let comma = if index == last { "" } else { ", " };
            view! { <a href=Address::Node(node.id).to_string()>{node.name}</a>{simulated(node.simulated)}{comma} }
        })
        .collect_view()
}
