//! Sign-ins whose password was right and whose second factor is still to come. Nobody is signed in by one.

use std::time::Duration;

use read_models::ids::UserId;
use read_models::time::Timestamp;

use super::db::{Reader, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[BEGIN, BY_HASH, END, END_ALL, PRUNE];

const BEGIN: &str = "INSERT INTO half_sign_in (key_hash, user_id, began_at, ends_at) VALUES ($1, $2, $3, $4)";
const BY_HASH: &str = "SELECT user_id FROM half_sign_in WHERE key_hash = $1 AND ends_at > $2";
const END: &str = "DELETE FROM half_sign_in WHERE key_hash = $1";
const END_ALL: &str = "DELETE FROM half_sign_in WHERE user_id = $1";
const PRUNE: &str = "DELETE FROM half_sign_in WHERE ends_at < $1";

/// So long is waited for the second factor.
pub const LIFETIME: Duration = Duration::from_mins(10);

/// Begins one; those that are over are swept on the way.
pub async fn begin(
    tx: &mut Tx,
    _: &SystemProof,
    hash: &str,
    user: &UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(PRUNE, args![now]).await?;
    tx.execute(BEGIN, args![hash, user, now, now.plus(LIFETIME)]).await.map(|_| ())
}

/// Who began it, unless it is over.
pub async fn by_hash(
    from: &mut impl Reader,
    _: &SystemProof,
    hash: &str,
    now: Timestamp,
) -> Result<Option<UserId>, StoreError> {
    from.row(BY_HASH, args![hash, now]).await?.map(|row| row.id("user_id")).transpose()
}

/// It became a session. Not found when that happened before: one makes one session.
pub async fn end(tx: &mut Tx, _: &SystemProof, hash: &str) -> Result<(), StoreError> {
    exactly_one(tx.execute(END, args![hash]).await?)
}

/// Ends all of a person's: what they were begun with does not hold any more.
pub async fn end_all(tx: &mut Tx, _: &SystemProof, user: &UserId) -> Result<(), StoreError> {
    tx.execute(END_ALL, args![user]).await.map(|_| ())
}
