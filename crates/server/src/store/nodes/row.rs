//! Nodes as rows.

use node_protocol::Heartbeat;
use read_models::ids::{NodeId, OperationId};
use read_models::nodes::{NodePolicy, NodeRole, NodeState};
use read_models::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::db::{Row, StoreError};

/// A node as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeRecord {
    pub id: NodeId,
    pub name: String,
    pub role: NodeRole,
    pub policy: NodePolicy,
    pub policy_since: Timestamp,
    /// Who wants it so; none in service, and for what was set before this was written down.
    pub policy_hold: Option<PolicyHold>,
    pub state: NodeState,
    pub state_since: Timestamp,
    pub created_at: Timestamp,
    /// SHA-256 of the identity key's SPKI, lower hex.
    pub identity_fingerprint: String,
    pub certificate: NodeCertificate,
    pub agent_version: Option<String>,
    pub hostname: Option<String>,
    pub boot_id: Option<String>,
    /// The node's clock minus the server's.
    pub clock_skew_us: Option<i64>,
    /// By the server's clock; may lag a few seconds behind.
    pub last_heartbeat_at: Option<Timestamp>,
    pub heartbeat: Option<Heartbeat>,
    /// None before its agent said.
    pub slots_total: Option<u32>,
    /// None while its agent is not connected.
    pub connection: Option<Connection>,
    /// Whether its agent ever said that there is no machine behind it.
    pub simulated: bool,
}

/// Who keeps a node out of service, and why: the operation that set its policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyHold {
    /// The operation that set it.
    pub operation: OperationId,
    /// Its word: `node.drain`. It decides what the way back is.
    pub asked: String,
    /// Who asked for it.
    pub by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Until when it is expected to last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// The certificate a node has to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCertificate {
    /// Lower hex.
    pub serial: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

/// The session of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The session's name.
    pub to: String,
    pub since: Timestamp,
}

impl NodeRecord {
    /// When its agent took the inventory it reports, by the server's clock as far as the agent's is known to be off. Never
    /// later than the report it came with.
    pub fn inventory_taken_at(&self) -> Option<Timestamp> {
        let (heard, beat) = (self.last_heartbeat_at?, self.heartbeat.as_ref()?);
        let taken = beat.inventory.taken_at_us?.saturating_sub(self.clock_skew_us.unwrap_or(0));
        Some(Timestamp::from_micros(taken).min(heard))
    }

    /// Whether its agent is refused at the door and at every message.
    pub fn may_not_speak(&self) -> bool {
        self.policy == NodePolicy::Retired || self.state == NodeState::Gone
    }
}

pub(super) fn node(row: &Row) -> Result<NodeRecord, StoreError> {
    Ok(NodeRecord {
        id: row.id("id")?,
        name: row.text("name")?,
        role: row.word("role", NodeRole::parse)?,
        policy: row.word("policy", NodePolicy::parse)?,
        policy_since: row.timestamp("policy_since")?,
        policy_hold: row.opt_json("policy_hold")?,
        state: row.word("state", NodeState::parse)?,
        state_since: row.timestamp("state_since")?,
        created_at: row.timestamp("created_at")?,
        identity_fingerprint: row.text("identity_fingerprint")?,
        certificate: NodeCertificate {
            serial: row.text("certificate_serial")?,
            not_before: row.timestamp("certificate_not_before")?,
            not_after: row.timestamp("certificate_not_after")?,
        },
        agent_version: row.opt_text("agent_version")?,
        hostname: row.opt_text("hostname")?,
        boot_id: row.opt_text("boot_id")?,
        clock_skew_us: row.opt_int("clock_skew_us")?,
        last_heartbeat_at: row.opt_timestamp("last_heartbeat_at")?,
        heartbeat: row.opt_json("heartbeat")?,
        slots_total: row.opt_int("slots_total")?.map(slots).transpose()?,
        connection: connection(row)?,
        simulated: row.flag("simulated")?,
    })
}

fn connection(row: &Row) -> Result<Option<Connection>, StoreError> {
    let since = row.opt_timestamp("connected_at")?;
    Ok(row.opt_text("connected_to")?.zip(since).map(|(to, since)| Connection { to, since }))
}

fn slots(stored: i64) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|_| StoreError::corrupt(format!("{stored} is no number of slots")))
}
