//! How the audit chain stands: how far it is, how much of it is signed, and whether it was checked.

use super::{calls::load_evidence, standing};
use crate::{
    components::{
        audit::bundle_form::BundleForm, evidence_link::EvidenceLink,
        lifecycle_operation_card::LifecycleOperationCard, page::page, page_main::PageTitle,
        past_operations::PastOperations, progress_brief::UnderWay, resource_header::ListHeader, since::Since,
    },
    pages::asked,
    ui::{
        facts::{FactList, fact},
        section::Section,
        words::short,
    },
};
use leptos::prelude::*;
use read_models::{
    audit::{AuditSearch, ChainView, EvidenceView, VerificationView},
    navigation::{Address, RouteId},
    time::Timestamp,
};

/// `/platform/evidence`
#[component]
pub(crate) fn EvidencePage() -> impl IntoView {
    page(RouteId::Evidence, load_evidence(asked("draft")), workflow)
}

fn workflow(view: EvidenceView) -> AnyView {
    let as_of = view.as_of;
    let summary = summary(&view.chain, view.verification.as_ref());
    let audit = Address::EvidenceAudit(AuditSearch::default()).to_string();
    let search = view! { <a class="btn primary" href=audit>"Search the audit"</a> }.into_any();
    let evidence = match &view.verification {
        Some(check) => {
            let operation = check.operation.clone();
            view! { "The last check: " <EvidenceLink operation/> }.into_any()
        }
        None => "The chain was never checked here.".into_any(),
    };
    let chain = chain(&view.chain, as_of);
    let checked = checked(view.verification, as_of);
    let cards =
        view.cards.into_iter().map(|card| view! { <LifecycleOperationCard card as_of/> }).collect_view();
    view! {
        <PageTitle text="Evidence"/>
        <ListHeader title="Evidence" summary as_of actions=search/>
        {standing(RouteId::Evidence, view.action_required, view.run_next, view.safe_to_ignore, evidence)}
        <UnderWay briefs=view.in_progress/>
        <div class="pair">
            <Section title="Chain" aside="every event, numbered and hashed" field="chain">{chain}</Section>
            <Section title="Last check" aside="by whoever doubts it" field="verification">{checked}</Section>
        </div>
        <Section title="Evidence of a thing and a time" aside="one file that proves itself"><BundleForm resource=None of_project=false as_of/></Section>
        <Section title="What can be done"><div class="pair cards">{cards}</div></Section>
        <Section title="Carried out" aside="newest first, each with its evidence"><PastOperations runs=view.past_operations as_of/></Section>
    }
    .into_any()
}

fn summary(chain: &ChainView, check: Option<&VerificationView>) -> String {
    let fits = match check {
        None => "never checked here",
        Some(VerificationView { broken: Some(_), .. }) => "and it does not fit",
        Some(VerificationView { broken: None, .. }) => "and it fitted when it was last checked",
    };
    format!("{} events in the chain, {fits}.", chain.last)
}

fn chain(chain: &ChainView, as_of: Timestamp) -> impl IntoView + use<> {
    let signed = match &chain.signed {
        None => "nothing yet".into_any(),
        Some(signed) => {
            let (number, at) = (signed.number, signed.at);
            view! { "up to event " {number} ", " <Since at as_of/> }.into_any()
        }
    };
    let behind = match (chain.behind, chain.waiting) {
        (0, 0) => "nothing: all of it is signed".to_owned(),
        (behind, 0) => format!("{behind} events; the next checkpoint covers them within a minute"),
        (behind, waiting) => format!("{behind} events, and {waiting} that wait for their number"),
    };
    let key = chain.key_id.clone();
    let facts = vec![
        fact("Newest event", chain.last.to_string()),
        fact("Signed", signed),
        fact("Not signed yet", behind),
        fact(
            "Key",
            view! { <code title=key.clone()>{short(&key)}</code> " · " <a href="/api/v1/evidence/key" download="slipway-evidence-key.json" rel="external">"Download public key"</a> },
        ),
    ];
    view! { <div class="panel op"><FactList facts/></div> }
}

fn checked(check: Option<VerificationView>, as_of: Timestamp) -> AnyView {
    let Some(check) = check else {
        return view! {
            <div class="panel op">
                <p>"Nobody has checked the chain here yet. A check looks at the hash of every event and the signature of every checkpoint, and names the first thing that does not fit."</p>
                <p><a class="btn" href="#audit.verify" rel="external">"Verify audit chain"</a></p>
            </div>
        }
        .into_any();
    };
    let (tone, found) = match &check.broken {
        None => ("ok", "Everything fits.".to_owned()),
        Some(broken) => ("bad", format!("It does not fit at event {}. {}", broken.number, broken.sentence)),
    };
    let facts = vec![
        fact("When", view! { <Since at=check.finished_at.unwrap_or(check.begun_at) as_of/> }),
        fact("Events", format!("{} to {}", check.from, check.checked_to)),
        fact("Checkpoints", check.checkpoints.to_string()),
        fact("Operation", view! { <EvidenceLink operation=check.operation/> }),
    ];
    view! {
        <div class="panel act" data-tone=tone data-verification=tone>
            <p><strong>{found}</strong></p>
            <FactList facts/>
        </div>
    }
    .into_any()
}
