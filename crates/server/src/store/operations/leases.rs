//! Leases: who works on an operation, until when, and under which fencing token.

use super::locks;
use crate::args;
use crate::authz::SystemProof;
use crate::clock::Clock;
use crate::store::db::{Db, Row, StoreError, Tx};
use crate::store::dialect;
use operations::{Lock, OperationRecord, OperationState};
use read_models::ids::{NodeId, OperationId, ProjectId, WorkloadId};
use read_models::time::Timestamp;
use std::time::Duration;

pub(crate) const SQL: &[&str] =
    &[FENCE, DUE, LEASE_DUE, LEASE_ANY, LEASED, COMMIT, REST, HAND_BACK, WAKE, WAKE_TARGET, WAKE_WORKLOAD];

/// Touches the row, so that on `PostgreSQL` whoever takes the lease over waits for this transaction.
const FENCE: &str =
    "UPDATE operation SET fencing_token = fencing_token WHERE id = $1 AND ($2 = -1 OR fencing_token = $2)";
const DUE: &str = "SELECT id FROM operation WHERE wake_at IS NOT NULL AND wake_at <= $1 AND lease_until < $2
    ORDER BY wake_at LIMIT $3";
const LEASE_DUE: &str =
    "UPDATE operation SET lease_owner = $1, lease_until = $2, fencing_token = fencing_token + 1, woken = 0
    WHERE id = $3 AND lease_until < $4 AND wake_at IS NOT NULL AND wake_at <= $5";
const LEASE_ANY: &str =
    "UPDATE operation SET lease_owner = $1, lease_until = $2, fencing_token = fencing_token + 1, woken = 0
    WHERE id = $3 AND lease_until < $4 AND finished_at IS NULL";
const LEASED: &str = "SELECT record, locks, fencing_token, project_id, requested_by, target_kind, target_id
    FROM operation WHERE id = $1";
/// With a token of -1 the fence is open: only the fault that shows what it is for does that.
const COMMIT: &str = "UPDATE operation SET record = $1, state = $2,
    state_since = CASE WHEN state = $2 THEN state_since ELSE $3 END,
    waiting_on = $4, attention = $5, attention_since = $6, finished_at = $7, lease_until = $8
    WHERE id = $9 AND ($10 = -1 OR fencing_token = $10)";
const REST: &str = "UPDATE operation SET lease_owner = NULL, lease_until = 0,
    wake_at = CASE WHEN woken = 1 AND finished_at IS NULL THEN CAST($1 AS BIGINT) ELSE CAST($2 AS BIGINT) END
    WHERE id = $3 AND ($4 = -1 OR fencing_token = $4)";
const HAND_BACK: &str = "UPDATE operation SET lease_owner = NULL, lease_until = 0, wake_at = $1
    WHERE lease_owner = $2 AND finished_at IS NULL";
const WAKE: &str = "UPDATE operation SET wake_at = $1, woken = 1 WHERE id = $2 AND finished_at IS NULL";
const WAKE_TARGET: &str = "UPDATE operation SET wake_at = $1, woken = 1
    WHERE target_kind = $2 AND target_id = $3 AND finished_at IS NULL";
const WAKE_WORKLOAD: &str = "UPDATE operation SET wake_at = $1, woken = 1 WHERE finished_at IS NULL AND (
    (target_kind = 'workload' AND target_id = $2) OR (target_kind = 'node' AND target_id = $3)
    OR id IN (SELECT launch_operation_id FROM workload WHERE id = $2))";

/// An operation a worker has.
#[derive(Debug)]
pub struct Leased {
    pub record: OperationRecord,
    pub locks: Vec<Lock>,
    pub fencing_token: i64,
    pub project: Option<ProjectId>,
    pub requested_by: String,
    pub resource: String,
}

/// How an operation rests after a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rested {
    /// The worker goes on; its lease is renewed until then.
    GoesOn { lease: Duration },
    /// Until then, or until woken.
    Parked { until: Option<Timestamp> },
    /// For good: its locks are given back and whoever waits for them is woken.
    Over,
}

/// Leases operations that are due, at most `limit`.
pub async fn lease_due(
    db: &Db,
    _: &SystemProof,
    owner: &str,
    lease: Duration,
    clock: &dyn Clock,
    limit: i64,
) -> Result<Vec<(OperationId, Leased)>, StoreError> {
    let now = clock.now();
    // What others work on is left out here already, or as many of those as `limit` would hide what is due behind them.
    let due = db.rows(DUE, args![now, dialect::lease_now_outside(db, clock).await?, limit]).await?;
    let mut taken = Vec::new();
    for row in &due {
        let id: OperationId = row.id("id")?;
        let mut tx = db.begin().await?;
        let lease_now = dialect::lease_now(&mut tx, clock).await?;
        if tx.execute(LEASE_DUE, args![owner, lease_now.plus(lease), &id, lease_now, now]).await? == 1 {
            let leased = leased(&tx.row(LEASED, args![&id]).await?.ok_or(StoreError::NotFound)?)?;
            tx.commit().await?;
            taken.push((id, leased));
        }
    }
    Ok(taken)
}

