//! What happened to a thing in a time, as a bundle: what it holds, what it proves and what not, where it is taken.

use crate::ui::{
    copy::Command,
    facts::{FactList, fact},
    section::Section,
    words::{count, short},
};
use leptos::prelude::*;
use read_models::{
    evidence::{BundledOperation, ResourceBundleHolds, ResourceEvidence},
    navigation::Address,
};

/// The section under a search.
#[component]
pub(crate) fn BundleOfThing(evidence: ResourceEvidence) -> impl IntoView {
    let body = match (&evidence.holds, &evidence.refused) {
        (Some(holds), _) => offered(&evidence, holds),
        (None, Some(refused)) => {
            view! { <section class="panel act" data-tone="warn" data-bundle="refused"><h3>"No bundle of this"</h3><p>{refused.clone()}</p></section> }
                .into_any()
        }
        (None, None) => view! {
            <p class="empty">"Search with "<strong>"On what"</strong>" and "<strong>"From"</strong>": what happened to that thing since then becomes one file that proves itself, with the operations on it. Anybody checks it without this server."</p>
        }
        .into_any(),
    };
    view! { <Section title="As a bundle" id="bundle" aside="one thing, one time, one file that proves itself" field="bundle">{body}</Section> }
}

fn offered(evidence: &ResourceEvidence, holds: &ResourceBundleHolds) -> AnyView {
    let resource = evidence.resource.clone().unwrap_or_default();
    let file = format!("{}.evidence.json", resource.replace(':', "-"));
    let verify = format!("slipway evidence verify {file} --key slipway-evidence-key.json");
    let name = evidence.name.clone().unwrap_or_else(|| resource.clone());
    let page =
        evidence.page.as_ref().map(|page| view! { " · " <a href=page.to_string()>"open its page"</a> });
    let said =
        |sentences: &[String]| sentences.iter().map(|one| view! { <li>{one.clone()}</li> }).collect_view();
    let (proved, not_proved) = (said(&holds.proved), said(&holds.not_proved));
    let left_out = (!holds.left_out.is_empty()).then(|| {
        let sentences = said(&holds.left_out);
        view! { <h3>"Not in it"</h3> <ul>{sentences}</ul> }
    });
    view! {
        <div class="panel op bundle-of-thing" data-bundle="offered">
            <h3>{name} <small><code>{resource}</code> {page}</small></h3>
            <FactList facts=facts(holds)/>
            <div class="pair">
                <div><h3>"It proves"</h3><ul>{proved}</ul></div>
                <div><h3>"It does not prove"</h3><ul>{not_proved}</ul></div>
            </div>
            {left_out}
            <p class="line">
                <a class="btn primary" href=evidence.download.clone() download=file rel="external">"Download bundle"</a>
                <a class="btn" href=evidence.key.clone() download="slipway-evidence-key.json" rel="external">"Download public key"</a>
            </p>
            <Command text=verify label="The command that checks the bundle"/>
            <p><small>"Without this server; it names the first thing that does not fit. The key must have the id " <code>{evidence.key_id.clone()}</code> "."</small></p>
        </div>
    }
    .into_any()
}

fn facts(holds: &ResourceBundleHolds) -> Vec<crate::ui::facts::Named> {
    let many =
        |number: u32, one: &str, more: &str| count(usize::try_from(number).unwrap_or(usize::MAX), one, more);
    let whole = format!(
        "{}: {}, {}, {}, {}",
        many(holds.events, "event", "events"),
        many(holds.intents, "intent", "intents"),
        many(holds.decisions, "decision", "decisions"),
        many(holds.observations, "observation", "observations"),
        many(holds.outcomes, "outcome", "outcomes"),
    );
    vec![
        fact("Time, UTC", format!("{} to {}", holds.from.date_and_minute(), holds.until.date_and_minute())),
        fact("In it whole", whole),
        fact("As digests", many(holds.others, "event of something else", "events of other things")),
        fact("Chain", format!("events {} to {}, without a gap", holds.first, holds.last)),
        fact("Operations", operations(&holds.operations)),
    ]
}

fn operations(all: &[BundledOperation]) -> AnyView {
    if all.is_empty() {
        return "none on it in that time".into_any();
    }
    let links = all.iter().map(|one| {
        let href = Address::Operation(one.id.clone()).to_string();
        let id = one.id.to_string();
        view! { <li><a href=href title=id.clone()>{one.title.clone()}</a> " " <small>{one.state.clone()} " · " {short(&id)}</small></li> }
    });
    view! { <ul class="plain">{links.collect_view()}</ul> }.into_any()
}
