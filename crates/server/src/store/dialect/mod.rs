//! The few places where the two databases need different words. Everything else is one text for both.

use read_models::time::Timestamp;

use super::db::{Db, StoreError, Tx};
use crate::args;
use crate::clock::Clock;

/// Holds the database's own lock for a migration until the transaction ends. `SQLite` has none that spans programs
/// without a table, so there a file beside the database is locked instead (`migrate`).
const POSTGRES_MIGRATION_LOCK: &str = "SELECT pg_advisory_xact_lock(7236274958150)::text AS held";

/// Takes the migration lock, where the database has one.
pub(super) async fn lock_migrations(tx: &mut Tx) -> Result<(), StoreError> {
    if !tx.is_sqlite() {
        tx.row(POSTGRES_MIGRATION_LOCK, args![]).await?;
    }
    Ok(())
}

const POSTGRES_NOW: &str = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint AS now";

/// The same outside a transaction: for looking, not for deciding.
pub(super) async fn lease_now_outside(db: &Db, clock: &dyn Clock) -> Result<Timestamp, StoreError> {
    if db.is_sqlite() {
        return Ok(clock.now());
    }
    db.row(POSTGRES_NOW, args![]).await?.ok_or(StoreError::NotFound)?.timestamp("now")
}

/// The clock that leases run by: the database's where several servers share it, else the server's own.
pub(super) async fn lease_now(tx: &mut Tx, clock: &dyn Clock) -> Result<Timestamp, StoreError> {
    if tx.is_sqlite() {
        return Ok(clock.now());
    }
    tx.row(POSTGRES_NOW, args![]).await?.ok_or(StoreError::NotFound)?.timestamp("now")
}

/// `SQLite` has one writer at a time: what it read in its transaction stays so until that ends.
const POSTGRES_KEEP_STANDSTILL: &str = "SELECT id FROM standstill WHERE id = 1 FOR SHARE";

/// Keeps the row that says whether anything may begin as it is until the transaction ends.
pub(super) async fn keep_standstill(tx: &mut Tx) -> Result<(), StoreError> {
    if !tx.is_sqlite() {
        tx.row(POSTGRES_KEEP_STANDSTILL, args![]).await?;
    }
    Ok(())
}
