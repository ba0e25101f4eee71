//! Compute: what can be launched.

use crate::{
    Answer,
    error::FieldError,
    ids::{DraftId, ProjectId, SkuId},
    operation::OperationCard,
    paging::{Page, PageRequest},
    session::ProjectRef,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What the compute pages ask.
pub trait ComputeConsole: Send + Sync {
    /// What can be launched here, and what would it do? A draft is a form that came back with errors.
    fn launch(
        &self,
        project: Option<ProjectId>,
        sku: Option<SkuId>,
        draft: Option<DraftId>,
    ) -> Answer<'_, LaunchView>;
    /// The SKUs, as the API lists them.
    fn skus(&self, page: PageRequest) -> Answer<'_, Page<SkuOffer>>;
    /// The projects this person reaches, as the API lists them.
    fn projects(&self, page: PageRequest) -> Answer<'_, Page<ProjectRef>>;
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
    /// The same from a terminal.
    pub terminal_command: String,
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
    /// Slots that are free now.
    pub slots_free: u32,
    /// Slots there are.
    pub slots_total: u32,
    /// Why it cannot be launched now; none when it can.
    pub unavailable: Option<String>,
}
