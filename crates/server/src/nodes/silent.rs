//! Noticing silence: a ready node without a heartbeat for three intervals is unreachable. It looks at the database only,
//! so it can run on any replica, also on one the agent is not connected to.

use read_models::nodes::NodeState;
use read_models::time::Timestamp;
use serde_json::json;

use crate::projections::node_state;
use crate::state::AppState;
use crate::store::db::StoreError;
use crate::store::events::{self, NewEvent};
use crate::store::nodes::{self, NodeRecord};
use crate::store::operations;

/// How many intervals may pass.
const INTERVALS: u32 = 3;

/// Marks every node that has fallen silent; says how many. Run it every second or so.
pub async fn mark_unreachable(state: &AppState) -> Result<usize, StoreError> {
    let now = state.clock.now();
    let before = now.minus(state.config.heartbeat_every * INTERVALS);
    let mut marked = 0;
    for node in nodes::silent_since(&state.db, &super::proof(), before).await? {
        marked += usize::from(mark(state, &node, before, now).await?);
    }
    if marked > 0 {
        state.hub.wake_workers();
    }
    Ok(marked)
}

async fn mark(
    state: &AppState,
    node: &NodeRecord,
    before: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let proof = super::proof();
    let mut tx = state.db.begin().await?;
    if !nodes::fall_silent(&mut tx, &proof, &node.id, before, now).await? {
        return Ok(false);
    }
    let sentence = node_state::sentence(NodeState::Ready, NodeState::Unreachable);
    let event = NewEvent {
        at: now,
        kind: "node.state",
        actor: proof.who(),
        sentence: format!("{} {sentence}.", node.name),
        operation: None,
        step: None,
        project: None,
        resource: Some(super::resource(&node.id)),
        body: json!({ "state": NodeState::Unreachable.key(), "last_heartbeat_at": node.last_heartbeat_at }),
    };
    events::append(&mut tx, &*state.ids, event).await?;
    operations::wake_for_target(&mut tx, &proof, "node", node.id.as_str(), now).await?;
    tx.commit().await?;
    tracing::warn!(node.id = %node.id, "node {} is unreachable", node.name);
    Ok(true)
}
