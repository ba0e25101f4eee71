//! When each sign of a node was first seen.

use read_models::ids::NodeId;
use read_models::time::Timestamp;

use crate::args;
use crate::authz::{self, May, Nodes};
use crate::store::db::{Reader, StoreError};

pub(crate) const SQL: &[&str] = &[FIRST_SIGNS, TOOK];

const FIRST_SIGNS: &str =
    "SELECT first_heartbeat_at, first_capabilities_at, first_usage_at FROM node WHERE id = $1";

const TOOK: &str = "SELECT t.took AS took FROM (SELECT id, first_heartbeat_at - created_at AS took FROM node
    WHERE first_heartbeat_at >= created_at ORDER BY id DESC LIMIT 100) AS t ORDER BY t.took";

/// When each was first seen; none for what was not, and for what was before this was written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirstSigns {
    pub heartbeat: Option<Timestamp>,
    pub capabilities: Option<Timestamp>,
    pub usage: Option<Timestamp>,
}

/// The first signs of a node.
pub async fn first_signs(
    from: &mut impl Reader,
    _: &impl May<authz::Read, Nodes>,
    id: &NodeId,
) -> Result<FirstSigns, StoreError> {
    let row = from.row(FIRST_SIGNS, args![id]).await?.ok_or(StoreError::NotFound)?;
    Ok(FirstSigns {
        heartbeat: row.opt_timestamp("first_heartbeat_at")?,
        capabilities: row.opt_timestamp("first_capabilities_at")?,
        usage: row.opt_timestamp("first_usage_at")?,
    })
}

/// How long it took from enrolment to the first heartbeat, in milliseconds, of the newest nodes: the shortest first.
pub async fn first_heartbeats_took(
    from: &mut impl Reader,
    _: &impl May<authz::Read, Nodes>,
) -> Result<Vec<u64>, StoreError> {
    let millis = |micros: i64| u64::try_from(micros / 1000).unwrap_or(0);
    from.rows(TOOK, args![]).await?.iter().map(|row| row.int("took").map(millis)).collect()
}
