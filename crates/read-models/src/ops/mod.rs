//! Platform operations: what needs an operator, what is under way everywhere, what will end soon.

use crate::{
    Answer,
    ids::{DraftId, NodeId},
    nodes::{ActionItem, CertificatePosture},
    operation::{LastRun, OperationCard, TargetView, Usually, Waiting},
    time::Timestamp,
    workloads::ProgressBrief,
};
use serde::{Deserialize, Serialize};

/// What the page of platform operations asks.
pub trait OpsConsole: Send + Sync {
    /// What needs an operator, what is under way, what ends soon, what has ended?
    /// `item` is what somebody wants to acknowledge: it comes first in the card.
    fn ops(&self, item: Option<String>, draft: Option<DraftId>) -> Answer<'_, OpsView>;
}

/// The queue of whoever looks after the machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpsView {
    /// As of when.
    pub as_of: Timestamp,
    /// What needs a person, the oldest first.
    pub needs_action: Vec<ActionItem>,
    /// Whether more needs one than is shown.
    pub more_needs_action: bool,
    /// What somebody has acknowledged and would need one otherwise, the oldest first.
    pub acknowledged: Vec<ActionItem>,
    /// The card that acknowledges.
    pub acknowledge: OperationCard,
    /// The card that takes an acknowledgement back.
    pub reopen: OperationCard,
    /// The card that lets nothing begin; while nothing begins, the one that lets operations begin again.
    pub standstill: OperationCard,
    /// Operations under way, the newest first.
    pub running: Vec<RunningOperation>,
    /// Whether more are under way than are shown.
    pub more_running: bool,
    /// The certificates that end first.
    pub certificates: Vec<CertificateEnd>,
    /// Operations that have ended, the newest first.
    pub ended: Vec<EndedOperation>,
    /// What can be ignored, in a sentence.
    pub safe_to_ignore: String,
}

/// An operation under way, and why it is not moving when it is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunningOperation {
    /// Its step, what was seen last, whether it asks.
    pub progress: ProgressBrief,
    /// On what; none for a target that is gone.
    pub target: Option<TargetView>,
    /// Who asked for it.
    pub requested_by: String,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// What it waits for, since when, and when it looks again.
    pub waiting: Option<Waiting>,
    /// How long it usually takes.
    pub usually: Option<Usually>,
    /// Why it takes longer than it should, when it does.
    pub above_sla: Option<String>,
    /// What went wrong last in the step it is at, when something did.
    #[serde(default)]
    pub last_error: Option<String>,
}

/// A node's certificate and when it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CertificateEnd {
    /// Whose.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// When it ends.
    pub not_after: Timestamp,
    /// How it stands.
    pub posture: CertificatePosture,
    /// Whether no machine is behind it: it is simulated, and nothing runs there.
    pub simulated: bool,
}

/// An operation that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EndedOperation {
    /// How it ended, who asked, its page.
    pub run: LastRun,
    /// On what; none for a target that is gone.
    pub target: Option<TargetView>,
}
