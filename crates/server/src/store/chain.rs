//! The chain as evidence needs it: which numbers are an operation's, what stands between two numbers.

use read_models::ids::OperationId;

use super::db::{Db, StoreError};
use super::events::{StoredEvent, event};
use crate::args;
use crate::authz::{self, May, OperationRecords, SystemProof};

pub(crate) const SQL: &[&str] = &[NUMBERS, UNNUMBERED, BETWEEN, KINDS];

const NUMBERS: &str = "SELECT seq FROM event
    WHERE operation_id = $1 AND ($2 = '' OR project_id = $2 OR resource = $2) ORDER BY seq LIMIT $3";
const UNNUMBERED: &str = "SELECT COUNT(*) AS waiting FROM outbox WHERE operation_id = $1";
const BETWEEN: &str = "SELECT seq, id, at, kind, actor, sentence, operation_id, step, project_id, resource, body, prev_hash, hash
    FROM event WHERE seq >= $1 AND seq <= $2 ORDER BY seq";

const KINDS: &str = "SELECT kind, COUNT(*) AS many, MAX(seq) AS last FROM event
    WHERE operation_id = $1 AND ($2 = '' OR project_id = $2 OR resource = $2) GROUP BY kind";

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
    let kind = |row: &super::db::Row| {
        let many = u32::try_from(row.int("many")?).unwrap_or(u32::MAX);
        Ok((row.text("kind")?, many, row.int("last")?))
    };
    rows.iter().map(kind).collect()
}
