//! The forms of the wizard. Each is plain HTML that asks for a plan, and comes back to its own step.

use crate::{components::state_badge::StateBadge, endpoint::Endpoint, ui::field::FieldRow};
use leptos::prelude::*;
use read_models::{navigation::Address, operation::OperationCard};

/// A form for an operation: its own fields, and the button with the reason when it is off.
#[component]
pub(super) fn StepForm(
    card: OperationCard,
    back: Address,
    /// What of the input the page fills in itself.
    #[prop(optional)]
    fixed: Vec<(&'static str, String)>,
    /// What tells several forms of one operation apart.
    #[prop(optional, into)]
    scope: String,
    children: Children,
) -> impl IntoView {
    let reason_id = format!("{}{scope}-reason", card.operation.replace('.', "-"));
    let described = card.button.reason.is_some().then(|| reason_id.clone());
    let reason =
        card.button.reason.map(|reason| view! { <small class="why-not" id=reason_id>{reason}</small> });
    let fixed = fixed
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=format!("input.{name}") value=value/> })
        .collect_view();
    view! {
        <form class="op-form" method="post" action=Endpoint::Plan.to_string() data-operation=card.operation.clone()>
            <input type="hidden" name="operation" value=card.operation.clone()/>
            <input type="hidden" name="target" value=card.target.to_string()/>
            <input type="hidden" name="back" value=back.to_string()/>
            {fixed}
            {children()}
            <p class="line">
                <button class="btn primary" type="submit" disabled=!card.button.enabled aria-describedby=described>
                    {card.title} "…"
                </button>
                {reason}
            </p>
        </form>
    }
}

/// One field of an operation's input, by its name.
pub(super) fn field_of(card: &OperationCard, name: &str, label: &str) -> Option<impl IntoView + use<>> {
    let given = card.fields.iter().find(|field| field.name == name)?.clone();
    let field = crate::ui::field::Field { label: label.to_owned(), ..given.into() };
    let scope = format!("{}-", card.operation.replace('.', "-"));
    Some(view! { <FieldRow field scope/> })
}

/// What can be chosen, one of several; what cannot says why.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) word: &'static str,
    pub(super) what: String,
    pub(super) missing: Option<String>,
}

/// The choices of one field as a group of radio buttons.
pub(super) fn choices(
    card: &OperationCard,
    name: &'static str,
    legend: &'static str,
    all: Vec<Choice>,
) -> AnyView {
    let field = card.fields.iter().find(|field| field.name == name);
    let chosen = field.map(|field| field.value.clone()).unwrap_or_default();
    let error =
        field.and_then(|field| field.error.clone()).map(|error| view! { <p class="wrong">{error}</p> });
    let rows = all
        .into_iter()
        .map(|choice| {
            let is_off = choice.missing.is_some();
            let id = format!("{name}-{}", choice.value);
            let why_id = format!("{id}-why");
            let missing = choice.missing.map(|missing| {
                view! {
                    <small class="why-not" id=why_id.clone()>"Missing: " {missing}</small>
                }
            });
            let badge = is_off.then(|| {
                view! { <StateBadge badge=crate::components::state_badge::Badge::new("missing", "Not ready", crate::components::state_badge::Tone::Idle)/> }
            });
            view! {
                <li class="panel choice" data-choice=choice.value data-off=is_off.then_some("")>
                    <input
                        type="radio"
                        id=id.clone()
                        name=format!("input.{name}")
                        value=choice.value
                        checked=!is_off && chosen == choice.value
                        disabled=is_off
                        aria-describedby=is_off.then(|| why_id.clone())
                    />
                    <label for=id>
                        <span class="line tight"><strong>{choice.word}</strong> {badge}</span>
                        <span>{choice.what}</span>
                        {missing}
                    </label>
                </li>
            }
        })
        .collect_view();
    view! { <fieldset class="choices"><legend>{legend}</legend> <ul>{rows}</ul> {error}</fieldset> }
        .into_any()
}
