//! Reading workloads: one, those of a node; the rest is in `lists`.

use crate::args;
use crate::authz::{self, May, Nodes, SystemProof, Workloads};
use crate::store::db::{Reader, Row, StoreError};
use node_protocol::WorkloadReport;
use read_models::ids::{NodeId, OperationId, ProjectId, SkuId, WorkloadId};
use read_models::time::Timestamp;
use read_models::workloads::{WorkloadKind, WorkloadState};

pub(crate) const SQL: &[&str] = &[FIND, OF_NODE, SLOTS_TAKEN, ACTIVE_NAMED, HOLDS_SLOT, ENDED_WITH_SLOT];

const FIND: &str =
    "SELECT w.*, p.name AS project_name, s.title AS sku_title, w.price_microcents_per_hour AS price,
    s.cpus AS sku_cpus, s.memory_bytes AS sku_memory_bytes,
    (SELECT n.simulated FROM node n WHERE n.id = w.node_id) AS simulated
    FROM workload w JOIN project p ON p.id = w.project_id JOIN sku s ON s.id = w.sku_id
    WHERE w.id = $1 AND ($2 = '' OR w.project_id = $2)";
const OF_NODE: &str =
    "SELECT w.*, p.name AS project_name, s.title AS sku_title, w.price_microcents_per_hour AS price,
    s.cpus AS sku_cpus, s.memory_bytes AS sku_memory_bytes,
    (SELECT n.simulated FROM node n WHERE n.id = w.node_id) AS simulated
    FROM allocation a JOIN workload w ON w.id = a.workload_id JOIN project p ON p.id = w.project_id
    JOIN sku s ON s.id = w.sku_id WHERE a.node_id = $1 ORDER BY a.slot";
const SLOTS_TAKEN: &str = "SELECT node_id, COUNT(*) AS taken FROM allocation GROUP BY node_id";
const ACTIVE_NAMED: &str =
    "SELECT id FROM workload WHERE project_id = $1 AND name = $2 AND on_view = 'always'
    AND state IN ('requested', 'provisioning', 'running', 'paused', 'stopping')";
const HOLDS_SLOT: &str = "SELECT COUNT(*) AS held FROM allocation WHERE workload_id = $1";
const ENDED_WITH_SLOT: &str = "SELECT w.id, a.node_id, w.launch_operation_id FROM allocation a
    JOIN workload w ON w.id = a.workload_id
    WHERE w.keeps_slot = 0 AND w.state IN ('finished', 'failed', 'stopped') AND w.ended_at IS NOT NULL ORDER BY w.id LIMIT $1";

/// A workload as stored, with the names a row shows.
#[derive(Debug, Clone)]
pub struct WorkloadRecord {
    pub id: WorkloadId,
    pub project: ProjectId,
    pub project_name: String,
    pub name: String,
    pub kind: WorkloadKind,
    pub state: WorkloadState,
    pub state_since: Timestamp,
    pub sku: SkuId,
    pub sku_title: String,
    pub sku_cpus: i64,
    pub sku_memory_bytes: i64,
    pub price_microcents_per_hour: i64,
    pub command: Vec<String>,
    /// Who may log in: public keys, as in `authorized_keys`.
    pub ssh_keys: Vec<String>,
    pub port: Option<u16>,
    pub created_at: Timestamp,
    pub created_by: String,
    pub launch_operation: OperationId,
    pub node: Option<NodeId>,
    pub slot: Option<i64>,
    /// Which run this is, from 1.
    pub run: u32,
    /// Stopped on purpose, or being stopped so: its slot stays its own.
    pub keeps_slot: bool,
    pub acknowledged: Option<Acknowledged>,
    pub stop_requested_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub exit_code: Option<i64>,
    pub exit_signal: Option<i64>,
    pub failure: Option<String>,
    pub actionable_until: Option<Timestamp>,
    pub archived_at: Option<Timestamp>,
    pub report: Option<WorkloadReport>,
    pub report_at: Option<Timestamp>,
    /// Whether no machine is behind its node: then nothing runs.
    pub simulated: bool,
}

/// Somebody took note of how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    pub at: Timestamp,
    pub until: Timestamp,
    pub reason: String,
}

/// One workload.
pub async fn find(
    from: &mut impl Reader,
    by: &impl May<authz::Read, Workloads>,
    id: &WorkloadId,
) -> Result<WorkloadRecord, StoreError> {
    record(&from.row(FIND, args![id, by.project_or_any()]).await?.ok_or(StoreError::NotFound)?)
}

