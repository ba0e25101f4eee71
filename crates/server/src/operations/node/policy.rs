//! Setting a node's policy, with who wants it so and why: as everything does that takes a node out of service or back.

use super::super::world::{World, cannot_look, commit, operation_of, surely_nothing};
use crate::store::events::{self, NewEvent};
use crate::store::nodes::{self, PolicyHold};
use crate::store::operations as stored_operations;
use operations::{Attempt, InputError, Observation, Performed, Trouble};
use read_models::ids::{NodeId, OperationId};
use read_models::nodes::NodePolicy;
use read_models::time::Timestamp;
use serde_json::json;

/// Why it is wanted, as far as somebody said.
#[derive(Debug, Default)]
pub(super) struct Why {
    pub(super) reason: Option<String>,
    pub(super) ticket: Option<String>,
    pub(super) until: Option<Timestamp>,
}

/// The longest text a person may give with it.
const LONGEST: usize = 200;

/// A reason or the like: one line that says something.
pub(super) fn check_line(pointer: &str, text: &str) -> Result<(), InputError> {
    let says_something = !text.trim().is_empty();
    if says_something && text.chars().count() <= LONGEST && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(InputError::at(pointer, format!("Write one line of 1 to {LONGEST} characters.")))
}

/// Takes it out of service in the name of the operation: its word decides what the way back is.
pub(super) async fn hold(
    world: &World,
    attempt: &Attempt,
    node: &NodeId,
    policy: NodePolicy,
    why: Why,
) -> Result<Performed, Trouble> {
    let id = operation_of(attempt)?;
    let asked = stored_operations::find_system(&mut &world.db, &world.proof, &id).await;
    let asked = asked.map_err(surely_nothing)?;
    let Why { reason, ticket, until } = why;
    let (operation, by) = (asked.id, asked.requested_by);
    let hold = PolicyHold { operation, asked: asked.operation, by, reason, ticket, until };
    set(world, attempt, node, policy, Some(&hold)).await
}

/// Sets the policy and who wants it; setting both again changes nothing.
pub(super) async fn set(
    world: &World,
    attempt: &Attempt,
    node: &NodeId,
    policy: NodePolicy,
    hold: Option<&PolicyHold>,
) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await?;
    let now = world.now();
    let before = nodes::find(&mut tx, &world.proof, node).await.map_err(surely_nothing)?;
    if before.policy != policy || before.policy_hold.as_ref() != hold {
        nodes::set_policy(&mut tx, &world.proof, node, (policy, hold), now).await.map_err(surely_nothing)?;
        if before.policy != policy {
            let event = changed(world, attempt, node, (before.policy, policy), hold);
            events::append(&mut tx, &*world.ids, event).await.map_err(surely_nothing)?;
        }
        commit(tx).await?;
    }
    Ok(Performed::Acknowledged(format!("The policy is set to {}.", policy.word())))
}

fn changed(
    world: &World,
    attempt: &Attempt,
    node: &NodeId,
    (from, to): (NodePolicy, NodePolicy),
    hold: Option<&PolicyHold>,
) -> NewEvent {
    let why = hold
        .and_then(|hold| hold.reason.as_ref())
        .map(|why| format!(": {}", why.trim_end_matches('.')))
        .unwrap_or_default();
    NewEvent {
        at: world.now(),
        kind: "node.policy",
        actor: world.proof.who(),
        sentence: format!("Its policy changed from {} to {}{why}.", from.word(), to.word()),
        operation: OperationId::parse(&attempt.operation).ok(),
        step: Some(attempt.step),
        project: None,
        resource: Some(format!("node:{node}")),
        body: json!({ "from": from, "to": to, "hold": hold }),
    }
}

/// Reads the policy again, which is what placement decides by.
pub(super) async fn seen(world: &World, node: &NodeId, wanted: NodePolicy) -> Observation {
    match nodes::find(&mut &world.db, &world.proof, node).await {
        Err(error) => cannot_look(&error),
        Ok(found) if found.policy == wanted => {
            let sentence = format!("The node's policy is {}.", wanted.word());
            let evidence =
                json!({ "policy": found.policy, "since": found.policy_since, "hold": found.policy_hold });
            Observation::seen(sentence, evidence)
        }
        Ok(found) => Observation::Absent(format!("The node's policy is {}.", found.policy.word())),
    }
}
