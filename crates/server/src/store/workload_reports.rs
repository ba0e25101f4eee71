//! What agents report of workloads, and the state that follows from it. The report is written first: it locks the row, so
//! that nobody changes what the state is judged from in between.

use node_protocol::WorkloadReport;
use read_models::ids::{NodeId, ProjectId, WorkloadId};
use read_models::time::Timestamp;
use read_models::workloads::WorkloadState;

use super::db::{Reader, Row, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::SystemProof;
use crate::projections::workload_state::{Change, Known};

pub(crate) const SQL: &[&str] = &[REPORT, SUBJECT, RUN, END, HELD];

const REPORT: &str =
    "UPDATE workload SET report = $4, report_at = $5 WHERE id = $1 AND node_id = $2 AND slot = $3
    AND run = $6";
const SUBJECT: &str =
    "SELECT project_id, name, state, stop_requested_at, keeps_slot, port, node_id, slot, run
    FROM workload WHERE id = $1";
const RUN: &str =
    "UPDATE workload SET state = $2, state_since = $3, ready_at = COALESCE(ready_at, $4), keeps_slot = 0
    WHERE id = $1 AND state = $5";
const END: &str =
    "UPDATE workload SET state = $2, state_since = $3, ended_at = $4, exit_code = $5, exit_signal = $6,
    failure = $7, actionable_until = $8, archived_at = $9,
    keeps_slot = CASE WHEN stop_requested_at IS NULL THEN 0 ELSE keeps_slot END WHERE id = $1 AND state = $10";
const HELD: &str = "SELECT id FROM workload WHERE id = $1 AND node_id = $2";

/// The workload a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub project: ProjectId,
    pub name: String,
    pub known: Known,
}

/// Why a report counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stray {
    /// There is no such workload.
    Unknown,
    /// It was placed elsewhere.
    Elsewhere,
    /// It is about a run that is not the one it is in: the agent has not been told of the next one yet.
    OtherRun,
}

/// Writes the report down and says what it is about; or why it counts for nothing, and then nothing is written.
pub async fn receive(
    tx: &mut Tx,
    _: &SystemProof,
    node: &NodeId,
    (id, report): (&WorkloadId, &WorkloadReport),
    now: Timestamp,
) -> Result<Result<Subject, Stray>, StoreError> {
    let text =
        serde_json::to_string(report).map_err(|error| StoreError::corrupt(format!("report: {error}")))?;
    let touched = tx.execute(REPORT, args![id, node, report.slot, text, now, report.run]).await?;
    match (tx.row(SUBJECT, args![id]).await?, touched) {
        (None, _) => Ok(Err(Stray::Unknown)),
        (Some(row), 0) => Ok(Err(stray(&row, node, report)?)),
        (Some(row), _) => Ok(Ok(subject(&row)?)),
    }
}

/// Moves the workload on, from the state the change was judged from.
pub async fn apply(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    from: WorkloadState,
    change: &Change,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(ended) = &change.ended else {
        return exactly_one(
            tx.execute(RUN, args![id, change.state.key(), now, change.ready_at, from.key()]).await?,
        );
    };
    let values = args![
        id,
        change.state.key(),
        now,
        ended.at,
        ended.code.map(i64::from),
        ended.signal.map(i64::from),
        &ended.failure,
        ended.actionable_until,
        ended.archived_at,
        from.key(),
    ];
    exactly_one(tx.execute(END, values).await?)
}

/// Whether the workload is one of this node's, now or the last place it was.
pub async fn is_on(
    from: &mut impl Reader,
    _: &SystemProof,
    id: &WorkloadId,
    node: &NodeId,
) -> Result<bool, StoreError> {
    Ok(from.row(HELD, args![id, node]).await?.is_some())
}

/// Why a report of a workload that is known was not written down.
fn stray(row: &Row, node: &NodeId, report: &WorkloadReport) -> Result<Stray, StoreError> {
    let is_here = row.opt_id::<NodeId>("node_id")?.as_ref() == Some(node)
        && row.opt_int("slot")? == Some(i64::from(report.slot));
    Ok(if is_here { Stray::OtherRun } else { Stray::Elsewhere })
}

fn subject(row: &Row) -> Result<Subject, StoreError> {
    Ok(Subject {
        project: row.id("project_id")?,
        name: row.text("name")?,
        known: Known {
            state: row.word("state", WorkloadState::parse)?,
            stop_requested: row.opt_int("stop_requested_at")?.is_some(),
            keeps_slot: row.int("keeps_slot")? != 0,
            has_port: row.opt_int("port")?.is_some(),
        },
    })
}

#[cfg(test)]
pub(crate) mod tests;
