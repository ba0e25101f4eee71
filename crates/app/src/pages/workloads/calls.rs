//! What the workload pages ask.

use read_models::{
    error::ConsoleError,
    workloads::{MetricsWindow, WorkbenchView, WorkloadDetail, WorkloadMetrics, WorkloadsFilter},
};

/// What runs, what needs action, what can be ignored?
pub(crate) async fn load_workbench(
    project: Option<String>,
    filter: WorkloadsFilter,
    cursor: Option<String>,
    draft: Option<String>,
) -> Result<WorkbenchView, ConsoleError> {
    use crate::console::{from_context, optional_id};
    let page = read_models::paging::PageRequest { limit: None, cursor };
    let draft = optional_id(draft.as_deref());
    from_context()?.workloads.workbench(optional_id(project.as_deref()), filter, page, draft).await
}

/// What is this workload, what did it say, and what can be done with it?
pub(crate) async fn load_workload(id: String, draft: Option<String>) -> Result<WorkloadDetail, ConsoleError> {
    use crate::console;
    console::from_context()?
        .workloads
        .workload(console::id(&id)?, console::optional_id(draft.as_deref()))
        .await
}

/// What has this workload used?
pub(crate) async fn load_workload_metrics(
    id: String,
    window: MetricsWindow,
) -> Result<WorkloadMetrics, ConsoleError> {
    use crate::console;
    console::from_context()?.workloads.workload_metrics(console::id(&id)?, window).await
}
