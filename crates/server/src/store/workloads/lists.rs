//! Lists of workloads and what is counted beside them. Each is read along an index made for it and stops at its limit, so
//! that it costs the same however many workloads are over; `store/query_plans.rs` holds the databases to that.
//!
//! The column `on_view` says what the state alone decides about the default view; the time decides the rest here. Both
//! together are what `projections::workload_standing` judges.

use super::WorkloadRecord;
use super::reading::record;
use crate::args;
use crate::authz::{self, May, Workloads};
use crate::store::db::{Db, StoreError};
use read_models::counting::BoundedCount;
use read_models::ids::{ProjectId, SkuId};
use read_models::time::Timestamp;
use read_models::workloads::WorkloadsFilter;

pub(crate) const SQL: &[&str] = &[
    ALL,
    ALL_OF_PROJECT,
    ACTIVE,
    ACTIVE_OF_PROJECT,
    HISTORY,
    HISTORY_OF_PROJECT,
    ACTIONABLE,
    NEEDING_ACTION,
    IGNORED,
    RUNNING_BY_SKU,
];

/// Somebody took note of it, that counts still, and it was said about this state.
macro_rules! left_alone {
    ($now:literal) => {
        concat!(
            "(COALESCE(acknowledged_until, 0) > ",
            $now,
            " AND COALESCE(acknowledged_at, 0) >= state_since)"
        )
    };
}
/// It ended badly, its window is open, and nobody has taken note of it.
macro_rules! needs_action {
    ($now:literal) => {
        concat!("on_view = 'for_now' AND actionable_until > ", $now, " AND NOT ", left_alone!($now))
    };
}
/// The rows of those that a statement names by `id`. The order of the tables is told: first whose rows are wanted. What the
/// agent reported last is not among it: no row shows it, and it is the largest part.
macro_rules! rows_of {
    ([$($which:tt)*], $order:literal) => {
        concat!(
            "SELECT w.id, w.project_id, w.name, w.kind, w.state, w.state_since, w.sku_id, w.command, w.ssh_keys, w.port,
             w.created_at, w.created_by, w.launch_operation_id, w.node_id, w.slot, w.run, w.keeps_slot, w.acknowledged_at,
             w.acknowledged_until, w.acknowledged_reason, w.stop_requested_at, w.ended_at, w.exit_code, w.exit_signal,
             w.failure, w.actionable_until, w.archived_at, NULL AS report, NULL AS report_at,
             p.name AS project_name, s.title AS sku_title, w.price_microcents_per_hour AS price,
             s.cpus AS sku_cpus, s.memory_bytes AS sku_memory_bytes,
             (SELECT n.simulated FROM node n WHERE n.id = w.node_id) AS simulated
             FROM (", $($which)*, ") k CROSS JOIN workload w CROSS JOIN project p CROSS JOIN sku s
             WHERE w.id = k.id AND p.id = w.project_id AND s.id = w.sku_id ORDER BY ", $order
        )
    };
}
/// $1 is the project, or empty; $2 the id they are below; $3 how many. A page has 200 rows at most, and that stands there as a
/// number: what is prepared once is planned for it, and not for a tenth of the table.
macro_rules! all {
    ($scope:literal) => {
        rows_of!(
            [
                "SELECT id FROM (SELECT id FROM workload WHERE ",
                $scope,
                " AND id < $2 ORDER BY id DESC LIMIT 201) a LIMIT $3"
            ],
            "w.id DESC"
        )
    };
}
/// $4 is now.
macro_rules! active {
    ($scope:literal) => {
        rows_of!(
            [
                "SELECT id FROM (SELECT id FROM workload WHERE ",
                $scope,
                " AND on_view = 'always' AND id < $2
              ORDER BY id DESC LIMIT 201) a
              UNION ALL SELECT id FROM (SELECT id FROM workload WHERE ",
                $scope,
                " AND id < $2 AND ",
                needs_action!("$4"),
                " ORDER BY id DESC LIMIT 201) b ORDER BY id DESC LIMIT $3"
            ],
            "w.id DESC"
        )
    };
}
macro_rules! history {
    ($scope:literal) => {
        rows_of!(
            [
                "SELECT id FROM (SELECT id FROM workload WHERE ",
                $scope,
                " AND on_view = 'never' AND id < $2
              ORDER BY id DESC LIMIT 201) a
              UNION ALL SELECT id FROM (SELECT id FROM workload WHERE ",
                $scope,
                " AND on_view = 'for_now' AND id < $2
              AND (actionable_until <= $4 OR ",
                left_alone!("$4"),
                ") ORDER BY id DESC LIMIT 201) b
              ORDER BY id DESC LIMIT $3"
            ],
            "w.id DESC"
        )
    };
}
const ALL: &str = all!("$1 = ''");
const ALL_OF_PROJECT: &str = all!("project_id = $1");
const ACTIVE: &str = active!("$1 = ''");
const ACTIVE_OF_PROJECT: &str = active!("project_id = $1");
const HISTORY: &str = history!("$1 = ''");
const HISTORY_OF_PROJECT: &str = history!("project_id = $1");
/// First what has a deadline; what has none comes after every time there is.
const ACTIONABLE: &str = rows_of!(
    [
        "SELECT id, due FROM (SELECT id, actionable_until AS due FROM workload WHERE project_id = $1 AND ",
        needs_action!("$2"),
        " ORDER BY actionable_until, id DESC LIMIT 201) a
     UNION ALL SELECT id, due FROM (SELECT id, 9223372036854775807 AS due FROM workload WHERE project_id = $1
     AND on_view = 'always' ORDER BY id DESC LIMIT 201) b ORDER BY due, id DESC LIMIT $3"
    ],
    "k.due, w.id DESC"
);
const NEEDING_ACTION: &str = concat!(
    "SELECT COUNT(*) AS found FROM (SELECT 1 FROM workload WHERE project_id = $1 AND ",
    needs_action!("$2"),
    " LIMIT $3) a"
);
/// What is over in these states: off the view for good, or past its window and not left alone.
macro_rules! over {
    ($states:literal) => {
        concat!(
            "(SELECT COUNT(*) FROM (SELECT 1 FROM workload WHERE project_id = $1 AND state IN (", $states, ")
              AND on_view = 'never' UNION ALL SELECT 1 FROM workload WHERE project_id = $1 AND state IN (", $states, ")
              AND on_view = 'for_now' AND actionable_until <= $2 AND NOT ", left_alone!("$2"), " LIMIT $3) x)"
        )
    };
}
const IGNORED: &str = concat!(
    "SELECT ",
    over!("'released'"),
    " AS released, ",
    over!("'finished', 'stopped'"),
    " AS ended, ",
    over!("'failed'"),
    " AS past_window, (SELECT COUNT(*) FROM (SELECT 1 FROM workload WHERE project_id = $1 AND on_view = 'for_now'
      AND acknowledged_until > $2 AND acknowledged_at >= state_since LIMIT $3) y) AS acknowledged"
);
const RUNNING_BY_SKU: &str =
    "SELECT sku_id, COUNT(*) AS running FROM workload WHERE ($1 = '' OR project_id = $1)
    AND on_view = 'always' AND state IN ('provisioning', 'running', 'paused', 'stopping') GROUP BY sku_id";

