//! What has this workload used?

use super::Asking;
use crate::authz::{Action, Permit, Read, Resource, Scope, Workloads};
use crate::projections::workload_metrics::{Frame, Judged, Life, judge, standing, unknown};
use crate::store::nodes;
use crate::store::workload_measurements::{self as measurements, Stretch};
use crate::store::workloads::{self, WorkloadRecord};
use node_protocol::measure_every;
use read_models::error::ConsoleError;
use read_models::ids::WorkloadId;
use read_models::workloads::{
    InUse, Measure, MeasureLimit, MetricsWindow, Series, WorkloadHead, WorkloadMetrics, WorkloadState,
    WorkloadsConsole as _,
};
use std::time::Duration;

/// What is older says nothing of now.
const IN_USE_WITHIN: Duration = Duration::from_hours(1);

impl Asking {
    pub(super) async fn metrics_of(
        &self,
        id: WorkloadId,
        window: MetricsWindow,
    ) -> Result<WorkloadMetrics, ConsoleError> {
        // Whoever may not see the workload is refused here.
        let detail = self.workload(id.clone(), None).await?;
        let permit: Permit<Read, Workloads> = self.permit(&Scope::Project(detail.row.project.id.clone()))?;
        let db = &self.state().db;
        let record = workloads::find(&mut &*db, &permit, &id).await.map_err(|error| self.broken(error))?;
        let frame = Frame::of(window, self.now(), measure_every(self.state().config.heartbeat_every));
        let stretches = match window {
            MetricsWindow::Minutes15 | MetricsWindow::Hours2 => {
                measurements::each_since(&mut &*db, &permit, &id, frame.from).await
            }
            MetricsWindow::Hours24 | MetricsWindow::Days14 => {
                measurements::in_buckets_since(&mut &*db, &permit, &id, frame.from).await
            }
        };
        let stretches = stretches.map_err(|error| self.broken(error))?;
        let newest =
            measurements::newest(&mut &*db, &permit, &id).await.map_err(|error| self.broken(error))?;
        let measured_at = newest.and_then(|newest| newest.measured_at);
        let life = life(&record);
        let series = match measured_at {
            None => Vec::new(),
            Some(_) => self.series(&record, &stretches, (life, frame)).await?,
        };
        Ok(WorkloadMetrics {
            as_of: frame.now,
            window,
            from: frame.from,
            until: frame.until,
            step_seconds: window.points().1,
            standing: standing(life, measured_at, frame),
            measured_at,
            series,
            head: WorkloadHead::from(&detail),
        })
    }

    /// What it used when it was last measured, while it runs.
    pub(super) async fn in_use(
        &self,
        permit: &Permit<Read, Workloads>,
        record: &WorkloadRecord,
    ) -> Result<Option<InUse>, ConsoleError> {
        if !matches!(record.state, WorkloadState::Running | WorkloadState::Stopping) {
            return Ok(None);
        }
        let since = self.now().minus(IN_USE_WITHIN);
        let last = measurements::last_since(&mut &self.state().db, permit, &record.id, since).await;
        last.map_err(|error| self.broken(error))
    }

    async fn series(
        &self,
        record: &WorkloadRecord,
        stretches: &[Stretch],
        (life, frame): (Life, Frame),
    ) -> Result<Vec<Series>, ConsoleError> {
        let node = match &record.node {
            None => None,
            Some(id) => {
                let found = nodes::find(&mut &self.state().db, &self.proof(), id).await;
                Some(found.map_err(|error| self.broken(error))?)
            }
        };
        let may_know_node = self.who()?.can(Action::Read, Resource::Nodes, &Scope::Platform);
        let series = |measure: Measure| {
            let Judged { points, gaps, summary } = judge(measure, stretches, life, frame);
            // Nothing of anything in this window says nothing about what can be measured.
            let is_unknown = points.is_empty() && !stretches.is_empty();
            Series {
                measure,
                unit: measure.unit(),
                points,
                gaps,
                limit: limit(measure, record),
                summary,
                unknown: is_unknown.then(|| unknown(measure, node.as_ref(), may_know_node)),
            }
        };
        Ok(Measure::ALL.map(series).into())
    }
}

fn life(record: &WorkloadRecord) -> Life {
    Life {
        launched: record.created_at,
        state: record.state,
        since: record.state_since,
        ended: record.ended_at,
    }
}

/// What its SKU gives it.
fn limit(measure: Measure, record: &WorkloadRecord) -> Option<MeasureLimit> {
    let value = match measure {
        Measure::Cpu => record.sku_cpus.checked_mul(1000)?,
        Measure::Memory => record.sku_memory_bytes,
        Measure::Processes | Measure::DiskRead | Measure::DiskWritten | Measure::Gpu | Measure::GpuMemory => {
            return None;
        }
    };
    let value = u64::try_from(value).ok().filter(|value| *value > 0)?;
    Some(MeasureLimit { value, words: "of its SKU".to_owned() })
}
