//! Nodes: the machines. What operators want (`policy`) and what is true (`state`) are two columns and never mixed.
//!
//! Their sessions are in `sessions`.

mod first_signs;
mod row;
mod sessions;

use node_protocol::{Heartbeat, Inventory, Usage};
use read_models::ids::NodeId;
use read_models::nodes::{NodeCounts, NodePolicy, NodeRole, NodeState};
use read_models::time::Timestamp;

pub(crate) use self::first_signs::SQL as FIRST_SIGNS_SQL;
pub use self::first_signs::{FirstSigns, first_heartbeats_took, first_signs};
use self::row::node;
pub use self::row::{Connection, NodeCertificate, NodeRecord, PolicyHold};
pub(crate) use self::sessions::SQL as SESSIONS_SQL;
pub use self::sessions::{
    NodeSession, QuietBeat, begin_session, end_session, hold_session, record_quietly, speaking,
};
use super::db::{Db, Reader, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::{self, May, Nodes, Operate, SystemProof};

pub(crate) const SQL: &[&str] = &[
    LIST,
    ENDING_FIRST,
    NOT_WELL,
    BY_ID,
    BY_NAME,
    COUNTS,
    SILENT,
    INSERT,
    SET_POLICY,
    SET_STATE,
    FALL_SILENT,
    BEAT,
    MARK_SIMULATED,
];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, role, policy, policy_since, policy_hold, state, state_since, created_at, identity_fingerprint,
             certificate_serial, certificate_not_before, certificate_not_after, agent_version, hostname, boot_id,
             clock_skew_us, last_heartbeat_at, heartbeat, slots_total, connected_to, connected_at, simulated FROM node ",
            $rest
        )
    };
}

const LIST: &str = select!("WHERE name > $1 ORDER BY name LIMIT $2");
const ENDING_FIRST: &str = select!("WHERE policy <> 'retired' ORDER BY certificate_not_after, id LIMIT $1");
/// Each trouble has its index: the nodes that are well are not read. What "far off" is for a clock stands in the index, too.
/// Where ten thousand are not well, so many are read as are asked for: the oldest.
const NOT_WELL: &str =
    "SELECT n.* FROM (SELECT id FROM (SELECT id FROM node WHERE state = 'unreachable' AND policy <> 'retired'
     UNION SELECT id FROM node WHERE policy = 'maintenance' AND state <> 'gone'
     UNION SELECT id FROM node WHERE policy <> 'retired' AND state <> 'gone' AND certificate_not_after <= $1
     UNION SELECT id FROM node WHERE policy <> 'retired' AND state <> 'gone'
     AND (clock_skew_us > 30000000 OR clock_skew_us < -30000000)) troubled ORDER BY id LIMIT $2) k
     CROSS JOIN node n WHERE n.id = k.id ORDER BY n.name";
const BY_ID: &str = select!("WHERE id = $1");
const BY_NAME: &str = select!("WHERE name = $1");
const COUNTS: &str = "SELECT COUNT(*) AS everything,
    COALESCE(SUM(CASE WHEN state = 'ready' AND policy = 'in_service' THEN 1 ELSE 0 END), 0) AS in_service,
    COALESCE(SUM(CASE WHEN state = 'unreachable' THEN 1 ELSE 0 END), 0) AS unreachable,
    COALESCE(SUM(CASE WHEN policy IN ('cordoned', 'draining', 'maintenance') THEN 1 ELSE 0 END), 0) AS held,
    CAST(COALESCE(SUM(simulated), 0) AS BIGINT) AS simulated
    FROM node WHERE state <> 'gone' AND policy <> 'retired'";
const SILENT: &str =
    select!("WHERE state = 'ready' AND COALESCE(last_heartbeat_at, state_since) < $1 ORDER BY id");
