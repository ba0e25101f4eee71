//! What the steps of a launch do and how it is seen: the slot, the order to the agent, the way back.

use super::super::super::asking::ask;
use super::super::super::stopping::{has_ended, node_protocol_id};
use super::super::super::world::{World, commit, surely_nothing};
use super::Order;
use crate::facts::free_slots;
use crate::store::db::StoreError;
use crate::store::events::{self, NewEvent};
use crate::store::operations as stored_operations;
use crate::store::workloads::{self, NewWorkload, WorkloadRecord};
use node_protocol::{CommandBody, Limits, StopSignal, WorkloadSpec};
use operations::{Attempt, Observation, Performed, StepState, Trouble};
use read_models::ids::{OperationId, WorkloadId};
use read_models::workloads::{WorkloadKind, WorkloadState};
use serde_json::json;
use std::time::Duration;

/// How long a failed launch stays on the default view.
const ACTIONABLE: Duration = Duration::from_hours(24);
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(2);

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
    let operation =
        OperationId::parse(&attempt.operation).map_err(|error| Trouble::Refused(error.to_string()))?;
    let mut tx = world.effect(attempt).await?;
    let now = world.now();
    let named = workloads::active_named(&mut tx, &world.proof, &order.project, &order.name).await;
    if named.map_err(surely_nothing)?.is_some_and(|other| other != id) {
        return Err(Trouble::Refused(format!("A workload named {} is active by now.", order.name)));
    }
    let requested_by = stored_operations::find_system(&mut tx, &world.proof, &operation).await;
    let new = NewWorkload {
        id: id.clone(),
        project: order.project.clone(),
        name: order.name.clone(),
        kind: WorkloadKind::Slice,
        sku: order.sku.clone(),
        command: order.command.clone(),
        port: order.port,
        created_by: requested_by.map_err(surely_nothing)?.requested_by,
        launch_operation: operation.clone(),
    };
    workloads::insert(&mut tx, &world.proof, &new, now).await.map_err(surely_nothing)?;
    if workloads::holds_slot(&mut tx, &world.proof, &id).await.map_err(surely_nothing)? {
        return Ok(Performed::Acknowledged("A slot is held already.".to_owned()));
    }
    let placement = free_slots(&mut tx, &world.proof).await.map_err(surely_nothing)?;
    for (node, total, _) in &placement.nodes {
        let taken = workloads::taken_slots(&mut tx, &world.proof, node).await.map_err(surely_nothing)?;
        let Some(slot) = (0..*total).find(|slot| !taken.contains(slot)) else { continue };
        workloads::place(&mut tx, &world.proof, &id, node, slot, now).await.map_err(surely_nothing)?;
        let event = NewEvent {
            at: now,
            kind: "workload.state",
            actor: world.proof.who(),
            sentence: format!("{} is being provisioned.", order.name),
            operation: Some(operation),
            step: Some(attempt.step),
            project: Some(order.project.clone()),
            resource: Some(format!("workload:{id}")),
            body: json!({ "state": "provisioning", "slot": slot }),
        };
        events::append(&mut tx, &*world.ids, event).await.map_err(surely_nothing)?;
        commit(tx).await?;
        return Ok(Performed::Acknowledged(format!("Slot {slot} is reserved.")));
    }
    Err(Trouble::Retry("No slot is free.".to_owned()))
}

pub(super) async fn start(world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
    let workload = of_launch(world, attempt).await.map_err(surely_nothing)?;
    let (Some(node), Some(slot)) = (&workload.node, workload.slot) else {
        return Err(Trouble::Refused("It holds no slot.".to_owned()));
    };
    let spec = WorkloadSpec {
        workload_id: node_protocol_id(&workload.id)?,
        name: workload.name.clone(),
        command: workload.command.clone(),
        slot: u32::try_from(slot).unwrap_or(u32::MAX),
        port: workload.port,
        env: Vec::new(),
        limits: Limits {
            memory_bytes: u64::try_from(workload.sku_memory_bytes).ok(),
            cpus: u32::try_from(workload.sku_cpus).ok(),
            max_processes: Some(512),
            max_open_files: Some(4096),
            log_bytes: None,
        },
    };
    ask(world, attempt, "start", node, CommandBody::StartWorkload(spec)).await
}

