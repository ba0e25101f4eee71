//! What the steps of a launch do and how it is seen: the slot, the order to the agent, the way back.

use super::super::super::world::{World, commit, operation_of, surely_nothing};
use super::super::starting::{self, give_up, order_start, take_a_slot};
use super::super::telling::tell;
use super::Order;
use crate::store::db::StoreError;
use crate::store::operations as stored_operations;
use crate::store::skus::{self, Placement};
use crate::store::workloads::{self, NewWorkload, WorkloadRecord};
use operations::{Attempt, Performed, Trouble};
use read_models::ids::{OperationId, WorkloadId};
use read_models::workloads::WorkloadKind;
use serde_json::json;

/// The workload of a launch has the digits of its operation: made again it is the same one.
fn workload_of(operation: &str) -> Result<WorkloadId, StoreError> {
    let id = OperationId::parse(operation).map_err(|error| StoreError::corrupt(error.to_string()))?;
    Ok(WorkloadId::from_uuid(id.digits()))
}

pub(super) async fn of_launch(world: &World, attempt: &Attempt) -> Result<WorkloadRecord, StoreError> {
    workloads::find_system(&mut &world.db, &world.proof, &workload_of(&attempt.operation)?).await
}

/// Makes the workload and takes the first free slot. Losing a slot to another launch is tried again.
pub(super) async fn reserve(world: &World, attempt: &Attempt, order: &Order) -> Result<Performed, Trouble> {
    let id = workload_of(&attempt.operation).map_err(surely_nothing)?;
    let operation = operation_of(attempt)?;
    let mut tx = world.effect(attempt).await?;
    let now = world.now();
    let named = workloads::active_named(&mut tx, &world.proof, &order.project, &order.name).await;
    if named.map_err(surely_nothing)?.is_some_and(|other| other != id) {
        return Err(Trouble::Refused(format!("A workload named {} is active by now.", order.name)));
    }
    let requested_by = stored_operations::find_system(&mut tx, &world.proof, &operation).await;
    let sku = skus::find(&mut tx, &world.proof, &order.sku).await.map_err(surely_nothing)?;
    let new = NewWorkload {
        id: id.clone(),
        project: order.project.clone(),
        name: order.name.clone(),
        kind: match sku.placement {
            Placement::Slice => WorkloadKind::Slice,
            Placement::BareMetal => WorkloadKind::BareMetal,
        },
        sku: order.sku.clone(),
        command: order.command.clone(),
        port: order.port,
        created_by: requested_by.map_err(surely_nothing)?.requested_by,
        launch_operation: operation,
        ssh_keys: order.ssh_keys.clone(),
    };
    workloads::insert(&mut tx, &world.proof, &new, now).await.map_err(surely_nothing)?;
    if workloads::holds_slot(&mut tx, &world.proof, &id).await.map_err(surely_nothing)? {
        return Ok(Performed::Acknowledged("A slot is held already.".to_owned()));
    }
    let Some(slot) = take_a_slot(world, &mut tx, (&id, &sku)).await? else {
        return Err(Trouble::Retry("No node has room for it.".to_owned()));
    };
    let workload = workloads::find_system(&mut tx, &world.proof, &id).await.map_err(surely_nothing)?;
    let placed = format!("{} is being provisioned.", order.name);
    let body = json!({ "state": "provisioning", "slot": slot });
    tell(world, &mut tx, attempt, &workload, (placed, body)).await.map_err(surely_nothing)?;
    commit(tx).await?;
    Ok(Performed::Acknowledged(format!("Slot {slot} is reserved.")))
}

pub(super) async fn start(world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
    let workload = of_launch(world, attempt).await.map_err(surely_nothing)?;
    order_start(world, attempt, &workload).await
}

/// Kills it, then removes it from its node: the agent gives the slot back only when nothing runs in it.
pub(super) async fn take_down(world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
    match of_launch(world, attempt).await {
        Ok(workload) => starting::take_down(world, attempt, &workload).await,
        Err(StoreError::NotFound) => Ok(Performed::Acknowledged("It was never made.".to_owned())),
        Err(error) => Err(surely_nothing(error)),
    }
}

pub(super) async fn give_back(world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
    match of_launch(world, attempt).await {
        Ok(workload) => give_up(world, attempt, &workload, "its launch did not work").await,
        Err(StoreError::NotFound) => Ok(Performed::Acknowledged("It was never made.".to_owned())),
        Err(error) => Err(surely_nothing(error)),
    }
}
