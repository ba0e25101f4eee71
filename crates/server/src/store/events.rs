//! Events: written to the outbox in the transaction that makes them true, numbered and chained by the one sequencer.
//!
//! The feed has no gaps: a number is given only by whoever holds the sequencer's lease, under its fencing token, to rows
//! that are committed already. (A database sequence would not do: a later number can commit first.)

use super::db::{Db, Row, StoreError, Tx};
use super::dialect;
use crate::args;
use crate::authz::{self, Feed, May, OperationRecords, SystemProof};
use crate::clock::Clock;
use crate::ids::Ids;
use evidence::Event;
use read_models::ids::{OperationId, ProjectId};
use read_models::time::Timestamp;
use serde_json::Value;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

pub(crate) const SQL: &[&str] = &[
    APPEND,
    PENDING,
    CHAIN,
    FORGET,
    LEASE,
    HEAD,
    ADVANCE,
    HAND_BACK,
    AFTER,
    AFTER_OF_PROJECT,
    OF_OPERATION,
    NEWEST_OF_OPERATION,
    NEWEST_OF_RESOURCE,
    LAST,
    LAG,
];

const APPEND: &str = "INSERT INTO outbox (id, at, position, kind, actor, sentence, operation_id, step, project_id, resource, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const PENDING: &str = "SELECT id, at, kind, actor, sentence, operation_id, step, project_id, resource, body
    FROM outbox ORDER BY at, position, id LIMIT $1";
const CHAIN: &str =
    "INSERT INTO event (seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body,
    prev_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const FORGET: &str = "DELETE FROM outbox WHERE id = $1";
pub(super) const LEASE: &str = "UPDATE sequencer SET lease_owner = $1, lease_until = $2,
    fencing_token = CASE WHEN lease_owner = $1 THEN fencing_token ELSE fencing_token + 1 END
    WHERE id = 1 AND (lease_owner = $1 OR lease_until < $3)";
const HEAD: &str = "SELECT fencing_token, last_seq, last_hash FROM sequencer WHERE id = 1";
const ADVANCE: &str = "UPDATE sequencer SET last_seq = $1, last_hash = $2 WHERE id = 1 AND fencing_token = $3 AND last_seq = $4";
const HAND_BACK: &str =
    "UPDATE sequencer SET lease_owner = NULL, lease_until = 0 WHERE id = 1 AND lease_owner = $1";
const LAST: &str = "SELECT last_seq FROM sequencer WHERE id = 1";
const LAG: &str = "SELECT COUNT(*) AS waiting FROM outbox";
const AFTER: &str = "SELECT seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body, prev_hash, hash
    FROM event WHERE seq > $1 AND $2 = '' ORDER BY seq LIMIT $3";
/// What a project has and what happened to a person are found in an index each, and merged.
const AFTER_OF_PROJECT: &str = "SELECT e.seq AS seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body,
    prev_hash, hash FROM (SELECT seq FROM (SELECT seq FROM event WHERE project_id = $2 AND seq > $1 ORDER BY seq LIMIT 200) a
    UNION ALL SELECT seq FROM (SELECT seq FROM event WHERE resource = $2 AND seq > $1 AND COALESCE(project_id, '') <> $2
    ORDER BY seq LIMIT 200) b ORDER BY seq LIMIT $3) k
    CROSS JOIN event e WHERE e.seq = k.seq ORDER BY e.seq";
const OF_OPERATION: &str = "SELECT seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body,
    prev_hash, hash FROM event WHERE operation_id = $1 AND seq > $2 AND ($3 = '' OR project_id = $3 OR resource = $3) ORDER BY seq LIMIT $4";
const NEWEST_OF_OPERATION: &str = "SELECT seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body,
    prev_hash, hash FROM event WHERE operation_id = $1 AND ($2 = '' OR project_id = $2 OR resource = $2) ORDER BY seq DESC LIMIT $3";
const NEWEST_OF_RESOURCE: &str = "SELECT seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body,
    prev_hash, hash FROM event WHERE resource = $1 AND ($2 = '' OR project_id = $2) ORDER BY seq DESC LIMIT $3";

/// Keeps what this program writes at the same moment in order.
static POSITION: AtomicI64 = AtomicI64::new(0);

/// Something that becomes true with the transaction it is written in.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub at: Timestamp,
    /// `audit.intent`, `step.observed`, `workload.state`, …
    pub kind: &'static str,
    /// Who did it, for the audit.
    pub actor: String,
    /// What happened, for people. Never holds a secret.
    pub sentence: String,
    pub operation: Option<OperationId>,
    pub step: Option<u32>,
    /// Tenants see events of their project only.
    pub project: Option<ProjectId>,
    /// `node:node_…`, `workload:wl_…`.
    pub resource: Option<String>,
    pub body: Value,
}

/// An event with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    pub seq: i64,
    pub id: String,
    pub at: Timestamp,
    pub kind: String,
    pub actor: String,
    pub sentence: String,
    pub operation: Option<OperationId>,
    pub step: Option<i64>,
    pub project: Option<ProjectId>,
    pub resource: Option<String>,
    pub body: String,
    pub prev_hash: String,
    pub hash: String,
}

/// Writes an event down; it is true if and only if the transaction commits.
pub async fn append(tx: &mut Tx, ids: &dyn Ids, event: NewEvent) -> Result<(), StoreError> {
    let values = args![
        ids.uuid(),
        event.at,
        POSITION.fetch_add(1, Ordering::Relaxed),
        event.kind,
        &event.actor,
        &event.sentence,
        &event.operation,
        event.step.map(i64::from),
        &event.project,
        &event.resource,
        event.body.to_string(),
    ];
    tx.execute(APPEND, values).await.map(|_| ())
}

