//! The plan of an operation on many: who is included, who is not and why, in which order; and what of that can be changed.

use crate::{
    components::{
        bulk_panel::{asked_of, one_of},
        state_badge::{Badge, StateBadge, Tone},
    },
    endpoint::Endpoint,
    ui::{
        field::{Field, FieldRow, Kind},
        section::Section,
    },
};
use leptos::prelude::*;
use read_models::operation::{BulkIncluded, BulkLeftOut, BulkPlan, Target};

/// The form's id: the boxes of those that are included name it.
const FORM: &str = "change";

/// Who is included and who is not; and the form that makes another plan of it.
#[component]
pub(super) fn BulkSection(
    bulk: BulkPlan,
    /// The operation that carries it out, and what that one is asked for.
    parent: (String, Target),
) -> impl IntoView {
    let word = one_of(bulk.target_kind);
    let (included, left_out) = (bulk.included.clone(), bulk.left_out.clone());
    let (in_order, out) = (format!("{} · {}", included.len(), order(&bulk)), left_out.len().to_string());
    view! {
        <Section title="Included" aside=in_order field="included">
            {included_table(included, word)}
        </Section>
        <Section title="Left out" aside=out field="left_out">
            {left_out_list(left_out, word)}
        </Section>
        <Change bulk parent/>
    }
}

/// `1 first, then 3 at one time; stops after 2 that did not succeed`.
fn order(bulk: &BulkPlan) -> String {
    let included = u32::try_from(bulk.included.len()).unwrap_or(u32::MAX);
    let first = match bulk.canary.min(included) {
        0 => String::new(),
        some => format!("{some} first, then "),
    };
    let (many, failures) = (bulk.parallelism, bulk.stop_after_failures);
    format!("{first}{many} at one time; stops after {failures} that did not succeed")
}

fn included_table(rows: Vec<BulkIncluded>, word: &'static str) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="empty">"Nobody can be included."</p> }.into_any();
    }
    let rows = rows
        .into_iter()
        .map(|one| {
            let canary = one.is_canary.then(|| {
                let badge = Badge::new("canary", "Canary", Tone::Busy);
                view! { <StateBadge badge/> }
            });
            let notices = one.noticed_by.iter().map(|notice| view! { <li>{notice.clone()}</li> }).collect_view();
            view! {
                <tr data-target=one.target.id.clone()>
                    <td data-label="Include"><input type="checkbox" form=FORM name="input.targets" value=one.target.id.clone() checked aria-label=format!("Include {}", one.name)/></td>
                    <td data-label=word><div><a class="name" href=one.address.to_string()>{one.name}</a> " " {canary}</div></td>
                    <td data-label="Who notices"><ul class="plain">{notices}</ul></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="panel list">
            <thead><tr><th>"Include"</th><th>{word}</th><th>"Who notices"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn left_out_list(rows: Vec<BulkLeftOut>, word: &'static str) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="empty">"Nobody: every one that was ticked is included."</p> }.into_any();
    }
    let rows = rows
        .into_iter()
        .map(|one| {
            let way =
                one.unblocked_by.map(|way| view! { <small>"Unblocked by: " <code>{way}</code></small> });
            view! {
                <tr data-target=one.target.id>
                    <td data-label=word><a class="name" href=one.address.to_string()>{one.name}</a></td>
                    <td data-label="Why not">{one.why} {way}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="panel list">
            <thead><tr><th>{word}</th><th>"Why not"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// Another plan of the same: nothing starts by it.
#[component]
fn Change(bulk: BulkPlan, parent: (String, Target)) -> impl IntoView {
    let list = bulk.target_kind.list();
    let number = |name: &str, label: &str, value: u32| Field {
        name: format!("input.{name}"),
        label: label.to_owned(),
        value: value.to_string(),
        kind: Kind::Number,
        ..Field::default()
    };
    let of_each = bulk
        .fields
        .clone()
        .into_iter()
        .map(|given| {
            let name = format!("input.with.{}", given.name);
            let field = Field { name, ..Field::from(given) };
            view! { <FieldRow field scope="change-".to_owned()/> }
        })
        .collect_view();
    let scope = || "change-".to_owned();
    view! {
        <form class="panel op bulk" id=FORM method="post" action=Endpoint::Plan.to_string() data-field="change">
            <h2>"Change the plan"</h2>
            {asked_of(parent, &list)}
            <input type="hidden" name="input.operation" value=bulk.operation/>
            <div class="fields">
                <FieldRow field=number("canary", "Canary", bulk.canary) scope=scope()/>
                <FieldRow field=number("parallelism", "At one time", bulk.parallelism) scope=scope()/>
                <FieldRow field=number("stop_after_failures", "Stop after", bulk.stop_after_failures) scope=scope()/>
                {of_each}
            </div>
            <p class="line"><button class="btn" type="submit">"Plan again…"</button> <small>"Untick who shall not be included."</small></p>
        </form>
    }
}
