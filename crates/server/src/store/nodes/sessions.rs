//! Who speaks for a node. A node has at most one session.
//!
//! Whatever a session writes goes through [`hold_session`] first, in the same transaction: it touches the row only while
//! this session is the node's newest, its certificate the current one and the node not retired. So a replaced session
//! changes nothing more, on whatever replica it lives, and reports of one node are taken one after the other. Heartbeats
//! that say nothing new are written many together; each carries the same conditions itself.

use std::collections::HashMap;

use node_protocol::{Heartbeat, Usage};
use read_models::ids::NodeId;
use read_models::time::Timestamp;

use super::super::db::{Db, StoreError, Tx, exactly_one};
use crate::args;
use crate::authz::SystemProof;

pub(crate) const SQL: &[&str] = &[CONNECT, HOLD, SPEAKING, DISCONNECT, BEAT_QUIETLY];

const CONNECT: &str = "UPDATE node SET connected_to = $3, connected_at = $4
    WHERE id = $1 AND certificate_serial = $2 AND policy <> 'retired' AND state <> 'gone'";
const HOLD: &str =
    "UPDATE node SET connected_to = $3 WHERE id = $1 AND certificate_serial = $2 AND connected_to = $3
    AND policy <> 'retired' AND state <> 'gone'";
const SPEAKING: &str = "SELECT id, certificate_serial, connected_to FROM node
    WHERE connected_to IS NOT NULL AND policy <> 'retired' AND state <> 'gone'";
const DISCONNECT: &str =
    "UPDATE node SET connected_to = NULL, connected_at = NULL WHERE id = $1 AND connected_to = $2";
// A node that is not ready is raised by its heartbeat, and what is newer stays: both are for the session itself.
const BEAT_QUIETLY: &str = "UPDATE node SET last_heartbeat_at = $4, heartbeat = $5, clock_skew_us = $6,
    first_usage_at = COALESCE(first_usage_at, $7)
    WHERE id = $1 AND certificate_serial = $2 AND connected_to = $3 AND policy <> 'retired' AND state = 'ready'
    AND COALESCE(last_heartbeat_at, 0) <= $4";

/// The session of a node: which node, with which certificate, and the session's own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSession {
    pub node: NodeId,
    pub certificate_serial: String,
    /// The server and the session on it; no two are the same.
    pub name: String,
}

/// A heartbeat that says nothing but what is in use.
#[derive(Clone, Debug)]
pub struct QuietBeat {
    pub beat: Heartbeat,
    pub clock_skew_us: i64,
    /// When it arrived, by the server's clock.
    pub at: Timestamp,
}

/// The node's newest session begins; an older one is replaced by that. [`StoreError::NotFound`] when the node is unknown,
/// retired or gone, or has another certificate by now.
pub async fn begin_session(
    tx: &mut Tx,
    _: &SystemProof,
    session: &NodeSession,
    now: Timestamp,
) -> Result<(), StoreError> {
    let values = args![&session.node, &session.certificate_serial, &session.name, now];
    exactly_one(tx.execute(CONNECT, values).await?)
}

/// Makes sure that the session still speaks for the node, until the transaction ends. [`StoreError::LeaseLost`] when it
/// does not: change nothing.
pub async fn hold_session(tx: &mut Tx, _: &SystemProof, session: &NodeSession) -> Result<(), StoreError> {
    match tx.execute(HOLD, args![&session.node, &session.certificate_serial, &session.name]).await? {
        0 => Err(StoreError::LeaseLost),
        _ => Ok(()),
    }
}

/// Which session speaks for each node at this moment, on whatever server; for deciding whether to go on, not for writing.
pub async fn speaking(db: &Db, _: &SystemProof) -> Result<HashMap<NodeId, NodeSession>, StoreError> {
    let rows = db.rows(SPEAKING, args![]).await?;
    let session = |row: &super::super::db::Row| {
        let node: NodeId = row.id("id")?;
        let (certificate_serial, name) = (row.text("certificate_serial")?, row.text("connected_to")?);
        Ok((node.clone(), NodeSession { node, certificate_serial, name }))
    };
    rows.iter().map(session).collect()
}

/// Writes a heartbeat without news. `false` when it has to be written by its session itself: the session does not speak for
/// the node any more, the node is not ready, or something newer is written already.
pub async fn record_quietly(
    tx: &mut Tx,
    _: &SystemProof,
    session: &NodeSession,
    quiet: &QuietBeat,
) -> Result<bool, StoreError> {
    let QuietBeat { beat, clock_skew_us, at } = quiet;
    let text =
        serde_json::to_string(beat).map_err(|error| StoreError::corrupt(format!("heartbeat: {error}")))?;
    let has_usage = (beat.usage != Usage::default()).then_some(*at);
    let values = args![
        &session.node,
        &session.certificate_serial,
        &session.name,
        *at,
        text,
        *clock_skew_us,
        has_usage
    ];
    Ok(tx.execute(BEAT_QUIETLY, values).await? == 1)
}

/// The session is over; `false` when a newer one has begun by now, and then nothing changes.
pub async fn end_session(tx: &mut Tx, _: &SystemProof, session: &NodeSession) -> Result<bool, StoreError> {
    Ok(tx.execute(DISCONNECT, args![&session.node, &session.name]).await? == 1)
}
