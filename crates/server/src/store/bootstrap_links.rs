//! The one-time link that makes the first administrator. Only its hash is stored.

use read_models::time::Timestamp;

use super::db::{Reader, StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[INSERT, IS_OPEN, USE];

const INSERT: &str = "INSERT INTO bootstrap_link (hash, expires_at) VALUES ($1, $2)";
const IS_OPEN: &str =
    "SELECT hash FROM bootstrap_link WHERE hash = $1 AND used_at IS NULL AND expires_at > $2";
const USE: &str =
    "UPDATE bootstrap_link SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2";

/// Whether the link can still be used.
pub async fn is_open(
    from: &mut impl Reader,
    _: &SystemProof,
    hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(from.row(IS_OPEN, args![hash, now]).await?.is_some())
}

/// Writes down a new link.
pub async fn add(tx: &mut Tx, _: &SystemProof, hash: &str, expires_at: Timestamp) -> Result<(), StoreError> {
    tx.execute(INSERT, args![hash, expires_at]).await?;
    Ok(())
}

/// Uses the link up; [`StoreError::NotFound`] when it is unknown, used or past its time.
pub async fn use_up(tx: &mut Tx, _: &SystemProof, hash: &str, now: Timestamp) -> Result<(), StoreError> {
    super::db::exactly_one(tx.execute(USE, args![hash, now]).await?)
}
