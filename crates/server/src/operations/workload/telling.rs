//! What a step did to a workload, told in the feed of its project.

use super::super::world::World;
use crate::store::db::{StoreError, Tx};
use crate::store::events::{self, NewEvent};
use crate::store::workloads::WorkloadRecord;
use operations::Attempt;
use read_models::ids::OperationId;
use serde_json::Value;

/// Tells it in the transaction that makes it so: a sentence, and the same for machines.
pub(super) async fn tell(
    world: &World,
    tx: &mut Tx,
    attempt: &Attempt,
    workload: &WorkloadRecord,
    (sentence, body): (String, Value),
) -> Result<(), StoreError> {
    let event = NewEvent {
        at: world.now(),
        kind: "workload.state",
        actor: world.proof.who(),
        sentence,
        operation: OperationId::parse(&attempt.operation).ok(),
        step: Some(attempt.step),
        project: Some(workload.project.clone()),
        resource: Some(format!("workload:{}", workload.id)),
        body,
    };
    events::append(tx, &*world.ids, event).await
}
