//! What beginning another run does and how it is seen: the number, the slot, the order to the agent, the way back.

use super::super::super::stopping::{has_ended, seen_gone, signal};
use super::super::super::world::{World, cannot_look, commit, operation_of, surely_nothing};
use super::super::starting::{
    LOOK_AGAIN, give_up, nothing_is_left_over, order_start, take_a_slot, take_down,
};
use super::super::telling::tell;
use super::Slot;
use crate::store::skus;
use crate::store::workloads::{self, WorkloadRecord};
use crate::store::{commands, nodes};
use node_protocol::StopSignal;
use node_protocol::workload::WorkloadState as Seen;
use operations::{Attempt, Observation, Performed, Trouble};
use read_models::ids::WorkloadId;
use read_models::time::Timestamp;
use serde_json::json;

/// A run of a workload.
type Run<'a> = (&'a WorkloadId, u32);

/// Gives it the next number and a slot, in one transaction.
pub(super) async fn begin(
    world: &World,
    attempt: &Attempt,
    (id, run): Run<'_>,
    slot: Slot,
) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await?;
    let is_new = workloads::begin_run(&mut tx, &world.proof, id, run, world.now()).await;
    let is_new = is_new.map_err(surely_nothing)?;
    let mut workload = workloads::find_system(&mut tx, &world.proof, id).await.map_err(surely_nothing)?;
    if workload.run != run {
        return Err(Trouble::Refused("It is not over any more, or in another run by now.".to_owned()));
    }
    if !is_new {
        return Ok(Performed::Acknowledged("The run has begun already.".to_owned()));
    }
    if !workloads::holds_slot(&mut tx, &world.proof, id).await.map_err(surely_nothing)? {
        if slot == Slot::Own {
            return Err(Trouble::Refused("It has lost its slot meanwhile.".to_owned()));
        }
        let sku = skus::find(&mut tx, &world.proof, &workload.sku).await.map_err(surely_nothing)?;
        if take_a_slot(world, &mut tx, (id, &sku)).await?.is_none() {
            return Err(Trouble::Retry("No node has room for it.".to_owned()));
        }
        workload = workloads::find_system(&mut tx, &world.proof, id).await.map_err(surely_nothing)?;
    }
    let told = format!("{} is being provisioned again, for run {run}.", workload.name);
    let body = json!({ "state": "provisioning", "run": run, "slot": workload.slot });
    tell(world, &mut tx, attempt, &workload, (told, body)).await.map_err(surely_nothing)?;
    commit(tx).await?;
    Ok(Performed::Acknowledged(format!("Run {run} has begun.")))
}

pub(super) async fn seen_begun(world: &World, workload: &WorkloadRecord, run: u32) -> Observation {
    if workload.run != run {
        return Observation::Absent("The run has not begun yet.".to_owned());
    }
    match workloads::holds_slot(&mut &world.db, &world.proof, &workload.id).await {
        Ok(true) => Observation::seen(
            format!("{} is in run {run} and holds a slot.", workload.name),
            json!({ "run": run, "node": workload.node, "slot": workload.slot }),
        ),
        Ok(false) => Observation::Contrary("It has lost its slot.".to_owned()),
        Err(error) => cannot_look(&error),
    }
}

pub(super) async fn start(
    world: &World,
    attempt: &Attempt,
    (id, run): Run<'_>,
) -> Result<Performed, Trouble> {
    let workload = workloads::find_system(&mut &world.db, &world.proof, id).await.map_err(surely_nothing)?;
    if workload.run != run {
        return Err(Trouble::Refused("It is in another run by now.".to_owned()));
    }
    order_start(world, attempt, &workload).await
}

/// Ends the process of this run, if there is one, and no other.
pub(super) async fn take_back(
    world: &World,
    attempt: &Attempt,
    (id, run): Run<'_>,
    slot: Slot,
) -> Result<Performed, Trouble> {
    let workload = workloads::find_system(&mut &world.db, &world.proof, id).await.map_err(surely_nothing)?;
    if workload.run != run {
        return Ok(Performed::Acknowledged("The run never began.".to_owned()));
    }
    match slot {
        Slot::Any => take_down(world, attempt, &workload).await,
        Slot::Own => {
            if !has_ended(&workload) && workload.stop_requested_at.is_none() {
                wish_it_stopped(world, attempt, id).await?;
            }
            signal(world, attempt, id, StopSignal::Kill).await
        }
    }
}

