//! How a machine comes in: the tokens that are good, and what was refused at the door.

use crate::{ids::EnrolmentTokenId, operation::OperationCard, time::Timestamp};
use serde::{Deserialize, Serialize};

/// How a machine comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnrolmentPanel {
    /// The card that issues a token.
    pub issue: OperationCard,
    /// The tokens that are still good, newest first.
    pub tokens: Vec<EnrolmentTokenRow>,
    /// What was refused at the door, newest first.
    pub incidents: Vec<IncidentRow>,
}

/// A token that is still good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnrolmentTokenRow {
    /// Its id.
    pub id: EnrolmentTokenId,
    /// The name the node will have.
    pub node_name: Option<String>,
    /// Who issued it.
    pub issued_by: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// The command to run on the machine; only for the person who issued it.
    pub command: Option<String>,
    /// The card that revokes it.
    pub revoke: OperationCard,
}

/// Something that was refused at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IncidentRow {
    /// When.
    pub at: Timestamp,
    /// What.
    pub sentence: String,
}
