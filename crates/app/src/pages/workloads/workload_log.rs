//! A workload's log: what it said last, as text, and how it ended.

use super::detail::WorkloadPage;
use crate::{
    components::{
        progress_brief::{Follow, Progress},
        since::Since,
    },
    ui::{
        facts::{FactList, fact},
        section::Section,
        words::bytes,
    },
};
use leptos::prelude::*;
use read_models::{navigation::RouteId, workloads::WorkloadDetail};

/// `/workloads/:id`
#[component]
pub(crate) fn WorkloadLogPage() -> impl IntoView {
    view! { <WorkloadPage route=RouteId::Workload tab=tab/> }
}

fn tab(workload: WorkloadDetail) -> AnyView {
    let as_of = workload.as_of;
    let ended = workload.ended.clone().map(|how| view! { <p class="notice">{how}</p> });
    let progress = workload.row.progress.clone().map(|brief| {
        view! { <div class="panel op line under-way"><Progress brief=brief.clone()/> <Follow brief/></div> }
    });
    let received = match workload.log.received_at {
        Some(at) => view! { "last line arrived " <Since at as_of/> }.into_any(),
        None => "nothing has arrived yet".into_any(),
    };
    let omitted = (workload.log.omitted_bytes > 0).then(|| {
        view! { <p class="quiet-words">{bytes(workload.log.omitted_bytes)} " of older log are not shown."</p> }
    });
    let text = if workload.log.text.is_empty() {
        view! { <p class="empty">"It has written nothing yet. What it writes to its output and error output will stand here."</p> }.into_any()
    } else {
        view! { <pre class="log" tabindex="0" role="region" aria-label="Log">{workload.log.text.clone()}</pre> }.into_any()
    };
    let command = workload.command.join(" ");
    view! {
        {ended}
        {progress}
        <Section title="Log" field="log">
            <p class="quiet-words">{received}</p>
            {omitted}
            {text}
        </Section>
        <Section title="What it runs">
            <div class="panel op">
                <FactList facts=vec![
                    fact("Command", view! { <code>{command}</code> }),
                    fact("Id", view! { <code>{workload.row.id.to_string()}</code> }),
                ]/>
            </div>
        </Section>
    }
    .into_any()
}
