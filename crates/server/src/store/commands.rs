//! Commands to agents. A command outlives the connection it is sent on, and the same id never has two effects.
//!
//! A worker that takes a step over writes the same command with its higher fencing token; from then on the older worker
//! can write it no more. The agent knows the token as well and refuses the older one.

use node_protocol::command::FENCED;
use node_protocol::{Command, CommandBody, CommandResult, Outcome};
use read_models::ids::{CommandId, NodeId, OperationId};
use read_models::time::Timestamp;
use serde::Serialize;

use super::db::{Db, Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] =
    &[INSERT, RAISE, STANDING, UNANSWERED, WITH_UNANSWERED, DELIVERED, ANSWER, WAITING, WITHDRAW];

const INSERT: &str = "INSERT INTO command
    (id, node_id, operation_id, step, fencing_token, body, created_at, deadline_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";
// Also with the same token, so that the row is locked and its answer can be trusted; never downwards. Whoever waits on
// gives it more time as well, or an agent that comes back would refuse it as too late.
const RAISE: &str =
    "UPDATE command SET fencing_token = $2, deadline_at = $3 WHERE id = $1 AND fencing_token <= $2";
const STANDING: &str =
    "SELECT node_id, operation_id, fencing_token, delivered_at, answered_at, result FROM command
    WHERE id = $1";
const UNANSWERED: &str = "SELECT id, operation_id, step, fencing_token, body, deadline_at FROM command
    WHERE node_id = $1 AND answered_at IS NULL ORDER BY created_at, id";
const WITH_UNANSWERED: &str = "SELECT DISTINCT node_id FROM command WHERE answered_at IS NULL";
const DELIVERED: &str = "UPDATE command SET delivered_at = $3
    WHERE id = $1 AND node_id = $2 AND delivered_at IS NULL";
const ANSWER: &str =
    "UPDATE command SET answered_at = $3, delivered_at = COALESCE(delivered_at, $3), result = $4
    WHERE id = $1 AND node_id = $2 AND answered_at IS NULL";
const WAITING: &str = "SELECT id, fencing_token FROM command
    WHERE operation_id = $1 AND step = $2 AND delivered_at IS NULL AND answered_at IS NULL";
const WITHDRAW: &str = "UPDATE command SET answered_at = $2, result = $3 WHERE id = $1 AND delivered_at IS NULL AND answered_at IS NULL";

/// Code of a command that no agent was told before its step was taken back.
const WITHDRAWN: &str = "withdrawn";

/// A command to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommand {
    /// Made from the attempt, so that a repetition has the same.
    pub id: CommandId,
    pub node: NodeId,
    pub operation: OperationId,
    pub step: u32,
    pub fencing_token: i64,
    pub body: CommandBody,
    pub deadline_at: Timestamp,
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It is written down; this operation waits for it.
    Now(OperationId),
    /// It was there already, or a newer worker's delivery is still to be answered.
    Before,
    /// This node was never told that.
    Unknown,
}

/// Writes the command, or takes it over with a higher token. [`StoreError::LeaseLost`] when a newer worker has it.
pub async fn put(tx: &mut Tx, _: &SystemProof, new: &NewCommand, now: Timestamp) -> Result<(), StoreError> {
    let values = args![
        &new.id,
        &new.node,
        &new.operation,
        new.step,
        new.fencing_token,
        text_of(&new.body)?,
        now,
        new.deadline_at
    ];
    if tx.execute(INSERT, values).await? == 1 {
        return Ok(());
    }
    match tx.execute(RAISE, args![&new.id, new.fencing_token, new.deadline_at]).await? {
        0 => Err(StoreError::LeaseLost),
        _ => Ok(()),
    }
}

/// Takes back what a step asked and no agent has in its journal yet: an agent that comes back later must not do it then.
pub async fn withdraw(
    tx: &mut Tx,
    _: &SystemProof,
    operation: &OperationId,
    step: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    for row in tx.rows(WAITING, args![operation, step]).await? {
        let id = row.text("id")?;
        let result = CommandResult {
            command_id: id.parse().map_err(|problem| StoreError::corrupt(format!("id: {problem}")))?,
            fencing_token: token(row.int("fencing_token")?)?,
            outcome: Outcome::refused(WITHDRAWN, "It was taken back before the agent had it."),
        };
        tx.execute(WITHDRAW, args![&id, now, text_of(&result)?]).await?;
    }
    Ok(())
}

/// What the agent answered, if it did.
pub async fn result(
    from: &mut impl Reader,
    _: &SystemProof,
    id: &CommandId,
) -> Result<Option<CommandResult>, StoreError> {
    from.row(STANDING, args![id]).await?.map_or(Ok(None), |row| row.opt_json("result"))
}

/// Whether the agent has it in its journal.
pub async fn is_delivered(
    from: &mut impl Reader,
    _: &SystemProof,
    id: &CommandId,
) -> Result<bool, StoreError> {
    from.row(STANDING, args![id]).await?.map_or(Ok(false), |row| Ok(row.opt_int("delivered_at")?.is_some()))
}

/// Everything a node has been told and has not answered, the oldest first.
pub async fn unanswered(db: &Db, _: &SystemProof, node: &NodeId) -> Result<Vec<Command>, StoreError> {
    db.rows(UNANSWERED, args![node]).await?.iter().map(command).collect()
}

