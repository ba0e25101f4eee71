//! Nodes: the machines, their posture, and how they come in.

mod detail;
mod enrolment;
mod list;

pub use detail::{Awaited, CertificatePosture, CertificateView, Fact, NodeDetail, NodeHeader, SlotRow};
pub use enrolment::{EnrolmentPanel, EnrolmentTokenRow, IncidentRow};
pub use list::{
    Acknowledged, ActionItem, Held, NodeCounts, NodePolicy, NodeRole, NodeRow, NodeState, NodesView, Overlay,
};

use crate::{
    Answer,
    ids::{DraftId, NodeId},
    paging::{Page, PageRequest},
};

/// What the node pages ask.
pub trait NodesConsole: Send + Sync {
    /// Which nodes are there, which need action, how does one come in?
    fn nodes_view(&self, page: PageRequest, draft: Option<DraftId>) -> Answer<'_, NodesView>;
    /// What is this node, how is it, and what can be done with it? A draft is a card's form that came back with errors.
    fn node(&self, id: NodeId, draft: Option<DraftId>) -> Answer<'_, NodeDetail>;
    /// The nodes, as the API lists them.
    fn nodes(&self, page: PageRequest) -> Answer<'_, Page<NodeRow>>;
}
