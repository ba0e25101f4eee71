//! Files that were made of the audit: what was asked for and what they were. The files themselves are nowhere: each is
//! written anew from the chain.

use read_models::audit::AuditSearch;
use read_models::ids::OperationId;
use read_models::time::Timestamp;

use super::db::{Db, Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::{self, Feed, May, SystemProof};

pub(crate) const SQL: &[&str] = &[PUT, FIND, LIST, DELETE];

const PUT: &str = "INSERT INTO evidence_export
    (operation_id, made_by, made_at, format, search, upto_seq, events, bytes, sha256)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (operation_id) DO NOTHING";
const FIND: &str = "SELECT operation_id, made_by, made_at, format, search, upto_seq, events, bytes, sha256
    FROM evidence_export WHERE operation_id = $1";
const LIST: &str = "SELECT operation_id, made_by, made_at, format, search, upto_seq, events, bytes, sha256
    FROM evidence_export WHERE operation_id < $1 ORDER BY operation_id DESC LIMIT $2";
const DELETE: &str = "DELETE FROM evidence_export WHERE operation_id = $1";

/// Behind every id.
const NEWEST: &str = "op_~";

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    pub operation: OperationId,
    pub made_by: String,
    pub made_at: Timestamp,
    /// `ndjson` or `csv`.
    pub format: String,
    pub search: AuditSearch,
    /// Nothing later in the chain is in it.
    pub upto: i64,
    pub events: i64,
    pub bytes: i64,
    pub sha256: String,
}

/// Writes down what a file is; the second time nothing is changed.
pub async fn put(tx: &mut Tx, _: &SystemProof, made: &Export) -> Result<(), StoreError> {
    let Export { operation, made_by, made_at, format, search, upto, events, bytes, sha256 } = made;
    let search = serde_json::to_string(search).map_err(|_| StoreError::Unstorable)?;
    let values = args![operation, made_by, *made_at, format, search, *upto, *events, *bytes, sha256];
    tx.execute(PUT, values).await.map(|_| ())
}

/// What an operation made.
pub async fn find(
    from: &mut impl Reader,
    _: &impl May<authz::Read, Feed>,
    operation: &OperationId,
) -> Result<Option<Export>, StoreError> {
    from.row(FIND, args![operation]).await?.map(|row| export(&row)).transpose()
}

/// What was made, newest first, below an id.
pub async fn list(
    db: &Db,
    _: &impl May<authz::Read, Feed>,
    below: Option<&str>,
    limit: i64,
) -> Result<Vec<Export>, StoreError> {
    db.rows(LIST, args![below.unwrap_or(NEWEST), limit]).await?.iter().map(export).collect()
}

/// There is no such file any more.
pub async fn delete(tx: &mut Tx, _: &SystemProof, operation: &OperationId) -> Result<(), StoreError> {
    tx.execute(DELETE, args![operation]).await.map(|_| ())
}

fn export(row: &Row) -> Result<Export, StoreError> {
    Ok(Export {
        operation: row.id("operation_id")?,
        made_by: row.text("made_by")?,
        made_at: row.timestamp("made_at")?,
        format: row.text("format")?,
        search: row.json("search")?,
        upto: row.int("upto_seq")?,
        events: row.int("events")?,
        bytes: row.int("bytes")?,
        sha256: row.text("sha256")?,
    })
}
