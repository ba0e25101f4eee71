//! Having an agent find out anew what its machine is made of, as refreshing it and ending its maintenance both do.

use super::super::asking::ask;
use super::super::world::{World, cannot_look};
use crate::store::nodes;
use node_protocol::CommandBody;
use operations::{Attempt, Observation, Performed, Trouble};
use read_models::ids::NodeId;
use read_models::time::Timestamp;
use serde_json::json;
use std::time::Duration;

/// A heartbeat with another inventory wakes the operation; this is for a wake-up that got lost.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long an agent may take: asking for accelerators takes seconds on some machines.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Asks its agent to forget what it knows of the machine and to find it out anew.
pub(super) async fn ask_anew(world: &World, attempt: &Attempt, node: &NodeId) -> Result<Performed, Trouble> {
    ask(world, attempt, "inventory", node, CommandBody::RefreshInventory).await
}

/// Looks whether a heartbeat has arrived whose inventory was taken after the question, which is written down before it is
/// asked.
pub(super) async fn seen_anew(world: &World, attempt: &Attempt, node: &NodeId) -> Observation {
    let asked_at = Timestamp::from_micros(attempt.begun_at);
    match nodes::find(&mut &world.db, &world.proof, node).await {
        Err(error) => cannot_look(&error),
        Ok(found) => match found.inventory_taken_at().filter(|at| *at >= asked_at) {
            Some(at) => {
                let sentence = format!(
                    "A heartbeat arrived with an inventory that was taken at {}, after the question.",
                    at.time_of_day()
                );
                let inventory = found.heartbeat.map(|beat| beat.inventory);
                Observation::seen(sentence, json!({ "taken_at": at, "inventory": inventory }))
            }
            None => Observation::not_yet("No heartbeat has brought the new inventory yet.", LOOK_AGAIN),
        },
    }
}
