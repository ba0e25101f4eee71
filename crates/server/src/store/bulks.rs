//! Bulks: which targets an operation on many has, which operation each of them got, and what a person decided about it.
//!
//! A child is written down here in the transaction that accepts it, so there is never one that its parent does not know.

use operations::OperationRecord;
use read_models::ids::{OperationId, SessionId, TokenId};
use read_models::operation::{OperationState, Target, TargetKind};
use read_models::time::Timestamp;

use super::db::{Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[
    BEGIN,
    FIND,
    PUT_TARGET,
    TARGETS,
    LINK,
    PARENT,
    WAKE_PARENT,
    NOT_STARTED,
    STOP,
    STOP_TARGETS,
    FORGIVE,
    FORGIVE_NONE,
    TRY_AGAIN,
];

const BEGIN: &str = "INSERT INTO bulk (operation_id, session_id, token_id) VALUES ($1, $2, $3)";
const FIND: &str = "SELECT session_id, token_id, forgiven, stopped FROM bulk WHERE operation_id = $1";
const PUT_TARGET: &str =
    "INSERT INTO bulk_target (parent_id, position, kind, target_id, name, included, plan_hash, why)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (parent_id, position) DO NOTHING";
/// Of what did not succeed the record is read too: it says why.
const TARGETS: &str =
    "SELECT t.position, t.kind, t.target_id, t.name, t.included, t.plan_hash, t.attempt, t.why, c.child_id,
    c.attempt AS child_attempt, o.state, o.attention, o.waiting_on,
    CASE WHEN o.state IN ('failed', 'stuck', 'cancelled') THEN o.record ELSE NULL END AS record
    FROM bulk_target t
    LEFT JOIN bulk_child c ON c.parent_id = t.parent_id AND c.position = t.position AND c.attempt =
        (SELECT MAX(n.attempt) FROM bulk_child n WHERE n.parent_id = t.parent_id AND n.position = t.position)
    LEFT JOIN operation o ON o.id = c.child_id
    WHERE t.parent_id = $1 ORDER BY t.position";
const LINK: &str = "INSERT INTO bulk_child (child_id, parent_id, position, attempt) VALUES ($1, $2, $3, $4)";
const PARENT: &str = "SELECT parent_id, attempt FROM bulk_child WHERE child_id = $1";
const WAKE_PARENT: &str = "UPDATE operation SET wake_at = $1, woken = 1 WHERE finished_at IS NULL
    AND id = (SELECT parent_id FROM bulk_child WHERE child_id = $2)";
const NOT_STARTED: &str = "UPDATE bulk_target SET why = $3 WHERE parent_id = $1 AND position = $2";
const STOP: &str = "UPDATE bulk SET stopped = 1 WHERE operation_id = $1";
const STOP_TARGETS: &str = "UPDATE bulk_target SET why = $2
    WHERE parent_id = $1 AND included = 1 AND why IS NULL AND NOT EXISTS (SELECT 1 FROM bulk_child c
    WHERE c.parent_id = $1 AND c.position = bulk_target.position AND c.attempt = bulk_target.attempt)";
const FORGIVE: &str = "UPDATE bulk SET forgiven = $2 WHERE operation_id = $1";
const FORGIVE_NONE: &str = "UPDATE bulk SET forgiven = 0 WHERE operation_id = $1";
const TRY_AGAIN: &str = "UPDATE bulk_target SET attempt = attempt + 1 WHERE parent_id = $1 AND EXISTS
    (SELECT 1 FROM bulk_child c JOIN operation o ON o.id = c.child_id WHERE c.parent_id = $1
    AND c.position = bulk_target.position AND c.attempt = bulk_target.attempt
    AND o.state IN ('failed', 'stuck', 'cancelled'))";

/// What a bulk is beside its targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// The session it was asked in.
    pub session: Option<SessionId>,
    /// The API token it was asked with.
    pub token: Option<TokenId>,
    /// So many that did not succeed a person has let pass.
    pub forgiven: u32,
    /// A person ended it.
    pub stopped: bool,
}

/// A target to be written down.
#[derive(Debug, Clone, Copy)]
pub struct NewTarget<'a> {
    pub position: u32,
    pub target: &'a Target,
    pub name: &'a str,
    /// Empty for one that is left out.
    pub plan_hash: &'a str,
    /// Why it is left out; none for one that is included.
    pub left_out: Option<&'a str>,
}

/// A target, and how far it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkTarget {
    pub position: u32,
    pub target: Target,
    pub name: String,
    pub included: bool,
    pub plan_hash: String,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// Why it was left out, or was not started.
    pub why: Option<String>,
    /// The operation of its newest try.
    pub child: Option<Child>,
}

/// The operation of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    pub id: OperationId,
    /// Of which try it is.
    pub attempt: u32,
    pub state: OperationState,
    /// What it asks or waits for.
    pub rests_on: Option<String>,
    /// How it ended, when that was not well.
    pub outcome: Option<String>,
}

/// Where a target of a bulk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    LeftOut,
    Waiting,
    Running,
    Succeeded,
    Failed,
    NotStarted,
}

impl BulkTarget {
    /// The operation of the current try.
    pub fn current(&self) -> Option<&Child> {
        self.child.as_ref().filter(|child| child.attempt == self.attempt)
    }

