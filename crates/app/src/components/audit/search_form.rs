//! What is searched for in the audit. The address of what is found is the search.

use super::address;
use crate::ui::field::{Field, FieldRow, Kind};
use leptos::prelude::*;
use read_models::{
    audit::{AuditSearch, AuditView},
    error::FieldError,
    operation::FieldChoice,
};

/// A field of a search: what was said in it, and what of that is wrong. One with choices is chosen in.
pub(crate) fn search_field(
    (parts, wrong): (&[(&str, Option<&str>)], &[FieldError]),
    (name, label, help): (&str, &str, &str),
    choices: Vec<FieldChoice>,
) -> impl IntoView + use<> {
    let said = parts.iter().find(|(known, _)| *known == name).and_then(|(_, part)| *part);
    let wrong = wrong.iter().find(|error| error.pointer.trim_start_matches('/') == name);
    let field = Field {
        name: name.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        value: said.unwrap_or_default().to_owned(),
        error: wrong.map(|error| error.sentence.clone()),
        kind: if choices.is_empty() { Kind::Text } else { Kind::Choice },
        choices,
        ..Field::default()
    };
    view! { <FieldRow field/> }
}

/// What is searched for. Its address is the search.
pub(crate) fn search_form(view: &AuditView) -> impl IntoView + use<> {
    let parts = view.search.parts();
    let any = |label: &str| FieldChoice { value: String::new(), label: label.to_owned() };
    let kinds = view.kinds.iter().map(|kind| FieldChoice { value: kind.clone(), label: kind.clone() });
    let projects =
        view.projects.iter().map(|one| FieldChoice { value: one.id.to_string(), label: one.name.clone() });
    let field = |name: &str, label: &str, help: &str, choices: Vec<FieldChoice>| {
        search_field((&parts, &view.wrong), (name, label, help), choices)
    };
    let everything = address(view.scope.as_ref(), AuditSearch::default());
    let clear = (address(view.scope.as_ref(), view.search.clone()) != everything)
        .then(|| view! { <a class="btn" href=everything.to_string()>"Show everything"</a> });
    let path = everything.to_string().split('?').next().unwrap_or_default().to_owned();
    let every = view.scope.is_none().then(|| any("Every project"));
    let kinds: Vec<_> = if view.kinds.is_empty() {
        Vec::new()
    } else {
        std::iter::once(any("Every kind")).chain(kinds).collect()
    };
    let kind_help = if view.kinds.is_empty() { "workload.state, audit.intent" } else { "" };
    view! {
        <form class="panel op search-form" method="get" action=path data-filter>
            <div class="search-fields">
                {field("text", "Words", "In the sentence; the newest 5,000 at a time.", Vec::new())}
                {field("actor", "Who", "As events name them, whole.", Vec::new())}
                {field("kind", "What", kind_help, kinds)}
                {field("resource", "On what", "node:node_…, workload:wl_…", Vec::new())}
                {field("operation", "Operation", "op_…", Vec::new())}
                {field("project", "Project", "", every.into_iter().chain(projects).collect())}
                {field("from", "From, UTC", "2026-11-22T14:02", Vec::new())}
                {field("until", "Until, UTC", "A minute is meant to its end.", Vec::new())}
            </div>
            <p class="line"><button class="btn primary" type="submit">"Search"</button> {clear}</p>
        </form>
    }
}
