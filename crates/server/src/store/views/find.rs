//! Jump to anything: what begins with a text, has it in its name, ends with it as an id, or is reached by it.
//!
//! Each statement is answered from an index or looks at a bounded part: a beginning is looked for among all, a text in
//! the middle of a name among the newest of its kind.

use read_models::ids::{NodeId, OperationId, ProjectId, SkuId, WorkloadId};
use read_models::nodes::{NodePolicy, NodeState};
use read_models::operation::{OperationState, Target, TargetKind};
use read_models::time::Timestamp;
use read_models::workloads::WorkloadState;

use crate::args;
use crate::authz::{self, May, Nodes, OperationRecords, Skus, Workloads};
use crate::store::db::{Db, Row, StoreError};

pub(crate) const SQL: &[&str] = &[
    NODES_BEGIN,
    NODES_REACHED,
    NODES_TAIL,
    NODES_WITHIN,
    WORKLOADS_BEGIN,
    WORKLOADS_TAIL,
    WORKLOADS_WITHIN,
    OPERATIONS_TAIL,
    SKUS_WITHIN,
];

/// Of a kind, the newest so many are looked at for a text in the middle of a name.
pub const WITHIN: i64 = 2_000;

const NODES_BEGIN: &str =
    "SELECT id, name, state, policy, state_since, simulated, NULL AS kind, NULL AS address FROM node
    WHERE find_name >= $1 AND find_name < $2 ORDER BY find_name LIMIT $3";
const NODES_REACHED: &str = "SELECT n.id AS id, n.name AS name, n.state AS state, n.policy AS policy,
    n.state_since AS state_since, n.simulated AS simulated, a.kind AS kind, a.address AS address
    FROM node_address a JOIN node n ON n.id = a.node_id
    WHERE a.address >= $1 AND a.address < $2 ORDER BY a.address, n.id LIMIT $3";
const NODES_TAIL: &str =
    "SELECT id, name, state, policy, state_since, simulated, NULL AS kind, NULL AS address FROM node
    WHERE find_tail = $1 ORDER BY id DESC LIMIT $2";
const NODES_WITHIN: &str = "SELECT id, name, state, policy, state_since, simulated, NULL AS kind, NULL AS address FROM
    (SELECT id, name, state, policy, state_since, simulated, find_name FROM node ORDER BY id DESC LIMIT $2) AS newest
    WHERE find_name LIKE $1 ESCAPE '\\' ORDER BY id DESC LIMIT $3";
const WORKLOADS_BEGIN: &str =
    "SELECT w.id AS id, w.name AS name, w.state AS state, w.state_since AS state_since,
    p.id AS project_id, p.name AS project_name,
    (SELECT n.simulated FROM node n WHERE n.id = w.node_id) AS simulated FROM workload w JOIN project p ON p.id = w.project_id
    WHERE ($1 = '' OR w.project_id = $1) AND w.find_name >= $2 AND w.find_name < $3
    ORDER BY w.find_name, w.id DESC LIMIT $4";
const WORKLOADS_TAIL: &str =
    "SELECT w.id AS id, w.name AS name, w.state AS state, w.state_since AS state_since,
    p.id AS project_id, p.name AS project_name,
    (SELECT n.simulated FROM node n WHERE n.id = w.node_id) AS simulated FROM workload w JOIN project p ON p.id = w.project_id
    WHERE ($1 = '' OR w.project_id = $1) AND w.find_tail = $2 ORDER BY w.id DESC LIMIT $3";
const WORKLOADS_WITHIN: &str =
    "SELECT w.id AS id, w.name AS name, w.state AS state, w.state_since AS state_since,
    p.id AS project_id, p.name AS project_name,
    (SELECT n.simulated FROM node n WHERE n.id = w.node_id) AS simulated FROM
    (SELECT id, name, state, state_since, project_id, node_id, find_name FROM workload
        WHERE ($1 = '' OR project_id = $1) ORDER BY id DESC LIMIT $3) AS w
    JOIN project p ON p.id = w.project_id WHERE w.find_name LIKE $2 ESCAPE '\\' ORDER BY w.id DESC LIMIT $4";
const OPERATIONS_TAIL: &str = "SELECT id, operation, target_kind, target_id, state, state_since, requested_by
    FROM operation WHERE ($1 = '' OR project_id = $1 OR target_kind || ':' || target_id = $1) AND find_tail = $2
    ORDER BY id DESC LIMIT $3";
const SKUS_WITHIN: &str = "SELECT id, name, title FROM sku WHERE retired_at IS NULL
    AND (LOWER(name) LIKE $1 ESCAPE '\\' OR LOWER(title) LIKE $1 ESCAPE '\\') ORDER BY name LIMIT $2";

/// A node that was found.
#[derive(Debug, Clone)]
pub struct NodeHit {
    pub id: NodeId,
    pub name: String,
    pub state: NodeState,
    pub policy: NodePolicy,
    pub since: Timestamp,
    /// What it is reached by, when that is how it was found: `host`, `ip` or `mac`, and which.
    pub reached_by: Option<(String, String)>,
    pub simulated: bool,
}

/// A workload that was found.
#[derive(Debug, Clone)]
pub struct WorkloadHit {
    pub id: WorkloadId,
    pub name: String,
    pub state: WorkloadState,
    pub since: Timestamp,
    pub project: ProjectId,
    pub project_name: String,
    /// Whether its node is.
    pub simulated: bool,
}

