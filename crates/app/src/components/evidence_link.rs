//! The way to the evidence of an operation. In activity lists, on cards.

use crate::ui::words::short;
use leptos::prelude::*;
use read_models::{ids::OperationId, navigation::Address};

/// Leads to the operation's page: its steps, what was observed, its audit.
#[component]
pub(crate) fn EvidenceLink(operation: OperationId) -> impl IntoView {
    let id = operation.to_string();
    view! { <a class="mono" href=Address::Operation(operation).to_string() title=id.clone()>{short(&id)}</a> }
}
