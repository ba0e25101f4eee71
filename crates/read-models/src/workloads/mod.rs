//! Workloads: what runs, what needs action, what is safe to ignore.

mod detail;
mod metrics;
mod workbench;

pub use detail::{LogView, RunNext, WorkloadDetail};
pub use metrics::{
    Coverage, Figures, Gap, InUse, Measure, MeasureLimit, MetricsWindow, Point, Series, Summary, Unit,
    WorkloadHead, WorkloadMetrics,
};
pub use workbench::{
    Acknowledged, ActionRequired, Counts, ProgressBrief, SafeToIgnore, WorkbenchView, WorkloadKind,
    WorkloadRow, WorkloadState, WorkloadsFilter,
};

use crate::{
    Answer,
    ids::{DraftId, ProjectId, WorkloadId},
    paging::{Page, PageRequest},
};

/// What the workload pages ask.
pub trait WorkloadsConsole: Send + Sync {
    /// What runs, what needs action, what can be ignored? Without a project: the one used last. A draft is the form for many
    /// that came back with errors.
    fn workbench(
        &self,
        project: Option<ProjectId>,
        filter: WorkloadsFilter,
        page: PageRequest,
        draft: Option<DraftId>,
    ) -> Answer<'_, WorkbenchView>;
    /// What is this workload, what did it say, and what can be done with it? A draft is a card's form that came back with errors.
    fn workload(&self, id: WorkloadId, draft: Option<DraftId>) -> Answer<'_, WorkloadDetail>;
    /// What has this workload used?
    fn workload_metrics(&self, id: WorkloadId, window: MetricsWindow) -> Answer<'_, WorkloadMetrics>;
    /// The workloads, as the API lists them.
    fn workloads(&self, filter: WorkloadsFilter, page: PageRequest) -> Answer<'_, Page<WorkloadRow>>;
}