    /// Where it stands.
    pub fn standing(&self) -> Standing {
        if !self.included {
            return Standing::LeftOut;
        }
        match (self.current().map(|child| child.state), &self.why) {
            (Some(OperationState::Planned | OperationState::Queued | OperationState::Running), _) => {
                Standing::Running
            }
            (Some(OperationState::Succeeded), _) => Standing::Succeeded,
            (Some(OperationState::Failed | OperationState::Stuck | OperationState::Cancelled), _) => {
                Standing::Failed
            }
            (None, Some(_)) => Standing::NotStarted,
            (None, None) => Standing::Waiting,
        }
    }
}

/// Writes down how whoever asked for a bulk came in.
pub async fn begin(
    tx: &mut Tx,
    _: &SystemProof,
    id: &OperationId,
    session: Option<&SessionId>,
    token: Option<&TokenId>,
) -> Result<(), StoreError> {
    let (session, token) = (session.map(SessionId::as_str), token.map(TokenId::as_str));
    tx.execute(BEGIN, args![id, session, token]).await.map(|_| ())
}

/// A bulk.
pub async fn find(from: &mut impl Reader, _: &SystemProof, id: &OperationId) -> Result<Bulk, StoreError> {
    let row = from.row(FIND, args![id]).await?.ok_or(StoreError::NotFound)?;
    Ok(Bulk {
        session: row.opt_id("session_id")?,
        token: row.opt_id("token_id")?,
        forgiven: whole(&row, "forgiven")?,
        stopped: row.flag("stopped")?,
    })
}

/// Writes its targets down; those that are there already stay as they are.
pub async fn put_targets(
    tx: &mut Tx,
    _: &SystemProof,
    parent: &OperationId,
    targets: &[NewTarget<'_>],
) -> Result<(), StoreError> {
    for new in targets {
        let (kind, included) = (new.target.kind.word(), new.left_out.is_none());
        let why = new.left_out.map(str::to_owned);
        let values =
            args![parent, new.position, kind, &new.target.id, new.name, included, new.plan_hash, why];
        tx.execute(PUT_TARGET, values).await?;
    }
    Ok(())
}

/// Its targets in order.
pub async fn targets(
    from: &mut impl Reader,
    _: &SystemProof,
    parent: &OperationId,
) -> Result<Vec<BulkTarget>, StoreError> {
    from.rows(TARGETS, args![parent]).await?.iter().map(target).collect()
}

/// A child was accepted: in the transaction that accepts it.
pub async fn link(
    tx: &mut Tx,
    _: &SystemProof,
    child: &OperationId,
    (parent, position, attempt): (&OperationId, u32, u32),
) -> Result<(), StoreError> {
    tx.execute(LINK, args![child, parent, position, attempt]).await.map(|_| ())
}

/// The bulk an operation is a child of, and of which try.
pub async fn parent_of(
    from: &mut impl Reader,
    _: &SystemProof,
    child: &OperationId,
) -> Result<Option<(OperationId, u32)>, StoreError> {
    let row = from.row(PARENT, args![child]).await?;
    row.map(|row| Ok((row.id("parent_id")?, whole(&row, "attempt")?))).transpose()
}

/// An operation is over: whose child it is looks again.
pub async fn wake_parent(tx: &mut Tx, child: &OperationId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(WAKE_PARENT, args![now, child]).await.map(|_| ())
}

/// Its turn came, and it could not be started.
pub async fn set_not_started(
    tx: &mut Tx,
    _: &SystemProof,
    (parent, position): (&OperationId, u32),
    why: &str,
) -> Result<(), StoreError> {
    tx.execute(NOT_STARTED, args![parent, position, why]).await.map(|_| ())
}

/// No further target is started; those that wait say why.
pub async fn stop(tx: &mut Tx, _: &SystemProof, parent: &OperationId, why: &str) -> Result<(), StoreError> {
    tx.execute(STOP, args![parent]).await?;
    tx.execute(STOP_TARGETS, args![parent, why]).await.map(|_| ())
}

/// So many that did not succeed are no reason to stop any more.
pub async fn forgive(
    tx: &mut Tx,
    _: &SystemProof,
    parent: &OperationId,
    unsuccessful: u32,
) -> Result<(), StoreError> {
    tx.execute(FORGIVE, args![parent, unsuccessful]).await.map(|_| ())
}

/// Every target whose operation did not succeed waits for its turn again.
pub async fn try_again(tx: &mut Tx, _: &SystemProof, parent: &OperationId) -> Result<u64, StoreError> {
    tx.execute(FORGIVE_NONE, args![parent]).await?;
    tx.execute(TRY_AGAIN, args![parent]).await
}

fn target(row: &Row) -> Result<BulkTarget, StoreError> {
    Ok(BulkTarget {
        position: whole(row, "position")?,
        target: Target { kind: row.word("kind", TargetKind::parse)?, id: row.text("target_id")? },
        name: row.text("name")?,
        included: row.flag("included")?,
        plan_hash: row.text("plan_hash")?,
        attempt: whole(row, "attempt")?,
        why: row.opt_text("why")?,
        child: row.opt_id("child_id")?.map(|id| child(row, id)).transpose()?,
    })
}

fn child(row: &Row, id: OperationId) -> Result<Child, StoreError> {
    let record: Option<OperationRecord> = row.opt_json("record")?;
    Ok(Child {
        id,
        attempt: whole(row, "child_attempt")?,
        state: row.word("state", OperationState::parse)?,
        rests_on: row.opt_text("attention")?.or(row.opt_text("waiting_on")?),
        outcome: record.and_then(|record| record.outcome),
    })
}

fn whole(row: &Row, column: &str) -> Result<u32, StoreError> {
    u32::try_from(row.int(column)?).map_err(|_| StoreError::corrupt(format!("{column} is no count")))
}