pub(super) fn ready(workload: &WorkloadRecord, port: Option<u16>) -> Observation {
    let evidence = json!(workload.report);
    match (workload.state, port) {
        (WorkloadState::Running, Some(port)) => {
            Observation::seen(format!("It runs and port {port} answers."), evidence)
        }
        (WorkloadState::Running, None) => Observation::seen("It runs.", evidence),
        (WorkloadState::Finished, _) if workload.exit_code == Some(0) => {
            Observation::seen("It ran and has already ended with exit code 0.", evidence)
        }
        (WorkloadState::Requested | WorkloadState::Provisioning | WorkloadState::Paused, Some(port)) => {
            Observation::not_yet(format!("It runs; port {port} does not answer yet."), LOOK_AGAIN)
        }
        (WorkloadState::Requested | WorkloadState::Provisioning | WorkloadState::Paused, None) => {
            Observation::not_yet("It is not reported as running yet.", LOOK_AGAIN)
        }
        (WorkloadState::Finished | WorkloadState::Failed, _) => {
            let why = workload.failure.clone().unwrap_or_else(|| "it ended".to_owned());
            Observation::Contrary(format!("It ended before it was ready: {why}."))
        }
        (WorkloadState::Stopping | WorkloadState::Stopped | WorkloadState::Released, _) => {
            Observation::Contrary("Somebody stopped it before it was ready.".to_owned())
        }
    }
}

/// Kills it, then removes it from its node: the agent gives the slot back only when nothing runs in it.
pub(super) async fn take_down(world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
    let workload = match of_launch(world, attempt).await {
        Ok(workload) => workload,
        Err(StoreError::NotFound) => return Ok(Performed::Acknowledged("It was never made.".to_owned())),
        Err(error) => return Err(surely_nothing(error)),
    };
    let Some(node) = &workload.node else {
        return Ok(Performed::Acknowledged("It was never placed.".to_owned()));
    };
    let workload_id = node_protocol_id(&workload.id)?;
    if !has_ended(&workload) {
        let body = CommandBody::StopWorkload { workload_id: workload_id.clone(), signal: StopSignal::Kill };
        // Whatever it says, removing it decides: the agent removes nothing that still runs.
        if let Ok(pending @ Performed::Pending { .. }) = ask(world, attempt, "kill", node, body).await {
            return Ok(pending);
        }
    }
    ask(world, attempt, "remove", node, CommandBody::RemoveWorkload { workload_id }).await
}

pub(super) async fn give_back(world: &World, attempt: &Attempt) -> Result<Performed, Trouble> {
    let workload = match of_launch(world, attempt).await {
        Ok(workload) => workload,
        Err(StoreError::NotFound) => return Ok(Performed::Acknowledged("It was never made.".to_owned())),
        Err(error) => return Err(surely_nothing(error)),
    };
    let mut tx = world.effect(attempt).await?;
    let now = world.now();
    let operation =
        OperationId::parse(&attempt.operation).map_err(|error| Trouble::Refused(error.to_string()))?;
    let launch =
        stored_operations::find_system(&mut tx, &world.proof, &operation).await.map_err(surely_nothing)?;
    if launch.record.steps.iter().any(|step| step.state == StepState::UndoFailed) {
        // Something may run in it. Releasing the workload is the way out, and needs the slot to be its own.
        return Err(Trouble::Refused(
            "What was started could not be taken down, so its slot is kept.".to_owned(),
        ));
    }
    workloads::free_slot(&mut tx, &world.proof, &workload.id).await.map_err(surely_nothing)?;
    let why = "its launch did not work";
    if workloads::fail_launch(&mut tx, &world.proof, &workload.id, why, now.plus(ACTIONABLE), now)
        .await
        .map_err(surely_nothing)?
    {
        let event = NewEvent {
            at: now,
            kind: "workload.state",
            actor: world.proof.who(),
            sentence: format!("{} failed: {why}.", workload.name),
            operation: Some(operation),
            step: Some(attempt.step),
            project: Some(workload.project.clone()),
            resource: Some(format!("workload:{}", workload.id)),
            body: json!({ "state": "failed" }),
        };
        events::append(&mut tx, &*world.ids, event).await.map_err(surely_nothing)?;
    }
    commit(tx).await?;
    Ok(Performed::Acknowledged("Its slot is given back.".to_owned()))
}
