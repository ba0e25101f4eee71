//! Workloads and the slots they hold. A slot is held by one workload: a unique index says so, not a check before.

mod lists;
mod reading;
mod setting_aside;

pub(crate) use lists::SQL as LISTS_SQL;
pub use lists::{Bounds, Ignored, actionable, ignored, needing_action, of_project, running_by_sku};
pub(crate) use reading::SQL as READING_SQL;
pub use reading::{
    Acknowledged, WorkloadRecord, active_named, ended_with_slot, find, find_system, holds_slot, of_node,
    slots_taken,
};
pub(crate) use setting_aside::SQL as SETTING_ASIDE_SQL;

pub use setting_aside::{acknowledge, archive, no_longer_acknowledge, no_longer_archive};

use super::db::{StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::SystemProof;
use read_models::ids::{NodeId, OperationId, ProjectId, SkuId, WorkloadId};
use read_models::time::Timestamp;
use read_models::workloads::WorkloadKind;

pub(crate) const SQL: &[&str] = &[
    INSERT,
    PLACE,
    ALLOCATE,
    LET_GO,
    FREE,
    KEEP_SLOT,
    BEGIN_RUN,
    STOP_RUN,
    LET_GO_OF_ENDED,
    ASK_TO_STOP,
    RELEASE,
    FAIL_LAUNCH,
    FREE_SLOTS_OF_NODE,
    CLEAR_STOP,
];

const INSERT: &str =
    "INSERT INTO workload (id, project_id, name, kind, state, state_since, sku_id, command, port, created_at,
    created_by, launch_operation_id, ssh_keys, price_microcents_per_hour)
    SELECT $1, $2, $3, $4, 'requested', $5, $6, $7, $8, $5, $9, $10, $11, price_microcents_per_hour FROM sku WHERE id = $6
    ON CONFLICT (id) DO NOTHING";
const PLACE: &str = "UPDATE workload SET node_id = $2, slot = $3, state = 'provisioning', state_since = $4
    WHERE id = $1 AND state IN ('requested', 'provisioning')";
const ALLOCATE: &str =
    "INSERT INTO allocation (workload_id, node_id, slot, created_at) VALUES ($1, $2, $3, $4)";
/// What kept its slot when it was stopped keeps nothing from now on: then it is History.
const LET_GO: &str = "UPDATE workload SET keeps_slot = 0,
    archived_at = CASE WHEN state = 'stopped' THEN COALESCE(archived_at, $2) ELSE archived_at END
    WHERE id = $1 AND keeps_slot = 1";
const KEEP_SLOT: &str = "UPDATE workload SET keeps_slot = 1 WHERE id = $1 AND ended_at IS NULL";
/// Nothing of the run before is said of this one.
const BEGIN_RUN: &str = "UPDATE workload SET run = $2, state = 'provisioning', state_since = $3,
    stop_requested_at = NULL, ready_at = NULL, ended_at = NULL, exit_code = NULL, exit_signal = NULL, failure = NULL,
    actionable_until = NULL, archived_at = NULL, report = NULL, report_at = NULL
    WHERE id = $1 AND run = $2 - 1 AND state IN ('stopped', 'finished', 'failed')";
const STOP_RUN: &str =
    "UPDATE workload SET state = 'stopped', state_since = $3, ended_at = $3, keeps_slot = 1
    WHERE id = $1 AND run = $2 AND ended_at IS NULL";
/// Also a lock: nobody starts it again in the transaction that finds it so.
const LET_GO_OF_ENDED: &str = "UPDATE workload SET keeps_slot = 0,
    archived_at = CASE WHEN state = 'stopped' THEN COALESCE(archived_at, $3) ELSE archived_at END
    WHERE id = $1 AND run = $2 AND state IN ('finished', 'failed', 'stopped')";
