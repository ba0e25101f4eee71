//! What happened to a workload, newest first.

use super::detail::WorkloadPage;
use crate::{
    components::{activity::Activity, audit::bundle_form::BundleForm},
    ui::section::Section,
};
use leptos::prelude::*;
use read_models::{navigation::RouteId, workloads::WorkloadDetail};

/// `/workloads/:id/activity`
#[component]
pub(crate) fn WorkloadActivityPage() -> impl IntoView {
    view! { <WorkloadPage route=RouteId::WorkloadActivity tab=tab/> }
}

fn tab(workload: WorkloadDetail) -> AnyView {
    let as_of = workload.as_of;
    let resource = Some(format!("workload:{}", workload.row.id));
    view! {
        <Section title="Activity" aside="newest first, each with its hash in the audit chain">
            <Activity events=workload.activity as_of/>
        </Section>
        <Section title="Take the evidence of a time"><BundleForm resource of_project=true as_of/></Section>
    }
    .into_any()
}
