//! Locks of operations: taken all at once, in order of asking; a release wakes who waits.

use super::leases::fence;
use crate::args;
use crate::authz::SystemProof;
use crate::store::db::{Db, Row, StoreError, Tx};
use crate::store::standstill;
use operations::{Lock, LockAnswer, LockEntry, LockMode, blocking};
use read_models::ids::OperationId;
use read_models::time::Timestamp;

pub(crate) const SQL: &[&str] = &[GATE, QUEUE, ENTRIES, HOLD, WAITERS, FORGET, WAKE_WAITER];

const GATE: &str = "UPDATE lock_gate SET turns = turns + 1 WHERE id = 1";
const QUEUE: &str = "INSERT INTO operation_lock (operation_id, resource, mode, held) VALUES ($1, $2, $3, 0)
    ON CONFLICT (operation_id, resource) DO NOTHING";
const ENTRIES: &str = "SELECT operation_id, resource, mode, held FROM operation_lock WHERE resource = $1";
const HOLD: &str = "UPDATE operation_lock SET held = 1 WHERE operation_id = $1";
const WAITERS: &str = "SELECT DISTINCT waiting.operation_id AS operation_id FROM operation_lock waiting
    JOIN operation_lock mine ON mine.resource = waiting.resource AND mine.operation_id = $1
    WHERE waiting.operation_id <> $1 AND waiting.held = 0 ORDER BY waiting.operation_id";
const FORGET: &str = "DELETE FROM operation_lock WHERE operation_id = $1";
const WAKE_WAITER: &str =
    "UPDATE operation SET wake_at = $1, woken = 1 WHERE id = $2 AND finished_at IS NULL";

/// Takes all locks of an operation, or queues for them and says who is in the way. Refused under an old fencing token: a
/// worker that slept through the operation's end would take locks that nobody gives back.
///
/// While nothing may begin, what can be held back at this time queues for nothing: what nothing holds back must be able to
/// pass it.
pub async fn take_locks(
    db: &Db,
    proof: &SystemProof,
    id: &OperationId,
    fencing_token: i64,
    wanted: &[Lock],
    held_back_at: Option<Timestamp>,
) -> Result<LockAnswer, StoreError> {
    let mut tx = db.begin().await?;
    pass_gate(&mut tx).await?;
    let frozen = match held_back_at {
        Some(now) => standstill::find_for_good(&mut tx, proof).await?.map(|frozen| (frozen, now)),
        None => None,
    };
    fence(&mut tx, proof, id.as_str(), fencing_token).await?;
    if let Some((frozen, now)) = frozen {
        release(&mut tx, id, now).await?;
        tx.commit().await?;
        return Ok(LockAnswer::HeldBack(frozen.hold()));
    }
    let mut entries = Vec::new();
    for lock in wanted {
        tx.execute(QUEUE, args![id, &lock.resource, mode_word(lock.mode)]).await?;
        for row in tx.rows(ENTRIES, args![&lock.resource]).await? {
            entries.push(entry(&row)?);
        }
    }
    let answer = match blocking(id.as_str(), wanted, &entries) {
        None => {
            tx.execute(HOLD, args![id]).await?;
            LockAnswer::Taken
        }
        Some(other) => LockAnswer::Busy {
            on: format!("another operation to release {}", other.lock.resource),
            operation: Some(other.operation.clone()),
        },
    };
    tx.commit().await?;
    Ok(answer)
}

/// Makes everybody who takes or releases locks wait in line.
pub(super) async fn pass_gate(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute(GATE, args![]).await.map(|_| ())
}

/// Gives back the locks of an operation and wakes who waits for them.
pub(super) async fn release(tx: &mut Tx, id: &OperationId, now: Timestamp) -> Result<(), StoreError> {
    for row in tx.rows(WAITERS, args![id]).await? {
        tx.execute(WAKE_WAITER, args![now, row.text("operation_id")?]).await?;
    }
    tx.execute(FORGET, args![id]).await.map(|_| ())
}

fn entry(row: &Row) -> Result<LockEntry, StoreError> {
    let mode = row.word("mode", |word| match word {
        "shared" => Some(LockMode::Shared),
        "exclusive" => Some(LockMode::Exclusive),
        _ => None,
    })?;
    let lock = Lock { resource: row.text("resource")?, mode };
    Ok(LockEntry { operation: row.text("operation_id")?, lock, held: row.flag("held")? })
}

const fn mode_word(mode: LockMode) -> &'static str {
    match mode {
        LockMode::Shared => "shared",
        LockMode::Exclusive => "exclusive",
    }
}
