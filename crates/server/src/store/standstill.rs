//! Whether nothing begins anywhere, since when, by whom and why. One row that is always there.

use operations::{Hold, HoldKind};
use read_models::ids::OperationId;
use read_models::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::{Reader, StoreError, Tx};
use super::dialect;
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[FIND, BEGIN, LIFT, WAKE_ALL];

const FIND: &str = "SELECT operation_id, reason, begun_by, since FROM standstill WHERE since IS NOT NULL";
const BEGIN: &str =
    "UPDATE standstill SET operation_id = $1, reason = $2, begun_by = $3, since = $4 WHERE id = 1";
const LIFT: &str =
    "UPDATE standstill SET operation_id = NULL, reason = NULL, begun_by = NULL, since = NULL WHERE id = 1";
/// Whatever was held back looks again; what waits for something else waits on.
const WAKE_ALL: &str = "UPDATE operation SET wake_at = $1, woken = 1 WHERE finished_at IS NULL";

/// Nothing begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standstill {
    /// The operation that froze the platform.
    pub operation: OperationId,
    pub reason: String,
    pub by: String,
    pub since: Timestamp,
}

impl Standstill {
    /// What it does to everything that would begin.
    pub fn hold(&self) -> Hold {
        let on = format!("the platform to be unfrozen; it is frozen because: {}", self.reason);
        Hold { kind: HoldKind::Standstill, on, until: None }
    }
}

/// How it is at this moment: for showing, not for deciding.
pub async fn find(from: &mut impl Reader, _: &SystemProof) -> Result<Option<Standstill>, StoreError> {
    let Some(row) = from.row(FIND, args![]).await? else { return Ok(None) };
    Ok(Some(Standstill {
        operation: row.id("operation_id")?,
        reason: row.text("reason")?,
        by: row.text("begun_by")?,
        since: row.timestamp("since")?,
    }))
}

/// How it is, and stays until this transaction ends. Asked first in it, before any other row is written, so that nobody waits
/// in a circle.
pub async fn find_for_good(tx: &mut Tx, proof: &SystemProof) -> Result<Option<Standstill>, StoreError> {
    dialect::keep_standstill(tx).await?;
    find(tx, proof).await
}

/// From here on nothing begins.
pub async fn begin(tx: &mut Tx, _: &SystemProof, new: &Standstill) -> Result<(), StoreError> {
    tx.execute(BEGIN, args![&new.operation, &new.reason, &new.by, new.since]).await.map(|_| ())
}

/// Operations begin again, and those that were held back are woken.
pub async fn lift(tx: &mut Tx, _: &SystemProof, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(LIFT, args![]).await?;
    tx.execute(WAKE_ALL, args![now]).await.map(|_| ())
}
