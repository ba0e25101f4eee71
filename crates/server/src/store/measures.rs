//! What there is now, counted: for whoever watches over the platform as a whole.

use super::db::{Db, StoreError};
use super::dialect;
use crate::args;
use crate::authz::{self, May, Nodes};
use crate::clock::Clock;

pub(crate) const SQL: &[&str] = &[NODE_STATES, NODE_POLICIES, WORKLOADS, OPERATIONS, OPEN, LEASES, EVENTS];

const NODE_STATES: &str = "SELECT state AS word, COUNT(*) AS many FROM node GROUP BY state";
const NODE_POLICIES: &str = "SELECT policy AS word, COUNT(*) AS many FROM node GROUP BY policy";
const WORKLOADS: &str = "SELECT state AS word, COUNT(*) AS many FROM workload GROUP BY state";
const OPERATIONS: &str = "SELECT state AS word, COUNT(*) AS many FROM operation GROUP BY state";
const OPEN: &str = "SELECT state AS word, MIN(accepted_at) AS oldest, COUNT(attention) AS asking
    FROM operation WHERE finished_at IS NULL GROUP BY state";
const LEASES: &str = "SELECT COUNT(*) AS many FROM operation WHERE lease_until > $1 AND finished_at IS NULL";
const EVENTS: &str =
    "SELECT last_seq AS last, (SELECT COUNT(*) FROM outbox) AS waiting FROM sequencer WHERE id = 1";

/// How many there are of each word.
pub type Counts = Vec<(String, i64)>;

/// What there is now.
#[derive(Clone, Debug, Default)]
pub struct Measures {
    pub node_states: Counts,
    pub node_policies: Counts,
    pub workloads: Counts,
    pub operations: Counts,
    /// By state: for how long, in microseconds, the oldest open operation has been open.
    pub open_us: Counts,
    /// Open operations that ask somebody.
    pub asking: i64,
    pub leases: i64,
    /// The number of the newest event.
    pub events: i64,
    /// Events without a number yet.
    pub unnumbered: i64,
}

/// Counts all of it, each at its own moment.
pub async fn take(
    db: &Db,
    _: &impl May<authz::Read, Nodes>,
    clock: &dyn Clock,
) -> Result<Measures, StoreError> {
    let open = db.rows(OPEN, &[]).await?;
    let now = clock.now().as_micros();
    let age = |row: &super::db::Row| Ok((row.text("word")?, (now - row.int("oldest")?).max(0)));
    let leased = db.row(LEASES, args![dialect::lease_now_outside(db, clock).await?]).await?;
    let events = db.row(EVENTS, &[]).await?.ok_or(StoreError::NotFound)?;
    Ok(Measures {
        node_states: counted(db, NODE_STATES).await?,
        node_policies: counted(db, NODE_POLICIES).await?,
        workloads: counted(db, WORKLOADS).await?,
        operations: counted(db, OPERATIONS).await?,
        open_us: open.iter().map(age).collect::<Result<_, StoreError>>()?,
        asking: open.iter().map(|row| row.int("asking")).sum::<Result<i64, StoreError>>()?,
        leases: leased.ok_or(StoreError::NotFound)?.int("many")?,
        events: events.int("last")?,
        unnumbered: events.int("waiting")?,
    })
}

async fn counted(db: &Db, sql: &'static str) -> Result<Counts, StoreError> {
    db.rows(sql, &[]).await?.iter().map(|row| Ok((row.text("word")?, row.int("many")?))).collect()
}
