//! The catalogue: what is offered, how much of it is free and why not more, what of it runs, what was launched.

use super::{
    calls::load_compute,
    sku_card::{Availability, Placed, words_of},
};
use crate::{
    components::{
        again::AskedAgain, page::page, page_main::PageTitle, past_operations::PastOperations,
        resource_header::ListHeader,
    },
    pages::asked,
    ui::{
        section::Section,
        words::{count, estimate, price},
    },
};
use leptos::prelude::*;
use read_models::{
    compute::{ComputeView, SkuOffer},
    navigation::{Address, RouteId},
};

/// `/compute`
#[component]
pub(crate) fn ComputePage() -> impl IntoView {
    let project = asked("project");
    let compute = load_compute(project);
    page(RouteId::Compute, compute, workflow)
}

fn workflow(view: ComputeView) -> AnyView {
    let as_of = view.as_of;
    let running: u32 = view.skus.iter().filter_map(|sku| sku.running).sum();
    let available = view.skus.iter().filter(|sku| sku.unavailable.is_none()).count();
    let summary = format!(
        "{} of {} can be launched into {} now; {} there.",
        available,
        count(view.skus.len(), "offer", "offers"),
        view.project.name,
        count(running as usize, "workload runs", "workloads run"),
    );
    let launch =
        launch_link(view.may_not_launch.clone(), "Launch compute", Address::LaunchCompute { sku: None });
    let actions = view! { <span data-field="launch">{launch}</span> }.into_any();
    view! {
        <PageTitle text="Compute"/>
        // What others launch is no event of this project, and takes the room all the same.
        <AskedAgain/>
        <ListHeader title="Compute" summary as_of actions/>
        <Section title="Offered" aside="room as of now, live" field="skus">
            {offers(view.skus, view.may_not_launch.as_deref())}
        </Section>
        <p class="quiet" data-field="safe_to_ignore"><span>{view.safe_to_ignore}</span></p>
        <Section title="Last launches" field="launches"><PastOperations runs=view.launches as_of/></Section>
    }
    .into_any()
}

fn offers(skus: Vec<SkuOffer>, may_not: Option<&str>) -> AnyView {
    if skus.is_empty() {
        let sentence = "Nothing is offered yet. An operator creates the first SKU under Config.";
        return view! { <p class="empty" data-field="unavailable">{sentence}</p> }.into_any();
    }
    let away = skus.iter().filter(|sku| sku.unavailable.is_some()).count();
    let what_lacks = match away {
        0 => "Nothing is in the way: everything offered has room.".to_owned(),
        _ => format!("{} no room now; each says why.", count(away, "offer has", "offers have")),
    };
    let cards = skus.into_iter().map(|sku| offer(sku, may_not)).collect_view();
    view! {
        <p class="quiet-words" data-field="unavailable">{what_lacks}</p>
        <ul class="offers plain">{cards}</ul>
    }
    .into_any()
}

fn offer(sku: SkuOffer, may_not: Option<&str>) -> impl IntoView + use<> {
    let address = Address::LaunchCompute { sku: Some(sku.id.clone()) };
    let why_not = may_not
        .map(str::to_owned)
        .or_else(|| sku.unavailable.as_ref().map(|_| "It has no room now.".to_owned()));
    let running = match sku.running {
        None => String::new(),
        Some(0) => "none of yours runs".to_owned(),
        Some(some) => format!("{some} of yours"),
    };
    view! {
        <li class="panel op offer" data-sku=sku.id.to_string()>
            <h3>{sku.title.clone()}</h3>
            <span class="what">{words_of(&sku)}</span>
            <Availability sku=sku.clone()/>
            <span class="line">
                <strong class="price">{price(sku.price_microcents_per_hour)}</strong>
                <small class="end">{running}</small>
            </span>
            <small class="quiet-words">{estimate(sku.price_microcents_per_hour)}</small>
            <Placed sku=sku.clone()/>
            {launch_link(why_not, "Launch", address)}
        </li>
    }
}

/// The way to the launch page, or why it leads nowhere now.
fn launch_link(why_not: Option<String>, word: &'static str, address: Address) -> AnyView {
    match why_not {
        None => view! { <a class="btn primary" href=address.to_string()>{word}</a> }.into_any(),
        Some(why) => view! {
            <span class="line">
                <a class="btn" aria-disabled="true" role="link">{word}</a>
                <small class="why-not">{why}</small>
            </span>
        }
        .into_any(),
    }
}