/// So many of a kind are counted; beyond that there are "more".
const COUNTED: u32 = 100;

/// After every id there is.
const NEWEST: &str = "wl_g";

/// Which part of a list.
#[derive(Debug, Clone, Copy)]
pub struct Bounds<'a> {
    pub below: Option<&'a str>,
    pub limit: i64,
    pub now: Timestamp,
}

/// How many workloads are off the default view, by why that is so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ignored {
    pub released: BoundedCount,
    /// Finished or stopped.
    pub ended: BoundedCount,
    /// Failed, and archived or past their window.
    pub past_window: BoundedCount,
    /// Left alone because somebody said so.
    pub acknowledged: BoundedCount,
}

/// The workloads in the permit's scope, newest first.
pub async fn of_project(
    db: &Db,
    by: &impl May<authz::Read, Workloads>,
    filter: WorkloadsFilter,
    bounds: Bounds<'_>,
) -> Result<Vec<WorkloadRecord>, StoreError> {
    let (scope, below) = (by.project_or_any(), bounds.below.unwrap_or(NEWEST));
    let sql = match (filter, scope.is_empty()) {
        (WorkloadsFilter::All, true) => ALL,
        (WorkloadsFilter::All, false) => ALL_OF_PROJECT,
        (WorkloadsFilter::Active, true) => ACTIVE,
        (WorkloadsFilter::Active, false) => ACTIVE_OF_PROJECT,
        (WorkloadsFilter::History, true) => HISTORY,
        (WorkloadsFilter::History, false) => HISTORY_OF_PROJECT,
    };
    let rows = if filter == WorkloadsFilter::All {
        db.rows(sql, args![scope, below, bounds.limit]).await?
    } else {
        db.rows(sql, args![scope, below, bounds.limit, bounds.now]).await?
    };
    rows.iter().map(record).collect()
}

/// What of a project belongs on the default view, the nearest deadline first.
pub async fn actionable(
    db: &Db,
    by: &impl May<authz::Read, Workloads>,
    project: &ProjectId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<WorkloadRecord>, StoreError> {
    if !by.covers(project) {
        return Ok(Vec::new());
    }
    db.rows(ACTIONABLE, args![project, now, limit]).await?.iter().map(record).collect()
}

/// How many workloads of a project need action.
pub async fn needing_action(
    db: &Db,
    by: &impl May<authz::Read, Workloads>,
    project: &ProjectId,
    now: Timestamp,
) -> Result<BoundedCount, StoreError> {
    if !by.covers(project) {
        return Ok(BoundedCount::default());
    }
    let row = db.row(NEEDING_ACTION, args![project, now, COUNTED + 1]).await?.ok_or(StoreError::NotFound)?;
    row.count("found", COUNTED)
}

/// How many workloads of a project can be ignored.
pub async fn ignored(
    db: &Db,
    by: &impl May<authz::Read, Workloads>,
    project: &ProjectId,
    now: Timestamp,
) -> Result<Ignored, StoreError> {
    if !by.covers(project) {
        return Ok(Ignored::default());
    }
    let row = db.row(IGNORED, args![project, now, COUNTED + 1]).await?.ok_or(StoreError::NotFound)?;
    Ok(Ignored {
        released: row.count("released", COUNTED)?,
        ended: row.count("ended", COUNTED)?,
        past_window: row.count("past_window", COUNTED)?,
        acknowledged: row.count("acknowledged", COUNTED)?,
    })
}

/// How many workloads in the permit's scope run with each SKU, or are about to.
pub async fn running_by_sku(
    db: &Db,
    by: &impl May<authz::Read, Workloads>,
) -> Result<Vec<(SkuId, i64)>, StoreError> {
    let rows = db.rows(RUNNING_BY_SKU, args![by.project_or_any()]).await?;
    rows.iter().map(|row| Ok((row.id("sku_id")?, row.int("running")?))).collect()
}
