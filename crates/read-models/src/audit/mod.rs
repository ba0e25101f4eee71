//! The audit: what happened, who did it, to what; how it is searched, and how the chain that holds it stands.

use crate::{
    error::FieldError,
    evidence::ResourceEvidence,
    ids::{OperationId, ProjectId},
    navigation::Address,
    operation::{LastRun, OperationCard},
    session::ProjectRef,
    time::Timestamp,
    workloads::{ProgressBrief, RunNext},
};
use serde::{Deserialize, Serialize};

mod operations;
mod search;

pub use operations::{EvidenceRow, OperationsEvidence, OperationsFilter, OperationsSearch};
pub use search::{AuditFilter, AuditSearch, LONGEST};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEventView {
    /// Its number in the chain.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What it is.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// What happened.
    pub sentence: String,
    /// The operation it belongs to.
    pub operation: Option<OperationId>,
    /// The project it belongs to.
    pub project: Option<ProjectId>,
    /// What it happened to.
    pub resource: Option<String>,
    /// The page of what it happened to, where there is one.
    pub resource_page: Option<Address>,
    /// Its hash in the chain.
    pub hash: String,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditView {
    /// As of when.
    pub as_of: Timestamp,
    /// What was searched for.
    pub search: AuditSearch,
    /// The project whose audit it is; none when it is the platform's.
    pub scope: Option<ProjectRef>,
    /// What of it cannot be meant; then nothing was searched.
    pub wrong: Vec<FieldError>,
    /// The kinds of events there are; none are told where they are not one's own.
    pub kinds: Vec<String>,
    /// The projects one can choose.
    pub projects: Vec<ProjectRef>,
    /// What was found, newest first.
    pub events: Vec<AuditEventView>,
    /// Where the next page begins. A page may be short and still have a next one: see `looked_back_to`.
    pub next_cursor: Option<String>,
    /// A search by words looks at so many events at a time. Said when that was all: so far back it has looked.
    pub looked_back_to: Option<Timestamp>,
    /// What needs somebody, as sentences.
    pub action_required: Vec<String>,
    /// What to run next, and why.
    pub run_next: Option<RunNext>,
    /// What can be left alone.
    pub safe_to_ignore: String,
    /// What happened to the thing that is searched for, as a bundle.
    pub bundle: ResourceEvidence,
    /// How what was found becomes a file; none where that is not to be had.
    pub export: Option<OperationCard>,
    /// Files that were made, newest first.
    pub exports: Vec<ExportRow>,
}

/// How the chain stands, for whoever answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EvidenceView {
    /// As of when.
    pub as_of: Timestamp,
    /// How far the chain is.
    pub chain: ChainView,
    /// The last check of the chain; none before the first.
    pub verification: Option<VerificationView>,
    /// What needs somebody, as sentences.
    pub action_required: Vec<String>,
    /// What to run next, and why.
    pub run_next: Option<RunNext>,
    /// What can be left alone.
    pub safe_to_ignore: String,
    /// What can be done.
    pub cards: Vec<OperationCard>,
    /// Operations under way here.
    pub in_progress: Vec<ProgressBrief>,
    /// Operations that were carried out here, newest first.
    pub past_operations: Vec<LastRun>,
}

/// How far the chain is, and how much of it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainView {
    /// The number of the newest event.
    pub last: i64,
    /// Events that wait for their number.
    pub waiting: i64,
    /// The newest checkpoint; none before the first.
    pub signed: Option<CheckpointRow>,
    /// Events behind it.
    pub behind: i64,
    /// The id of the key that signs.
    pub key_id: String,
}

/// A check of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VerificationView {
    /// The operation that checks, or did.
    pub operation: OperationId,
    /// Since when.
    pub begun_at: Timestamp,
    /// Until when; none while it goes on.
    pub finished_at: Option<Timestamp>,
    /// The first event of what is checked.
    pub from: i64,
    /// The last event of what is checked.
    pub to: i64,
    /// The last event that was checked and is good.
    pub checked_to: i64,
    /// Checkpoints that were checked on the way.
    pub checkpoints: i64,
    /// The first thing that does not fit.
    pub broken: Option<BrokenView>,
}

/// The first thing of a chain that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BrokenView {
    /// At which number.
    pub number: i64,
    /// What it is.
    pub sentence: String,
}

/// Where the chain ended at a time, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckpointRow {
    /// The number of the last event.
    pub number: i64,
    /// Its hash.
    pub hash: String,
    /// When it was signed.
    pub at: Timestamp,
    /// The id of the key.
    pub key_id: String,
    /// Where it can be taken.
    pub download: String,
}

/// The checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckpointsView {
    /// As of when.
    pub as_of: Timestamp,
    /// How far the chain is.
    pub chain: ChainView,
    /// Newest first.
    pub checkpoints: Vec<CheckpointRow>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
    /// Agents that are connected and were given the newest.
    pub agents: usize,
    /// What needs somebody, as sentences.
    pub action_required: Vec<String>,
    /// What to run next, and why.
    pub run_next: Option<RunNext>,
    /// What can be left alone.
    pub safe_to_ignore: String,
    /// How one is signed now.
    pub publish: OperationCard,
}

/// A file that was made of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportRow {
    /// The operation that made it.
    pub operation: OperationId,
    /// Who asked.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// `ndjson` or `csv`.
    pub format: String,
    /// What was searched for.
    pub search: AuditSearch,
    /// Nothing after this number is in it.
    pub up_to: i64,
    /// How many events are in it.
    pub events: i64,
    /// How many bytes it has.
    pub bytes: i64,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
    /// Where it can be taken.
    pub download: String,
}

/// The files that were made of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportsView {
    /// As of when.
    pub as_of: Timestamp,
    /// Newest first.
    pub exports: Vec<ExportRow>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
    /// What needs somebody, as sentences.
    pub action_required: Vec<String>,
    /// What to run next, and why.
    pub run_next: Option<RunNext>,
    /// What can be left alone.
    pub safe_to_ignore: String,
    /// How a file is made.
    pub export: OperationCard,
    /// Files that are being made.
    pub in_progress: Vec<ProgressBrief>,
}
