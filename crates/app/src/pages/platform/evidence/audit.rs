//! What happened, who did it, to what: searched, newest first, each with the way to its operation and its evidence.

use super::{
    audit_form::{export_form, search_form},
    calls::load_audit,
    exports::file_rows,
    more, standing,
};
use crate::{
    components::{page::page, page_main::PageTitle, resource_header::ListHeader, since::Since},
    pages::asked,
    ui::{section::Section, words::short},
};
use leptos::prelude::*;
use read_models::{
    audit::{AuditEventView, AuditSearch, AuditView},
    navigation::{Address, RouteId},
    time::Timestamp,
};

/// `/platform/evidence/audit`
#[component]
pub(crate) fn AuditPage() -> impl IntoView {
    const PARTS: [&str; 8] = ["actor", "kind", "operation", "resource", "project", "text", "from", "until"];
    let said = PARTS.into_iter().filter_map(|name| Some((name.to_owned(), asked(name)?)));
    let search = AuditSearch::of_pairs(said);
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
    view! {
        <PageTitle text="Audit · Evidence"/>
        <ListHeader title="Audit" summary=summary(&view) as_of actions=bundles/>
        {standing(RouteId::EvidenceAudit, view.action_required, view.run_next, view.safe_to_ignore, evidence)}
        {search}
        <Section title="What happened" aside="newest first" field="events">{found} {more(next)}</Section>
        <Section title="As a file" id="evidence.export" aside="oldest first, at most 1,000,000 events" field="export">
            <div class="panel op">
                <p>"NDJSON has each event with its hashes, so that anybody can hash it again; CSV is for tables. Who exported what stands in the audit, with the digest of the file."</p>
                {export_form(view.export, here)}
            </div>
            {file_rows(view.exports, as_of)}
        </Section>
    }
    .into_any()
}

fn summary(view: &AuditView) -> String {
    let what = if view.search.is_everything() { "Everything that happened" } else { "What was searched for" };
    let many = view.events.len();
    match (many, view.next_cursor.is_some()) {
        (0, _) => format!("{what}: nothing here."),
        (1, false) => format!("{what}: 1 event."),
        (many, false) => format!("{what}: {many} events."),
        (many, true) => format!("{what}: the newest {many} of this page, and there is more."),
    }
}

fn found(view: &AuditView) -> AnyView {
    let as_of = view.as_of;
    let looked = view.looked_back_to.map(|at| {
        view! {
            <p class="quiet"><span>"Looked at 5,000 events, back to " <Since at as_of/> ". Go on with the next page."</span></p>
        }
    });
    if view.events.is_empty() {
        let nothing = match (view.wrong.is_empty(), view.looked_back_to.is_some()) {
            (false, _) => "Nothing was searched: mend what is marked above.",
            (true, true) => "Nothing among the events that were looked at.",
            (true, false) => "Nothing like that happened. Leave something out, or look at another time.",
        };
        return view! { <p class="empty">{nothing}</p> {looked} }.into_any();
    }
    let rows = view.events.iter().map(|event| row(event, &view.search, as_of)).collect_view();
    view! {
        <table class="list panel audit">
            <thead><tr><th scope="col">"When"</th><th scope="col">"What happened"</th><th scope="col">"Who"</th><th scope="col">"On what"</th><th scope="col">"Operation"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
        {looked}
    }
    .into_any()
}

fn row(event: &AuditEventView, search: &AuditSearch, as_of: Timestamp) -> impl IntoView + use<> {
    let narrowed = |name: &str, value: &str| {
        Address::EvidenceAudit(search.clone().with(name, Some(value.to_owned()))).to_string()
    };
    let (kind, actor) = (event.kind.clone(), event.actor.clone());
    let (by_kind, by_actor) = (narrowed("kind", &kind), narrowed("actor", &actor));
    let on = match (&event.resource, &event.resource_page) {
        (None, _) => "–".into_any(),
        (Some(resource), page) => {
            let (href, title) = (narrowed("resource", resource), resource.clone());
            let open = page.as_ref().map(|page| {
                view! { " · " <a href=page.to_string()>"open" <span class="unseen">" " {title.clone()}</span></a> }
            });
            let (what, id) = resource.split_once(':').unwrap_or(("", resource));
            view! { <span><a href=href title=title>{format!("{what} {}", short(id))}</a> {open}</span> }
                .into_any()
        }
    };
    let operation = match &event.operation {
        None => "–".into_any(),
        Some(id) => {
            let text = id.to_string();
            let (its, proof) = (Address::Operation(id.clone()), Address::OperationEvidence(id.clone()));
            view! {
                <span>
                    <a class="mono" href=its.to_string() title=text.clone()>{short(&text)}</a>
                    " · " <a href=proof.to_string()>"bundle" <span class="unseen">" of " {text.clone()}</span></a>
                </span>
            }
            .into_any()
        }
    };
    view! {
        <tr data-event=event.number.to_string()>
            <td data-label="When"><span><Since at=event.at as_of/> <small>"№ " {event.number}</small></span></td>
            <td data-label="What happened"><span>{event.sentence.clone()} <small><a href=by_kind>{kind}</a></small></span></td>
            <td data-label="Who"><a href=by_actor>{actor}</a></td>
            <td data-label="On what">{on}</td>
            <td data-label="Operation">{operation}</td>
        </tr>
    }
}
