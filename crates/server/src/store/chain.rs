//! The chain as evidence needs it: which numbers are an operation's, what stands between two numbers.

use read_models::ids::{OperationId, ProjectId};
use read_models::time::Timestamp;

use super::db::{Db, Row, StoreError};
use super::events::{StoredEvent, event};
use crate::args;
use crate::authz::{self, Feed, May, OperationRecords, SystemProof};

pub(crate) const SQL: &[&str] =
    &[NUMBERS, UNNUMBERED, BETWEEN, KINDS, UNNUMBERED_BEFORE, ABOUT, OF_OPERATION];

const NUMBERS: &str = "SELECT seq FROM event
    WHERE operation_id = $1 AND ($2 = '' OR project_id = $2 OR resource = $2) ORDER BY seq LIMIT $3";
const UNNUMBERED: &str = "SELECT COUNT(*) AS waiting FROM outbox WHERE operation_id = $1";
const BETWEEN: &str = "SELECT seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body, prev_hash, hash
    FROM event WHERE seq >= $1 AND seq <= $2 ORDER BY seq";

const KINDS: &str = "SELECT kind, COUNT(*) AS many, MAX(seq) AS last FROM event
    WHERE operation_id = $1 AND ($2 = '' OR project_id = $2 OR resource = $2) GROUP BY kind";

const UNNUMBERED_BEFORE: &str = "SELECT COUNT(*) AS waiting FROM outbox WHERE at <= $1";
const ABOUT: &str = "SELECT seq, kind, operation_id FROM event
    WHERE seq >= $1 AND seq <= $2 AND (resource = $3 OR project_id = $4) ORDER BY seq LIMIT $5";
const OF_OPERATION: &str = "SELECT seq, kind, operation_id FROM event WHERE operation_id = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq";

/// An event's place in the chain, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    pub seq: i64,
    pub kind: String,
    pub operation: Option<OperationId>,
}

/// How many events of a time wait for their number.
pub async fn unnumbered_before(db: &Db, _: &SystemProof, at: Timestamp) -> Result<i64, StoreError> {
    db.row(UNNUMBERED_BEFORE, args![at]).await?.ok_or(StoreError::NotFound)?.int("waiting")
}

/// The events about a thing from one number to another, lowest first; those of a project too, when it is one.
pub async fn about(
    db: &Db,
    _: &impl May<authz::Read, Feed>,
    (from, to): (i64, i64),
    (resource, project): (&str, Option<&ProjectId>),
    limit: i64,
) -> Result<Vec<Placed>, StoreError> {
    let project = project.map(ToString::to_string).unwrap_or_default();
    db.rows(ABOUT, args![from, to, resource, project, limit]).await?.iter().map(placed).collect()
}

/// The events of an operation from one number to another, lowest first.
pub async fn of_operation(
    db: &Db,
    _: &impl May<authz::Read, Feed>,
    (from, to): (i64, i64),
    id: &OperationId,
) -> Result<Vec<Placed>, StoreError> {
    db.rows(OF_OPERATION, args![id, from, to]).await?.iter().map(placed).collect()
}

fn placed(row: &Row) -> Result<Placed, StoreError> {
    Ok(Placed { seq: row.int("seq")?, kind: row.text("kind")?, operation: row.opt_id("operation_id")? })
}

/// The numbers of an operation's events, lowest first.
pub async fn numbers(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    id: &OperationId,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let rows = db.rows(NUMBERS, args![id, by.project_or_any(), limit]).await?;
    rows.iter().map(|row| row.int("seq")).collect()
}

/// How many of an operation's events wait for their number.
pub async fn unnumbered(db: &Db, _: &SystemProof, id: &OperationId) -> Result<i64, StoreError> {
    db.row(UNNUMBERED, args![id]).await?.ok_or(StoreError::NotFound)?.int("waiting")
}

/// Every event from one number to another: of whoever they are, for the links between them.
pub async fn between(db: &Db, _: &SystemProof, from: i64, to: i64) -> Result<Vec<StoredEvent>, StoreError> {
    db.rows(BETWEEN, args![from, to]).await?.iter().map(event).collect()
}

/// How many events of each kind an operation has, and the number of the last of them.
pub async fn kinds(
    db: &Db,
    by: &impl May<authz::Read, OperationRecords>,
    id: &OperationId,
) -> Result<Vec<(String, u32, i64)>, StoreError> {
    let rows = db.rows(KINDS, args![id, by.project_or_any()]).await?;
    let kind = |row: &Row| {
        let many = u32::try_from(row.int("many")?).unwrap_or(u32::MAX);
        Ok((row.text("kind")?, many, row.int("last")?))
    };
    rows.iter().map(kind).collect()
}
