//! Operations that were asked for. A worker writes under its fencing token only; whoever lost the lease changes nothing.

pub(crate) mod leases;
pub(crate) mod locks;
pub(crate) mod reading;

pub use leases::{
    Leased, Rested, commit, fence, hand_back, lease_due, lease_now_for_decision, wake, wake_for_target,
    wake_for_workload,
};
pub use locks::take_locks;
pub use reading::{
    StoredOperation, asking, asking_count, by_key, durations, find, find_system, handed_and_over, handed_to,
    list, newest_of_kind, newest_of_operation, newest_of_target, open_of_kind, running_count, stuck_after,
};

use super::db::{StoreError, Tx};
use crate::args;
use crate::authz::{Action, Principal};
use operations::{Lock, OperationRecord};
use read_models::ids::{OperationId, ProjectId, UserId};
use read_models::operation::Target;
use read_models::time::Timestamp;
use serde_json::Value;

pub(crate) const SQL: &[&str] = &[ACCEPT];

const ACCEPT: &str =
    "INSERT INTO operation (id, operation, target_kind, target_id, project_id, input, plan_hash, user_id,
    requested_by, requested_at, accepted_at, idempotency_key, request_hash, state, state_since, locks, record,
    lease_until, fencing_token, wake_at, woken)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, $10, $14, $15, 0, 0, $10, 0)";

/// An operation about to be accepted.
pub struct NewOperation<'a> {
    pub id: OperationId,
    pub target: Target,
    pub project: Option<ProjectId>,
    pub input: Value,
    pub plan_hash: String,
    pub by: &'a Principal,
    pub idempotency_key: String,
    /// What the key stands for; the same key for something else is refused.
    pub request_hash: String,
    pub locks: Vec<Lock>,
    pub record: OperationRecord,
    pub now: Timestamp,
}

/// Who asked, and that they may: made by `console`, which knows the operation's permission.
#[derive(Debug, Clone)]
pub struct MayStart {
    user: UserId,
    name: String,
}

impl MayStart {
    /// From a principal the policy was asked about.
    pub fn checked(
        by: &Principal,
        allowed: Result<(), crate::authz::Denied>,
    ) -> Result<Self, crate::authz::Denied> {
        allowed.map(|()| Self { user: by.user_id.clone(), name: by.audit_name() })
    }

    /// Which action an operation of a danger needs.
    pub const fn action_for(danger: operations::Danger) -> Action {
        match danger {
            operations::Danger::Safe | operations::Danger::Disruptive => Action::Operate,
            operations::Danger::Destructive => Action::Destroy,
        }
    }
}

/// Accepts an operation: from here on it is durably ours. A second one under the same key is a conflict.
pub async fn accept(tx: &mut Tx, may: &MayStart, new: &NewOperation<'_>) -> Result<(), StoreError> {
    let locks = serde_json::to_string(&new.locks).map_err(|error| StoreError::corrupt(error.to_string()))?;
    let record =
        serde_json::to_string(&new.record).map_err(|error| StoreError::corrupt(error.to_string()))?;
    let values = args![
        &new.id,
        &new.record.operation,
        new.target.kind.word(),
        &new.target.id,
        &new.project,
        new.input.to_string(),
        &new.plan_hash,
        &may.user,
        &may.name,
        new.now,
        &new.idempotency_key,
        &new.request_hash,
        "queued",
        locks,
        record,
    ];
    tx.execute(ACCEPT, values).await.map(|_| ())
}

#[cfg(test)]
mod tests;