/// One workload, to learn whose it is before asking for a permit, or for the program's own loops.
pub async fn find_system(
    from: &mut impl Reader,
    _: &SystemProof,
    id: &WorkloadId,
) -> Result<WorkloadRecord, StoreError> {
    record(&from.row(FIND, args![id, ""]).await?.ok_or(StoreError::NotFound)?)
}

/// The workloads that hold a slot of a node.
pub async fn of_node(
    from: &mut impl Reader,
    _: &impl May<authz::Read, Nodes>,
    node: &NodeId,
) -> Result<Vec<WorkloadRecord>, StoreError> {
    from.rows(OF_NODE, args![node]).await?.iter().map(record).collect()
}

/// The active workload of a project that has a name.
pub async fn active_named(
    from: &mut impl Reader,
    _: &SystemProof,
    project: &ProjectId,
    name: &str,
) -> Result<Option<WorkloadId>, StoreError> {
    from.row(ACTIVE_NAMED, args![project, name]).await?.map(|row| row.id("id")).transpose()
}

/// Whether a workload holds a slot.
pub async fn holds_slot(
    from: &mut impl Reader,
    _: &SystemProof,
    id: &WorkloadId,
) -> Result<bool, StoreError> {
    Ok(from.row(HOLDS_SLOT, args![id]).await?.ok_or(StoreError::NotFound)?.int("held")? > 0)
}

/// Workloads that have ended by themselves and still hold a slot: workload, node, launch.
pub async fn ended_with_slot(
    from: &mut impl Reader,
    _: &SystemProof,
    limit: i64,
) -> Result<Vec<(WorkloadId, NodeId, OperationId)>, StoreError> {
    let rows = from.rows(ENDED_WITH_SLOT, args![limit]).await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.id("node_id")?, row.id("launch_operation_id")?))).collect()
}

/// How many slots of each node are held.
pub async fn slots_taken(
    from: &mut impl Reader,
    _: &impl May<authz::Read, authz::Skus>,
) -> Result<Vec<(NodeId, i64)>, StoreError> {
    from.rows(SLOTS_TAKEN, args![])
        .await?
        .iter()
        .map(|row| Ok((row.id("node_id")?, row.int("taken")?)))
        .collect()
}

pub(super) fn record(row: &Row) -> Result<WorkloadRecord, StoreError> {
    Ok(WorkloadRecord {
        id: row.id("id")?,
        project: row.id("project_id")?,
        project_name: row.text("project_name")?,
        name: row.text("name")?,
        kind: row.word("kind", WorkloadKind::parse)?,
        state: row.word("state", WorkloadState::parse)?,
        state_since: row.timestamp("state_since")?,
        sku: row.id("sku_id")?,
        sku_title: row.text("sku_title")?,
        sku_cpus: row.int("sku_cpus")?,
        sku_memory_bytes: row.int("sku_memory_bytes")?,
        price_microcents_per_hour: row.int("price")?,
        command: row.json("command")?,
        ssh_keys: row.json("ssh_keys")?,
        port: row.opt_int("port")?.and_then(|port| u16::try_from(port).ok()),
        created_at: row.timestamp("created_at")?,
        created_by: row.text("created_by")?,
        launch_operation: row.id("launch_operation_id")?,
        node: row.opt_id("node_id")?,
        slot: row.opt_int("slot")?,
        run: u32::try_from(row.int("run")?).map_err(|_| StoreError::corrupt("run is no number of a run"))?,
        keeps_slot: row.int("keeps_slot")? != 0,
        acknowledged: acknowledged(row)?,
        stop_requested_at: row.opt_timestamp("stop_requested_at")?,
        ended_at: row.opt_timestamp("ended_at")?,
        exit_code: row.opt_int("exit_code")?,
        exit_signal: row.opt_int("exit_signal")?,
        failure: row.opt_text("failure")?,
        actionable_until: row.opt_timestamp("actionable_until")?,
        archived_at: row.opt_timestamp("archived_at")?,
        report: row.opt_json("report")?,
        report_at: row.opt_timestamp("report_at")?,
        simulated: row.opt_int("simulated")?.is_some_and(|simulated| simulated != 0),
    })
}

fn acknowledged(row: &Row) -> Result<Option<Acknowledged>, StoreError> {
    let (at, until) = (row.opt_timestamp("acknowledged_at")?, row.opt_timestamp("acknowledged_until")?);
    let reason = row.opt_text("acknowledged_reason")?.unwrap_or_default();
    Ok(at.zip(until).map(|(at, until)| Acknowledged { at, until, reason }))
}
