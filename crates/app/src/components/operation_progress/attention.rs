//! What a person has to decide about an operation, and the choices. Each choice says what it does before it is taken.

use crate::{
    components::{factor_again::FactorAgain, since::Since, state_badge::StateBadge},
    endpoint::Endpoint,
};
use leptos::prelude::*;
use read_models::{
    ids::OperationId,
    operation::{Attention, Choice, Danger, FreshFactor, ProposedChoice},
    time::Timestamp,
};

/// What is the matter; or that nothing is.
#[component]
pub(crate) fn AttentionPanel(
    attention: Option<Attention>,
    above_sla: Option<String>,
    as_of: Timestamp,
    /// Whether somebody else is asked than whoever looks.
    of_another: bool,
) -> impl IntoView {
    let slow =
        above_sla.map(|slow| view! { <p><span class="badge" data-tone="warn">"Slow"</span> " " {slow}</p> });
    match attention {
        Some(attention) => view! {
            <section class="panel act" data-field="attention" role="alert">
                <header class="line">
                    <h2>{if of_another { "Waits for a second person" } else { "Waits for you" }}</h2>
                    <small class="end"><Since at=attention.since as_of/></small>
                </header>
                <p>{attention.sentence}</p>
                {slow}
            </section>
        }
        .into_any(),
        None => view! {
            <section class="quiet" data-field="attention"><span>"Nothing needs you here."</span> {slow}</section>
        }
        .into_any(),
    }
}

/// What somebody chose and a second person has to choose too.
#[component]
pub(crate) fn ProposedPanel(proposed: ProposedChoice, as_of: Timestamp) -> impl IntoView {
    let whose = if proposed.is_own {
        "You asked for it, so somebody else has to choose it too.".to_owned()
    } else {
        format!("{} asked for it, and it is yours to choose it too, or something else.", proposed.by)
    };
    view! {
        <section class="panel act" data-field="proposed">
            <header class="line"><h2>{proposed.title} " waits for a second person"</h2> <small class="end"><Since at=proposed.at as_of/></small></header>
            <p>{whose}</p>
            <p>"“" {proposed.reason} "” – " {proposed.by} ". Nothing is done until then; it lapses " <Since at=proposed.until as_of/> "."</p>
        </section>
    }
}

/// The choices, each a form of its own.
#[component]
pub(crate) fn Choices(
    id: OperationId,
    choices: Vec<Choice>,
    asks_for: Option<FreshFactor>,
    plan_hash: String,
) -> impl IntoView {
    if choices.is_empty() {
        return view! { <p class="quiet" data-field="choices"><span>"There is nothing to decide now."</span></p> }.into_any();
    }
    let forms = choices.into_iter().map(|choice| form(&id, choice, asks_for, &plan_hash)).collect_view();
    view! {
        <section class="sec" data-field="choices">
            <header><h2>"Choose"</h2><small>"your reason is kept in the audit"</small></header>
            <div class="pair cards choices">{forms}</div>
        </section>
    }
    .into_any()
}

fn form(
    id: &OperationId,
    choice: Choice,
    asks_for: Option<FreshFactor>,
    plan_hash: &str,
) -> impl IntoView + use<> {
    let named = choice.confirm.clone().map(|name| {
        let (field, help) = (format!("confirm-{}", choice.id), format!("confirm-{}-help", choice.id));
        view! {
            <div class="field">
                <label for=field.clone()>"Type " <strong>{name}</strong></label>
                <input class="input" id=field name="confirmation" required autocomplete="off" spellcheck="false" aria-describedby=help.clone()/>
                <small id=help>"It destroys something, so it is confirmed by the name."</small>
            </div>
        }
    });
    let second = choice.second_person.clone().map(|second| view! { <p><strong>{second}</strong></p> });
    let hash = (choice.id == "approve").then(|| {
        view! { <input type="hidden" name="plan_hash" value=plan_hash.to_owned()/> }
    });
    let again = asks_for
        .filter(|_| choice.danger == Danger::Destructive)
        .map(|asked| view! { <FactorAgain asked id=format!("again-{}", choice.id) off=false/> });
    let field = format!("reason-{}", choice.id);
    let class = match choice.danger {
        Danger::Destructive => "btn danger",
        Danger::Safe | Danger::Disruptive => "btn primary",
    };
    view! {
        <form class="panel op" method="post" action=Endpoint::Decide(id.clone()).to_string() data-choice=choice.id.clone()>
            <header class="line"><h3>{choice.title.clone()}</h3> <StateBadge badge=choice.danger/></header>
            <p>{choice.what}</p>
            {second}
            <input type="hidden" name="choice" value=choice.id.clone()/>
            {hash}
            <div class="field">
                <label for=field.clone()>"Why"</label>
                <input class="input" id=field name="reason" maxlength="500" autocomplete="off"/>
            </div>
            {named}
            {again}
            <p class="line"><button class=class type="submit">{choice.title}</button></p>
        </form>
    }
}
