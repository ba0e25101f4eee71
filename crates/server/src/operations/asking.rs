//! Asking a node's agent: a durable command with an id that every repetition of a try shares.

use super::world::{World, commit, operation_of, perhaps_asked};
use crate::store::commands::{self, NewCommand};
use node_protocol::command::{DEADLINE_PASSED, OUTCOME_UNKNOWN, STILL_RUNNING};
use node_protocol::{CommandBody, Outcome};
use operations::{Attempt, Performed, Trouble};
use read_models::ids::{CommandId, NodeId};
use read_models::time::Timestamp;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A woken operation looks at once; this is for a wake-up that got lost.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// An agent that answered "not now" is asked again no more often than this.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// Asks a node's agent and answers with what it said, if it did. `part` tells several commands of one try apart.
///
/// An agent gives the same command the same answer for ever. Where the answer was "not now" it is asked again under
/// another id, in its own time: a command that came too late, or a removal before the process had ended.
pub(super) async fn ask(
    world: &World,
    attempt: &Attempt,
    part: &str,
    node: &NodeId,
    body: CommandBody,
) -> Result<Performed, Trouble> {
    for asked in 0.. {
        let id = command_id(world, attempt, part, asked);
        let result = commands::result(&mut &world.db, &world.proof, &id).await.map_err(perhaps_asked)?;
        let Some(outcome) = result.map(|result| result.outcome) else {
            return match wait_for_turn(attempt, asked) {
                None => send(world, attempt, id, node, body).await,
                Some(look_again) => Ok(Performed::Pending {
                    on: "the node's agent to be ready for it".to_owned(),
                    look_again,
                }),
            };
        };
        if !is_not_now(&outcome, &body) {
            return answer(outcome);
        }
    }
    Err(Trouble::Failed("The agent was asked too often.".to_owned()))
}

fn answer(outcome: Outcome) -> Result<Performed, Trouble> {
    match outcome {
        Outcome::Done { .. } => Ok(Performed::Acknowledged("The agent said it is done.".to_owned())),
        Outcome::Refused { sentence, .. } => Err(Trouble::Refused(format!("The agent refused: {sentence}"))),
        // Only the agent's own word that nobody can tell is unknown; else it has ended, and what is left is undone.
        Outcome::Failed { code, sentence } if code == OUTCOME_UNKNOWN => {
            Err(Trouble::Unknown(format!("The agent cannot tell: {sentence}")))
        }
        Outcome::Failed { sentence, .. } => Err(Trouble::Failed(format!("The agent failed: {sentence}"))),
    }
}

/// Whether an answer means that asking once more, a little later, may get another one.
fn is_not_now(outcome: &Outcome, body: &CommandBody) -> bool {
    let removes = matches!(body, CommandBody::RemoveWorkload { .. });
    match outcome {
        Outcome::Done { .. } => false,
        Outcome::Refused { code, .. } => code == DEADLINE_PASSED || (removes && code == STILL_RUNNING),
        Outcome::Failed { code, .. } => removes && code == OUTCOME_UNKNOWN,
    }
}

/// How long until it may be asked for the n-th time; none when it may be now. What came too late is not asked again
/// before somebody gave it more time.
fn wait_for_turn(attempt: &Attempt, asked: u32) -> Option<Duration> {
    let (now, begun) = (Timestamp::from_micros(attempt.now), Timestamp::from_micros(attempt.begun_at));
    let due = begun.plus(ASK_AGAIN * asked);
    let is_over = asked > 0 && attempt.now >= attempt.deadline_at;
    (is_over || now < due).then(|| due.since(now).max(ASK_AGAIN / 2))
}

async fn send(
    world: &World,
    attempt: &Attempt,
    id: CommandId,
    node: &NodeId,
    body: CommandBody,
) -> Result<Performed, Trouble> {
    let mut tx = world.effect(attempt).await.map_err(|trouble| Trouble::Unknown(trouble.to_string()))?;
    let command = NewCommand {
        id,
        node: node.clone(),
        operation: operation_of(attempt)?,
        step: attempt.step,
        // None where the fence is open: the fault that shows what it is for.
        fencing_token: world.token(attempt).max(0),
        body,
        deadline_at: Timestamp::from_micros(attempt.deadline_at),
    };
    commands::put(&mut tx, &world.proof, &command, world.now()).await.map_err(perhaps_asked)?;
    commit(tx).await?;
    world.hub.notify_node(node);
    Ok(Performed::Pending { on: "the node's agent to answer".to_owned(), look_again: LOOK_AGAIN })
}

/// The same for every repetition of a try, whoever repeats it: the agent answers the same id with the same result.
fn command_id(world: &World, attempt: &Attempt, part: &str, asked: u32) -> CommandId {
    let mut key = format!("{}/{part}", attempt.key());
    if asked > 0 {
        key = format!("{key}/{asked}");
    }
    if !world.fencing {
        // The fault: a server that takes the step over asks anew, and the agent cannot know that it was asked before.
        key = format!("{key}/{}", world.instance);
    }
    CommandId::from_uuid(&hex::encode(&Sha256::digest(key)[..16]))
}
