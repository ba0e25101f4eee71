//! Where there is room: every node that is here with its size and what is held of it, and the gate that lets one placement
//! decide at a time.

use read_models::ids::NodeId;
use read_models::nodes::{NodePolicy, NodeRole, NodeState};

use super::db::{Reader, Row, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::{self, May, Nodes, SystemProof};

pub(crate) const SQL: &[&str] = &[ROOMS, GATE];

// What is held is counted by the SKUs of the workloads that hold a slot.
const ROOMS: &str = "SELECT n.id, n.name, n.role, n.policy, n.state, n.slots_total, n.cpus, n.memory_bytes,
    n.gpu_model, n.gpu_count, n.simulated, COUNT(a.workload_id) AS held,
    CAST(COALESCE(SUM(s.memory_bytes), 0) AS BIGINT) AS held_memory,
    CAST(COALESCE(SUM(s.gpu_count), 0) AS BIGINT) AS held_gpus
    FROM node n LEFT JOIN allocation a ON a.node_id = n.id LEFT JOIN workload w ON w.id = a.workload_id
    LEFT JOIN sku s ON s.id = w.sku_id
    WHERE n.state <> 'gone' AND n.policy <> 'retired'
    GROUP BY n.id, n.name, n.role, n.policy, n.state, n.slots_total, n.cpus, n.memory_bytes, n.gpu_model, n.gpu_count,
        n.simulated
    ORDER BY n.name";
const GATE: &str = "UPDATE lock_gate SET turns = turns + 1 WHERE id = 2";

/// A node as placement sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    pub node: NodeId,
    pub name: String,
    pub role: NodeRole,
    pub policy: NodePolicy,
    pub state: NodeState,
    /// None before its agent said; the sizes below likewise, and when it cannot tell.
    pub slots_total: Option<i64>,
    pub cpus: Option<i64>,
    pub memory_bytes: Option<i64>,
    pub gpu_model: Option<String>,
    pub gpu_count: Option<i64>,
    /// Slots that are held, and what the SKUs of their workloads add up to.
    pub held: i64,
    pub held_memory: i64,
    pub held_gpus: i64,
    /// Whether no machine is behind it.
    pub simulated: bool,
}

/// Every node that is here, by name.
pub async fn rooms(
    from: &mut impl Reader,
    _: &impl May<authz::Read, Nodes>,
) -> Result<Vec<Room>, StoreError> {
    from.rows(ROOMS, args![]).await?.iter().map(room).collect()
}

/// From here to the end of the transaction nobody else places anything: what is read now is what holds.
pub async fn decide_alone(tx: &mut Tx, _: &SystemProof) -> Result<(), StoreError> {
    exactly_one(tx.execute(GATE, args![]).await?)
}

fn room(row: &Row) -> Result<Room, StoreError> {
    Ok(Room {
        node: row.id("id")?,
        name: row.text("name")?,
        role: row.word("role", NodeRole::parse)?,
        policy: row.word("policy", NodePolicy::parse)?,
        state: row.word("state", NodeState::parse)?,
        slots_total: row.opt_int("slots_total")?,
        cpus: row.opt_int("cpus")?,
        memory_bytes: row.opt_int("memory_bytes")?,
        gpu_model: row.opt_text("gpu_model")?,
        gpu_count: row.opt_int("gpu_count")?,
        held: row.int("held")?,
        held_memory: row.int("held_memory")?,
        held_gpus: row.int("held_gpus")?,
        simulated: row.flag("simulated")?,
    })
}
