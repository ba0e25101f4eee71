//! What needs an operator and somebody has acknowledged: left alone until then, or until it is another item.

use read_models::ids::OperationId;
use read_models::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::{Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[GOOD, OF_OPERATION, KEEP, WITHDRAW, WITHDRAW_ALL_OF, FORGET];

const GOOD: &str = "SELECT item, item_since, reason, acknowledged_by, acknowledged_at, until, operation_id
    FROM acknowledgement WHERE until > $1 ORDER BY item";
const OF_OPERATION: &str =
    "SELECT item, item_since, reason, acknowledged_by, acknowledged_at, until, operation_id
    FROM acknowledgement WHERE operation_id = $1 ORDER BY item";
const KEEP: &str = "INSERT INTO acknowledgement
    (item, item_since, reason, acknowledged_by, acknowledged_at, until, operation_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (item) DO UPDATE SET item_since = excluded.item_since, reason = excluded.reason,
    acknowledged_by = excluded.acknowledged_by, acknowledged_at = excluded.acknowledged_at, until = excluded.until,
    operation_id = excluded.operation_id";
const WITHDRAW: &str = "DELETE FROM acknowledgement WHERE item = $1";
const WITHDRAW_ALL_OF: &str = "DELETE FROM acknowledgement WHERE operation_id = $1";
const FORGET: &str = "DELETE FROM acknowledgement WHERE until <= $1";

/// Somebody knows of an item, and it may be left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// The item's key.
    pub item: String,
    /// Since when it needed action; when that is another time, it is another item.
    pub item_since: Timestamp,
    pub reason: String,
    pub by: String,
    pub at: Timestamp,
    pub until: Timestamp,
    /// The operation that wrote it down.
    pub operation: OperationId,
}

/// Those that have not expired.
pub async fn good(
    from: &mut impl Reader,
    _: &SystemProof,
    now: Timestamp,
) -> Result<Vec<Acknowledgement>, StoreError> {
    from.rows(GOOD, args![now]).await?.iter().map(acknowledgement).collect()
}

/// Those that an operation wrote down and nothing has replaced since.
pub async fn of_operation(
    from: &mut impl Reader,
    _: &SystemProof,
    operation: &OperationId,
) -> Result<Vec<Acknowledgement>, StoreError> {
    from.rows(OF_OPERATION, args![operation]).await?.iter().map(acknowledgement).collect()
}

/// Writes one down, in place of an older one of the same item.
pub async fn keep(tx: &mut Tx, _: &SystemProof, new: &Acknowledgement) -> Result<(), StoreError> {
    let values = args![&new.item, new.item_since, &new.reason, &new.by, new.at, new.until, &new.operation];
    tx.execute(KEEP, values).await.map(|_| ())
}

/// Takes one back; nothing happens when there is none.
pub async fn withdraw(tx: &mut Tx, _: &SystemProof, item: &str) -> Result<(), StoreError> {
    tx.execute(WITHDRAW, args![item]).await.map(|_| ())
}

/// Takes back what an operation wrote down.
pub async fn withdraw_all_of(
    tx: &mut Tx,
    _: &SystemProof,
    operation: &OperationId,
) -> Result<(), StoreError> {
    tx.execute(WITHDRAW_ALL_OF, args![operation]).await.map(|_| ())
}

/// Forgets those that have expired.
pub async fn forget_expired(tx: &mut Tx, _: &SystemProof, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(FORGET, args![now]).await.map(|_| ())
}

fn acknowledgement(row: &Row) -> Result<Acknowledgement, StoreError> {
    Ok(Acknowledgement {
        item: row.text("item")?,
        item_since: row.timestamp("item_since")?,
        reason: row.text("reason")?,
        by: row.text("acknowledged_by")?,
        at: row.timestamp("acknowledged_at")?,
        until: row.timestamp("until")?,
        operation: row.id("operation_id")?,
    })
}
