//! When each sign of a node was first seen.

use read_models::ids::NodeId;
use read_models::time::Timestamp;

use crate::args;
use crate::authz::{self, May, Nodes};
use crate::store::db::{Reader, StoreError};

pub(crate) const SQL: &[&str] = &[FIRST_SIGNS];

const FIRST_SIGNS: &str =
    "SELECT first_heartbeat_at, first_capabilities_at, first_usage_at FROM node WHERE id = $1";

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
