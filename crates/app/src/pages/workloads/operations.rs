//! What can be done with a workload, by intent, and what was done.

use super::detail::WorkloadPage;
use crate::{
    components::{lifecycle_operation_card::CardsByIntent, past_operations::PastOperations},
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{navigation::RouteId, workloads::WorkloadDetail};

/// `/workloads/:id/operations`
#[component]
pub(crate) fn WorkloadOperationsPage() -> impl IntoView {
    view! { <WorkloadPage route=RouteId::WorkloadOperations tab=tab/> }
}

fn tab(workload: WorkloadDetail) -> AnyView {
    let as_of = workload.as_of;
    view! {
        <CardsByIntent groups=workload.operations as_of/>
        <Section title="Carried out" aside="newest first"><PastOperations runs=workload.past_operations as_of/></Section>
    }
    .into_any()
}
