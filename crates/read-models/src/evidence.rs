//! What was seen: the events that pages and API clients read.

use crate::{
    Answer,
    audit::{
        AuditSearch, AuditView, CheckpointsView, EvidenceView, ExportsView, OperationsEvidence,
        OperationsSearch,
    },
    ids::{DraftId, OperationId, ProjectId},
    navigation::Address,
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
    /// What happened in a project, newest first? The one asked for, else the one used last.
    fn project_audit(
        &self,
        project: Option<ProjectId>,
        search: AuditSearch,
        cursor: Option<String>,
    ) -> Answer<'_, AuditView>;
    /// Which operations were carried out, and is the evidence of each signed?
    fn operations_evidence(
        &self,
        search: OperationsSearch,
        cursor: Option<String>,
    ) -> Answer<'_, OperationsEvidence>;
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

/// What happened to a thing in a time, as a bundle: what it would hold, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResourceEvidence {
    /// The thing, as events name it; none when the search names none.
    pub resource: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Its page, where there is one.
    pub page: Option<Address>,
    /// What the bundle holds; none before a thing and a beginning are said, or when there is no such bundle.
    pub holds: Option<ResourceBundleHolds>,
    /// Why there is none, and what to ask instead.
    pub refused: Option<String>,
    /// Where the bundle is.
    pub download: Option<String>,
    /// Where the public key is.
    pub key: String,
    /// The id of the key, as bundle and verifier name it.
    pub key_id: String,
}

/// What the bundle of a thing and a time holds, and what it proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResourceBundleHolds {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The first event of its part of the chain.
    pub first: i64,
    /// The last event of its part of the chain.
    pub last: i64,
    /// Events that are in it whole.
    pub events: u32,
    /// Events of others, that are in it as digests.
    pub others: u32,
    /// Of its events: what was asked for.
    pub intents: u32,
    /// Of its events: what people decided.
    pub decisions: u32,
    /// Of its events: what was done and seen.
    pub observations: u32,
    /// Of its events: how operations ended.
    pub outcomes: u32,
    /// The operations on the thing that are recorded in it.
    pub operations: Vec<BundledOperation>,
    /// What it proves, in words.
    pub proved: Vec<String>,
    /// What it does not, in words.
    pub not_proved: Vec<String>,
    /// What belongs here and is not in it, in words.
    pub left_out: Vec<String>,
}

/// An operation that is recorded in the bundle of a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BundledOperation {
    /// Which.
    pub id: OperationId,
    /// Verb and noun.
    pub title: String,
    /// Where it stood.
    pub state: String,
}