/// It is to end and to keep its slot; an order to start it that no agent has yet is taken back.
async fn wish_it_stopped(world: &World, attempt: &Attempt, id: &WorkloadId) -> Result<(), Trouble> {
    let operation = operation_of(attempt)?;
    let (mut tx, proof, now) = (world.effect(attempt).await?, &world.proof, world.now());
    commands::withdraw(&mut tx, proof, &operation, attempt.step, now).await.map_err(surely_nothing)?;
    workloads::keep_slot(&mut tx, proof, id).await.map_err(surely_nothing)?;
    workloads::ask_to_stop(&mut tx, proof, id, now).await.map_err(surely_nothing)?;
    commit(tx).await
}

pub(super) async fn seen_taken_back(
    world: &World,
    attempt: &Attempt,
    (id, run): Run<'_>,
    slot: Slot,
) -> Observation {
    let workload = match workloads::find_system(&mut &world.db, &world.proof, id).await {
        Ok(workload) => workload,
        Err(error) => return cannot_look(&error),
    };
    if workload.run != run {
        return Observation::seen("The run never began.", json!({ "run": workload.run }));
    }
    match slot {
        Slot::Any => seen_gone(world, &workload).await,
        Slot::Own if has_ended(&workload) => {
            Observation::seen("The agent reports that it ended.", json!(workload.report))
        }
        Slot::Own => seen_not_running(world, attempt, &workload).await,
    }
}

/// Looks whether the agent, which has answered that it is to end, reports nothing of this run as running.
async fn seen_not_running(world: &World, attempt: &Attempt, workload: &WorkloadRecord) -> Observation {
    let Some(node) = &workload.node else { return Observation::seen("It was never placed.", json!(null)) };
    let found = match nodes::find(&mut &world.db, &world.proof, node).await {
        Ok(found) => found,
        Err(error) => return cannot_look(&error),
    };
    let begun = Timestamp::from_micros(attempt.begun_at);
    let Some(beat) = found.heartbeat.filter(|_| found.last_heartbeat_at.is_some_and(|at| at > begun)) else {
        return Observation::not_yet("The next inventory has not arrived.", LOOK_AGAIN);
    };
    let runs = beat.workloads.iter().any(|report| {
        let is_it = report.workload_id.as_str() == workload.id.as_str() && report.run >= workload.run;
        is_it && report.state != Seen::Exited
    });
    if runs {
        return Observation::not_yet("The agent still reports it.", LOOK_AGAIN);
    }
    Observation::seen("The agent reports no process of this run.", json!({ "at": found.last_heartbeat_at }))
}

/// The run is over: stopped where it was, or failed without its slot.
pub(super) async fn end(
    world: &World,
    attempt: &Attempt,
    (id, run): Run<'_>,
    slot: Slot,
) -> Result<Performed, Trouble> {
    let workload = workloads::find_system(&mut &world.db, &world.proof, id).await.map_err(surely_nothing)?;
    if workload.run != run {
        return Ok(Performed::Acknowledged("The run never began.".to_owned()));
    }
    if slot == Slot::Any {
        return give_up(world, attempt, &workload, "it could not be run again").await;
    }
    let mut tx = world.effect(attempt).await?;
    nothing_is_left_over(world, &mut tx, attempt).await?;
    if workloads::stop_run(&mut tx, &world.proof, id, run, world.now()).await.map_err(surely_nothing)? {
        let told = format!("{} could not be run again; it is stopped.", workload.name);
        let body = json!({ "state": "stopped", "run": run });
        tell(world, &mut tx, attempt, &workload, (told, body)).await.map_err(surely_nothing)?;
    }
    commit(tx).await?;
    Ok(Performed::Acknowledged("It is over.".to_owned()))
}

pub(super) async fn seen_over(world: &World, (id, run): Run<'_>, slot: Slot) -> Observation {
    let workload = match workloads::find_system(&mut &world.db, &world.proof, id).await {
        Ok(workload) => workload,
        Err(error) => return cannot_look(&error),
    };
    if workload.run != run {
        return Observation::seen("The run never began.", json!({ "run": workload.run }));
    }
    let holds = match workloads::holds_slot(&mut &world.db, &world.proof, id).await {
        Ok(holds) => holds && slot == Slot::Any,
        Err(error) => return cannot_look(&error),
    };
    if has_ended(&workload) && !holds {
        return Observation::seen("The run is over.", json!({ "state": workload.state }));
    }
    Observation::Absent("The run is not over yet.".to_owned())
}
