//! What proves what happened: how the chain stands, what is in it, files of it, checkpoints.

mod audit;
mod calls;
mod checkpoints;
mod export_form;
mod exports;
mod operations;
mod posture;

pub(crate) use audit::AuditPage;
pub(crate) use checkpoints::CheckpointsPage;
pub(crate) use exports::ExportsPage;
pub(crate) use operations::OperationsPage;
pub(crate) use posture::EvidencePage;

use crate::components::{
    local_nav::ThingNav,
    next_strip::{NextAnswers, NextStrip},
};
use leptos::prelude::*;
use read_models::{
    navigation::{Address, RouteId},
    workloads::RunNext,
};

/// Local nav and the answers that every page of the family has.
fn standing(
    current: RouteId,
    action_required: Vec<String>,
    run_next: Option<RunNext>,
    safe_to_ignore: String,
    evidence: AnyView,
) -> impl IntoView {
    let answers = NextAnswers {
        action_required,
        run_next,
        cards: Address::Evidence,
        safe_to_ignore: Some(safe_to_ignore),
        evidence,
    };
    view! { <ThingNav current id=""/> <NextStrip answers/> }
}

/// The way to the next page of a list.
fn more(href: Option<String>) -> impl IntoView {
    href.map(|href| view! { <p class="more"><a class="btn" href=href>"Next page"</a></p> })
}
