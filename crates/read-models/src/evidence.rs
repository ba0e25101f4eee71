//! What was seen: the events that pages and API clients read.

use crate::{
    Answer,
    audit::{AuditSearch, AuditView, CheckpointsView, EvidenceView, ExportsView},
    ids::{DraftId, OperationId},
    operation::{OperationState, TargetView},
    time::Timestamp,
};
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

/// What the evidence pages ask.
pub trait EvidenceConsole: Send + Sync {
    /// What does this operation's bundle hold, and is it covered?
    fn operation_evidence(&self, id: OperationId) -> Answer<'_, OperationEvidence>;
    /// How does the chain stand? `draft` brings back what was typed into a form.
    fn evidence(&self, draft: Option<DraftId>) -> Answer<'_, EvidenceView>;
    /// What happened, newest first?
    fn audit(
        &self,
        search: AuditSearch,
        cursor: Option<String>,
        draft: Option<DraftId>,
    ) -> Answer<'_, AuditView>;
    /// Which files were made of the audit?
    fn exports(&self, cursor: Option<String>, draft: Option<DraftId>) -> Answer<'_, ExportsView>;
    /// Where did the chain end, signed?
    fn checkpoints(&self, cursor: Option<String>) -> Answer<'_, CheckpointsView>;
}

/// An operation's evidence: what its bundle holds, whether a checkpoint covers it, and how it is checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperationEvidence {
    /// As of when.
    pub as_of: Timestamp,
    /// The operation.
    pub id: OperationId,
    /// Verb and noun.
    pub title: String,
    /// On what.
    pub target_view: TargetView,
    /// Where the operation stands.
    pub state: OperationState,
    /// Since when.
    pub since: Timestamp,
    /// Who asked for it.
    pub requested_by: String,
    /// What the bundle holds.
    pub holds: BundleContents,
    /// Whether that is signed.
    pub coverage: Coverage,
    /// What needs somebody, as sentences.
    pub action_required: Vec<String>,
    /// What can be left alone, as a sentence.
    pub safe_to_ignore: String,
    /// Where the bundle is.
    pub download: String,
    /// Where the public key is.
    pub key: String,
    /// The id of the key, as bundle and verifier name it.
    pub key_id: String,
    /// What checks the bundle, on any machine that has the program.
    pub verify: String,
}

/// What a bundle holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BundleContents {
    /// Whether what was asked for, with its plan, is numbered already.
    pub intent: bool,
    /// What people decided on the way.
    pub decisions: u32,
    /// What was done and seen.
    pub observations: u32,
    /// Whether how it ended is numbered already.
    pub outcome: bool,
    /// Steps as they were recorded.
    pub steps: u32,
    /// Bytes of what the workload wrote; none when it has no log.
    pub log_bytes: Option<u64>,
}

/// Whether a signed checkpoint covers everything that happened so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Coverage {
    /// All of it.
    Covered {
        /// When the checkpoint was signed.
        signed_at: Timestamp,
    },
    /// It is numbered; the next checkpoint covers it, and who takes the bundle does not wait for that.
    Numbered,
    /// Something of it waits for its number.
    Waiting {
        /// How many events.
        events: u32,
    },
}
