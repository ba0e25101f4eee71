//! Taking note of what ended badly, and filing it under History: what people say, beside what is so.

use crate::args;
use crate::authz::SystemProof;
use crate::store::db::{StoreError, Tx};
use read_models::ids::WorkloadId;
use read_models::time::Timestamp;

use super::Acknowledged;

pub(crate) const SQL: &[&str] = &[ACKNOWLEDGE, NO_LONGER_ACKNOWLEDGE, ARCHIVE, NO_LONGER_ARCHIVE];

const ACKNOWLEDGE: &str = "UPDATE workload SET acknowledged_at = $2, acknowledged_until = $3,
    acknowledged_reason = $4, actionable_until = $5
    WHERE id = $1 AND state IN ('failed', 'finished') AND archived_at IS NULL";
const NO_LONGER_ACKNOWLEDGE: &str = "UPDATE workload SET acknowledged_at = NULL, acknowledged_until = NULL,
    acknowledged_reason = NULL, actionable_until = $2 WHERE id = $1 AND acknowledged_at IS NOT NULL";
const ARCHIVE: &str = "UPDATE workload SET archived_at = $2
    WHERE id = $1 AND state IN ('failed', 'finished', 'stopped')";
const NO_LONGER_ARCHIVE: &str = "UPDATE workload SET archived_at = NULL
    WHERE id = $1 AND state IN ('failed', 'finished', 'stopped')";

/// Leaves it alone for a while; false when nothing about it needs anybody any more. It stays actionable for as long as
/// is said, so that it can come back.
pub async fn acknowledge(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    said: &Acknowledged,
    actionable_until: Timestamp,
) -> Result<bool, StoreError> {
    let values = args![id, said.at, said.until, &said.reason, actionable_until];
    Ok(tx.execute(ACKNOWLEDGE, values).await? == 1)
}

/// Takes back what was said.
pub async fn no_longer_acknowledge(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    actionable_until: Option<Timestamp>,
) -> Result<(), StoreError> {
    tx.execute(NO_LONGER_ACKNOWLEDGE, args![id, actionable_until]).await.map(|_| ())
}

/// Files it under History; false when it is not over.
pub async fn archive(
    tx: &mut Tx,
    _: &SystemProof,
    id: &WorkloadId,
    at: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.execute(ARCHIVE, args![id, at]).await? == 1)
}

/// Takes it out of History, unless it was released.
pub async fn no_longer_archive(tx: &mut Tx, _: &SystemProof, id: &WorkloadId) -> Result<(), StoreError> {
    tx.execute(NO_LONGER_ARCHIVE, args![id]).await.map(|_| ())
}
