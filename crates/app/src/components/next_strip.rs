//! Above the tabs of a thing: what needs action, what to run next and why, what can be left alone, where the evidence is.

use leptos::prelude::*;
use read_models::{navigation::Address, workloads::RunNext};

/// The answers to four of the five questions. The header answers the first.
#[component]
pub(crate) fn NextStrip(answers: NextAnswers) -> impl IntoView {
    let urgent = !answers.action_required.is_empty();
    let problems = if urgent {
        let sentences =
            answers.action_required.into_iter().map(|what| view! { <li>{what}</li> }).collect_view();
        view! { <ul class="plain">{sentences}</ul> }.into_any()
    } else {
        view! { "Nothing needs action." }.into_any()
    };
    let cards = answers.cards.to_string();
    let next = match answers.run_next {
        Some(next) => view! {
            <strong>{next.title} "."</strong> " " {next.reason} " " <a href=format!("{cards}#{}", next.operation)>"Open its card"</a>
        }
        .into_any(),
        None => view! { "Nothing has to be run. " <a href=cards>"See what can be"</a> }.into_any(),
    };
    let ignorable =
        answers.safe_to_ignore.unwrap_or_else(|| "Nothing: look at what is above first.".to_owned());
    view! {
        <dl class="panel next" data-urgent=urgent.then_some("")>
            <div data-field="action_required"><dt>"Needs action"</dt><dd>{problems}</dd></div>
            <div data-field="run_next"><dt>"Run next"</dt><dd>{next}</dd></div>
            <div data-field="safe_to_ignore"><dt>"Safe to ignore"</dt><dd>{ignorable}</dd></div>
            <div data-field="evidence"><dt>"Evidence"</dt><dd>{answers.evidence}</dd></div>
        </dl>
    }
}

/// What the strip says.
pub(crate) struct NextAnswers {
    pub(crate) action_required: Vec<String>,
    pub(crate) run_next: Option<RunNext>,
    /// The page with the cards.
    pub(crate) cards: Address,
    pub(crate) safe_to_ignore: Option<String>,
    pub(crate) evidence: AnyView,
}
