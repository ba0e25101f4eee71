//! What a node says it can do. Pages offer only what stands here.

use super::{NodePage, posture::FactPanel};
use crate::ui::{
    facts::{FactList, fact},
    section::Section,
};
use leptos::prelude::*;
use read_models::{navigation::RouteId, nodes::NodeDetail};

/// `/platform/nodes/:id/capabilities`
#[component]
pub(crate) fn NodeCapabilitiesPage() -> impl IntoView {
    view! { <NodePage route=RouteId::NodeCapabilities tab=tab/> }
}

fn tab(node: NodeDetail) -> AnyView {
    let unknown = || "not known".to_owned();
    view! {
        <Section title="Capabilities" aside="as the agent says; only these are offered">
            <FactPanel facts=node.capabilities/>
        </Section>
        <Section title="Identity of the machine">
            <div class="panel op">
                <FactList facts=vec![
                    fact("Node", view! { <code>{node.row.id.to_string()}</code> }),
                    fact("Host name", node.header.hostname.unwrap_or_else(unknown)),
                    fact("Boot", view! { <code>{node.header.boot_id.unwrap_or_else(unknown)}</code> }),
                    fact("Agent", node.header.agent_version.unwrap_or_else(unknown)),
                ]/>
            </div>
        </Section>
    }
    .into_any()
}
