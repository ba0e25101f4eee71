//! What holds an operation back before it begins: the time in which it can be undone, and a second person.

use crate::{components::since::Since, endpoint::Endpoint, ui::words::short};
use leptos::prelude::*;
use read_models::{
    ids::OperationId,
    operation::ApprovalView,
    time::{Timestamp, spoken},
};

/// What stands in the audit when it is undone in time.
const WHY: &str = "Undone before it began.";

/// That it has not begun, when it will, and the button that undoes it with nothing done.
#[component]
pub(crate) fn UndoWindow(
    id: OperationId,
    begins_at: Timestamp,
    as_of: Timestamp,
    may: bool,
) -> impl IntoView {
    view! {
        <form
            class="panel act held"
            data-tone="busy"
            data-field="undo_window"
            method="post"
            action=Endpoint::Cancel(id).to_string()
        >
            <div>
                <h2>"Begins in " <time datetime=begins_at.rfc3339()>{spoken(begins_at.since(as_of))}</time></h2>
                <p>"Nothing has been done yet. Undo it now and nothing will be."</p>
            </div>
            <input type="hidden" name="reason" value=WHY/>
            <button class="btn primary" type="submit" disabled=!may>"Undo"</button>
        </form>
    }
}

/// Whose approval it waits for, or who gave it.
#[component]
pub(crate) fn ApprovalPanel(approval: ApprovalView, as_of: Timestamp, is_over: bool) -> impl IntoView {
    let plan = view! { <code title=approval.plan_hash.clone()>{short(&approval.plan_hash)}</code> };
    let stands = match (approval.given, is_over) {
        (Some(given), _) => view! {
            <p>{given.by} " approved it " <Since at=given.at as_of/> ": " {given.reason}</p>
        }
        .into_any(),
        (None, true) => view! { <p>"Nobody approved it; nothing was done."</p> }.into_any(),
        (None, false) => {
            let who = if approval.by.is_empty() {
                "Nobody else may approve it: invite somebody, or withdraw it.".to_owned()
            } else {
                format!("May approve it: {}.", approval.by.join(", "))
            };
            let own = approval.is_own.then(|| {
                view! { <p>"You asked for it, so it is not yours to approve. To withdraw it, cancel it."</p> }
            });
            view! {
                <p>{who}</p>
                {own}
                <p><small>"Until then nothing is done. It ends by itself " <Since at=approval.until as_of/> "."</small></p>
            }
            .into_any()
        }
    };
    view! {
        <section class="panel op" data-field="approval">
            <h2>"Approval by a second person"</h2>
            <p>"Of plan " {plan}</p>
            {stands}
        </section>
    }
}
