//! One operation on those that are ticked: a plain form whose boxes stand in the rows of a list.

use crate::{
    endpoint::Endpoint,
    ui::field::{Field, FieldRow, Kind},
};
use leptos::prelude::*;
use read_models::{
    navigation::Address,
    operation::{BulkOffer, Danger, FieldChoice, Target, TargetKind},
};

/// The form's id: the boxes in the rows name it.
const FORM: &str = "bulk";

/// The box of a row.
pub(crate) fn tick(offer: &BulkOffer, id: &str, name: &str) -> impl IntoView + use<> {
    let checked = offer.ticked.iter().any(|ticked| ticked == id);
    let (id, label) = (id.to_owned(), format!("Select {name}"));
    view! { <input type="checkbox" form=FORM name="input.targets" value=id checked=checked aria-label=label/> }
}

/// What is done with those that are ticked. Nothing starts before the plan is confirmed.
#[component]
pub(crate) fn BulkPanel(
    offer: BulkOffer,
    /// The page it stands on: what is wrong is said there.
    back: Address,
) -> impl IntoView {
    let words = words(offer.target_kind);
    let off = offer.denied.is_some();
    let why_not =
        offer.denied.clone().map(|why| view! { <small class="why-not" id="bulk-why-not">{why}</small> });
    let errors = (!offer.errors.is_empty()).then(|| {
        let rows = offer.errors.iter().map(|error| view! { <li>{error.clone()}</li> }).collect_view();
        view! { <ul class="wrong plain" role="alert" data-field="bulk_errors">{rows}</ul> }
    });
    let operation = choice(&offer);
    let typed =
        |name: &str, usual: &str| offer.typed.get(name).map_or_else(|| usual.to_owned(), String::clone);
    let number = |name: &str, label: &str, help: &str, usual: &str| Field {
        name: format!("input.{name}"),
        label: label.to_owned(),
        help: help.to_owned(),
        value: typed(name, usual),
        kind: Kind::Number,
        ..Field::default()
    };
    let reason = Field {
        name: "input.with.reason".to_owned(),
        label: "Reason".to_owned(),
        help: words.reason.to_owned(),
        value: typed("with.reason", ""),
        ..Field::default()
    };
    let scope = || "bulk-".to_owned();
    let asked_of = asked_of((offer.bulk.clone(), offer.target.clone()), &back);
    view! {
        <form class="panel op bulk" id=FORM method="post" action=Endpoint::Plan.to_string() data-field="bulk">
            <h2>{format!("With the ticked {}", words.them)}</h2>
            {errors}
            {asked_of}
            <div class="fields">
                <FieldRow field=operation scope=scope()/>
                <FieldRow field=reason scope=scope()/>
                <FieldRow field=number("canary", "Canary", "So many come first and have to succeed.", "1") scope=scope()/>
                <FieldRow field=number("parallelism", "At one time", "So many of the others run together.", "3") scope=scope()/>
                <FieldRow field=number("stop_after_failures", "Stop after", "When so many did not succeed, no further one starts.", "2") scope=scope()/>
            </div>
            <p class="line">
                <button class="btn primary" type="submit" disabled=off aria-describedby=off.then_some("bulk-why-not")>{format!("Plan for the ticked {}…", words.them)}</button>
                {why_not}
            </p>
        </form>
    }
}

/// What every form that plans an operation on many sends: the operation that carries it out, what that one is asked for, and
/// the list that says what is wrong, of the project whose they are.
pub(crate) fn asked_of((operation, target): (String, Target), list: &Address) -> impl IntoView + use<> {
    let project = (target.kind == TargetKind::Project)
        .then(|| view! { <input type="hidden" name="project" value=target.id.clone()/> });
    view! {
        <input type="hidden" name="operation" value=operation/>
        <input type="hidden" name="target" value=target.to_string()/>
        <input type="hidden" name="back" value=list.to_string()/>
        {project}
    }
}

/// What depends on what the list is of.
struct Words {
    list: &'static str,
    one: &'static str,
    them: &'static str,
    reason: &'static str,
}

/// The name of the list on which such targets are ticked.
pub(crate) fn name_of_list(kind: TargetKind) -> &'static str {
    words(kind).list
}

/// One of them, as the head of a column.
pub(crate) fn one_of(kind: TargetKind) -> &'static str {
    words(kind).one
}

fn words(kind: TargetKind) -> Words {
    match kind {
        TargetKind::Workload => Words {
            list: "Workloads",
            one: "Workload",
            them: "workloads",
            reason: "For who reads it next. Acknowledging needs one; the others take none.",
        },
        TargetKind::Node
        | TargetKind::Project
        | TargetKind::EnrolmentToken
        | TargetKind::Onboarding
        | TargetKind::Platform
        | TargetKind::User
        | TargetKind::Sku
        | TargetKind::People
        | TargetKind::Operation => Words {
            list: "Nodes",
            one: "Node",
            them: "nodes",
            reason: "For who finds a node out of service. Maintenance needs one; a drain or a look takes none.",
        },
    }
}

fn choice(offer: &BulkOffer) -> Field {
    let word = |danger: Danger| match danger {
        Danger::Safe => "",
        Danger::Disruptive => " (disruptive)",
        Danger::Destructive => " (destructive)",
    };
    let choices = offer.operations.iter().map(|operation| FieldChoice {
        value: operation.operation.clone(),
        label: format!("{}{}", operation.title, word(operation.danger)),
    });
    Field {
        name: "input.operation".to_owned(),
        label: "Operation".to_owned(),
        help: "The plan lists who is included and who is not before anything starts.".to_owned(),
        value: offer.typed.get("operation").cloned().unwrap_or_default(),
        kind: Kind::Choice,
        choices: choices.collect(),
        ..Field::default()
    }
}
