//! One SKU, for who decides what is offered: what it takes, where there is room for it, what can be done with it.

use super::calls::load_sku;
use crate::{
    components::{
        lifecycle_operation_card::CardsByIntent,
        next_strip::{NextAnswers, NextStrip},
        page::page,
        page_main::PageTitle,
        past_operations::PastOperations,
        resource_header::{Header, ResourceHeader},
        since::Since,
    },
    pages::{
        asked,
        compute::sku_card::{Availability, Placed, words_of},
        id_of_address,
    },
    ui::{
        facts::fact,
        section::Section,
        words::{count, price},
    },
};
use leptos::prelude::*;
use read_models::{
    compute::SkuDetail,
    navigation::{Address, RouteId},
};

/// `/platform/config/skus/:id`
#[component]
pub(crate) fn SkuPage() -> impl IntoView {
    let (id, draft) = (id_of_address(), asked("draft"));
    let sku = load_sku(id, draft);
    page(RouteId::ConfigSku, sku, workflow)
}

fn workflow(view: SkuDetail) -> AnyView {
    let as_of = view.as_of;
    let offer = view.sku.offer.clone();
    let seen = count(view.past.len(), "recent operation", "recent operations");
    let answers = NextAnswers {
        action_required: view.action_required.clone(),
        run_next: view.run_next.clone(),
        cards: Address::ConfigSku(offer.id.clone()),
        safe_to_ignore: view.safe_to_ignore.clone(),
        evidence: view! { <a href="#past" rel="external">{seen}</a> }.into_any(),
    };
    view! {
        <PageTitle text=offer.title.clone()/>
        <ResourceHeader header=header(&view) as_of/>
        <NextStrip answers/>
        <Section title="Room">
            <div class="panel op offer">
                <Availability sku=offer.clone()/>
                <Placed sku=offer/>
            </div>
        </Section>
        <CardsByIntent groups=view.operations as_of/>
        <Section title="What was done with it" id="past"><PastOperations runs=view.past as_of/></Section>
    }
    .into_any()
}

fn header(view: &SkuDetail) -> Header {
    let (row, as_of) = (&view.sku, view.as_of);
    let badge = match row.retired_at {
        None => view! { <span class="badge" data-tone="ok" data-state="offered">"Offered"</span> }.into_any(),
        Some(at) => view! {
            <span class="badge" data-tone="idle" data-state="retired">"Retired " <Since at as_of/></span>
        }
        .into_any(),
    };
    Header {
        back: (Address::ConfigSkus.to_string(), "SKUs".to_owned()),
        mark: Some(row.offer.title.clone()),
        name: row.offer.title.clone(),
        badges: badge,
        facts: vec![
            fact("Name", view! { <code>{row.offer.name.clone()}</code> }),
            fact("Takes", words_of(&row.offer)),
            fact("Price", price(row.offer.price_microcents_per_hour)),
            fact("Held", count(row.held as usize, "slot", "slots")),
            fact("Created", view! { <Since at=row.created_at as_of/> }),
        ],
        actions: ().into_any(),
    }
}
