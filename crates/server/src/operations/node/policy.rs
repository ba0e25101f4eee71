//! Setting a node's policy, as drain and resume both do.

use super::super::world::{World, cannot_look, commit, surely_nothing};
use crate::store::events::{self, NewEvent};
use crate::store::nodes;
use operations::{Attempt, Observation, Performed, Trouble};
use read_models::ids::{NodeId, OperationId};
use read_models::nodes::NodePolicy;
use serde_json::json;

/// Sets the policy; setting it again changes nothing.
pub(super) async fn set(
    world: &World,
    attempt: &Attempt,
    node: &NodeId,
    policy: NodePolicy,
) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await?;
    let now = world.now();
    let before = nodes::find(&mut tx, &world.proof, node).await.map_err(surely_nothing)?.policy;
    if before != policy {
        nodes::set_policy(&mut tx, &world.proof, node, policy, now).await.map_err(surely_nothing)?;
        let event = NewEvent {
            at: now,
            kind: "node.policy",
            actor: world.proof.who(),
            sentence: format!("Its policy changed from {} to {}.", before.word(), policy.word()),
            operation: OperationId::parse(&attempt.operation).ok(),
            step: Some(attempt.step),
            project: None,
            resource: Some(format!("node:{node}")),
            body: json!({ "from": before, "to": policy }),
        };
        events::append(&mut tx, &*world.ids, event).await.map_err(surely_nothing)?;
        commit(tx).await?;
    }
    Ok(Performed::Acknowledged(format!("The policy is set to {}.", policy.word())))
}

/// Reads the policy again, which is what placement decides by.
pub(super) async fn seen(world: &World, node: &NodeId, wanted: NodePolicy) -> Observation {
    match nodes::find(&mut &world.db, &world.proof, node).await {
        Err(error) => cannot_look(&error),
        Ok(found) if found.policy == wanted => {
            let sentence = format!("The node's policy is {}.", wanted.word());
            Observation::seen(sentence, json!({ "policy": found.policy, "since": found.policy_since }))
        }
        Ok(found) => Observation::Absent(format!("The node's policy is {}.", found.policy.word())),
    }
}
