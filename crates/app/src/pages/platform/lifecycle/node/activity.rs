//! What happened to a node, newest first.

use super::NodePage;
use crate::{
    components::{activity::Activity, audit::bundle_form::BundleForm},
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{navigation::RouteId, nodes::NodeDetail};

/// `/platform/nodes/:id/activity`
#[component]
pub(crate) fn NodeActivityPage() -> impl IntoView {
    view! { <NodePage route=RouteId::NodeActivity tab=tab/> }
}

fn tab(node: NodeDetail) -> AnyView {
    let as_of = node.as_of;
    let resource = Some(format!("node:{}", node.row.id));
    view! {
        <Section title="Activity" aside="newest first, each with its hash in the audit chain">
            <Activity events=node.activity as_of/>
        </Section>
        <Section title="Take the evidence of a time"><BundleForm resource of_project=false as_of/></Section>
    }
    .into_any()
}