const INSERT: &str = "INSERT INTO node (id, name, role, policy, policy_since, state, state_since, created_at,
    identity_fingerprint, certificate_serial, certificate_not_before, certificate_not_after, agent_version, hostname,
    boot_id, clock_skew_us, simulated)
    VALUES ($1, $2, $3, $4, $5, $6, $5, $5, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const SET_POLICY: &str = "UPDATE node SET policy = $2, policy_hold = $4,
    policy_since = CASE WHEN policy = $2 THEN policy_since ELSE $3 END WHERE id = $1";
const SET_STATE: &str = "UPDATE node SET state = $3, state_since = $4 WHERE id = $1 AND state = $2";
const FALL_SILENT: &str = "UPDATE node SET state = 'unreachable', state_since = $3, connected_to = NULL,
    connected_at = NULL WHERE id = $1 AND state = 'ready' AND COALESCE(last_heartbeat_at, state_since) < $2";
const BEAT: &str = "UPDATE node SET last_heartbeat_at = $2, heartbeat = $3, slots_total = $4, boot_id = $5,
    agent_version = $6, hostname = $7, clock_skew_us = $8, cpus = $9, memory_bytes = $10, gpu_model = $11, gpu_count = $12,
    first_heartbeat_at = COALESCE(first_heartbeat_at, $2), first_capabilities_at = COALESCE(first_capabilities_at, $13),
    first_usage_at = COALESCE(first_usage_at, $14)
    WHERE id = $1";
// There is no way back: what was made up once stays labelled as that.
const MARK_SIMULATED: &str = "UPDATE node SET simulated = 1 WHERE id = $1";

/// A node that enrols.
#[derive(Clone, Debug)]
pub struct NewNode<'a> {
    pub id: &'a NodeId,
    pub name: &'a str,
    pub role: NodeRole,
    pub identity_fingerprint: &'a str,
    pub certificate: &'a NodeCertificate,
    pub agent_version: &'a str,
    pub hostname: &'a str,
    pub boot_id: &'a str,
    pub clock_skew_us: i64,
    /// Whether there is no machine behind its agent.
    pub simulated: bool,
}

