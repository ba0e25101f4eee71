//! What happened, who did it, to what: searched, newest first, each with the way to its operation and its evidence.

use super::{calls::load_audit, export_form::export_form, exports::file_rows, more, standing};
use crate::{
    components::{
        audit::{
            bundle::BundleOfThing,
            rows::{found, summary},
            search_form::search_form,
        },
        page::page,
        page_main::PageTitle,
        resource_header::ListHeader,
        since::Since,
    },
    pages::asked,
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{
    audit::{AuditSearch, AuditView},
    navigation::{Address, RouteId},
};

/// `/platform/evidence/audit`
#[component]
pub(crate) fn AuditPage() -> impl IntoView {
    let search = AuditSearch::default();
    let names = search.parts().map(|(name, _)| name);
    let search =
        AuditSearch::of_pairs(names.into_iter().filter_map(|name| Some((name.to_owned(), asked(name)?))));
    page(RouteId::EvidenceAudit, load_audit(search, asked("cursor"), asked("draft")), workflow)
}

fn workflow(view: AuditView) -> AnyView {
    let as_of = view.as_of;
    let here = Address::EvidenceAudit(view.search.clone());
    let bundles =
        view! { <a class="btn" href=Address::EvidenceBundles.to_string()>"Files made"</a> }.into_any();
    let evidence = match view.exports.first() {
        None => "No file was made of the audit yet.".into_any(),
        Some(made) => {
            let (href, at) = (Address::Operation(made.operation.clone()).to_string(), made.made_at);
            view! { "The last file was made " <Since at as_of/> ": " <a href=href>"its operation"</a> }
                .into_any()
        }
    };
    let next = view.next_cursor.clone().map(|cursor| {
        let joint = if view.search.is_everything() { '?' } else { '&' };
        format!("{here}{joint}cursor={cursor}")
    });
    let search = search_form(&view);
    let found = found(&view);
    let (export, summary) = (view.export.clone(), summary(&view));
    view! {
        <PageTitle text="Audit · Evidence"/>
        <ListHeader title="Audit" summary as_of actions=bundles/>
        {standing(RouteId::EvidenceAudit, view.action_required, view.run_next, view.safe_to_ignore, evidence)}
        {search}
        <Section title="What happened" aside="newest first" field="events">{found} {more(next)}</Section>
        <BundleOfThing evidence=view.bundle/>
        {export.map(|export| view! {
            <Section title="As a file" id="evidence.export" aside="oldest first, at most 1,000,000 events" field="export">
                <div class="panel op">
                    <p>"NDJSON has each event with its hashes, so that anybody can hash it again; CSV is for tables. Who exported what stands in the audit, with the digest of the file."</p>
                    {export_form(export, here)}
                </div>
                {file_rows(view.exports, as_of)}
            </Section>
        })}
    }
    .into_any()
}
