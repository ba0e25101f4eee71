//! The files that were made of the audit, each with its digest, and how one is made.

use super::{calls::load_exports, more, standing};
use crate::{
    components::{
        audit::bundle_form::BundleForm, evidence_link::EvidenceLink,
        lifecycle_operation_card::LifecycleOperationCard, page::page, page_main::PageTitle,
        progress_brief::UnderWay, resource_header::ListHeader, since::Since,
    },
    pages::asked,
    ui::{
        section::Section,
        words::{bytes, count, short},
    },
};
use leptos::prelude::*;
use read_models::{
    audit::{AuditSearch, ExportRow, ExportsView, OperationsSearch},
    navigation::{Address, RouteId},
    time::Timestamp,
};

/// `/platform/evidence/bundles`
#[component]
pub(crate) fn ExportsPage() -> impl IntoView {
    page(RouteId::EvidenceBundles, load_exports(asked("cursor"), asked("draft")), workflow)
}

fn workflow(view: ExportsView) -> AnyView {
    let as_of = view.as_of;
    let summary =
        format!("{} here, each the same whenever it is taken.", count(view.exports.len(), "file", "files"));
    let audit = Address::EvidenceAudit(AuditSearch::default()).to_string();
    let search = view! { <a class="btn primary" href=audit>"Search the audit"</a> }.into_any();
    let evidence = match view.exports.first() {
        None => "No file was made yet.".into_any(),
        Some(made) => {
            let operation = made.operation.clone();
            view! { "The last file: " <EvidenceLink operation/> }.into_any()
        }
    };
    let next = view.next_cursor.map(|cursor| format!("{}?cursor={cursor}", Address::EvidenceBundles));
    view! {
        <PageTitle text="Bundles · Evidence"/>
        <ListHeader title="Bundles" summary as_of actions=search/>
        {standing(RouteId::EvidenceBundles, view.action_required, view.run_next, view.safe_to_ignore, evidence)}
        <UnderWay briefs=view.in_progress/>
        <Section title="Files of the audit" aside="newest first" field="exports">
            {file_rows(view.exports, as_of)} {more(next)}
        </Section>
        <Section title="Bundle of a thing and a time" aside="it proves itself"><BundleForm resource=None of_project=false as_of/></Section>
        <Section title="Make one"><div class="pair cards"><LifecycleOperationCard card=view.export as_of/></div></Section>
        <Section title="Bundles of one operation" aside="they prove themselves">
            <p class="empty">"Every operation has one: it is on the operation's page, under its evidence, and in the "<a href=Address::EvidenceOperations(OperationsSearch::default()).to_string()>"list of operations"</a>"; " <code>"slipway evidence verify"</code> " checks it without this server."</p>
        </Section>
    }
    .into_any()
}

/// A row each. On the page of the audit, too.
pub(super) fn file_rows(made: Vec<ExportRow>, as_of: Timestamp) -> AnyView {
    if made.is_empty() {
        return view! { <p class="empty">"No file was made yet. Search the audit and export what is found."</p> }
            .into_any();
    }
    let rows = made.into_iter().map(|one| row(one, as_of)).collect_view();
    view! {
        <table class="list panel exports">
            <thead><tr><th scope="col">"File"</th><th scope="col">"Of what"</th><th scope="col">"Made"</th><th scope="col">"SHA-256"</th><th scope="col">"Take it"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(made: ExportRow, as_of: Timestamp) -> impl IntoView {
    let what = if made.search.is_everything() {
        "every event".to_owned()
    } else {
        let said =
            made.search.parts().into_iter().filter_map(|(name, part)| Some(format!("{name} {}", part?)));
        said.collect::<Vec<_>>().join(", ")
    };
    let events = count(usize::try_from(made.events).unwrap_or_default(), "event", "events");
    let size = bytes(u64::try_from(made.bytes).unwrap_or_default());
    let name = format!("{}.audit.{}", made.operation, made.format);
    let search = Address::EvidenceAudit(made.search).to_string();
    let id = made.operation.to_string();
    let marked = id.clone();
    view! {
        <tr data-export=marked>
            <td data-label="File"><span><strong>{made.format.to_uppercase()}</strong> <small>{events} ", " {size}</small></span></td>
            <td data-label="Of what"><span><a href=search>{what}</a> <small>"up to event " {made.up_to}</small></span></td>
            <td data-label="Made"><span><Since at=made.made_at as_of/> <small>"by " {made.made_by}</small></span></td>
            <td data-label="SHA-256"><code title=made.sha256.clone()>{short(&made.sha256)}</code></td>
            <td data-label="Take it">
                <span>
                    <a class="btn small" href=made.download download=name rel="external">"Download" <span class="unseen">" " {made.format.to_uppercase()} " of " {id}</span></a>
                    " " <EvidenceLink operation=made.operation/>
                </span>
            </td>
        </tr>
    }
}