const FREE: &str = "DELETE FROM allocation WHERE workload_id = $1";
const ASK_TO_STOP: &str = "UPDATE workload SET stop_requested_at = COALESCE(stop_requested_at, $2),
    state = CASE WHEN state IN ('running', 'provisioning', 'paused') THEN 'stopping' ELSE state END,
    state_since = CASE WHEN state IN ('running', 'provisioning', 'paused') THEN $2 ELSE state_since END WHERE id = $1";
const CLEAR_STOP: &str = "UPDATE workload SET stop_requested_at = NULL, keeps_slot = 0,
    state = CASE WHEN state <> 'stopping' THEN state WHEN ready_at IS NULL THEN 'provisioning' ELSE 'running' END,
    state_since = CASE WHEN state = 'stopping' THEN $2 ELSE state_since END WHERE id = $1 AND ended_at IS NULL";
const RELEASE: &str =
    "UPDATE workload SET state = 'released', state_since = $2, archived_at = $2, actionable_until = NULL
    WHERE id = $1 AND state <> 'released'";
const FAIL_LAUNCH: &str = "UPDATE workload SET state = 'failed', state_since = $2, failure = COALESCE(failure, $3),
    ended_at = COALESCE(ended_at, $2), actionable_until = $4 WHERE id = $1 AND state NOT IN ('failed', 'finished', 'released', 'stopped')";
const FREE_SLOTS_OF_NODE: &str = "SELECT slot FROM allocation WHERE node_id = $1 ORDER BY slot";

/// A workload about to be made.
pub struct NewWorkload {
    pub id: WorkloadId,
    pub project: ProjectId,
    pub name: String,
    pub kind: WorkloadKind,
    pub sku: SkuId,
    pub command: Vec<String>,
    pub port: Option<u16>,
    pub created_by: String,
    pub launch_operation: OperationId,
    /// Public keys, as in `authorized_keys`.
    pub ssh_keys: Vec<String>,
}

/// Makes the workload of a launch; making it again changes nothing.
pub async fn insert(
    tx: &mut Tx,
    _: &SystemProof,
    new: &NewWorkload,
    now: Timestamp,
) -> Result<(), StoreError> {
    let list = |texts: &[String]| {
        serde_json::to_string(texts).map_err(|error| StoreError::corrupt(error.to_string()))
    };
    let (command, ssh_keys) = (list(&new.command)?, list(&new.ssh_keys)?);
    let values = args![
        &new.id,
        &new.project,
        &new.name,
        new.kind.key(),
        now,
        &new.sku,
        command,
        new.port.map(i64::from),
        &new.created_by,
        &new.launch_operation,
        ssh_keys,
    ];
    tx.execute(INSERT, values).await.map(|_| ())
}

/// Reserves a slot for a workload. A conflict when somebody else took it first.
pub async fn place(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    node: &NodeId,
    slot: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(ALLOCATE, args![id, node, slot, now]).await?;
    exactly_one(tx.execute(PLACE, args![id, node, slot, now]).await?)
}

/// The slots of a node that are held, in order.
pub async fn taken_slots(tx: &mut Tx, _: &SystemProof, node: &NodeId) -> Result<Vec<i64>, StoreError> {
    tx.rows(FREE_SLOTS_OF_NODE, args![node]).await?.iter().map(|row| row.int("slot")).collect()
}

/// Gives a workload's slot back; when it holds none, nothing happens.
pub async fn free_slot(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(LET_GO, args![id, now]).await?;
    tx.execute(FREE, args![id]).await.map(|_| ())
}

/// Gives the slot of a run that is over back, unless the workload is to run again by now.
pub async fn free_slot_of_ended(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    run: u32,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if tx.execute(LET_GO_OF_ENDED, args![id, run, now]).await? == 0 {
        return Ok(false);
    }
    tx.execute(FREE, args![id]).await.map(|_| true)
}