/// An operation that was found, by its id.
#[derive(Debug, Clone)]
pub struct OperationHit {
    pub id: OperationId,
    pub operation: String,
    pub target: Target,
    pub state: OperationState,
    pub since: Timestamp,
    pub requested_by: String,
}

/// A SKU that was found.
#[derive(Debug, Clone)]
pub struct SkuHit {
    pub id: SkuId,
    pub name: String,
    pub title: String,
}

/// Where nodes are looked for.
#[derive(Debug, Clone, Copy)]
pub enum NodesBy<'a> {
    /// Their names begin so.
    Name(&'a str),
    /// They are reached by what begins so.
    Reached(&'a str),
    /// Their ids end so.
    Tail(&'a str),
    /// Their names have it somewhere.
    Within(&'a str),
}

/// Where workloads are looked for.
#[derive(Debug, Clone, Copy)]
pub enum WorkloadsBy<'a> {
    /// Their names begin so.
    Name(&'a str),
    /// Their ids end so.
    Tail(&'a str),
    /// Their names have it somewhere.
    Within(&'a str),
}

/// Nodes. The text is in lower case.
pub async fn nodes(
    db: &Db,
    _: &impl May<authz::Read, Nodes>,
    by: NodesBy<'_>,
    limit: i64,
) -> Result<Vec<NodeHit>, StoreError> {
    let rows = match by {
        NodesBy::Name(text) => db.rows(NODES_BEGIN, args![text, after(text), limit]).await?,
        NodesBy::Reached(text) => db.rows(NODES_REACHED, args![text, after(text), limit]).await?,
        NodesBy::Tail(digits) => db.rows(NODES_TAIL, args![digits, limit]).await?,
        NodesBy::Within(text) => db.rows(NODES_WITHIN, args![within(text), WITHIN, limit]).await?,
    };
    rows.iter().map(node).collect()
}

/// Workloads in the permit's scope. The text is in lower case.
pub async fn workloads(
    db: &Db,
    permit: &impl May<authz::Read, Workloads>,
    by: WorkloadsBy<'_>,
    limit: i64,
) -> Result<Vec<WorkloadHit>, StoreError> {
    let project = permit.project_or_any();
    let rows = match by {
        WorkloadsBy::Name(text) => db.rows(WORKLOADS_BEGIN, args![project, text, after(text), limit]).await?,
        WorkloadsBy::Tail(digits) => db.rows(WORKLOADS_TAIL, args![project, digits, limit]).await?,
        WorkloadsBy::Within(text) => {
            db.rows(WORKLOADS_WITHIN, args![project, within(text), WITHIN, limit]).await?
        }
    };
    rows.iter().map(workload).collect()
}

/// Operations in the permit's scope whose ids end so.
pub async fn operations(
    db: &Db,
    permit: &impl May<authz::Read, OperationRecords>,
    tail: &str,
    limit: i64,
) -> Result<Vec<OperationHit>, StoreError> {
    let rows = db.rows(OPERATIONS_TAIL, args![permit.project_or_any(), tail, limit]).await?;
    rows.iter().map(operation).collect()
}

/// SKUs that are offered. There are few: all are looked at.
pub async fn skus(
    db: &Db,
    _: &impl May<authz::Read, Skus>,
    text: &str,
    limit: i64,
) -> Result<Vec<SkuHit>, StoreError> {
    let rows = db.rows(SKUS_WITHIN, args![within(text), limit]).await?;
    let sku =
        |row: &Row| Ok(SkuHit { id: row.id("id")?, name: row.text("name")?, title: row.text("title")? });
    rows.iter().map(sku).collect()
}

/// After everything that begins so, in the order of bytes.
fn after(beginning: &str) -> String {
    format!("{beginning}\u{10ffff}")
}

/// The pattern of everything that has it somewhere. What is typed is no pattern itself.
fn within(text: &str) -> String {
    let escaped: String = text
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .collect();
    format!("%{escaped}%")
}

fn node(row: &Row) -> Result<NodeHit, StoreError> {
    Ok(NodeHit {
        id: row.id("id")?,
        name: row.text("name")?,
        state: row.word("state", NodeState::parse)?,
        policy: row.word("policy", NodePolicy::parse)?,
        since: row.timestamp("state_since")?,
        simulated: row.flag("simulated")?,
        reached_by: row.opt_text("kind")?.zip(row.opt_text("address")?),
    })
}

fn workload(row: &Row) -> Result<WorkloadHit, StoreError> {
    Ok(WorkloadHit {
        id: row.id("id")?,
        name: row.text("name")?,
        state: row.word("state", WorkloadState::parse)?,
        since: row.timestamp("state_since")?,
        project: row.id("project_id")?,
        project_name: row.text("project_name")?,
        simulated: row.opt_int("simulated")?.is_some_and(|simulated| simulated != 0),
    })
}

fn operation(row: &Row) -> Result<OperationHit, StoreError> {
    Ok(OperationHit {
        id: row.id("id")?,
        operation: row.text("operation")?,
        target: Target { kind: row.word("target_kind", TargetKind::parse)?, id: row.text("target_id")? },
        state: row.word("state", OperationState::parse)?,
        since: row.timestamp("state_since")?,
        requested_by: row.text("requested_by")?,
    })
}

#[cfg(test)]
mod tests;
