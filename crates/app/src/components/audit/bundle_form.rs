//! Asks for the evidence of a thing and a time. The answer is the audit of it, with the bundle under it.

use crate::ui::field::{Field, FieldRow};
use leptos::prelude::*;
use read_models::{audit::AuditSearch, navigation::Address, time::Timestamp};

/// How long back it proposes to ask: a day.
const PROPOSED: i64 = 24 * 60 * 60 * 1_000_000;

/// The form on the page of a thing (`resource` is said), or where any thing may be named.
#[component]
pub(crate) fn BundleForm(
    /// The thing; it is asked for when it is left out.
    resource: Option<String>,
    /// Where the answer stands: the audit of the thing's project, or the platform's.
    of_project: bool,
    as_of: Timestamp,
) -> impl IntoView {
    let search = AuditSearch::default();
    let answer = if of_project {
        Address::AccessAudit { project: None, search }
    } else {
        Address::EvidenceAudit(search)
    };
    let field = |name: &str, label: &str, help: &str, value: String, required: bool| {
        let field = Field {
            name: name.to_owned(),
            label: label.to_owned(),
            help: help.to_owned(),
            value,
            required,
            ..Field::default()
        };
        view! { <FieldRow field scope="bundle-".to_owned()/> }
    };
    let thing = match resource {
        Some(resource) => view! { <input type="hidden" name="resource" value=resource/> }.into_any(),
        None => {
            field("resource", "On what", "node:node_…, workload:wl_…, project:prj_…", String::new(), true)
                .into_any()
        }
    };
    let from = Timestamp::from_micros(as_of.as_micros().saturating_sub(PROPOSED)).date_and_minute();
    view! {
        <form class="panel op search-form" method="get" action=answer.to_string() data-bundle-form>
            <p>"Everything that happened to it in a time, with the operations on it, as one file that proves itself: that nothing was changed and nothing left out. Anybody checks it without this server."</p>
            <div class="search-fields">
                {thing}
                {field("from", "From, UTC", "2026-11-22 14:02", from, true)}
                {field("until", "Until, UTC", "Now, when it is left out.", String::new(), false)}
            </div>
            <p class="line"><button class="btn" type="submit">"See what the bundle holds"</button></p>
        </form>
    }
}
