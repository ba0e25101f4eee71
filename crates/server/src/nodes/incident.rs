//! Something was refused at the door: kept as an incident, told as an event, in one transaction.

use std::net::IpAddr;

use read_models::ids::{EnrolmentTokenId, NodeId};
use serde_json::json;

use crate::state::AppState;
use crate::store::db::{StoreError, Tx};
use crate::store::events::{self, NewEvent};
use crate::store::incidents::{self, NewIncident};

/// What was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A used enrolment token came with another key.
    EnrolmentKeyMismatch,
    /// A retired node, or one that is gone, came back.
    RetiredNode,
    /// A certificate that is ours, but not the node's current one.
    OldCertificate,
    /// A certificate that is ours, for a node that is not.
    UnknownNode,
    /// The agent called itself another node than its certificate does.
    OtherNode,
    /// A simulated node, or a node that says of itself that it is simulated, at a server that takes only real ones.
    SimulatedNode,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::EnrolmentKeyMismatch => "enrolment_key_mismatch",
            Self::RetiredNode => "retired_node",
            Self::OldCertificate => "old_certificate",
            Self::UnknownNode => "unknown_node",
            Self::OtherNode => "other_node",
            Self::SimulatedNode => "simulated_node",
        }
    }

    const fn event(self) -> &'static str {
        match self {
            Self::EnrolmentKeyMismatch => "incident.enrolment_key_mismatch",
            Self::RetiredNode => "incident.retired_node",
            Self::OldCertificate => "incident.old_certificate",
            Self::UnknownNode => "incident.unknown_node",
            Self::OtherNode => "incident.other_node",
            Self::SimulatedNode => "incident.simulated_node",
        }
    }
}

/// An incident as it is met.
#[derive(Clone, Debug)]
pub(super) struct Incident<'a> {
    pub(super) kind: Kind,
    pub(super) sentence: String,
    pub(super) address: IpAddr,
    pub(super) enrolment_token: Option<&'a EnrolmentTokenId>,
    pub(super) node: Option<&'a NodeId>,
}

/// Writes it down. The same again within minutes is counted by nobody: a refused agent knocks every few seconds.
pub(super) async fn record(tx: &mut Tx, state: &AppState, met: &Incident<'_>) -> Result<(), StoreError> {
    let (now, ids) = (state.clock.now(), &*state.ids);
    let address = met.address.to_string();
    let new = NewIncident {
        kind: met.kind.word(),
        sentence: &met.sentence,
        address: Some(&address),
        enrolment_token: met.enrolment_token,
        node: met.node,
    };
    if !incidents::record(tx, &super::proof(), &new, now, ids).await? {
        return Ok(());
    }
    let event = NewEvent {
        at: now,
        kind: met.kind.event(),
        actor: super::proof().who(),
        sentence: met.sentence.clone(),
        operation: None,
        step: None,
        project: None,
        resource: met.node.map(super::resource),
        body: json!({ "address": address, "enrolment_token": met.enrolment_token, "node": met.node }),
    };
    events::append(tx, ids, event).await
}
