//! What proves what an operation did: the bundle, whether it is signed, and how anybody checks it.

use super::calls::load_operation_evidence;
use crate::{
    components::{
        page::page,
        page_main::PageTitle,
        resource_header::{Header, ResourceHeader},
        simulated::simulated,
        since::Since,
        state_badge::StateBadge,
    },
    pages::id_of_address,
    ui::{
        copy::Command,
        facts::{FactList, fact},
        section::Section,
        words::{count, short},
    },
};
use leptos::prelude::*;
use read_models::{
    evidence::{BundleContents, Coverage, OperationEvidence},
    navigation::{Address, RouteId},
};

/// `/operations/:id/evidence`
#[component]
pub(crate) fn OperationEvidencePage() -> impl IntoView {
    page(RouteId::OperationEvidence, load_operation_evidence(id_of_address()), workflow)
}

fn workflow(evidence: OperationEvidence) -> AnyView {
    let as_of = evidence.as_of;
    let name = format!("Evidence: {} {}", evidence.title, evidence.target_view.name);
    let header = header(&evidence, name.clone());
    let file = evidence.download.clone();
    let bundle_name = format!("{}.evidence.json", evidence.id);
    view! {
        <PageTitle text=name/>
        <ResourceHeader header as_of/>
        <div class="split">
            <div>
                {coverage(&evidence)}
                <Section title="What the bundle holds" aside="one JSON file" field="holds">
                    <div class="panel op">{holds(&evidence.holds)}</div>
                </Section>
                <Section title="Check it" aside="on any machine, without this server">
                    <div class="panel op">
                        <p>"With the bundle, the public key and the program, nothing else:"</p>
                        <Command text=evidence.verify label="The command that checks the bundle"/>
                        <p><small>"It says what it proved, or names the first thing that does not fit and ends with exit code 5. The key must have this id: " <code>{evidence.key_id}</code> ". Get it from somebody else than whoever gave you the bundle."</small></p>
                    </div>
                </Section>
            </div>
            <aside class="aside" aria-label="Take it with you">
                <section class="panel op" data-field="download">
                    <h2>"Bundle"</h2>
                    <p><a class="btn primary" href=file download=bundle_name rel="external">"Download bundle"</a></p>
                    <p><a class="btn" href=evidence.key download="slipway-evidence-key.json" rel="external">"Download public key"</a></p>
                </section>
                <section class="panel op" data-field="safe_to_ignore"><h2>"Safe to ignore"</h2><p>{evidence.safe_to_ignore}</p></section>
            </aside>
        </div>
    }
    .into_any()
}

fn header(evidence: &OperationEvidence, name: String) -> Header {
    let as_of = evidence.as_of;
    let id = evidence.id.to_string();
    let lasting = (evidence.since, as_of);
    let simulated = simulated(evidence.target_view.simulated);
    Header {
        back: (Address::Operation(evidence.id.clone()).to_string(), evidence.title.clone()),
        mark: None,
        name,
        badges: view! { <StateBadge badge=evidence.state lasting/> {simulated} }.into_any(),
        facts: vec![
            fact("Requested by", evidence.requested_by.clone()),
            fact("Operation", view! { <code title=id.clone()>{short(&id)}</code> }),
        ],
        actions: ().into_any(),
    }
}

/// Whether it is signed, and what that means.
fn coverage(evidence: &OperationEvidence) -> AnyView {
    let as_of = evidence.as_of;
    let problems = evidence.action_required.iter().map(|what| view! { <p>{what.clone()}</p> }).collect_view();
    let (tone, heading, says) = match &evidence.coverage {
        Coverage::Covered { signed_at } => (
            "ok",
            "Signed",
            view! { "Everything that happened so far is under a checkpoint signed " <Since at=*signed_at as_of/> ". Who changes it later, here or in the database, is found out." }
                .into_any(),
        ),
        Coverage::Numbered => (
            "busy",
            "Signed when it is taken",
            "Everything that happened so far is in the chain; the next checkpoint covers it within a minute. Who downloads the bundle gets one at once."
                .into_any(),
        ),
        Coverage::Waiting { events } => {
            let events = count(usize::try_from(*events).unwrap_or(usize::MAX), "event waits", "events wait");
            ("warn", "Not in the chain yet", format!("{events} for a number in the chain. The bundle waits for that; it takes moments.").into_any())
        }
    };
    view! {
        <section class="panel act" data-tone=tone data-field="coverage">
            <h2>{heading}</h2>
            <p>{says}</p>
            {problems}
        </section>
    }
    .into_any()
}

fn holds(holds: &BundleContents) -> impl IntoView + use<> {
    let times =
        |number: u32, one: &str, many: &str| count(usize::try_from(number).unwrap_or(usize::MAX), one, many);
    let yes = |is: bool, yes: &'static str, no: &'static str| if is { yes } else { no };
    let log = holds.log_bytes.map_or_else(
        || "none: the operation was about no workload that wrote something".to_owned(),
        |bytes| format!("the last {bytes} bytes of what the workload wrote"),
    );
    let facts = vec![
        fact(
            "Intent and plan",
            yes(holds.intent, "who asked, how they came in, what the plan was", "not numbered yet"),
        ),
        fact("Approvals", "nobody else had to agree"),
        fact("Decisions", times(holds.decisions, "decision of a person", "decisions of people")),
        fact("Steps", times(holds.steps, "step as it was recorded", "steps as they were recorded")),
        fact(
            "Observations",
            times(holds.observations, "event: done, answered, seen", "events: done, answered, seen"),
        ),
        fact("Outcome", yes(holds.outcome, "how it ended", "none yet: it goes on")),
        fact("Log", log),
        fact("Chain", "its part of the audit chain; what others did stands there as digests only"),
    ];
    view! { <FactList facts/> }
}
