//! Where the chain ended, signed: to be kept elsewhere, so that nobody cuts it off or writes it anew unnoticed.

use super::{calls::load_checkpoints, more, standing};
use crate::{
    components::{
        lifecycle_operation_card::LifecycleOperationCard, page::page, page_main::PageTitle,
        resource_header::ListHeader, since::Since,
    },
    pages::asked,
    ui::{
        section::Section,
        words::{count, short},
    },
};
use leptos::prelude::*;
use read_models::{
    audit::{CheckpointRow, CheckpointsView},
    navigation::{Address, RouteId},
    time::Timestamp,
};

/// `/platform/evidence/checkpoints`
#[component]
pub(crate) fn CheckpointsPage() -> impl IntoView {
    page(RouteId::EvidenceCheckpoints, load_checkpoints(asked("cursor")), workflow)
}

fn workflow(view: CheckpointsView) -> AnyView {
    let as_of = view.as_of;
    let summary = match view.chain.behind {
        0 => "Everything that happened is signed.".to_owned(),
        behind => format!("{behind} events came after the newest; the next one covers them."),
    };
    let publish =
        view! { <a class="btn primary" href="#checkpoint.publish" rel="external">"Publish checkpoint"</a> }
            .into_any();
    let agents = format!(
        "{} connected here, each keeps the newest and refuses a chain that contradicts it.",
        count(view.agents, "agent is", "agents are")
    );
    let next = view.next_cursor.map(|cursor| format!("{}?cursor={cursor}", Address::EvidenceCheckpoints));
    view! {
        <PageTitle text="Checkpoints · Evidence"/>
        <ListHeader title="Checkpoints" summary as_of actions=publish/>
        {standing(RouteId::EvidenceCheckpoints, view.action_required, view.run_next, view.safe_to_ignore, agents.into_any())}
        <Section title="Signed" aside="newest first" field="checkpoints">{rows(view.checkpoints, as_of)} {more(next)}</Section>
        <Section title="Sign one now"><div class="pair cards"><LifecycleOperationCard card=view.publish as_of/></div></Section>
    }
    .into_any()
}

fn rows(signed: Vec<CheckpointRow>, as_of: Timestamp) -> AnyView {
    if signed.is_empty() {
        return view! { <p class="empty">"Nothing is signed yet: the first checkpoint comes within a minute of the first event."</p> }
            .into_any();
    }
    let rows = signed.into_iter().map(|one| row(one, as_of)).collect_view();
    view! {
        <table class="list panel checkpoints">
            <thead><tr><th scope="col">"Up to event"</th><th scope="col">"Signed"</th><th scope="col">"Hash"</th><th scope="col">"Key"</th><th scope="col">"Take it"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(one: CheckpointRow, as_of: Timestamp) -> impl IntoView {
    let name = format!("slipway-checkpoint-{}.json", one.number);
    view! {
        <tr data-checkpoint=one.number.to_string()>
            <td data-label="Up to event">{one.number}</td>
            <td data-label="Signed"><Since at=one.at as_of/></td>
            <td data-label="Hash"><code title=one.hash.clone()>{short(&one.hash)}</code></td>
            <td data-label="Key"><code title=one.key_id.clone()>{short(&one.key_id)}</code></td>
            <td data-label="Take it"><a class="btn small" href=one.download download=name rel="external">"Download" <span class="unseen">" the checkpoint at event " {one.number}</span></a></td>
        </tr>
    }
}
