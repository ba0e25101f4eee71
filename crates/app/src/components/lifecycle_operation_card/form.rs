//! The form of a card: fields, and the button that asks for the plan. Nothing starts before the plan is confirmed.

use crate::{endpoint::Endpoint, ui::field::FieldRow};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use read_models::operation::{Danger, OperationCard};

/// A plain form: it works before the script arrives.
#[component]
pub(crate) fn PlanForm(card: OperationCard) -> impl IntoView {
    let here = use_location().pathname;
    // Several targets of one operation may stand on one page.
    let scope = format!("{}-{}-", card.operation.replace('.', "-"), card.target.id);
    let fields = card
        .fields
        .into_iter()
        .map(|given| view! { <FieldRow field=given.into() scope=scope.clone()/> })
        .collect_view();
    let reason_id = format!("{scope}reason");
    let reason = card
        .button
        .reason
        .map(|reason| view! { <small class="why-not" id=reason_id.clone()>{reason}</small> });
    let described = reason.is_some().then(|| format!("{scope}reason"));
    let class = match card.danger {
        Danger::Destructive => "btn danger",
        Danger::Safe | Danger::Disruptive => "btn primary",
    };
    view! {
        <form class="op-form" method="post" action=Endpoint::Plan.to_string()>
            <input type="hidden" name="operation" value=card.operation/>
            <input type="hidden" name="target" value=card.target.to_string()/>
            <input type="hidden" name="back" value=move || here.get()/>
            {fields}
            <p class="line">
                <button class=class type="submit" disabled=!card.button.enabled aria-describedby=described>
                    {card.title} "…"
                </button>
                {reason}
            </p>
        </form>
    }
}
