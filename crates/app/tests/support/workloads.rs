//! Workloads and what can be launched, in the samples.

use super::{
    FakeConsole, NOW, Scene, ago, bulk, events, hence, node_id, operation_id,
    operations::{card, groups, runs},
    project, workload_id,
};
use read_models::{
    Answer,
    counting::BoundedCount,
    iam::ProjectApproval,
    ids::{DraftId, ProjectId, WorkloadId},
    navigation::Address,
    operation::{Danger, Intent, TargetKind},
    paging::{Page, PageRequest},
    workloads::{
        ActionRequired, Counts, Coverage, Figures, Gap, InUse, LogView, Measure, MeasureLimit, MetricsWindow,
        Point, ProgressBrief, RunNext, SafeToIgnore, Series, Summary, WorkbenchView, WorkloadDetail,
        WorkloadHead, WorkloadKind, WorkloadMetrics, WorkloadRow, WorkloadState, WorkloadsConsole,
        WorkloadsFilter,
    },
};

pub(crate) fn row(n: u8, name: &str, state: WorkloadState, seconds: u64) -> WorkloadRow {
    WorkloadRow {
        id: workload_id(n),
        project: project("helios-lab", 1),
        name: name.to_owned(),
        kind: WorkloadKind::Slice,
        state,
        since: ago(seconds),
        created_at: ago(seconds + 60),
        sku: "1 × H200 slice".to_owned(),
        price_microcents_per_hour: 410_000_000,
        command: "python3 -m http.server".to_owned(),
        port: Some(8000),
        node: Some(node_id(1)),
        is_actionable: true,
        action_required: None,
        actionable_until: None,
        archived_at: None,
        acknowledged: None,
        progress: None,
        above_sla: None,
        consequence: None,
        simulated: n == 1,
    }
}

pub(crate) fn brief(title: &str, needs_attention: bool) -> ProgressBrief {
    ProgressBrief {
        id: operation_id(1),
        title: title.to_owned(),
        step: 2,
        of: 4,
        observation: "waits for the process to answer on port 8000".to_owned(),
        needs_attention,
    }
}

fn failed() -> WorkloadRow {
    let mut failed = row(1, "llama-eval-7", WorkloadState::Failed, 720);
    failed.action_required = Some(ActionRequired {
        reason: "It ended with exit code 1 after 3 min: the port never answered. Its slot was given back."
            .to_owned(),
        since: ago(720),
        next_operation: Some("workload.retry".to_owned()),
        address: Address::WorkloadOperations(workload_id(1)),
        label: "Retry".to_owned(),
    });
    failed.actionable_until = Some(hence(9000));
    failed
}

fn approval() -> ProjectApproval {
    ProjectApproval {
        now: "Nothing needs it here.".to_owned(),
        card: card(
            "approval_policy.set",
            "Set approval policy",
            TargetKind::People,
            Intent::Maintain,
            Danger::Disruptive,
        ),
    }
}

fn workbench(scene: Scene, filter: WorkloadsFilter) -> WorkbenchView {
    let empty = scene == Scene::Empty;
    let mut launching = row(2, "axolotl-sft-12", WorkloadState::Provisioning, 14);
    launching.progress = Some(brief("Launch workload", false));
    launching.above_sla = Some("Nine in ten take less than 9 s.".to_owned());
    let mut silent = row(3, "ray-head", WorkloadState::Running, 3_542_400);
    silent.consequence = Some("Its node is silent since 14:02; operators know.".to_owned());
    let mut quiet = silent.clone();
    quiet.id = workload_id(9);
    "notebook-lab".clone_into(&mut quiet.name);
    quiet.consequence = None;
    let mut released = row(4, "eval-6", WorkloadState::Released, 90_000);
    released.archived_at = Some(ago(90_000));
    let mut finished = row(5, "batch-2", WorkloadState::Finished, 7200);
    finished.archived_at = Some(ago(7200));
    let listed = filter != WorkloadsFilter::Active && !empty;
    let keep = |rows: Vec<WorkloadRow>| if empty { Vec::new() } else { rows };
    WorkbenchView {
        as_of: NOW,
        handed_to_you: Vec::new(),
        approval: (!empty).then(approval),
        project: project("helios-lab", 1),
        filter,
        counts: if empty {
            Counts::default()
        } else {
            Counts {
                active: 5.into(),
                needs_action: 1.into(),
                in_progress: 1.into(),
                running: 2.into(),
                stopped: 1.into(),
                history: BoundedCount { counted: 145, more: true },
            }
        },
        needs_action: keep(vec![failed()]),
        in_progress: keep(vec![launching]),
        running: keep(vec![quiet, silent]),
        stopped: keep(vec![row(6, "notebook-old", WorkloadState::Stopped, 4000)]),
        safe_to_ignore: if empty {
            SafeToIgnore::default()
        } else {
            SafeToIgnore {
                released: BoundedCount { counted: 100, more: true },
                ended: 12.into(),
                past_window: 1.into(),
                acknowledged: 1.into(),
            }
        },
        rows: if listed { vec![released, finished, failed()] } else { Vec::new() },
        next_cursor: listed.then(|| "bmV4dA".to_owned()),
        launch_denied: None,
        bulk: Some(bulk::offer(TargetKind::Workload)),
    }
}

