//! Sealed secrets: what the server itself made and must not lie readable. A name is taken once.

use read_models::time::Timestamp;

use super::db::{Reader, StoreError, Tx};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[FIND, PUT];

const FIND: &str = "SELECT sealed FROM sealed_secret WHERE name = $1";
const PUT: &str =
    "INSERT INTO sealed_secret (name, sealed, made_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";

/// The sealed text under this name.
pub async fn find(from: &mut impl Reader, _: &SystemProof, name: &str) -> Result<Option<String>, StoreError> {
    from.row(FIND, args![name]).await?.map(|row| row.text("sealed")).transpose()
}

/// Keeps it, unless the name is taken.
pub async fn put_if_absent(
    tx: &mut Tx,
    _: &SystemProof,
    name: &str,
    sealed: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(PUT, args![name, sealed, now]).await.map(|_| ())
}
