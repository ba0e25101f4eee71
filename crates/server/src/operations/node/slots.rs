//! Seeing that a node's slots are free, as draining it and taking it into maintenance both do.

use super::super::world::{World, cannot_look};
use crate::store::nodes;
use operations::{Attempt, Observation};
use read_models::ids::NodeId;
use read_models::time::Timestamp;
use serde_json::json;
use std::time::Duration;

/// A report wakes the operation; this is for a wake-up that got lost.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Looks at the slots in an inventory that is newer than the question.
pub(super) async fn seen_free(world: &World, attempt: &Attempt, node: &NodeId) -> Observation {
    let found = match nodes::find(&mut &world.db, &world.proof, node).await {
        Ok(found) => found,
        Err(error) => return cannot_look(&error),
    };
    let begun = Timestamp::from_micros(attempt.begun_at);
    let Some(beat) = found.heartbeat.filter(|_| found.last_heartbeat_at.is_some_and(|at| at > begun)) else {
        return Observation::not_yet("The next inventory has not arrived.", LOOK_AGAIN);
    };
    let taken: Vec<_> = beat.slots.iter().filter_map(|slot| slot.workload.as_ref()).collect();
    if taken.is_empty() {
        let sentence =
            format!("The agent's inventory shows {} of {} slots free.", beat.slots.len(), beat.slots.len());
        return Observation::seen(sentence, json!({ "slots": beat.slots, "at": found.last_heartbeat_at }));
    }
    Observation::not_yet(format!("The agent's inventory shows {} slots in use.", taken.len()), LOOK_AGAIN)
}
