//! Checkpoints: where the chain ended, signed by whoever has the sequencer's lease. None is ever changed or deleted.

use std::time::Duration;

use evidence::Checkpoint;
use read_models::time::Timestamp;

use super::db::{Db, Row, StoreError, Tx};
use super::{dialect, events};
use crate::args;
use crate::authz::{self, Feed, May, SystemProof};
use crate::clock::Clock;

pub(crate) const SQL: &[&str] =
    &[STANDING, HEAD, PUT, WANT, WANTED_NO_MORE, COVERING, LIST, WITHIN, FIND, SIGNED_BEFORE, SIGNED_AFTER];

const STANDING: &str = "SELECT last_seq, checkpoint_wanted,
    (SELECT MAX(seq) FROM checkpoint) AS newest, (SELECT MAX(at) FROM checkpoint) AS newest_at
    FROM sequencer WHERE id = 1";
const HEAD: &str = "SELECT last_seq, last_hash FROM sequencer WHERE id = 1";
const PUT: &str = "INSERT INTO checkpoint (seq, hash, at, key_id, signature) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (seq) DO NOTHING";
const WANT: &str = "UPDATE sequencer SET checkpoint_wanted = 1 WHERE id = 1";
const WANTED_NO_MORE: &str = "UPDATE sequencer SET checkpoint_wanted = 0 WHERE id = 1";
const COVERING: &str =
    "SELECT seq, hash, at, key_id, signature FROM checkpoint WHERE seq >= $1 ORDER BY seq LIMIT 1";
const LIST: &str =
    "SELECT seq, hash, at, key_id, signature FROM checkpoint WHERE seq < $1 ORDER BY seq DESC LIMIT $2";

const WITHIN: &str =
    "SELECT seq, hash, at, key_id, signature FROM checkpoint WHERE seq > $1 AND seq <= $2 ORDER BY seq";
const FIND: &str = "SELECT seq, hash, at, key_id, signature FROM checkpoint WHERE seq = $1";

const SIGNED_BEFORE: &str = "SELECT seq, hash, at, key_id, signature FROM checkpoint
    WHERE at < $1 AND seq < $2 ORDER BY at DESC, seq DESC LIMIT 1";
const SIGNED_AFTER: &str = "SELECT seq, hash, at, key_id, signature FROM checkpoint
    WHERE at > $1 ORDER BY at, seq LIMIT 1";

/// How far the chain is, and how much of it is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The number of the newest event.
    pub last: i64,
    /// The number the newest checkpoint signs, and when it was signed; none before the first.
    pub newest: Option<(i64, Timestamp)>,
    /// Whether somebody waits for one.
    pub wanted: bool,
}

/// How far the chain is, and how much of it is covered.
pub async fn standing(db: &Db, _: &SystemProof) -> Result<Standing, StoreError> {
    let row = db.row(STANDING, args![]).await?.ok_or(StoreError::NotFound)?;
    Ok(Standing {
        last: row.int("last_seq")?,
        newest: row.opt_int("newest")?.zip(row.opt_timestamp("newest_at")?),
        wanted: row.int("checkpoint_wanted")? != 0,
    })
}

/// Signs where the chain ends now, if this server has or can have the sequencer's lease. Says whether it did.
pub async fn publish(
    db: &Db,
    _: &SystemProof,
    (owner, lease): (&str, Duration),
    clock: &dyn Clock,
    sign: impl Fn(i64, &str) -> Checkpoint + Send,
) -> Result<bool, StoreError> {
    let mut tx = db.begin().await?;
    let now = dialect::lease_now(&mut tx, clock).await?;
    // The row is locked from here on: the chain does not grow before this is committed.
    if tx.execute(events::LEASE, args![owner, now.plus(lease), now]).await? == 0 {
        return Ok(false);
    }
    let head = tx.row(HEAD, args![]).await?.ok_or(StoreError::NotFound)?;
    let (seq, hash) = (head.int("last_seq")?, head.text("last_hash")?);
    tx.execute(WANTED_NO_MORE, args![]).await?;
    if seq > 0 {
        let Checkpoint { seq, hash, at, key, signature } = sign(seq, &hash);
        tx.execute(PUT, args![seq, hash, at, key, signature]).await?;
    }
    tx.commit().await?;
    Ok(seq > 0)
}

/// Asks whoever has the lease for a checkpoint.
pub async fn want(db: &Db, _: &SystemProof) -> Result<(), StoreError> {
    db.execute(WANT, args![]).await.map(|_| ())
}

/// The same in the transaction of a step.
pub async fn want_in(tx: &mut Tx, _: &SystemProof) -> Result<(), StoreError> {
    tx.execute(WANT, args![]).await.map(|_| ())
}

/// Those that sign events after one number and up to another, lowest first.
pub async fn within(db: &Db, _: &SystemProof, after: i64, upto: i64) -> Result<Vec<Checkpoint>, StoreError> {
    db.rows(WITHIN, args![after, upto]).await?.iter().map(checkpoint).collect()
}

/// The one that signs this event.
pub async fn find(
    db: &Db,
    _: &impl May<authz::Read, Feed>,
    seq: i64,
) -> Result<Option<Checkpoint>, StoreError> {
    db.row(FIND, args![seq]).await?.map(|row| checkpoint(&row)).transpose()
}

/// The first checkpoint at this event or behind it.
pub async fn covering(db: &Db, _: &SystemProof, seq: i64) -> Result<Option<Checkpoint>, StoreError> {
    db.row(COVERING, args![seq]).await?.map(|row| checkpoint(&row)).transpose()
}

/// The last that was signed before a time, not in the same moment, and signs an event below a number.
pub async fn signed_before(
    db: &Db,
    _: &SystemProof,
    at: Timestamp,
    below: i64,
) -> Result<Option<Checkpoint>, StoreError> {
    db.row(SIGNED_BEFORE, args![at, below]).await?.map(|row| checkpoint(&row)).transpose()
}

/// The first that was signed after a time: one of the same moment may have missed what happened then.
pub async fn signed_after(db: &Db, _: &SystemProof, at: Timestamp) -> Result<Option<Checkpoint>, StoreError> {
    db.row(SIGNED_AFTER, args![at]).await?.map(|row| checkpoint(&row)).transpose()
}

/// Where the chain ends: the number and the hash of its newest event.
pub async fn head(db: &Db, _: &SystemProof) -> Result<(i64, String), StoreError> {
    let head = db.row(HEAD, args![]).await?.ok_or(StoreError::NotFound)?;
    Ok((head.int("last_seq")?, head.text("last_hash")?))
}

/// The newest checkpoint.
pub async fn newest(db: &Db, proof: &SystemProof) -> Result<Option<Checkpoint>, StoreError> {
    Ok(list(db, proof, i64::MAX, 1).await?.pop())
}

/// Checkpoints below a number, the newest first.
pub async fn list(
    db: &Db,
    _: &impl May<authz::Read, Feed>,
    below: i64,
    limit: i64,
) -> Result<Vec<Checkpoint>, StoreError> {
    db.rows(LIST, args![below, limit]).await?.iter().map(checkpoint).collect()
}

fn checkpoint(row: &Row) -> Result<Checkpoint, StoreError> {
    Ok(Checkpoint {
        seq: row.int("seq")?,
        hash: row.text("hash")?,
        at: row.int("at")?,
        key: row.text("key_id")?,
        signature: row.text("signature")?,
    })
}