fn detail(scene: Scene) -> WorkloadDetail {
    WorkloadDetail {
        as_of: NOW,
        row: failed(),
        command: ["python3", "-m", "http.server", "8000"].map(str::to_owned).to_vec(),
        isolation: Some("process-sandboxed".to_owned()),
        port_answering: Some(false),
        ended: Some("It ended by itself with exit code 1, 3 min after it began.".to_owned()),
        exit_code: Some(1),
        in_use: Some(InUse { at: ago(4), cpu_millis: Some(520), memory_bytes: Some(112 << 20) }),
        log: LogView {
            text: if scene == Scene::Empty {
                String::new()
            } else {
                "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...\n127.0.0.1 - - \"GET / HTTP/1.1\" 200 -\n<script>alert(1)</script>\nTraceback (most recent call last):\n  File \"/usr/lib/python3.11/socketserver.py\", line 466, in server_bind\nOSError: [Errno 98] Address already in use".to_owned()
            },
            omitted_bytes: 18_432,
            received_at: Some(ago(720)),
        },
        operations: groups(TargetKind::Workload),
        past_operations: runs(),
        run_next: Some(RunNext {
            operation: "workload.release".to_owned(),
            title: "Release workload".to_owned(),
            reason: "It has ended and holds nothing; releasing files it under History.".to_owned(),
        }),
        activity: events(),
        safe_to_ignore: Some(
            "Its slot was given back; it costs nothing. It leaves this page in 2 h 30 min.".to_owned(),
        ),
    }
}

/// Four points of 15 s: whole, missing, partial, whole. Nobody can tell GPUs.
fn metrics(scene: Scene) -> WorkloadMetrics {
    let step = std::time::Duration::from_secs(15);
    let at = |n: u32| NOW.minus(step * (4 - n));
    let point = |n, coverage, avg: Option<u64>| Point {
        at: at(n),
        coverage,
        figures: avg.map(|avg| Figures { avg, min: avg / 2, max: avg * 2 }),
    };
    let series = |measure: Measure, one: u64| Series {
        measure,
        unit: measure.unit(),
        points: vec![
            point(0, Coverage::Whole, Some(one)),
            point(1, Coverage::Gap, None),
            point(2, Coverage::Partial, Some(one)),
            point(3, Coverage::Whole, Some(2 * one)),
        ],
        gaps: vec![Gap { from: at(1), until: at(2) }],
        limit: Some(MeasureLimit { value: 4 * one, words: "of its SKU".to_owned() }),
        summary: Some(Summary { min: one / 2, avg: one, max: 4 * one, last: 2 * one, last_at: NOW }),
        unknown: None,
    };
    let unknown = Series {
        points: Vec::new(),
        gaps: Vec::new(),
        limit: None,
        summary: None,
        unknown: Some("This node cannot tell use of GPUs.".to_owned()),
        ..series(Measure::Gpu, 1)
    };
    let empty = scene == Scene::Empty;
    WorkloadMetrics {
        as_of: NOW,
        head: WorkloadHead::from(&detail(scene)),
        window: MetricsWindow::Minutes15,
        from: at(0),
        until: NOW,
        step_seconds: 15,
        standing: if empty {
            "It runs and was never measured: its node's agent does not answer, or is too old to measure."
        } else {
            "Measured every 15 s, last at 14:02:11 UTC."
        }
        .to_owned(),
        measured_at: (!empty).then_some(NOW),
        series: if empty {
            Vec::new()
        } else {
            vec![series(Measure::Cpu, 500), series(Measure::Memory, 256 << 20), unknown]
        },
    }
}

impl WorkloadsConsole for FakeConsole {
    fn workbench(
        &self,
        _: Option<ProjectId>,
        filter: WorkloadsFilter,
        _: PageRequest,
        _: Option<DraftId>,
    ) -> Answer<'_, WorkbenchView> {
        self.answer(|| workbench(self.0, filter))
    }
    fn workload(&self, _: WorkloadId, _: Option<DraftId>) -> Answer<'_, WorkloadDetail> {
        self.answer(|| detail(self.0))
    }
    fn workload_metrics(&self, _: WorkloadId, _: MetricsWindow) -> Answer<'_, WorkloadMetrics> {
        self.answer(|| metrics(self.0))
    }
    fn workloads(&self, filter: WorkloadsFilter, _: PageRequest) -> Answer<'_, Page<WorkloadRow>> {
        self.answer(|| Page { items: workbench(self.0, filter).rows, next_cursor: None })
    }
}
