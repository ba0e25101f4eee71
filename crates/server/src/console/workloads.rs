//! What runs, what needs action, what can be ignored?

use super::cards::run_next;
use super::{Asking, as_sentence};
use crate::authz::{Action, Feed, OperationRecords, Permit, Read, Resource, Scope, Workloads};
use crate::projections::workload_row::{self, NodeSeen};
use crate::projections::{event_view, operation_view};
use crate::store::operations::{self as stored, StoredOperation};
use crate::store::workloads::{self, Bounds, Ignored, WorkloadRecord};
use crate::store::{events, nodes, workload_logs};
use read_models::Answer;
use read_models::counting::BoundedCount;
use read_models::error::ConsoleError;
use read_models::ids::{DraftId, NodeId, ProjectId, WorkloadId};
use read_models::operation::{Target, TargetKind};
use read_models::paging::{Page, PageRequest};
use read_models::session::ProjectRef;
use read_models::workloads::{
    Counts, LogView, MetricsWindow, SafeToIgnore, WorkbenchView, WorkloadDetail, WorkloadMetrics,
    WorkloadRow, WorkloadState, WorkloadsConsole, WorkloadsFilter,
};
use std::collections::HashMap;

/// A workbench shows no more than this of each; whoever has more uses the list.
const SHOWN: i64 = 200;
const LOG_BYTES: usize = 64 * 1024;
const ACTIVITY: i64 = 100;

impl WorkloadsConsole for Asking {
    fn workbench(
        &self,
        project: Option<ProjectId>,
        filter: WorkloadsFilter,
        page: PageRequest,
        draft: Option<DraftId>,
    ) -> Answer<'_, WorkbenchView> {
        Box::pin(async move {
            let project = self.project(project).await?;
            let scope = Scope::Project(project.id.clone());
            let permit: Permit<Read, Workloads> = self.permit(&scope)?;
            let now = self.now();
            let db = &self.state().db;
            let ignored = workloads::ignored(db, &permit, &project.id, now).await;
            let ignored = ignored.map_err(|error| self.broken(error))?;
            let records = workloads::actionable(db, &permit, &project.id, now, SHOWN + 1).await;
            let mut records = records.map_err(|error| self.broken(error))?;
            let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
            let more = records.len() > shown;
            records.truncate(shown);
            let actionable = self.rows(records, &scope).await?;
            let listed = match filter {
                WorkloadsFilter::Active => Page { items: Vec::new(), next_cursor: None },
                WorkloadsFilter::History | WorkloadsFilter::All => self.list(&scope, filter, &page).await?,
            };
            let (needs_action, rest): (Vec<_>, Vec<_>) = actionable
                .into_iter()
                .partition(|row| row.action_required.is_some() || row.consequence.is_some());
            let (stopped, rest): (Vec<_>, Vec<_>) = rest
                .into_iter()
                .partition(|row| row.state == WorkloadState::Stopped && row.progress.is_none());
            let (running, in_progress): (Vec<_>, Vec<_>) = rest
                .into_iter()
                .partition(|row| row.state == WorkloadState::Running && row.progress.is_none());
            let Ignored { released, ended, past_window, acknowledged } = ignored;
            let [of_action, of_progress, of_running, of_stopped] =
                [&needs_action, &in_progress, &running, &stopped].map(|rows| length(rows, more));
            let counts = Counts {
                active: of_action.and(of_progress).and(of_running).and(of_stopped),
                needs_action: of_action,
                in_progress: of_progress,
                running: of_running,
                stopped: of_stopped,
                history: released.and(ended).and(past_window).and(acknowledged),
            };
            let safe_to_ignore = SafeToIgnore { released, ended, past_window, acknowledged };
            Ok(WorkbenchView {
                as_of: now,
                handed_to_you: self.handed_to_you(&scope).await?,
                approval: self.project_approval(&project.id).await?,
                bulk: self.offer_on_workloads(&project.id, draft.as_ref()).await?,
                project: ProjectRef { id: project.id, name: project.name },
                filter,
                counts,
                needs_action,
                in_progress,
                running,
                stopped,
                safe_to_ignore,
                rows: listed.items,
                next_cursor: listed.next_cursor,
                launch_denied: self.launch_denied(&scope)?,
            })
        })
    }

    fn workload(&self, id: WorkloadId, draft: Option<DraftId>) -> Answer<'_, WorkloadDetail> {
        Box::pin(async move {
            let target = Target { kind: TargetKind::Workload, id: id.as_str().to_owned() };
            let found = self.target(&target).await?;
            let scope = found.project.clone().map_or(Scope::Platform, Scope::Project);
            let permit: Permit<Read, Workloads> = self.permit(&scope)?;
            let record =
                workloads::find(&mut &self.state().db, &permit, &id).await.map_err(|e| self.broken(e))?;
            let read_operations: Permit<Read, OperationRecords> = self.permit(&scope)?;
            let past =
                stored::newest_of_target(&self.state().db, &read_operations, &target, false, None, 20).await;
            let past = past.map_err(|error| self.broken(error))?;
            let read_feed: Permit<Read, Feed> = self.permit(&scope)?;
            let happened =
                events::newest_of_resource(&self.state().db, &read_feed, &target.to_string(), ACTIVITY).await;
            let log = workload_logs::tail(&mut &self.state().db, &permit, &id, LOG_BYTES).await;
            let log = log.map_err(|error| self.broken(error))?;
            let in_use = self.in_use(&permit, &record).await?;
            let mut rows = self.rows(vec![record.clone()], &scope).await?;
            let row = rows.pop().ok_or_else(|| ConsoleError::not_found("workload"))?;
            let mut operations = self.cards(&target, &found, &past).await?;
            self.bring_back(draft.as_ref(), operations.iter_mut().flat_map(|group| &mut group.cards)).await?;
            let run_next = run_next(&operations, &next_of(&row));
            Ok(WorkloadDetail {
                as_of: self.now(),
                safe_to_ignore: safe_to_ignore(&row),
                command: record.command.clone(),
                isolation: record.report.as_ref().and_then(|r| r.isolation.map(|i| i.name().to_owned())),
                port_answering: record.report.as_ref().and_then(|report| report.port_answering),
                ended: ended(&record),
                in_use,
                exit_code: record.exit_code.and_then(|code| i32::try_from(code).ok()),
                log: LogView {
                    text: log.text,
                    omitted_bytes: log.omitted_bytes,
                    received_at: log.received_at,
                },
                operations,
                past_operations: self.past_runs(&past),
                run_next,
                activity: self.seal_events(happened.map_err(|error| self.broken(error))?),
                row,
            })
        })
    }

    fn workload_metrics(&self, id: WorkloadId, window: MetricsWindow) -> Answer<'_, WorkloadMetrics> {
        Box::pin(self.metrics_of(id, window))
    }

    fn workloads(&self, filter: WorkloadsFilter, page: PageRequest) -> Answer<'_, Page<WorkloadRow>> {
        Box::pin(async move {
            let scope = self.widest_scope(None)?;
            self.list(&scope, filter, &page).await
        })
    }
}

