//! Stopping a workload, as draining its node and releasing it both do: asked with a signal, seen in the agent's report.

use super::asking::ask;
use super::world::{World, cannot_look, commit, operation_of, perhaps_asked, surely_nothing};
use crate::store::workloads::{self, WorkloadRecord};
use crate::store::{commands, nodes};
use node_protocol::{CommandBody, StopSignal};
use operations::{Attempt, Observation, Performed, Trouble};
use read_models::ids::WorkloadId;
use read_models::workloads::WorkloadState;
use serde_json::json;
use std::time::Duration;

/// The report of an exit wakes the operation; this is for a wake-up that got lost.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Sends a signal to a workload, unless it has ended. That somebody wants it to end is written down first.
pub(super) async fn signal(
    world: &World,
    attempt: &Attempt,
    id: &WorkloadId,
    signal: StopSignal,
) -> Result<Performed, Trouble> {
    let workload = workloads::find_system(&mut &world.db, &world.proof, id).await.map_err(perhaps_asked)?;
    let Some(node) = workload.node.clone().filter(|_| !has_ended(&workload)) else {
        return Ok(Performed::Acknowledged("It does not run any more.".to_owned()));
    };
    if workload.stop_requested_at.is_none() {
        let mut tx = world.effect(attempt).await?;
        workloads::ask_to_stop(&mut tx, &world.proof, id, world.now()).await.map_err(perhaps_asked)?;
        commit(tx).await?;
    }
    let workload_id = node_protocol_id(id)?;
    let answer = ask(
        world,
        attempt,
        id.as_str(),
        &node,
        CommandBody::StopWorkload { workload_id, run: workload.run, signal },
    )
    .await;
    answer.map_err(after_the_wish)
}

/// When it ends its slot stays its own: written down before it is asked to end.
pub(super) async fn keep_slot(world: &World, attempt: &Attempt, id: &WorkloadId) -> Result<(), Trouble> {
    let workload = workloads::find_system(&mut &world.db, &world.proof, id).await.map_err(perhaps_asked)?;
    if workload.keeps_slot || has_ended(&workload) {
        return Ok(());
    }
    let mut tx = world.effect(attempt).await?;
    workloads::keep_slot(&mut tx, &world.proof, id).await.map_err(surely_nothing)?;
    commit(tx).await
}

/// That it should end is written down by now: whatever went wrong, there is something to take back.
fn after_the_wish(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Retry(why) | Trouble::Unknown(why) => Trouble::Unknown(why),
        Trouble::Refused(why) | Trouble::Failed(why) => Trouble::Failed(why),
    }
}

/// Looks whether it has ended, in the agent's report.
pub(super) async fn seen_ended(world: &World, id: &WorkloadId) -> Observation {
    let workload = match workloads::find_system(&mut &world.db, &world.proof, id).await {
        Ok(workload) => workload,
        Err(error) => return cannot_look(&error),
    };
    if !has_ended(&workload) {
        return Observation::not_yet(format!("{} still runs.", workload.name), LOOK_AGAIN);
    }
    let how = ended_sentence(&workload);
    let evidence = json!({ "workload": id, "state": workload.state, "report": workload.report });
    Observation::seen(format!("The agent reports that {} ended: {how}.", workload.name), evidence)
}

/// Takes back that it should end, and what no agent has been told of it yet.
pub(super) async fn ask_no_more(
    world: &World,
    attempt: &Attempt,
    id: &WorkloadId,
) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await?;
    workloads::no_longer_stop(&mut tx, &world.proof, id, world.now()).await.map_err(surely_nothing)?;
    let operation = operation_of(attempt)?;
    let withdrawn = commands::withdraw(&mut tx, &world.proof, &operation, attempt.step, world.now()).await;
    withdrawn.map_err(surely_nothing)?;
    commit(tx).await?;
    Ok(Performed::Acknowledged("The wish that it ends is taken back.".to_owned()))
}

/// Looks whether nobody wants it to end any more, or whether it ended anyway.
pub(super) async fn seen_asked_no_more(world: &World, id: &WorkloadId) -> Observation {
    match workloads::find_system(&mut &world.db, &world.proof, id).await {
        Err(error) => cannot_look(&error),
        Ok(workload) if has_ended(&workload) => Observation::seen(
            format!("{} had ended already; it stays stopped.", workload.name),
            json!(workload.state),
        ),
        Ok(workload) if workload.stop_requested_at.is_none() => {
            Observation::seen(format!("{} goes on.", workload.name), json!(workload.state))
        }
        Ok(workload) => Observation::Absent(format!("{} is still asked to end.", workload.name)),
    }
}

/// Looks whether its node holds it no more, in an inventory that is newer than the last word about it.
pub(crate) async fn seen_gone(world: &World, workload: &WorkloadRecord) -> Observation {
    let Some(node) = &workload.node else { return Observation::seen("It was never placed.", json!(null)) };
    let found = match nodes::find(&mut &world.db, &world.proof, node).await {
        Ok(found) => found,
        Err(error) => return cannot_look(&error),
    };
    if workload.report_at.is_some_and(|at| found.last_heartbeat_at.is_none_or(|beat| beat < at)) {
        return Observation::not_yet("The next inventory has not arrived.", LOOK_AGAIN);
    }
    let id = workload.id.as_str();
    let is_there = found.heartbeat.as_ref().is_some_and(|beat| {
        beat.workloads.iter().any(|report| report.workload_id.as_str() == id)
            || beat.slots.iter().any(|slot| slot.workload.as_ref().is_some_and(|held| held.as_str() == id))
    });
    if is_there {
        return Observation::not_yet("The agent still reports it.", LOOK_AGAIN);
    }
    let evidence =
        json!({ "heartbeat_at": found.last_heartbeat_at, "slots": found.heartbeat.map(|beat| beat.slots) });
    Observation::seen("The agent's inventory does not hold it any more.", evidence)
}

/// What is still waited for before the slot of a workload that was removed may be given to another: an agent that says
/// "done" is not yet a free slot.
pub(super) async fn not_gone_yet(world: &World, workload: &WorkloadRecord) -> Option<Performed> {
    match seen_gone(world, workload).await {
        Observation::Seen { .. } => None,
        Observation::NotYet { sentence: on, look_again }
        | Observation::CannotTell { sentence: on, look_again } => Some(Performed::Pending { on, look_again }),
        Observation::Absent(on) | Observation::Contrary(on) => {
            Some(Performed::Pending { on, look_again: LOOK_AGAIN })
        }
    }
}

/// Whether no process of it is left.
pub(super) fn has_ended(workload: &WorkloadRecord) -> bool {
    match workload.state {
        WorkloadState::Requested
        | WorkloadState::Provisioning
        | WorkloadState::Running
        | WorkloadState::Paused
        | WorkloadState::Stopping => false,
        WorkloadState::Stopped | WorkloadState::Finished | WorkloadState::Released => true,
        // A launch that could not be taken back may have left something running.
        WorkloadState::Failed => workload.ended_at.is_some() || workload.node.is_none(),
    }
}

fn ended_sentence(workload: &WorkloadRecord) -> String {
    match (workload.exit_code, workload.exit_signal) {
        (_, Some(signal)) => format!("signal {signal}"),
        (Some(code), None) => format!("exit code {code}"),
        (None, None) => "nobody saw how".to_owned(),
    }
}

/// The id as the agent's protocol has it.
pub(super) fn node_protocol_id(id: &WorkloadId) -> Result<node_protocol::WorkloadId, Trouble> {
    id.as_str().parse().map_err(|_| Trouble::Refused(format!("{id} is no id the agent understands.")))
}