/// Leases one operation that is not over, due or not, to write a person's decision into it. None while a worker has it.
pub async fn lease_now_for_decision(
    db: &Db,
    owner: &str,
    lease: Duration,
    clock: &dyn Clock,
    id: &OperationId,
) -> Result<Option<Leased>, StoreError> {
    let mut tx = db.begin().await?;
    let now = dialect::lease_now(&mut tx, clock).await?;
    if tx.execute(LEASE_ANY, args![owner, now.plus(lease), id, now]).await? == 0 {
        return Ok(None);
    }
    let leased = leased(&tx.row(LEASED, args![id]).await?.ok_or(StoreError::NotFound)?)?;
    tx.commit().await?;
    Ok(Some(leased))
}

/// Writes the record down under the fencing token. [`StoreError::LeaseLost`] when somebody else has the lease by now.
pub async fn commit(
    tx: &mut Tx,
    id: &OperationId,
    record: &OperationRecord,
    fencing_token: i64,
    rested: Rested,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    if rested == Rested::Over {
        // Before the operation's own row: everybody takes the gate first, so that nobody waits in a circle.
        locks::pass_gate(tx).await?;
    }
    let now = clock.now();
    let lease_until = match rested {
        Rested::GoesOn { lease } => dialect::lease_now(tx, clock).await?.plus(lease),
        Rested::Parked { .. } | Rested::Over => Timestamp::from_micros(0),
    };
    let text = serde_json::to_string(record).map_err(|error| StoreError::corrupt(error.to_string()))?;
    let values = args![
        text,
        state_word(record.state),
        now,
        record.waiting.as_ref().map(|waiting| waiting.on.clone()),
        record.attention.as_ref().map(|attention| attention.sentence.clone()),
        record.attention.as_ref().map(|attention| attention.since),
        record.finished_at,
        lease_until,
        id,
        fencing_token,
    ];
    lost_unless_one(tx.execute(COMMIT, values).await?)?;
    let wake_at = match rested {
        Rested::GoesOn { .. } => return Ok(()),
        Rested::Parked { until } => until,
        Rested::Over => None,
    };
    lost_unless_one(tx.execute(REST, args![now, wake_at, id, fencing_token]).await?)?;
    if rested == Rested::Over {
        locks::release(tx, id, now).await?;
    }
    Ok(())
}

/// Begins an effect in the database: refused when somebody else has the lease by now.
pub async fn fence(tx: &mut Tx, _: &SystemProof, id: &str, fencing_token: i64) -> Result<(), StoreError> {
    lost_unless_one(tx.execute(FENCE, args![id, fencing_token]).await?)
}

/// Gives back every lease of a server that shuts down, so that nobody waits for them to run out.
pub async fn hand_back(db: &Db, _: &SystemProof, owner: &str, now: Timestamp) -> Result<u64, StoreError> {
    db.execute(HAND_BACK, args![now, owner]).await
}

/// Something happened that an operation may wait for.
pub async fn wake(tx: &mut Tx, _: &SystemProof, id: &OperationId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(WAKE, args![now, id]).await.map(|_| ())
}

/// Something happened to a target that its operations may wait for.
pub async fn wake_for_target(
    tx: &mut Tx,
    _: &SystemProof,
    kind: &str,
    id: impl AsRef<str> + Send,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(WAKE_TARGET, args![now, kind, id.as_ref()]).await.map(|_| ())
}

/// Something happened to a workload that operations on it, on its node, or its launch may wait for.
pub async fn wake_for_workload(
    tx: &mut Tx,
    _: &SystemProof,
    workload: &WorkloadId,
    node: Option<&NodeId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(WAKE_WORKLOAD, args![now, workload, node.map_or("", NodeId::as_str)]).await.map(|_| ())
}

fn leased(row: &Row) -> Result<Leased, StoreError> {
    Ok(Leased {
        record: row.json("record")?,
        locks: row.json("locks")?,
        fencing_token: row.int("fencing_token")?,
        project: row.opt_id("project_id")?,
        requested_by: row.text("requested_by")?,
        resource: format!("{}:{}", row.text("target_kind")?, row.text("target_id")?),
    })
}

fn lost_unless_one(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

const fn state_word(state: OperationState) -> &'static str {
    match state {
        OperationState::Planned => "planned",
        OperationState::Queued => "queued",
        OperationState::Running => "running",
        OperationState::Succeeded => "succeeded",
        OperationState::Failed => "failed",
        OperationState::Stuck => "stuck",
        OperationState::Cancelled => "cancelled",
    }
}
