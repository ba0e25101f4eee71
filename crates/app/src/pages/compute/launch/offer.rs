//! The SKUs as cards to choose from: what each has, how many slots are free, what it costs, why it cannot be had.

use crate::ui::words::{bytes, price};
use leptos::prelude::*;
use read_models::compute::SkuOffer;

/// The cards. One that cannot be launched says why, and cannot be chosen.
#[component]
pub(super) fn Offers(skus: Vec<SkuOffer>, chosen: String) -> impl IntoView {
    if skus.is_empty() {
        return view! {
            <div data-field="skus">
                <p class="empty" data-field="unavailable">"Nothing is offered yet. An operator makes the first SKU with `slipway admin starter`."</p>
            </div>
        }
        .into_any();
    }
    let away = skus.iter().filter(|sku| sku.unavailable.is_some()).count();
    let ignorable = match away {
        0 => "Everything offered can be launched now.".to_owned(),
        1 => "1 offer cannot be launched now; its card says why.".to_owned(),
        more => format!("{more} offers cannot be launched now; their cards say why."),
    };
    let cards = skus.into_iter().map(|sku| {
        let checked = sku.id.as_str() == chosen;
        card(sku, checked)
    });
    view! {
        <fieldset class="offers" data-field="skus">
            <legend class="unseen">"SKU"</legend>
            {cards.collect_view()}
        </fieldset>
        <p class="quiet-words" data-field="unavailable">{ignorable}</p>
    }
    .into_any()
}

fn card(sku: SkuOffer, checked: bool) -> impl IntoView {
    let placement = match sku.placement.as_str() {
        "bare_metal" => "Bare metal",
        _ => "Slice",
    };
    let gpus = sku.gpus.unwrap_or_else(|| "no GPU".to_owned());
    let what = format!("{placement} · {gpus} · {} vCPU · {}", sku.cpus, bytes(sku.memory_bytes));
    let free = format!("{} of {} free", sku.slots_free, sku.slots_total);
    let tone = match (&sku.unavailable, sku.slots_free) {
        (Some(_), _) => "idle",
        (None, 0) => "warn",
        (None, _) => "ok",
    };
    let used = sku.slots_total.saturating_sub(sku.slots_free);
    let off = sku.unavailable.is_some();
    let why = sku.unavailable.map(|why| view! { <small class="why-not">{why}</small> });
    view! {
        <label class="panel op offer" data-sku=sku.id.to_string()>
            <span class="line">
                <input type="radio" name="input.sku" value=sku.id.to_string() checked=checked disabled=off required/>
                <strong>{sku.title}</strong>
            </span>
            <span class="what">{what}</span>
            <meter class="slots" min="0" max=sku.slots_total.max(1) value=used aria-label=format!("{used} of {} slots in use", sku.slots_total)></meter>
            <span class="line">
                <span class="badge" data-tone=tone>{free}</span>
                <strong class="end price">{price(sku.price_microcents_per_hour)}</strong>
            </span>
            {why}
        </label>
    }
}
