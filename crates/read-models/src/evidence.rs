//! What was seen: the events that pages and API clients read.

use crate::{ids::OperationId, time::Timestamp};
use serde::{Deserialize, Serialize};

/// One entry of the feed: an audit event, a step of an operation, an observation, a change of state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventView {
    /// Opaque position in the feed; `Last-Event-ID` continues after it.
    pub cursor: String,
    /// When it happened, by the server's clock.
    pub at: Timestamp,
    /// What kind of event: `audit.intent`, `step.observed`, `workload.state`, …
    pub kind: String,
    /// Who did it: a person, a node, the server.
    pub actor: String,
    /// What happened, for people.
    pub sentence: String,
    /// The operation it belongs to.
    pub operation: Option<OperationId>,
    /// The resource it is about: `node:node_…`.
    pub resource: Option<String>,
    /// The event's hash in the audit chain, lower-case hex SHA-256.
    pub hash: String,
}