/// The nodes that have been told something and have not answered.
pub async fn nodes_with_unanswered(db: &Db, _: &SystemProof) -> Result<Vec<NodeId>, StoreError> {
    db.rows(WITH_UNANSWERED, args![]).await?.iter().map(|row| row.id("node_id")).collect()
}

/// The agent has it in its journal.
pub async fn delivered(
    tx: &mut Tx,
    _: &SystemProof,
    node: &NodeId,
    id: &CommandId,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(DELIVERED, args![id, node, now]).await.map(|_| ())
}

/// The agent answered. The first answer counts; a refusal of an older worker's delivery is no answer to the newer one.
pub async fn answer(
    tx: &mut Tx,
    _: &SystemProof,
    node: &NodeId,
    result: &CommandResult,
    now: Timestamp,
) -> Result<Answered, StoreError> {
    let id = result.command_id.as_str();
    let Some(standing) = tx.row(STANDING, args![id]).await? else { return Ok(Answered::Unknown) };
    if standing.id::<NodeId>("node_id")? != *node {
        return Ok(Answered::Unknown);
    }
    let is_older = token(standing.int("fencing_token")?)? > result.fencing_token;
    if is_older && matches!(&result.outcome, Outcome::Refused { code, .. } if code == FENCED) {
        return Ok(Answered::Before);
    }
    match tx.execute(ANSWER, args![id, node, now, text_of(result)?]).await? {
        0 => Ok(Answered::Before),
        _ => Ok(Answered::Now(standing.id("operation_id")?)),
    }
}

fn command(row: &Row) -> Result<Command, StoreError> {
    let wire = |column: &str, problem: node_protocol::MalformedId| {
        StoreError::corrupt(format!("{column}: {problem}"))
    };
    Ok(Command {
        id: row.text("id")?.parse().map_err(|problem| wire("id", problem))?,
        fencing_token: token(row.int("fencing_token")?)?,
        operation_id: row.text("operation_id")?.parse().map_err(|problem| wire("operation_id", problem))?,
        step: u32::try_from(row.int("step")?)
            .map_err(|_| StoreError::corrupt("step is no number of a step"))?,
        deadline_us: row.int("deadline_at")?,
        body: row.json("body")?,
    })
}

fn token(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_| StoreError::corrupt(format!("{stored} is no fencing token")))
}

fn text_of(document: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|error| StoreError::corrupt(format!("command: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::system::for_worker;
    use crate::store::nodes::tests::enrolled;
    use crate::store::testing::on_both;

    const NOW: Timestamp = Timestamp::from_micros(5);

    fn new(node: &NodeId, token: i64) -> NewCommand {
        NewCommand {
            id: CommandId::from_uuid(&format!("{:032x}", 1)),
            node: node.clone(),
            operation: OperationId::from_uuid(&format!("{:032x}", 2)),
            step: 3,
            fencing_token: token,
            body: CommandBody::Probe,
            deadline_at: Timestamp::from_micros(99),
        }
    }

    fn result_of(command: &NewCommand, token: u64, outcome: Outcome) -> CommandResult {
        CommandResult { command_id: command.id.as_str().parse().unwrap(), fencing_token: token, outcome }
    }

    #[tokio::test]
    async fn a_newer_worker_takes_the_command_over_and_the_older_one_is_stopped() {
        on_both(async |db| {
            let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
            let node = enrolled(&mut tx, "n1").await;
            put(&mut tx, &proof, &new(&node, 1), NOW).await.unwrap();
            put(&mut tx, &proof, &new(&node, 2), NOW).await.unwrap();
            let late = put(&mut tx, &proof, &new(&node, 1), NOW).await;
            assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
            tx.commit().await.unwrap();
            let sent = unanswered(&db, &proof, &node).await.unwrap();
            assert_eq!(sent.iter().map(|one| (one.fencing_token, one.step)).collect::<Vec<_>>(), [(2, 3)]);
        })
        .await;
    }

    #[tokio::test]
    async fn the_first_answer_counts_and_only_that_nodes() {
        on_both(async |db| {
            let (proof, mut tx) = (for_worker("test"), db.begin().await.unwrap());
            let (node, other) = (enrolled(&mut tx, "n1").await, enrolled(&mut tx, "n2").await);
            let command = new(&node, 2);
            put(&mut tx, &proof, &command, NOW).await.unwrap();
            let done = result_of(&command, 2, Outcome::Done { detail: serde_json::Value::Null });
            assert_eq!(answer(&mut tx, &proof, &other, &done, NOW).await.unwrap(), Answered::Unknown);
            let fenced = result_of(&command, 1, Outcome::refused(FENCED, "older"));
            assert_eq!(answer(&mut tx, &proof, &node, &fenced, NOW).await.unwrap(), Answered::Before);
            assert!(!is_delivered(&mut tx, &proof, &command.id).await.unwrap());
            let first = answer(&mut tx, &proof, &node, &done, NOW).await.unwrap();
            assert_eq!(first, Answered::Now(command.operation.clone()));
            let again = result_of(&command, 2, Outcome::failed("x", "y"));
            assert_eq!(answer(&mut tx, &proof, &node, &again, NOW).await.unwrap(), Answered::Before);
            tx.commit().await.unwrap();
            assert_eq!(result(&mut &db, &proof, &command.id).await.unwrap(), Some(done));
            assert!(is_delivered(&mut &db, &proof, &command.id).await.unwrap());
            assert!(unanswered(&db, &proof, &node).await.unwrap().is_empty());
        })
        .await;
    }
}
