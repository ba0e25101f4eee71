//! Confirming a plan: the target's identity card, what has to be typed, the button, and why it is off.

use crate::{
    components::{factor_again::FactorAgain, simulated::simulated},
    endpoint::Endpoint,
};
use leptos::prelude::*;
use read_models::operation::{ApprovalNeeded, Confirmation, Danger, PlanView, TargetView};

/// The form. Its key is made from the plan and when it was made: sending it twice starts one operation, and the same plan made
/// again later starts another.
#[component]
pub(super) fn Confirm(plan: PlanView) -> impl IntoView {
    let title = format!("{} {}", plan.title, plan.target_view.name);
    let why_not = why_not(&plan);
    let off = why_not.is_some();
    let window = (plan.undo_window_s > 0).then(|| {
        format!(
            "It begins {} s after that; until then it can be undone with nothing done.",
            plan.undo_window_s
        )
    });
    let reason = why_not.map(|why| view! { <small class="why-not" id="start-why-not">{why}</small> });
    let class = match plan.danger {
        Danger::Destructive => "btn danger wide",
        Danger::Safe | Danger::Disruptive => "btn primary wide",
    };
    let key = format!("{}:{}:{}", plan.id, plan.hash, plan.made_at.as_micros());
    view! {
        <form
            class="panel op"
            method="post"
            action=Endpoint::Start(plan.id.clone()).to_string()
            data-field="confirm"
            data-operation=plan.operation.clone()
            data-danger=(plan.danger == Danger::Destructive).then_some("destructive")
        >
            <h2>"Confirm"</h2>
            {identity(&plan.target_view)}
            <input type="hidden" name="plan_hash" value=plan.hash.clone()/>
            <input type="hidden" name="idempotency_key" value=key/>
            {confirmation(plan.confirmation, off)}
            {plan.approval.map(|approval| view! { <SecondPerson approval/> })}
            {plan.asks_for.map(|asked| view! { <FactorAgain asked id="again".to_owned() off/> })}
            <button class=class type="submit" disabled=off aria-describedby=off.then_some("start-why-not")>{title}</button>
            {reason}
            {window.map(|words| view! { <small data-field="undo_window">{words}</small> })}
        </form>
    }
}

/// That a second person has to approve it, and who may.
#[component]
fn SecondPerson(approval: ApprovalNeeded) -> impl IntoView {
    let by = (!approval.by.is_empty())
        .then(|| view! { <p><small>"May approve it: " {approval.by.join(", ")}</small></p> });
    let alone = approval.alone.map(|alone| view! { <p class="why-not" role="alert">{alone}</p> });
    view! {
        <div class="second-person" data-field="approval">
            <p><strong>"Needs a second person. "</strong>{approval.sentence}</p>
            {by}
            {alone}
        </div>
    }
}

fn why_not(plan: &PlanView) -> Option<String> {
    plan.denied.clone().or_else(|| match plan.blockers.len() {
        0 => None,
        1 => Some("Something is in the way: see above.".to_owned()),
        more => Some(format!("{more} things are in the way: see above.")),
    })
}

/// The small identity card: what it is that is about to change.
fn identity(target: &TargetView) -> impl IntoView + use<> {
    let facts = target.facts.iter().map(|fact| view! { <li>{fact.clone()}</li> }).collect_view();
    view! {
        <div class="identity-card">
            <strong>{target.name.clone()}</strong>{simulated(target.simulated)}
            <small>{target.kind.word()}</small>
            <ul class="plain">{facts}</ul>
        </div>
    }
}

fn confirmation(confirmation: Confirmation, off: bool) -> AnyView {
    match confirmation {
        Confirmation::None => ().into_any(),
        Confirmation::PlanSeen => view! { <input type="hidden" name="confirmation" value="confirmed"/> }.into_any(),
        Confirmation::TypeName { name } => view! {
            <div class="field">
                <label for="confirmation">"Type " <strong>{name}</strong> " to confirm"</label>
                <input class="input" id="confirmation" name="confirmation" autocomplete="off" autocapitalize="off" spellcheck="false" required disabled=off/>
            </div>
        }
        .into_any(),
        Confirmation::TypeNames { names } => {
            let what = match names.len() {
                1 => "Type ".to_owned(),
                many => format!("Type the {many} names to confirm: "),
            };
            let after = (names.len() == 1).then_some(" to confirm");
            let list = names.join(" ");
            view! {
                <div class="field">
                    <label for="confirmation">{what} <strong>{list}</strong> {after}</label>
                    <textarea class="input" id="confirmation" name="confirmation" rows="3" autocomplete="off" autocapitalize="off" spellcheck="false" required disabled=off aria-describedby="confirmation-help"></textarea>
                    <p class="help" id="confirmation-help">"One on each line, or with spaces between them."</p>
                </div>
            }
            .into_any()
        }
    }
}
