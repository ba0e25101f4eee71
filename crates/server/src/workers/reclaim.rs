//! Gives back the slots of workloads that have ended, unless somebody stopped them to start them again: the agent removes what is left, then the slot is free.
//!
//! It takes no input and looks again. The command's id is made from the workload, so that it is asked once.

use crate::operations::{World, seen_gone};
use crate::state::AppState;
use crate::store::commands::{self, NewCommand};
use crate::store::db::StoreError;
use crate::store::events::{self, NewEvent};
use crate::store::workloads;
use node_protocol::{CommandBody, Outcome};
use operations::Observation;
use read_models::ids::{CommandId, NodeId, OperationId, WorkloadId};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Not a step of the launch; no plan has as many.
const STEP: u32 = 1_000_000;

/// Looks at every workload that ended and still holds a slot.
pub(crate) async fn give_back(state: &AppState) -> Result<(), StoreError> {
    let proof = super::proof();
    for (id, node, launch) in workloads::ended_with_slot(&mut &state.db, &proof, 100).await? {
        one(state, &id, &node, launch).await?;
    }
    Ok(())
}

async fn one(
    state: &AppState,
    id: &WorkloadId,
    node: &NodeId,
    launch: OperationId,
) -> Result<(), StoreError> {
    let (proof, now) = (super::proof(), state.clock.now());
    let workload = workloads::find_system(&mut &state.db, &proof, id).await?;
    let ended_for = workload.ended_at.map_or(Duration::ZERO, |ended| now.since(ended));
    let command = command_of(id, workload.run, ended_for);
    let answer = commands::result(&mut &state.db, &proof, &command).await?;
    let mut tx = state.db.begin().await?;
    match answer.map(|answer| answer.outcome) {
        None => {
            let workload_id =
                id.as_str().parse().map_err(|_| StoreError::corrupt(format!("{id} is no id")))?;
            let new = NewCommand {
                id: command,
                node: node.clone(),
                operation: launch,
                step: STEP,
                fencing_token: 1,
                body: CommandBody::RemoveWorkload { workload_id, run: workload.run },
                // The agent may be away for long.
                deadline_at: now.plus(Duration::from_hours(365 * 24)),
            };
            commands::put(&mut tx, &proof, &new, now).await?;
            tx.commit().await?;
            state.hub.notify_node(node);
        }
        // It is asked again under another id after a while.
        Some(Outcome::Refused { .. } | Outcome::Failed { .. }) => {}
        Some(Outcome::Done { .. }) => {
            let workload = workloads::find_system(&mut tx, &proof, id).await?;
            if !matches!(seen_gone(&World::of(state), &workload).await, Observation::Seen { .. }) {
                // Said to be removed, and not seen to be: the next turn looks again.
                return Ok(());
            }
            if !workloads::free_slot_of_ended(&mut tx, &proof, id, workload.run, now).await? {
                // It is to run again by now: the slot is its own.
                return Ok(());
            }
            let event = NewEvent {
                at: now,
                kind: "workload.slot_freed",
                actor: proof.who(),
                sentence: format!("{} has ended; its slot is free again.", workload.name),
                operation: None,
                step: None,
                project: Some(workload.project),
                resource: Some(format!("workload:{id}")),
                body: json!({ "node": node, "slot": workload.slot }),
            };
            events::append(&mut tx, &*state.ids, event).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Asked once, and after an answer that was no help again: after 1, 3, 7, 15, … minutes.
fn command_of(id: &WorkloadId, run: u32, ended_for: Duration) -> CommandId {
    let turn = (ended_for.as_secs() / 60 + 1).ilog2();
    CommandId::from_uuid(&hex::encode(&Sha256::digest(format!("reclaim/{id}/{run}/{turn}"))[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_again_after_longer_and_longer_whiles() {
        let id = WorkloadId::from_uuid(&format!("{:032x}", 1));
        let at = |minutes: u64| command_of(&id, 1, Duration::from_secs(minutes * 60));
        assert_eq!(command_of(&id, 1, Duration::ZERO), command_of(&id, 1, Duration::from_secs(59)));
        assert_ne!(at(0), at(1));
        assert_ne!(at(0), command_of(&id, 2, Duration::ZERO), "another run is asked for itself");
        assert_eq!(at(3), at(6));
        assert_ne!(at(6), at(7));
    }
}