impl Asking {
    /// Why this person cannot launch in a project, when they cannot.
    fn launch_denied(&self, scope: &Scope) -> Result<Option<String>, ConsoleError> {
        let may = self.who()?.can(Action::Operate, Resource::Workloads, scope);
        Ok((!may).then(|| {
            "Launching needs the role member in this project. Ask an administrator of it.".to_owned()
        }))
    }

    async fn list(
        &self,
        scope: &Scope,
        filter: WorkloadsFilter,
        page: &PageRequest,
    ) -> Result<Page<WorkloadRow>, ConsoleError> {
        let permit: Permit<Read, Workloads> = self.permit(scope)?;
        let below = page.cursor.as_deref().map(super::cursor_of::<WorkloadId>).transpose()?;
        let bounds = Bounds { below: below.as_deref(), limit: i64::from(page.limit()) + 1, now: self.now() };
        let records = workloads::of_project(&self.state().db, &permit, filter, bounds).await;
        let rows = self.rows(records.map_err(|error| self.broken(error))?, scope).await?;
        Ok(Page::from_overfull(rows, page.limit(), |row| row.id.as_str().to_owned()))
    }

    /// Records as rows: with what is under way on each and what its node's trouble means for it.
    pub(super) async fn rows(
        &self,
        records: Vec<WorkloadRecord>,
        scope: &Scope,
    ) -> Result<Vec<WorkloadRow>, ConsoleError> {
        let permit: Permit<Read, OperationRecords> = self.permit(scope)?;
        let open = stored::open_of_kind(&self.state().db, &permit, TargetKind::Workload, SHOWN).await;
        let launches = stored::open_of_kind(&self.state().db, &permit, TargetKind::Project, SHOWN).await;
        let open = open.map_err(|error| self.broken(error))?;
        let launches = launches.map_err(|error| self.broken(error))?;
        let nodes = self.nodes_of(&records).await?;
        let listed = open.iter().chain(&launches);
        let listed: Vec<_> = listed.filter(|one| records.iter().any(|record| is_on(one, record))).collect();
        let slow = self.above_sla(&listed).await?;
        let may_know_node = self.who()?.can(Action::Read, Resource::Nodes, &Scope::Platform);
        let now = self.now();
        let row = |record: &WorkloadRecord| {
            let under_way = open.iter().find(|operation| operation.target.id == record.id.as_str());
            let launch = launches.iter().find(|operation| operation.id == record.launch_operation);
            let progress = under_way.or(launch).map(|operation| self.brief(operation));
            let node = record.node.as_ref().and_then(|id| nodes.get(id)).copied();
            let mut on_it = listed.iter().filter(|operation| is_on(operation, record));
            let above_sla = on_it.find_map(|operation| slow.get(&operation.id)).cloned();
            WorkloadRow { above_sla, ..workload_row::row(record, node, progress, may_know_node, now) }
        };
        Ok(records.iter().map(row).collect())
    }

