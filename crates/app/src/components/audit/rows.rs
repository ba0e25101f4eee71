//! What happened, a row each, with the way to its operation and its evidence.

use super::address;
use crate::{components::since::Since, ui::words::short};
use leptos::prelude::*;
use read_models::{
    audit::{AuditEventView, AuditSearch, AuditView},
    navigation::Address,
};

/// How much was found, in words.
pub(crate) fn summary(view: &AuditView) -> String {
    let all = address(view.scope.as_ref(), AuditSearch::default());
    let what = if address(view.scope.as_ref(), view.search.clone()) == all {
        "Everything that happened"
    } else {
        "What was searched for"
    };
    let many = view.events.len();
    match (many, view.next_cursor.is_some()) {
        (0, _) => format!("{what}: nothing here."),
        (1, false) => format!("{what}: 1 event."),
        (many, false) => format!("{what}: {many} events."),
        (many, true) => format!("{what}: the newest {many} of this page, and there is more."),
    }
}

/// What was found, or why there is nothing.
pub(crate) fn found(view: &AuditView) -> AnyView {
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
    let rows = view.events.iter().map(|event| row(event, view)).collect_view();
    view! {
        <table class="list panel audit">
            <thead><tr><th scope="col">"When"</th><th scope="col">"What happened"</th><th scope="col">"Who"</th><th scope="col">"On what"</th><th scope="col">"Operation"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
        {looked}
    }
    .into_any()
}

fn row(event: &AuditEventView, view: &AuditView) -> impl IntoView + use<> {
    let as_of = view.as_of;
    let narrowed = |name: &str, value: &str| {
        let search = view.search.clone().with(name, Some(value.to_owned()));
        address(view.scope.as_ref(), search).to_string()
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