/// A page of the nodes by name: those after a name.
pub async fn list(
    db: &Db,
    _: &impl May<authz::Read, Nodes>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<NodeRecord>, StoreError> {
    db.rows(LIST, args![after.unwrap_or_default(), limit]).await?.iter().map(node).collect()
}

/// The nodes whose certificates end first.
pub async fn ending_first(
    db: &Db,
    _: &impl May<authz::Read, Nodes>,
    limit: i64,
) -> Result<Vec<NodeRecord>, StoreError> {
    db.rows(ENDING_FIRST, args![limit]).await?.iter().map(node).collect()
}

/// The nodes that may need a person, by name: silent, worked on, a certificate that ends by a time, a clock that is further
/// off. Which of them do is for the projection to judge.
pub async fn perhaps_not_well(
    db: &Db,
    _: &impl May<authz::Read, Nodes>,
    certificate_ends_by: Timestamp,
    limit: i64,
) -> Result<Vec<NodeRecord>, StoreError> {
    db.rows(NOT_WELL, args![certificate_ends_by, limit]).await?.iter().map(node).collect()
}

/// One node.
pub async fn find(
    from: &mut impl Reader,
    _: &impl May<authz::Read, Nodes>,
    id: &NodeId,
) -> Result<NodeRecord, StoreError> {
    node(&from.row(BY_ID, args![id]).await?.ok_or(StoreError::NotFound)?)
}

/// One node by its name.
pub async fn find_named(
    from: &mut impl Reader,
    _: &impl May<authz::Read, Nodes>,
    name: &str,
) -> Result<Option<NodeRecord>, StoreError> {
    from.row(BY_NAME, args![name]).await?.map(|row| node(&row)).transpose()
}

/// How many nodes there are of each; the retired ones and those that are gone are not counted.
pub async fn counts(db: &Db, _: &impl May<authz::Read, Nodes>) -> Result<NodeCounts, StoreError> {
    let row = db.row(COUNTS, args![]).await?.ok_or(StoreError::NotFound)?;
    let count = |column| row.int(column).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    Ok(NodeCounts {
        all: count("everything")?,
        in_service: count("in_service")?,
        unreachable: count("unreachable")?,
        held: count("held")?,
        simulated: count("simulated")?,
    })
}

/// The ready nodes whose last heartbeat is from before.
pub async fn silent_since(
    db: &Db,
    _: &SystemProof,
    before: Timestamp,
) -> Result<Vec<NodeRecord>, StoreError> {
    db.rows(SILENT, args![before]).await?.iter().map(node).collect()
}

/// A machine becomes a node: in service, not heard of yet. [`StoreError::Conflict`] when the name is taken.
pub async fn enrol(
    tx: &mut Tx,
    _: &SystemProof,
    new: &NewNode<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let values = args![
        new.id,
        new.name,
        new.role.key(),
        NodePolicy::InService.key(),
        now,
        NodeState::Enrolling.key(),
        new.identity_fingerprint,
        &new.certificate.serial,
        new.certificate.not_before,
        new.certificate.not_after,
        new.agent_version,
        new.hostname,
        new.boot_id,
        new.clock_skew_us,
        i64::from(new.simulated),
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// What operators want of it from now on, and who wants it so. Setting it again keeps its "since".
pub async fn set_policy(
    tx: &mut Tx,
    _: &impl May<Operate, Nodes>,
    id: &NodeId,
    (policy, hold): (NodePolicy, Option<&PolicyHold>),
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = hold
        .map(serde_json::to_string)
        .transpose()
        .map_err(|error| StoreError::corrupt(format!("policy_hold: {error}")))?;
    exactly_one(tx.execute(SET_POLICY, args![id, policy.key(), now, text]).await?)
}

/// What is true of it from now on; `false` when it was in another state than thought.
pub async fn set_state(
    tx: &mut Tx,
    _: &SystemProof,
    id: &NodeId,
    (from, to): (NodeState, NodeState),
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(SET_STATE, args![id, from.key(), to.key(), now]).await? == 1)
}

/// A ready node is unreachable if nothing was heard since `before`; `false` when it spoke in the meantime.
pub async fn fall_silent(
    tx: &mut Tx,
    _: &SystemProof,
    id: &NodeId,
    before: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(FALL_SILENT, args![id, before, now]).await? == 1)
}

/// Writes down a heartbeat, at the server's time.
pub async fn record_heartbeat(
    tx: &mut Tx,
    _: &SystemProof,
    id: &NodeId,
    beat: &Heartbeat,
    clock_skew_us: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text =
        serde_json::to_string(beat).map_err(|error| StoreError::corrupt(format!("heartbeat: {error}")))?;
    let slots = i64::try_from(beat.slots.len()).unwrap_or(i64::MAX);
    let inventory = &beat.inventory;
    let memory = inventory.memory_bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
    let (gpu_model, gpu_count) = gpus_of(inventory).unzip();
    let has_capabilities = (!beat.capabilities.is_empty()).then_some(now);
    let has_usage = (beat.usage != Usage::default()).then_some(now);
    let values = args![
        id,
        now,
        text,
        slots,
        &beat.boot_id,
        &beat.agent_version,
        inventory.hostname.as_deref(),
        clock_skew_us,
        inventory.cpus.map(i64::from),
        memory,
        gpu_model.flatten(),
        gpu_count,
        has_capabilities,
        has_usage,
    ];
    exactly_one(tx.execute(BEAT, values).await?)
}

/// From now on, and for good, the node is one without a machine.
pub async fn mark_simulated(tx: &mut Tx, _: &SystemProof, id: &NodeId) -> Result<(), StoreError> {
    exactly_one(tx.execute(MARK_SIMULATED, args![id]).await?)
}

#[cfg(test)]
pub(crate) mod tests;

/// The model there is most of, and how many of it; none when the agent cannot tell.
fn gpus_of(inventory: &Inventory) -> Option<(Option<String>, i64)> {
    let gpus = inventory.gpus.as_ref()?;
    let of =
        |model: &str| i64::try_from(gpus.iter().filter(|gpu| gpu.model == model).count()).unwrap_or(i64::MAX);
    let most = gpus.iter().map(|gpu| (of(&gpu.model), &gpu.model)).max();
    Some(most.map_or((None, 0), |(count, model)| (Some(model.clone()), count)))
}
