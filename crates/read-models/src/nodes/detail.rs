//! One node.

use super::{NodeRow, Overlay};
use crate::{
    evidence::EventView,
    operation::{IntentGroup, LastRun, Usually, Waiting},
    ops::RunningOperation,
    time::Timestamp,
    workloads::{RunNext, WorkloadRow},
};
use serde::{Deserialize, Serialize};

/// One node: how it is, and what can be done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NodeDetail {
    /// As of when.
    pub as_of: Timestamp,
    /// The node as in lists.
    pub row: NodeRow,
    /// The key facts under its name.
    pub header: NodeHeader,
    /// What a person has to look at; the overlays and what waits, in sentences.
    pub action_required: Vec<Overlay>,
    /// The operation to run next, and why.
    pub run_next: Option<RunNext>,
    /// Why nothing has to be done, when that is so.
    pub safe_to_ignore: Option<String>,
    /// What can be done with it, by intent.
    pub operations: Vec<IntentGroup>,
    /// What is under way on it, and why it is not moving when it is not; the newest first.
    #[serde(default)]
    pub under_way: Vec<RunningOperation>,
    /// What it waits for by itself, without an operation.
    #[serde(default)]
    pub awaited: Option<Awaited>,
    /// Operations carried out on it, newest first.
    pub past_operations: Vec<LastRun>,
    /// Its slots.
    pub slots: Vec<SlotRow>,
    /// The workloads on it.
    pub workloads: Vec<WorkloadRow>,
    /// What the machine has, as its agent says.
    pub inventory: Vec<Fact>,
    /// What it uses now, as its agent says.
    pub usage: Vec<Fact>,
    /// What it says it can do.
    pub capabilities: Vec<Fact>,
    /// Its certificate; none before it enrolled.
    pub certificate: Option<CertificateView>,
    /// What happened, newest first.
    pub activity: Vec<EventView>,
}

/// What a node that is not there yet waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Awaited {
    /// For what, since when, and when it is looked at again.
    pub waiting: Waiting,
    /// What went wrong last, when something did.
    pub last_error: Option<String>,
    /// How long it usually takes here.
    pub usually: Option<Usually>,
}

/// The key facts under a node's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NodeHeader {
    /// The agent's version; none before it said.
    pub agent_version: Option<String>,
    /// The machine's host name.
    pub hostname: Option<String>,
    /// The machine's boot id.
    pub boot_id: Option<String>,
    /// How far the node's clock is ahead of the server's, in milliseconds; none when not measured.
    pub clock_skew_ms: Option<i64>,
    /// Whether its agent is connected now.
    pub connected: bool,
    /// GPUs, as `8 × H200`; `none` when the agent found none; none when it never said.
    pub gpus: Option<String>,
}

/// A named fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// Its value in words; "not known" when nobody said.
    pub value: String,
}

/// A slot of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlotRow {
    /// Its index, from 0.
    pub index: u32,
    /// The workload we placed there.
    pub allocated: Option<String>,
    /// What the agent says runs there.
    pub reported: Option<String>,
}

/// A node's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CertificateView {
    /// Its serial number, lower-case hex.
    pub serial: String,
    /// The identity in it (a SPIFFE id).
    pub identity: String,
    /// From when it is good.
    pub not_before: Timestamp,
    /// Until when it is good.
    pub not_after: Timestamp,
    /// How it stands.
    pub posture: CertificatePosture,
    /// What that means, and what stops working when it ends.
    pub sentence: String,
}

/// How a certificate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CertificatePosture {
    /// Good for more than a day.
    Good,
    /// Ends within a day.
    Expiring,
    /// Ended.
    Expired,
}
