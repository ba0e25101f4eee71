//! Asking a node's agent: a durable command with an id that every repetition of a try shares.

use super::world::{World, commit, surely_nothing};
use crate::store::commands::{self, NewCommand};
use node_protocol::command::OUTCOME_UNKNOWN;
use node_protocol::{CommandBody, Outcome};
use operations::{Attempt, Performed, Trouble};
use read_models::ids::{CommandId, NodeId, OperationId};
use read_models::time::Timestamp;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A woken operation looks at once; this is for a wake-up that got lost.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Asks a node's agent and answers with what it said, if it did. `part` tells several commands of one try apart.
pub(super) async fn ask(
    world: &World,
    attempt: &Attempt,
    part: &str,
    node: &NodeId,
    body: CommandBody,
) -> Result<Performed, Trouble> {
    let id = command_id(world, attempt, part);
    if let Some(result) = commands::result(&mut &world.db, &world.proof, &id).await.map_err(surely_nothing)? {
        return match result.outcome {
            Outcome::Done { .. } => Ok(Performed::Acknowledged("The agent said it is done.".to_owned())),
            Outcome::Refused { sentence, .. } => Err(Trouble::Refused(format!("The agent refused: {sentence}"))),
            // Only the agent's own word that nobody can tell is unknown; else it has ended, and what is left is undone.
            Outcome::Failed { code, sentence } if code == OUTCOME_UNKNOWN => {
                Err(Trouble::Unknown(format!("The agent cannot tell: {sentence}")))
            }
            Outcome::Failed { sentence, .. } => Err(Trouble::Failed(format!("The agent failed: {sentence}"))),
        };
    }
    let mut tx = world.effect(attempt).await?;
    let command = NewCommand {
        id,
        node: node.clone(),
        operation: OperationId::parse(&attempt.operation).map_err(|error| Trouble::Refused(error.to_string()))?,
        step: attempt.step,
        fencing_token: attempt.fencing_token,
        body,
        deadline_at: Timestamp::from_micros(attempt.deadline_at),
    };
    commands::put(&mut tx, &world.proof, &command, world.now()).await.map_err(surely_nothing)?;
    commit(tx).await?;
    world.hub.notify_node(node);
    Ok(Performed::Pending { on: "the node's agent to answer".to_owned(), look_again: LOOK_AGAIN })
}

/// The same for every repetition of a try, whoever repeats it: the agent answers the same id with the same result.
fn command_id(world: &World, attempt: &Attempt, part: &str) -> CommandId {
    let mut key = format!("{}/{part}", attempt.key());
    if !world.fencing {
        // The fault: every worker asks anew, and the agent cannot know that it was asked before.
        key = format!("{key}/{}", attempt.fencing_token);
    }
    CommandId::from_uuid(&hex::encode(&Sha256::digest(key)[..16]))
}
