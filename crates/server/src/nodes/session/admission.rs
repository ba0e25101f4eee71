//! Who may have a session: the agent of a node we know, that is not retired, with its current certificate. What is refused
//! here is recorded, because a certificate of ours was used that should not have been.

use std::net::IpAddr;
use std::time::Duration;

use node_protocol::{EnrolRefusal, RefusalCode, ToAgent, ToServer, check_version};
use serde_json::json;
use tokio::time::timeout;

use super::socket::{Heard, Socket};
use super::{tell, tell_of_many};
use crate::nodes::hub::Seat;
use crate::nodes::incident::{self, Incident, Kind};
use crate::nodes::{Peer, proof, texts, wire};
use crate::state::AppState;
use crate::store::db::{StoreError, Tx};
use crate::store::nodes::{self, NodeSession};

/// How long an agent may take to say hello.
const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// A session that has begun.
pub(super) struct Admitted {
    pub(super) session: NodeSession,
    pub(super) seat: Seat,
}

/// Why there is none.
enum No {
    Gone,
    Refused { code: &'static str, sentence: String, incident: Option<Kind> },
    Store(StoreError),
}

/// Hears the hello and answers it; none when there is to be no session, and then the agent was told.
pub(super) async fn admit(
    state: &AppState,
    peer: &Peer,
    address: IpAddr,
    socket: &mut Socket,
) -> Option<Admitted> {
    match try_admit(state, peer, socket).await {
        Ok(admitted) => Some(admitted),
        Err(No::Gone) => None,
        Err(No::Refused { code, sentence, incident }) => {
            // It may quote what was said.
            let sentence = texts::short(&sentence, texts::SENTENCE);
            tracing::warn!(node.id = %peer.node, code, "refused a session of node {} from {address}: {sentence}", peer.node);
            socket.refuse(code, &sentence).await;
            if let Some(kind) = incident
                && let Err(error) = record(state, peer, address, kind, sentence).await
            {
                error.log();
            }
            None
        }
        Err(No::Store(error)) => {
            error.log();
            socket.leave("the server cannot reach its database").await;
            None
        }
    }
}

async fn try_admit(state: &AppState, peer: &Peer, socket: &mut Socket) -> Result<Admitted, No> {
    let says_simulated = hello(peer, socket).await?;
    let now = state.clock.now();
    let session = NodeSession {
        node: peer.node.clone(),
        certificate_serial: peer.serial.clone(),
        name: format!("{}/ses_{}", state.instance, state.ids.uuid()),
    };
    let mut tx = state.db.begin().await.map_err(No::Store)?;
    match nodes::begin_session(&mut tx, &proof(), &session, now).await {
        Ok(()) => {}
        Err(StoreError::NotFound) => return Err(why_not(&mut tx, peer).await),
        Err(error) => return Err(No::Store(error)),
    }
    label(&mut tx, state, &session, says_simulated).await?;
    let told = ("node.connected", "Its agent is connected.".to_owned());
    tell_of_many(&mut tx, state, &session, told, json!({})).await.map_err(No::Store)?;
    tx.commit().await.map_err(No::Store)?;
    let seat = state.hub.enter(&session);
    let welcome = ToAgent::Welcome {
        heartbeat_every_ms: u64::try_from(state.config.heartbeat_every.as_millis()).unwrap_or(u64::MAX),
        server_time_us: now.as_micros(),
    };
    // When this does not arrive, the session ends at its first turn, in the usual way.
    drop(socket.say(&welcome).await);
    Ok(Admitted { session, seat })
}

/// Whether the node is simulated, by its record or by what its agent says now: it has to be admitted as that, and is
/// labelled for good.
async fn label(tx: &mut Tx, state: &AppState, session: &NodeSession, says_simulated: bool) -> Result<(), No> {
    let is_labelled = nodes::find(tx, &proof(), &session.node).await.map_err(No::Store)?.simulated;
    if !is_labelled && !says_simulated {
        return Ok(());
    }
    if !state.config.admit_simulated {
        let refusal = EnrolRefusal::of(RefusalCode::SimulatedNotAdmitted);
        let (code, incident) = ("simulated_not_admitted", Some(Kind::SimulatedNode));
        return Err(No::Refused { code, sentence: refusal.sentence, incident });
    }
    if is_labelled {
        return Ok(());
    }
    nodes::mark_simulated(tx, &proof(), &session.node).await.map_err(No::Store)?;
    let sentence = "Its agent says that it is simulated; from now on the node is labelled so.".to_owned();
    tell(tx, state, session, ("node.labelled_simulated", sentence), json!({})).await.map_err(No::Store)
}

/// Whether the agent says that it is simulated.
async fn hello(peer: &Peer, socket: &mut Socket) -> Result<bool, No> {
    let refused = |code, sentence: String| No::Refused { code, sentence, incident: None };
    let Ok(heard) = timeout(HELLO_WITHIN, first(socket)).await else {
        return Err(refused("no_hello", "The agent did not say hello in time.".to_owned()));
    };
    let message = match heard {
        Heard::Said(message) => *message,
        Heard::Garbage { code, sentence } => return Err(refused(code, sentence)),
        Heard::Nothing | Heard::Gone => return Err(No::Gone),
    };
    let ToServer::Hello { protocol_version, node_id, simulated, .. } = message else {
        return Err(refused("no_hello", "The first message of a session is hello.".to_owned()));
    };
    check_version(protocol_version).map_err(|error| refused(error.code(), error.to_string()))?;
    if wire::node(&node_id).as_ref() == Some(&peer.node) {
        return Ok(simulated);
    }
    let sentence = format!("The agent calls itself {node_id}; its certificate is of {}.", peer.node);
    Err(No::Refused { code: "other_node", sentence, incident: Some(Kind::OtherNode) })
}

/// The first frame that is not the WebSocket's own.
async fn first(socket: &mut Socket) -> Heard {
    loop {
        match socket.hear().await {
            Heard::Nothing => {}
            heard @ (Heard::Said(_) | Heard::Gone | Heard::Garbage { .. }) => return heard,
        }
    }
}

async fn why_not(tx: &mut Tx, peer: &Peer) -> No {
    let refused = |code, sentence: &str, kind| No::Refused {
        code,
        sentence: sentence.to_owned(),
        incident: Some(kind),
    };
    match nodes::find(tx, &proof(), &peer.node).await {
        Err(StoreError::NotFound) => refused(
            "node_unknown",
            "This server does not know the node; enrol the machine again with a new token.",
            Kind::UnknownNode,
        ),
        Err(error) => No::Store(error),
        Ok(node) if node.may_not_speak() => refused(
            "node_retired",
            "The node is retired; its agent may not connect any more.",
            Kind::RetiredNode,
        ),
        Ok(_) => refused(
            "certificate_replaced",
            "The certificate is not the node's current one; use the newer one, or enrol the machine again.",
            Kind::OldCertificate,
        ),
    }
}

async fn record(
    state: &AppState,
    peer: &Peer,
    address: IpAddr,
    kind: Kind,
    sentence: String,
) -> Result<(), StoreError> {
    let mut tx = state.db.begin().await?;
    let sentence = format!("A session of {} from {address} was refused. {sentence}", peer.node);
    let met = Incident { kind, sentence, address, enrolment_token: None, node: Some(&peer.node) };
    incident::record(&mut tx, state, &met).await?;
    tx.commit().await
}