/// Numbers and chains up to `batch` committed events, if this server may. Says how many it did; none also when another
/// server has the lease.
pub async fn sequence(
    db: &Db,
    _: &SystemProof,
    owner: &str,
    lease: Duration,
    clock: &dyn Clock,
    batch: i64,
) -> Result<usize, StoreError> {
    let mut tx = db.begin().await?;
    let now = dialect::lease_now(&mut tx, clock).await?;
    if tx.execute(LEASE, args![owner, now.plus(lease), now]).await? == 0 {
        return Ok(0);
    }
    let head =
        tx.row(HEAD, args![]).await?.ok_or_else(|| StoreError::corrupt("the sequencer's row is gone"))?;
    let (token, first, mut last_hash) =
        (head.int("fencing_token")?, head.int("last_seq")?, head.text("last_hash")?);
    let pending = tx.rows(PENDING, args![batch]).await?;
    for (seq, row) in (first + 1..).zip(&pending) {
        last_hash = chain(&mut tx, seq, row, &last_hash).await?;
    }
    let count = i64::try_from(pending.len()).unwrap_or(i64::MAX);
    if count > 0 && tx.execute(ADVANCE, args![first + count, &last_hash, token, first]).await? != 1 {
        return Err(StoreError::LeaseLost);
    }
    tx.commit().await?;
    Ok(pending.len())
}

/// Gives the sequencer's lease back when its server shuts down, so that the next one numbers at once.
pub async fn hand_back(db: &Db, _: &SystemProof, owner: &str) -> Result<(), StoreError> {
    db.execute(HAND_BACK, args![owner]).await.map(|_| ())
}

async fn chain(tx: &mut Tx, seq: i64, row: &Row, previous: &str) -> Result<String, StoreError> {
    let (id, body) = (row.text("id")?, row.text("body")?);
    let (kind, actor, sentence) = (row.text("kind")?, row.text("actor")?, row.text("sentence")?);
    let (operation, project, resource) =
        (row.opt_text("operation_id")?, row.opt_text("project_id")?, row.opt_text("resource")?);
    let (at, step) = (row.int("at")?, row.opt_int("step")?);
    let event = Event {
        seq,
        id: &id,
        at,
        kind: &kind,
        actor: &actor,
        sentence: &sentence,
        operation: operation.as_deref(),
        step,
        project: project.as_deref(),
        resource: resource.as_deref(),
        body: &body,
    };
    let hash = evidence::hash(previous, &event);
    let values = args![
        seq, &id, at, kind, actor, sentence, operation, step, project, resource, &body, previous, &hash
    ];
    tx.execute(CHAIN, values).await?;
    tx.execute(FORGET, args![&id]).await?;
    Ok(hash)
}

/// Events after a number, oldest first: all of them on the platform, else those of the permit's project or person.
pub async fn after(
    db: &Db,
    by: &impl May<authz::Read, Feed>,
    seq: i64,
    limit: i64,
) -> Result<Vec<StoredEvent>, StoreError> {
    let scope = by.project_or_any();
    // More than the statement merges at once would leave a gap; whoever reads goes on from the last.
    let (sql, limit) = if scope.is_empty() { (AFTER, limit) } else { (AFTER_OF_PROJECT, limit.min(200)) };
    db.rows(sql, args![seq, scope, limit]).await?.iter().map(event).collect()
}

/// The number of the newest event.
pub async fn last(db: &Db) -> Result<i64, StoreError> {
    db.row(LAST, args![]).await?.ok_or(StoreError::NotFound)?.int("last_seq")
}

/// How many events wait for their number.
pub async fn lag(db: &Db) -> Result<i64, StoreError> {
    db.row(LAG, args![]).await?.ok_or(StoreError::NotFound)?.int("waiting")
}

/// What happened in an operation, oldest first.
pub async fn of_operation(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    id: &OperationId,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredEvent>, StoreError> {
    db.rows(OF_OPERATION, args![id, after, by.project_or_any(), limit]).await?.iter().map(event).collect()
}

/// What happened in an operation, newest first.
pub async fn newest_of_operation(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    id: &OperationId,
    limit: i64,
) -> Result<Vec<StoredEvent>, StoreError> {
    db.rows(NEWEST_OF_OPERATION, args![id, by.project_or_any(), limit]).await?.iter().map(event).collect()
}

/// What happened to a resource, newest first.
pub async fn newest_of_resource(
    db: &Db,
    by: &impl May<authz::Read, Feed>,
    resource: &str,
    limit: i64,
) -> Result<Vec<StoredEvent>, StoreError> {
    db.rows(NEWEST_OF_RESOURCE, args![resource, by.project_or_any(), limit])
        .await?
        .iter()
        .map(event)
        .collect()
}

pub(super) fn event(row: &Row) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent {
        seq: row.int("seq")?,
        id: row.text("id")?,
        at: row.timestamp("at")?,
        kind: row.text("kind")?,
        actor: row.text("actor")?,
        sentence: row.text("sentence")?,
        operation: row.opt_id("operation_id")?,
        step: row.opt_int("step")?,
        project: row.opt_id("project_id")?,
        resource: row.opt_text("resource")?,
        body: row.text("body")?,
        prev_hash: row.text("prev_hash")?,
        hash: row.text("hash")?,
    })
}

#[cfg(test)]
mod tests;
