//! Changing the password: the form hands the new one in, and the plan says what follows.

use crate::{
    components::lifecycle_operation_card::CardOf,
    endpoint::Endpoint,
    ui::field::{Field, FieldRow, Kind},
};
use leptos::prelude::*;
use read_models::{operation::OperationCard, time::Timestamp};

/// The card of the operation, with its form. Works before the script arrives.
pub(super) fn password_card(card: OperationCard, email: &str, as_of: Timestamp) -> impl IntoView + use<> {
    let reason = card.button.reason.clone();
    let off = !card.button.enabled;
    let field = |name: &str, label: &str, help: &str, autocomplete: &'static str| Field {
        name: name.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        kind: Kind::Password,
        required: true,
        autocomplete,
        ..Field::default()
    };
    let present = field("present", "Present password", "", "current-password");
    let help = "At least 12 characters; several words are easy to remember. It is kept only as a hash.";
    let new = field("new", "New password", help, "new-password");
    let form = view! {
        <form class="op-form" method="post" action=Endpoint::ChangePassword.to_string()>
            // Password managers keep the new one under this name.
            <input type="hidden" name="username" autocomplete="username" value=email.to_owned()/>
            <FieldRow field=present/>
            <FieldRow field=new/>
            <p class="line">
                <button class="btn primary" type="submit" disabled=off aria-describedby=off.then_some("password-reason")>
                    {card.title.clone()} "…"
                </button>
                {reason.map(|reason| view! { <small class="why-not" id="password-reason">{reason}</small> })}
            </p>
        </form>
    };
    view! { <CardOf card as_of form=form.into_any()/> }
}
