//! Operations with their evidence: what was carried out, whether its bundle is whole, whether it is signed.

use super::{calls::load_operations, more, standing};
use crate::{
    components::{
        audit::search_form::search_field, evidence_link::EvidenceLink, page::page, page_main::PageTitle,
        resource_header::ListHeader, since::Since, state_badge::StateBadge,
    },
    pages::asked,
    ui::{
        section::Section,
        words::{count, short},
    },
};
use leptos::prelude::*;
use read_models::{
    audit::{EvidenceRow, OperationsEvidence, OperationsSearch},
    evidence::Coverage,
    navigation::{Address, RouteId},
    operation::FieldChoice,
    time::Timestamp,
};

/// `/platform/evidence/operations`
#[component]
pub(crate) fn OperationsPage() -> impl IntoView {
    let names = OperationsSearch::default().parts().map(|(name, _)| name);
    let said = names.into_iter().filter_map(|name| Some((name.to_owned(), asked(name)?)));
    let search = OperationsSearch::of_pairs(said);
    page(RouteId::EvidenceOperations, load_operations(search, asked("cursor")), workflow)
}

fn workflow(view: OperationsEvidence) -> AnyView {
    let as_of = view.as_of;
    let signed =
        view.operations.iter().filter(|one| matches!(one.coverage, Coverage::Covered { .. })).count();
    let summary = match view.operations.len() {
        0 => "Nothing here.".to_owned(),
        many => format!("{}, {signed} of them signed.", count(many, "operation", "operations")),
    };
    let evidence = match view.operations.first() {
        None => "No operation was carried out yet.".into_any(),
        Some(newest) => {
            let operation = newest.id.clone();
            view! { "The newest: " <EvidenceLink operation/> }.into_any()
        }
    };
    let here = Address::EvidenceOperations(view.search.clone());
    let joint = if view.search.is_everything() { '?' } else { '&' };
    let next = view.next_cursor.clone().map(|cursor| format!("{here}{joint}cursor={cursor}"));
    let (form, found) = (search_form(&view), found(&view));
    view! {
        <PageTitle text="Operations · Evidence"/>
        <ListHeader title="Operations" summary as_of actions=().into_any()/>
        {standing(RouteId::EvidenceOperations, view.action_required, view.run_next, view.safe_to_ignore, evidence)}
        {form}
        <Section title="Carried out" aside="newest first, each with its bundle" field="operations">{found} {more(next)}</Section>
    }
    .into_any()
}

/// What is searched for. Its address is the search.
fn search_form(view: &OperationsEvidence) -> impl IntoView + use<> {
    let parts = view.search.parts();
    let choice = |value: &str, label: &str| FieldChoice { value: value.to_owned(), label: label.to_owned() };
    let known = view.known.iter().map(|(id, title)| choice(id, title));
    let known = std::iter::once(choice("", "Every operation")).chain(known).collect();
    let projects = view.projects.iter().map(|one| choice(one.id.as_str(), &one.name));
    let projects = std::iter::once(choice("", "Every project")).chain(projects).collect();
    let field = |name: &str, label: &str, help: &str, choices: Vec<FieldChoice>| {
        search_field((&parts, &view.wrong), (name, label, help), choices)
    };
    let everything = Address::EvidenceOperations(OperationsSearch::default()).to_string();
    let clear = (!view.search.is_everything())
        .then(|| view! { <a class="btn" href=everything.clone()>"Show everything"</a> });
    view! {
        <form class="panel op search-form" method="get" action=everything.clone() data-filter>
            <div class="search-fields">
                {field("operation", "What", "", known)}
                {field("target", "On what", "node:node_…, workload:wl_…", Vec::new())}
                {field("requested_by", "Who asked", "As operations name them, whole.", Vec::new())}
                {field("project", "Project", "", projects)}
                {field("from", "From, UTC", "2026-11-22T14:02", Vec::new())}
                {field("until", "Until, UTC", "A minute is meant to its end.", Vec::new())}
            </div>
            <p class="line"><button class="btn primary" type="submit">"Search"</button> {clear}</p>
        </form>
    }
}

fn found(view: &OperationsEvidence) -> AnyView {
    let as_of = view.as_of;
    let looked = view.looked_back_to.map(|at| {
        view! {
            <p class="quiet"><span>"Looked at 2,000 operations, back to " <Since at as_of/> ". Go on with the next page."</span></p>
        }
    });
    if view.operations.is_empty() {
        let nothing = match (view.wrong.is_empty(), view.looked_back_to.is_some()) {
            (false, _) => "Nothing was searched: mend what is marked above.",
            (true, true) => "Nothing among the operations that were looked at.",
            (true, false) => {
                "No such operation was carried out. Leave something out, or look at another time."
            }
        };
        return view! { <p class="empty">{nothing}</p> {looked} }.into_any();
    }
    let rows = view.operations.iter().map(|one| row(one, as_of)).collect_view();
    view! {
        <table class="list panel audit">
            <thead><tr><th scope="col">"Asked for"</th><th scope="col">"Operation"</th><th scope="col">"State"</th><th scope="col">"Evidence"</th><th scope="col">"Bundle"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
        {looked}
    }
    .into_any()
}

fn row(one: &EvidenceRow, as_of: Timestamp) -> impl IntoView + use<> {
    let (id, target) = (one.id.to_string(), one.target.clone());
    let marked = id.clone();
    let its = Address::Operation(one.id.clone()).to_string();
    let proof = Address::OperationEvidence(one.id.clone()).to_string();
    let file = format!("{id}.evidence.json");
    let (kind, name) = target.split_once(':').unwrap_or(("", &target));
    let on = format!("{kind} {}", short(name));
    let on = match &one.target_page {
        Some(page) => view! { <a href=page.to_string() title=target.clone()>{on}</a> }.into_any(),
        None => view! { <span title=target.clone()>{on}</span> }.into_any(),
    };
    let (tone, sealed) = sealed(one);
    let events = count(usize::try_from(one.events).unwrap_or(usize::MAX), "event", "events");
    let lasting = (one.since, as_of);
    view! {
        <tr data-operation-row=marked>
            <td data-label="Asked for"><span><Since at=one.requested_at as_of/> <small>"by " {one.requested_by.clone()}</small></span></td>
            <td data-label="Operation"><span><a href=its title=id.clone()>{one.title.clone()}</a> " on " {on} <small>{one.operation.clone()}</small></span></td>
            <td data-label="State"><StateBadge badge=one.state lasting/></td>
            <td data-label="Evidence"><span><span class="badge" data-tone=tone data-state=tone>{sealed}</span> <small>{events}</small></span></td>
            <td data-label="Bundle">
                <span>
                    <a class="btn small" href=one.download.clone() download=file rel="external">"Download" <span class="unseen">" the bundle of " {id.clone()}</span></a>
                    " " <a href=proof>"What it holds" <span class="unseen">" of " {id}</span></a>
                </span>
            </td>
        </tr>
    }
}

/// How its bundle stands.
fn sealed(one: &EvidenceRow) -> (&'static str, &'static str) {
    match (&one.coverage, one.complete) {
        (Coverage::Covered { .. }, true) => ("ok", "Whole and signed"),
        (Coverage::Covered { .. }, false) => ("busy", "Signed so far"),
        (Coverage::Numbered, _) => ("busy", "Signed when it is taken"),
        (Coverage::Waiting { .. }, _) => ("warn", "Not in the chain yet"),
    }
}
