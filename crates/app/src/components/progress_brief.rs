//! An operation under way, in a list row: step, observation, the way to follow it.

use crate::ui::section::Section;
use leptos::prelude::*;
use read_models::{navigation::Address, workloads::ProgressBrief};

/// The bar and the words under it.
#[component]
pub(crate) fn Progress(brief: ProgressBrief) -> impl IntoView {
    let words = format!("Step {} of {} · {}", brief.step, brief.of, brief.observation);
    let done = brief.step.saturating_sub(1);
    view! {
        <div class="progress-brief">
            <progress max=brief.of.max(1) value=done aria-label=format!("{}: {done} of {} steps done", brief.title, brief.of)></progress>
            <small>{words}</small>
        </div>
    }
}

/// The way to its page.
#[component]
pub(crate) fn Follow(brief: ProgressBrief) -> impl IntoView {
    let word = if brief.needs_attention { "Decide" } else { "Follow" };
    view! {
        <a class=if brief.needs_attention { "btn primary" } else { "btn" } href=Address::Operation(brief.id).to_string()>
            {word} <span class="unseen">" " {brief.title}</span>
        </a>
    }
}

/// What is under way on what the page is about; nothing when nothing is.
#[component]
pub(crate) fn UnderWay(briefs: Vec<ProgressBrief>) -> impl IntoView {
    let rows = briefs
        .into_iter()
        .map(|brief| {
            view! {
                <li class="rowx">
                    <strong>{brief.title.clone()}</strong>
                    <Progress brief=brief.clone()/>
                    <div class="end"><Follow brief/></div>
                </li>
            }
        })
        .collect_view();
    let any = !rows.is_empty();
    any.then(|| view! { <Section title="In progress"><ul class="panel table doing">{rows}</ul></Section> })
}
