//! Compute: what can be launched, and what the platform offers.

use crate::{
    Answer,
    error::FieldError,
    ids::{DraftId, NodeId, ProjectId, SkuId},
    operation::{IntentGroup, LastRun, OperationCard},
    paging::{Page, PageRequest},
    session::ProjectRef,
    time::Timestamp,
    workloads::RunNext,
};
use serde::{Deserialize, Serialize};

/// What the compute pages ask.
pub trait ComputeConsole: Send + Sync {
    /// What is offered here, what is free, and what of it runs?
    fn compute(&self, project: Option<ProjectId>) -> Answer<'_, ComputeView>;
    /// What can be launched here, and what would it do? A draft is a form that came back with errors.
    fn launch(
        &self,
        project: Option<ProjectId>,
        sku: Option<SkuId>,
        draft: Option<DraftId>,
    ) -> Answer<'_, LaunchView>;
    /// What does the platform offer, and how does more come on the offer?
    fn offered(&self, page: PageRequest, draft: Option<DraftId>) -> Answer<'_, SkusView>;
    /// What is this SKU, and what can be done with it?
    fn sku(&self, id: SkuId, draft: Option<DraftId>) -> Answer<'_, SkuDetail>;
    /// The SKUs, as the API lists them.
    fn skus(&self, page: PageRequest) -> Answer<'_, Page<SkuOffer>>;
    /// The projects this person reaches, as the API lists them.
    fn projects(&self, page: PageRequest) -> Answer<'_, Page<ProjectRef>>;
}

/// The catalogue of what can be launched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ComputeView {
    /// As of when.
    pub as_of: Timestamp,
    /// For which project.
    pub project: ProjectRef,
    /// What is offered, by name.
    pub skus: Vec<SkuOffer>,
    /// What can be ignored here, in a sentence.
    pub safe_to_ignore: String,
    /// Why this person may not launch here; none when they may.
    pub may_not_launch: Option<String>,
    /// The newest launches into the project.
    pub launches: Vec<LastRun>,
}

/// What the platform offers, for who decides it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SkusView {
    /// As of when.
    pub as_of: Timestamp,
    /// Every SKU, by name.
    pub skus: Vec<SkuRow>,
    /// Where the list goes on.
    pub next_cursor: Option<String>,
    /// What can be ignored here, in a sentence.
    pub safe_to_ignore: String,
    /// The card of `sku.create`.
    pub create: OperationCard,
    /// The newest creations.
    pub created: Vec<LastRun>,
}

/// A SKU, for who decides what is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SkuRow {
    /// What it is and where it can be placed.
    pub offer: SkuOffer,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was taken off the offer; none while it is on it.
    pub retired_at: Option<Timestamp>,
    /// How many workloads hold a slot with it, in all projects.
    pub held: u32,
}

/// One SKU, for who decides what is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SkuDetail {
    /// As of when.
    pub as_of: Timestamp,
    /// The SKU.
    pub sku: SkuRow,
    /// Why it needs somebody; empty when it does not.
    pub action_required: Vec<String>,
    /// What to run next, and why.
    pub run_next: Option<RunNext>,
    /// What can be ignored about it.
    pub safe_to_ignore: Option<String>,
    /// What can be done with it.
    pub operations: Vec<IntentGroup>,
    /// What was done with it, newest first.
    pub past: Vec<LastRun>,
}

/// The launch page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LaunchView {
    /// As of when.
    pub as_of: Timestamp,
    /// Into which project.
    pub project: ProjectRef,
    /// What is offered.
    pub skus: Vec<SkuOffer>,
    /// The form as it was filled in, or as it starts.
    pub form: LaunchForm,
    /// What was wrong with it.
    pub errors: Vec<FieldError>,
    /// The operation's card.
    pub card: OperationCard,
    /// The keys of who launches, to choose from.
    pub keys: Vec<KeyChoice>,
    /// The same from a terminal.
    pub terminal_command: String,
}

/// A public key to let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyChoice {
    /// What its owner calls it.
    pub name: String,
    /// `SHA256:…`
    pub fingerprint: String,
    /// The key, as in `authorized_keys`.
    pub public_key: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// What is filled in on the launch page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LaunchForm {
    /// Its name.
    pub name: String,
    /// The chosen SKU.
    pub sku: String,
    /// The command line, split at spaces with quotes as in a shell; no shell runs it.
    pub command: String,
    /// The port it will answer on.
    pub port: String,
    /// One more public key, pasted.
    pub new_ssh_key: String,
}

/// An offer a tenant can launch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SkuOffer {
    /// Its id.
    pub id: SkuId,
    /// Its name for programs.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// `slice` or `bare_metal`.
    pub placement: String,
    /// vCPUs.
    pub cpus: u32,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// GPUs, as `8 × H200`; none without.
    pub gpus: Option<String>,
    /// Price per hour in micro-cents.
    pub price_microcents_per_hour: i64,
    /// How many more of it there is room for now.
    pub slots_free: u32,
    /// How many of it there is room for at most, on the nodes that take workloads.
    pub slots_total: u32,
    /// Why it cannot be launched now; none when it can.
    pub unavailable: Option<String>,
    /// The operation that would help most when it cannot be launched.
    pub unblocked_by: Option<String>,
    /// How many workloads of the project run on it; none where no project is asked about.
    pub running: Option<u32>,
    /// Which nodes were considered, and what spoke against them.
    pub placement_explained: PlacementView,
}

/// Where a SKU can be placed, and where not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlacementView {
    /// How many nodes there are.
    pub considered: u32,
    /// How many of them take one more now.
    pub candidates: u32,
    /// How many of those are simulated: what is launched there does not run.
    pub simulated_candidates: u32,
    /// Which; empty for who may not read nodes.
    pub candidate_nodes: Vec<NodeRef>,
    /// What speaks against the others.
    pub excluded: Vec<ExcludedNodes>,
}

/// Nodes that take no more of a SKU, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExcludedNodes {
    /// `2 are in maintenance`.
    pub sentence: String,
    /// How many.
    pub count: u32,
    /// Which; empty for who may not read nodes.
    pub nodes: Vec<NodeRef>,
}

/// A node by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NodeRef {
    /// Its id.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// Whether no machine is behind it: it is simulated, and nothing runs there.
    pub simulated: bool,
}
