//! The two forms of the audit: what is searched for, and what becomes of it as a file.

use crate::{
    endpoint::Endpoint,
    ui::field::{Field, FieldRow, Kind},
};
use leptos::prelude::*;
use read_models::{
    audit::AuditView,
    navigation::Address,
    operation::{FieldChoice, OperationCard},
};

/// What is searched for. Its address is the search.
pub(super) fn search_form(view: &AuditView) -> impl IntoView + use<> {
    let said = |name: &str| {
        let part = view.search.parts().into_iter().find(|(known, _)| *known == name);
        part.and_then(|(_, part)| part).unwrap_or_default().to_owned()
    };
    let wrong = |name: &str| {
        let error = view.wrong.iter().find(|error| error.pointer.trim_start_matches('/') == name);
        error.map(|error| error.sentence.clone())
    };
    let any = |label: &str| FieldChoice { value: String::new(), label: label.to_owned() };
    let kinds = view.kinds.iter().map(|kind| FieldChoice { value: kind.clone(), label: kind.clone() });
    let projects =
        view.projects.iter().map(|one| FieldChoice { value: one.id.to_string(), label: one.name.clone() });
    let field = |name: &str, label: &str, help: &str, choices: Vec<FieldChoice>| {
        let kind = if choices.is_empty() { Kind::Text } else { Kind::Choice };
        let field = Field {
            name: name.to_owned(),
            label: label.to_owned(),
            help: help.to_owned(),
            value: said(name),
            error: wrong(name),
            kind,
            choices,
            ..Field::default()
        };
        view! { <FieldRow field/> }
    };
    let everything = Address::EvidenceAudit(read_models::audit::AuditSearch::default()).to_string();
    let clear = (!view.search.is_everything())
        .then(|| view! { <a class="btn" href=everything.clone()>"Show everything"</a> });
    view! {
        <form class="panel op search-form" method="get" action=everything.clone() data-filter>
            <div class="search-fields">
                {field("text", "Words", "In the sentence; the newest 5,000 at a time.", Vec::new())}
                {field("actor", "Who", "As events name them, whole.", Vec::new())}
                {field("kind", "What", "", std::iter::once(any("Every kind")).chain(kinds).collect())}
                {field("resource", "On what", "node:node_…, workload:wl_…", Vec::new())}
                {field("operation", "Operation", "op_…", Vec::new())}
                {field("project", "Project", "", std::iter::once(any("Every project")).chain(projects).collect())}
                {field("from", "From, UTC", "2026-11-22T14:02", Vec::new())}
                {field("until", "Until, UTC", "A minute is meant to its end.", Vec::new())}
            </div>
            <p class="line"><button class="btn primary" type="submit">"Search"</button> {clear}</p>
        </form>
    }
}

/// What was searched for, as a file: the search is the one that is shown.
pub(super) fn export_form(card: OperationCard, back: Address) -> impl IntoView {
    let (formats, parts): (Vec<_>, Vec<_>) =
        card.fields.into_iter().partition(|field| field.name == "format");
    let hidden = parts
        .into_iter()
        .map(|part| view! { <input type="hidden" name=format!("input.{}", part.name) value=part.value/> })
        .collect_view();
    let formats =
        formats.into_iter().map(|field| view! { <FieldRow field=field.into() scope="export-".to_owned()/> });
    let reason =
        card.button.reason.map(|reason| view! { <small class="why-not" id="export-reason">{reason}</small> });
    let described = reason.is_some().then_some("export-reason");
    view! {
        <form class="op-form" method="post" action=Endpoint::Plan.to_string()>
            <input type="hidden" name="operation" value=card.operation/>
            <input type="hidden" name="target" value=card.target.to_string()/>
            <input type="hidden" name="back" value=back.to_string()/>
            {hidden}
            {formats.collect_view()}
            <p class="line">
                <button class="btn" type="submit" disabled=!card.button.enabled aria-describedby=described>"Export what is found…"</button>
                {reason}
            </p>
        </form>
    }
}
