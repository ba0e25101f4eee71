//! Having a workload run on its node and seeing it ready, and the way back: for a launch and for every later run.

use super::super::asking::ask;
use super::super::stopping::{has_ended, node_protocol_id};
use super::super::world::{World, commit, operation_of, surely_nothing};
use super::telling::tell;
use crate::facts::PlacementFacts;
use crate::projections::workload_state::ACTIONABLE;
use crate::store::db::Tx;
use crate::store::operations as stored_operations;
use crate::store::placement;
use crate::store::skus::Sku;
use crate::store::workload_logs;
use crate::store::workloads::{self, WorkloadRecord};
use node_protocol::{CommandBody, Limits, StopSignal, WorkloadSpec};
use operations::{Attempt, Observation, Performed, StepState, Trouble};
use read_models::ids::WorkloadId;
use read_models::workloads::WorkloadState;
use serde_json::json;
use std::time::Duration;

/// A report wakes the operation; this is for a wake-up that got lost.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Takes the first free slot of the first node that has room for the SKU, if there is one. Nobody else places anything
/// until the transaction ends, so what is judged here holds.
pub(super) async fn take_a_slot(
    world: &World,
    tx: &mut Tx,
    (id, sku): (&WorkloadId, &Sku),
) -> Result<Option<i64>, Trouble> {
    placement::decide_alone(tx, &world.proof).await.map_err(surely_nothing)?;
    let facts = PlacementFacts::load(tx, &world.proof).await.map_err(surely_nothing)?;
    let Some(room) = facts.choose(sku) else { return Ok(None) };
    let taken = workloads::taken_slots(tx, &world.proof, &room.node).await.map_err(surely_nothing)?;
    let total = room.slots_total.unwrap_or(0);
    let Some(slot) = (0..total).find(|slot| !taken.contains(slot)) else { return Ok(None) };
    workloads::place(tx, &world.proof, id, &room.node, slot, world.now()).await.map_err(surely_nothing)?;
    Ok(Some(slot))
}

/// Has its node start the run it is in.
pub(super) async fn order_start(
    world: &World,
    attempt: &Attempt,
    workload: &WorkloadRecord,
) -> Result<Performed, Trouble> {
    let (Some(node), Some(slot)) = (&workload.node, workload.slot) else {
        return Err(Trouble::Refused("It holds no slot.".to_owned()));
    };
    let log_from = workload_logs::end(&mut &world.db, &world.proof, &workload.id).await;
    let spec = WorkloadSpec {
        workload_id: node_protocol_id(&workload.id)?,
        run: workload.run,
        log_from: log_from.map_err(surely_nothing)?,
        name: workload.name.clone(),
        command: workload.command.clone(),
        slot: u32::try_from(slot).unwrap_or(u32::MAX),
        port: workload.port,
        env: Vec::new(),
        ssh_keys: workload.ssh_keys.clone(),
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

/// Looks whether the agent reports the process of the run it is in: reports of others are not kept.
pub(super) fn seen_started(workload: &WorkloadRecord) -> Observation {
    match &workload.report {
        Some(report) if report.pid.is_some() || report.exit.is_some() => {
            Observation::seen("The agent reports its process.", json!(report))
        }
        _ => Observation::not_yet("The agent has not reported its process.", LOOK_AGAIN),
    }
}

/// Looks whether it is ready.
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
pub(super) async fn take_down(
    world: &World,
    attempt: &Attempt,
    workload: &WorkloadRecord,
) -> Result<Performed, Trouble> {
    let Some(node) = &workload.node else {
        return Ok(Performed::Acknowledged("It was never placed.".to_owned()));
    };
    let (workload_id, run) = (node_protocol_id(&workload.id)?, workload.run);
    if !has_ended(workload) {
        let (workload_id, signal) = (workload_id.clone(), StopSignal::Kill);
        let body = CommandBody::StopWorkload { workload_id, run, signal };
        // Whatever it says, removing it decides: the agent removes nothing that still runs.
        if let Ok(pending @ Performed::Pending { .. }) = ask(world, attempt, "kill", node, body).await {
            return Ok(pending);
        }
    }
    ask(world, attempt, "remove", node, CommandBody::RemoveWorkload { workload_id, run }).await
}

/// Gives its slot back and calls it failed, unless something of it may still run there.
pub(super) async fn give_up(
    world: &World,
    attempt: &Attempt,
    workload: &WorkloadRecord,
    why: &str,
) -> Result<Performed, Trouble> {
    let (mut tx, now) = (world.effect(attempt).await?, world.now());
    nothing_is_left_over(world, &mut tx, attempt).await?;
    workloads::free_slot(&mut tx, &world.proof, &workload.id, now).await.map_err(surely_nothing)?;
    let until = now.plus(ACTIONABLE);
    let failed = workloads::fail_launch(&mut tx, &world.proof, &workload.id, why, until, now).await;
    if failed.map_err(surely_nothing)? {
        let told = (format!("{} failed: {why}.", workload.name), json!({ "state": "failed" }));
        tell(world, &mut tx, attempt, workload, told).await.map_err(surely_nothing)?;
    }
    commit(tx).await?;
    Ok(Performed::Acknowledged("Its slot is given back.".to_owned()))
}

/// Refused when a step before could not be undone: releasing the workload is the way out then, and needs its slot.
pub(super) async fn nothing_is_left_over(
    world: &World,
    tx: &mut Tx,
    attempt: &Attempt,
) -> Result<(), Trouble> {
    let id = operation_of(attempt)?;
    let operation = stored_operations::find_system(tx, &world.proof, &id).await.map_err(surely_nothing)?;
    if operation.record.steps.iter().any(|step| step.state == StepState::UndoFailed) {
        return Err(Trouble::Refused(
            "What was started could not be taken down, so its slot is kept.".to_owned(),
        ));
    }
    Ok(())
}