    /// The state of each node that one of the records is on: told to nobody, only judged.
    async fn nodes_of(&self, records: &[WorkloadRecord]) -> Result<HashMap<NodeId, NodeSeen>, ConsoleError> {
        let mut seen = HashMap::new();
        for id in records.iter().filter_map(|record| record.node.as_ref()) {
            if seen.contains_key(id) {
                continue;
            }
            let node =
                nodes::find(&mut &self.state().db, &self.proof(), id).await.map_err(|e| self.broken(e))?;
            seen.insert(id.clone(), NodeSeen { state: node.state, since: node.state_since });
        }
        Ok(seen)
    }

    pub(super) fn brief(&self, operation: &StoredOperation) -> read_models::workloads::ProgressBrief {
        operation_view::brief(operation, self.title_of(&operation.operation))
    }

    /// What was carried out, newest first.
    pub(super) fn past_runs(&self, past: &[StoredOperation]) -> Vec<read_models::operation::LastRun> {
        past.iter().map(|run| operation_view::last_run(run, self.title_of(&run.operation))).collect()
    }

    /// The title of an operation; its id when this program does not know it.
    pub(super) fn title_of<'a>(&self, operation: &'a str) -> &'a str {
        self.state().register.find(operation).map_or(operation, |known| known.declaration().title)
    }

    /// Events as they travel, with a cursor that tells a tenant nothing of how busy others are.
    pub(super) fn seal_events(
        &self,
        happened: Vec<events::StoredEvent>,
    ) -> Vec<read_models::evidence::EventView> {
        happened.into_iter().map(|event| event_view::view(event, &self.state().sealing)).collect()
    }
}

/// Whether an operation is carried out on a workload, or is its launch.
fn is_on(operation: &StoredOperation, record: &WorkloadRecord) -> bool {
    operation.target.id == record.id.as_str() || operation.id == record.launch_operation
}

/// How many rows of a kind there are, when more than what is shown was not looked at.
fn length(rows: &[WorkloadRow], more: bool) -> BoundedCount {
    BoundedCount { counted: u32::try_from(rows.len()).unwrap_or(u32::MAX), more }
}

/// What could be run next, the most helpful first: the first that nothing is in the way of is offered.
fn next_of(row: &WorkloadRow) -> Vec<(&'static str, String)> {
    if let Some(action) = row.action_required.as_ref().filter(|action| action.next_operation.is_some()) {
        let tail = "Or acknowledge it, so that it asks for nobody for a while.";
        return vec![
            ("workload.retry", format!("{} Retrying runs it again. {tail}", action.reason)),
            ("workload.acknowledge", format!("{} It cannot be run again now.", action.reason)),
            ("workload.release", action.reason.clone()),
        ];
    }
    if row.state == WorkloadState::Stopped && row.is_actionable {
        let reason =
            "It is stopped and its slot, which goes on costing its price, is still its own.".to_owned();
        return vec![("workload.start", reason.clone()), ("workload.release", reason)];
    }
    Vec::new()
}

fn safe_to_ignore(row: &WorkloadRow) -> Option<String> {
    if let Some(said) = &row.acknowledged {
        return Some(format!(
            "Somebody acknowledged it: {} It comes back when that expires.",
            as_sentence(&said.reason)
        ));
    }
    match (&row.action_required, row.state) {
        (Some(_), _) => None,
        (None, WorkloadState::Stopped) if row.is_actionable => {
            Some("It is stopped and keeps its slot, which goes on costing its price.".to_owned())
        }
        (None, WorkloadState::Released) => {
            Some("It is released. Nothing has to be done; its log is kept.".to_owned())
        }
        (None, WorkloadState::Finished | WorkloadState::Stopped) => {
            Some("It has ended and its slot is given back. Nothing has to be done.".to_owned())
        }
        (None, WorkloadState::Failed) => {
            Some("It failed; it was archived or its window has passed. Nothing has to be done.".to_owned())
        }
        (None, WorkloadState::Running) => Some("It runs and needs nothing.".to_owned()),
        (
            None,
            WorkloadState::Requested
            | WorkloadState::Provisioning
            | WorkloadState::Paused
            | WorkloadState::Stopping,
        ) => Some("It is on its way; follow the operation.".to_owned()),
    }
}

fn ended(record: &WorkloadRecord) -> Option<String> {
    record.ended_at?;
    Some(match (record.exit_code, record.exit_signal, &record.failure) {
        (_, Some(signal), _) => format!("It was ended by signal {signal}."),
        (Some(code), None, _) => format!("It ended by itself with exit code {code}."),
        (None, None, Some(why)) => format!("It ended: {why}."),
        (None, None, None) => "It ended; nobody saw how.".to_owned(),
    })
}
