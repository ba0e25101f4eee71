//! Checks of the chain: how far each is, and what came of it. Each is written down as it goes, so that it goes on from there.

use read_models::ids::OperationId;
use read_models::time::Timestamp;

use super::db::{Db, Reader, Row, StoreError, Tx};
use crate::args;
use crate::authz::{self, Feed, May, SystemProof};

pub(crate) const SQL: &[&str] = &[BEGIN, FIND, PROGRESS, NEWEST, HASH];

const BEGIN: &str = "INSERT INTO audit_verification
    (operation_id, begun_at, from_seq, to_seq, seq, hash, checkpoints) VALUES ($1, $2, $3, $4, $5, $6, 0)
    ON CONFLICT (operation_id) DO NOTHING";
const FIND: &str =
    "SELECT operation_id, begun_at, from_seq, to_seq, seq, hash, checkpoints, finished_at, broken_seq, misfit
    FROM audit_verification WHERE operation_id = $1";
const PROGRESS: &str =
    "UPDATE audit_verification SET seq = $2, hash = $3, checkpoints = $4, finished_at = $5,
    broken_seq = $6, misfit = $7 WHERE operation_id = $1";
const NEWEST: &str =
    "SELECT operation_id, begun_at, from_seq, to_seq, seq, hash, checkpoints, finished_at, broken_seq, misfit
    FROM audit_verification WHERE finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 1";
const HASH: &str = "SELECT hash FROM event WHERE seq = $1";

/// A check of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    pub operation: OperationId,
    pub begun_at: Timestamp,
    /// The first number and the last that are checked.
    pub range: (i64, i64),
    /// The last that was good, and its hash.
    pub reached: (i64, String),
    pub checkpoints: i64,
    pub finished_at: Option<Timestamp>,
    /// Where the first thing is that does not fit, and what.
    pub misfit: Option<(i64, String)>,
}

/// Begins; where it is begun already nothing is changed.
pub async fn begin(tx: &mut Tx, _: &SystemProof, new: &Verification) -> Result<(), StoreError> {
    let (from, to) = new.range;
    let values = args![&new.operation, new.begun_at, from, to, new.reached.0, &new.reached.1];
    tx.execute(BEGIN, values).await.map(|_| ())
}

/// Writes down how far it is, or what came of it.
pub async fn progress(tx: &mut Tx, _: &SystemProof, of: &Verification) -> Result<(), StoreError> {
    let (broken, misfit) = of.misfit.clone().unzip();
    let values =
        args![&of.operation, of.reached.0, &of.reached.1, of.checkpoints, of.finished_at, broken, misfit];
    match tx.execute(PROGRESS, values).await? {
        1 => Ok(()),
        _ => Err(StoreError::NotFound),
    }
}

/// The check that an operation is.
pub async fn find(
    from: &mut impl Reader,
    _: &impl May<authz::Read, Feed>,
    operation: &OperationId,
) -> Result<Option<Verification>, StoreError> {
    from.row(FIND, args![operation]).await?.map(|row| verification(&row)).transpose()
}

/// The last that came to its end.
pub async fn newest(db: &Db, _: &impl May<authz::Read, Feed>) -> Result<Option<Verification>, StoreError> {
    db.row(NEWEST, args![]).await?.map(|row| verification(&row)).transpose()
}

/// The hash the chain has at a number.
pub async fn hash_at(
    from: &mut impl Reader,
    _: &SystemProof,
    seq: i64,
) -> Result<Option<String>, StoreError> {
    from.row(HASH, args![seq]).await?.map(|row| row.text("hash")).transpose()
}

fn verification(row: &Row) -> Result<Verification, StoreError> {
    Ok(Verification {
        operation: row.id("operation_id")?,
        begun_at: row.timestamp("begun_at")?,
        range: (row.int("from_seq")?, row.int("to_seq")?),
        reached: (row.int("seq")?, row.text("hash")?),
        checkpoints: row.int("checkpoints")?,
        finished_at: row.opt_timestamp("finished_at")?,
        misfit: row.opt_int("broken_seq")?.zip(row.opt_text("misfit")?),
    })
}
