//! The SKUs as cards to choose from: what each has, how much room there is for it, what it costs, why it cannot be had.

use super::super::sku_card::{Availability, Placed, words_of};
use crate::ui::words::{estimate, price};
use leptos::prelude::*;
use read_models::compute::SkuOffer;

/// The cards. One that cannot be launched says why, and cannot be chosen.
#[component]
pub(super) fn Offers(skus: Vec<SkuOffer>, chosen: String) -> impl IntoView {
    if skus.is_empty() {
        return view! {
            <div data-field="skus">
                <p class="empty" data-field="unavailable">"Nothing is offered yet. An operator creates the first SKU under Config."</p>
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
    let off = sku.unavailable.is_some();
    let (id, input) = (sku.id.to_string(), format!("sku-{}", sku.id));
    let (what, hourly) = (words_of(&sku), sku.price_microcents_per_hour);
    let (title, availability) = (sku.title.clone(), sku.clone());
    view! {
        <div class="panel op offer" data-sku=id.clone()>
            <label class="choose" for=input.clone()>
                <span class="line">
                    <input type="radio" id=input.clone() name="input.sku" value=id.clone() checked=checked disabled=off required/>
                    <strong>{title}</strong>
                </span>
                <span class="what">{what}</span>
                <strong class="price">{price(hourly)}</strong>
                <small class="quiet-words">{estimate(hourly)}</small>
            </label>
            <Availability sku=availability/>
            <Placed sku=sku/>
        </div>
    }
}
