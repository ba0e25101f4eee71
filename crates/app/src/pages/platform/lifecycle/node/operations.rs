//! What can be done with a node, by intent, and what was done.

use super::NodePage;
use crate::{
    components::{lifecycle_operation_card::CardsByIntent, past_operations::PastOperations},
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{navigation::RouteId, nodes::NodeDetail};

/// `/platform/nodes/:id/operations`
#[component]
pub(crate) fn NodeOperationsPage() -> impl IntoView {
    view! { <NodePage route=RouteId::NodeOperations tab=tab/> }
}

fn tab(node: NodeDetail) -> AnyView {
    let as_of = node.as_of;
    view! {
        <CardsByIntent groups=node.operations as_of/>
        <Section title="Carried out" aside="newest first"><PastOperations runs=node.past_operations as_of/></Section>
    }
    .into_any()
}