/// Begins the next run, once; false when it is not over, or in that run already.
pub async fn begin_run(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    run: u32,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(BEGIN_RUN, args![id, run, now]).await? == 1)
}

/// Ends a run that nobody saw end: it is stopped, and keeps its slot.
pub async fn stop_run(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    run: u32,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(STOP_RUN, args![id, run, now]).await? == 1)
}

/// When it ends its slot and its files stay its own, unless it has ended already.
pub async fn keep_slot(tx: &mut Tx, _: &SystemProof, id: &WorkloadId) -> Result<(), StoreError> {
    tx.execute(KEEP_SLOT, args![id]).await.map(|_| ())
}

/// Writes down that somebody wants it to end: an exit after this is no failure.
pub async fn ask_to_stop(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    now: Timestamp,
) -> Result<(), StoreError> {
    exactly_one(tx.execute(ASK_TO_STOP, args![id, now]).await?)
}

/// Takes that back, as long as it has not ended.
pub async fn no_longer_stop(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(CLEAR_STOP, args![id, now]).await.map(|_| ())
}

/// Gives it back for good: it is History from now on.
pub async fn release(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(RELEASE, args![id, now]).await? == 1)
}

/// Writes down that its launch did not work and that nothing of it is left, unless it ended in another way already.
pub async fn fail_launch(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    why: &str,
    actionable_until: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(FAIL_LAUNCH, args![id, now, why, actionable_until]).await? == 1)
}

#[cfg(test)]
mod tests {
    mod standing;

    use super::*;
    use crate::authz::system::for_worker;
    use crate::store::db::Db;
    use crate::store::testing::on_both;
    use crate::store::workload_reports::tests::placed;
    use read_models::workloads::WorkloadState;

    const NOW: Timestamp = Timestamp::from_micros(60);

    async fn state(db: &Db, id: &WorkloadId) -> WorkloadState {
        find_system(&mut &*db, &for_worker("test"), id).await.unwrap().state
    }

    #[tokio::test]
    async fn a_slot_is_held_by_one_workload_and_free_again_when_it_is_given_back() {
        on_both(async |db| {
            let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
            let (id, node) = placed(&mut tx).await;
            let found = find_system(&mut tx, &proof, &id).await.unwrap();
            let other = WorkloadId::from_uuid(&format!("{:032x}", 77));
            let new = NewWorkload {
                id: other.clone(),
                project: found.project,
                name: "other".to_owned(),
                kind: WorkloadKind::Slice,
                sku: found.sku,
                command: vec!["true".to_owned()],
                port: None,
                created_by: "test".to_owned(),
                launch_operation: found.launch_operation,
                ssh_keys: Vec::new(),
            };
            insert(&mut tx, &proof, &new, NOW).await.unwrap();
            insert(&mut tx, &proof, &new, NOW).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = db.begin().await.unwrap();
            let taken = place(&mut tx, &proof, &other, &node, 0, NOW).await;
            assert!(matches!(taken, Err(crate::store::db::StoreError::Conflict { .. })), "{taken:?}");
            drop(tx);
            let mut tx = db.begin().await.unwrap();
            free_slot(&mut tx, &proof, &id, NOW).await.unwrap();
            place(&mut tx, &proof, &other, &node, 0, NOW).await.unwrap();
            assert_eq!(taken_slots(&mut tx, &proof, &node).await.unwrap(), [0]);
        })
        .await;
    }

    #[tokio::test]
    async fn who_is_no_longer_asked_to_stop_is_what_it_was_before() {
        on_both(async |db| {
            let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
            let (id, _) = placed(&mut tx).await;
            ask_to_stop(&mut tx, &proof, &id, NOW).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(state(&db, &id).await, WorkloadState::Stopping);
            let mut tx = db.begin().await.unwrap();
            no_longer_stop(&mut tx, &proof, &id, NOW).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(state(&db, &id).await, WorkloadState::Provisioning, "it was never ready");
        })
        .await;
    }
}
