//! What was searched for in the audit, as a file.

use crate::{endpoint::Endpoint, ui::field::FieldRow};
use leptos::prelude::*;
use read_models::{navigation::Address, operation::OperationCard};

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
