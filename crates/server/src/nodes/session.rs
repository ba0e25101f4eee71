//! The session of a connected agent: hello, welcome, then both sides talk until one of them ends it.
//!
//! Commands live in the database. A session sends what its node has not answered yet: all of it at the beginning (the
//! agent's journal makes a repetition harmless), and when the hub's bell rings, which the courier does every second for
//! whoever has not answered, so that a command written by another replica arrives too. When the store fails in the middle of a message, the session ends; the
//! agent comes back and everything that was not acknowledged is said again.

mod admission;
mod checkpoints;
mod socket;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use axum::extract::ws::WebSocket;
use node_protocol::{CommandId, ToAgent, ToServer};
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval};

use self::admission::{Admitted, admit};
use self::socket::{Heard, Socket};
use super::hub::Seat;
use super::ingest::{Ingest, IngestError};
use super::{Peer, proof, resource, texts};
use crate::state::AppState;
use crate::store::db::{StoreError, Tx};
use crate::store::events::{self, NewEvent};
use crate::store::{commands, nodes};

/// How often a session looks after what is its own: silence, what waits for being written, a new checkpoint.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// An agent that says nothing for so many intervals is not there any more.
const QUIET_INTERVALS: u32 = 4;
/// But never less than this: a short interval does not make networks faster.
const QUIET_AT_LEAST: Duration = Duration::from_secs(5);

/// Why a session ended.
#[derive(Debug)]
enum End {
    /// The agent left, or the connection broke.
    Gone,
    /// A newer session of the node took over, or the node may not speak any more.
    NotOurs,
    /// The server stops.
    Stopping,
    /// The agent was silent for too long.
    Silent,
    /// A message was refused; the agent was told.
    Refused,
    /// The store did not do its part.
    Store(StoreError),
}

impl End {
    const fn word(&self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::NotOurs => "replaced",
            Self::Stopping => "stopping",
            Self::Silent => "silent",
            Self::Refused => "refused",
            Self::Store(_) => "store",
        }
    }
}

/// Serves one agent until the session ends.
pub async fn run(state: AppState, peer: Peer, address: IpAddr, socket: WebSocket) {
    let _counted = state.hub.session_token();
    let mut socket = Socket::new(socket);
    let Some(Admitted { session, seat }) = admit(&state, &peer, address, &mut socket).await else { return };
    tracing::info!(node.id = %session.node, "the agent of node {} is connected from {address}", session.node);
    let mut talk = Talk {
        ingest: Ingest::new(state.clone(), session.clone()),
        socket,
        sent: HashMap::new(),
        handed: None,
        heard_at: Instant::now(),
        state,
    };
    let end = talk.run(&seat).await;
    talk.close(&end).await;
    talk.state.hub.leave(&session.node, &session.name);
    if let Err(error) = leave(&talk.state, &session, &end).await {
        tracing::warn!(node.id = %session.node, "the end of a session could not be stored: {error}");
    }
}

struct Talk {
    state: AppState,
    ingest: Ingest,
    socket: Socket,
    /// The commands sent in this session, and with which token.
    sent: HashMap<CommandId, u64>,
    /// The number of the last checkpoint that was handed over; none before the first was looked for.
    handed: Option<i64>,
    heard_at: Instant,
}

impl Talk {
    async fn run(&mut self, seat: &Seat) -> End {
        let shutdown = self.state.shutdown.clone();
        let mut look_again = interval(LOOK_AGAIN);
        look_again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        if let Err(end) = self.send_commands().await {
            return end;
        }
        loop {
            let turn = tokio::select! {
                biased;
                () = shutdown.cancelled() => Err(End::Stopping),
                () = seat.replaced.cancelled() => Err(End::NotOurs),
                () = seat.bell.notified() => self.send_commands().await,
                _ = look_again.tick() => self.tick().await,
                heard = self.socket.hear() => self.take_in(heard).await,
            };
            if let Err(end) = turn {
                return end;
            }
        }
    }

    async fn tick(&mut self) -> Result<(), End> {
        let quiet = self.heard_at.elapsed();
        let interval = self.state.config.heartbeat_every;
        if quiet > (interval * QUIET_INTERVALS).max(QUIET_AT_LEAST) {
            return Err(End::Silent);
        }
        if quiet > interval * 2 {
            self.say(&ToAgent::Ping).await?;
        }
        if let Err(error) = self.ingest.write_waiting().await {
            return Err(self.end_of(error).await);
        }
        let now = self.state.clock.now();
        if let Some(count) = self.state.hub.left_out(&self.ingest.session.node, now) {
            tell_left_out(&self.state, &self.ingest.session, count).await.map_err(End::Store)?;
        }
        self.hand_over().await
    }

    async fn send_commands(&mut self) -> Result<(), End> {
        let node = &self.ingest.session.node;
        for command in commands::unanswered(&self.state.db, &proof(), node).await.map_err(End::Store)? {
            // Sent again in the same session only for a newer worker.
            if self.sent.get(&command.id).is_some_and(|token| *token >= command.fencing_token) {
                continue;
            }
            self.sent.insert(command.id.clone(), command.fencing_token);
            self.say(&ToAgent::Command(Box::new(command))).await?;
        }
        Ok(())
    }

    async fn take_in(&mut self, heard: Heard) -> Result<(), End> {
        self.heard_at = Instant::now();
        let taken = match heard {
            Heard::Said(message) => self.message(*message).await,
            Heard::Nothing => return Ok(()),
            Heard::Gone => return Err(End::Gone),
            Heard::Garbage { code, sentence } => return Err(self.refuse(code, &sentence).await),
        };
        match taken {
            Ok(Some(answer)) => self.say(&answer).await,
            Ok(None) => Ok(()),
            Err(error) => Err(self.end_of(error).await),
        }
    }

    /// What a message that was not taken in means for the session.
    async fn end_of(&mut self, error: IngestError) -> End {
        match error {
            IngestError::Senseless(sentence) => self.refuse("message_senseless", sentence).await,
            IngestError::Store(StoreError::LeaseLost) => End::NotOurs,
            IngestError::Store(error) => End::Store(error),
        }
    }

    async fn message(&mut self, message: ToServer) -> Result<Option<ToAgent>, IngestError> {
        match message {
            ToServer::Hello { .. } => {
                return Err(IngestError::Senseless("A session has one hello, at its beginning."));
            }
            ToServer::Heartbeat(beat) => {
                self.ingest.heartbeat(*beat).await?;
                return Ok(Some(ToAgent::HeartbeatAck {
                    server_time_us: self.state.clock.now().as_micros(),
                }));
            }
            ToServer::WorkloadChanged(report) => self.ingest.workload_changed(report).await?,
            ToServer::Log { workload_id, offset, end, text } => {
                let kept = self.ingest.log(&workload_id, (offset, end), text).await?;
                // What is not this node's to tell is dropped; acknowledged, so that the agent does not repeat it forever.
                return Ok(Some(ToAgent::LogAck { workload_id, offset: kept.unwrap_or(end) }));
            }
            ToServer::CommandAccepted { id } => self.ingest.accepted(&id).await?,
            ToServer::CommandResult(result) => self.ingest.answered(&result).await?,
            ToServer::CheckpointRefused { given, kept } => self.contradicted(given, kept).await?,
            ToServer::Pong => {}
        }
        Ok(None)
    }

    async fn say(&mut self, message: &ToAgent) -> Result<(), End> {
        self.socket.say(message).await.map_err(|_| End::Gone)
    }

    /// Tells the agent what is wrong with its message, and the feed once in a while.
    async fn refuse(&mut self, code: &str, sentence: &str) -> End {
        let node = self.ingest.session.node.clone();
        // It may quote the message.
        let sentence = &texts::short(sentence, texts::SENTENCE);
        tracing::warn!(node.id = %node, code, "refused a message of node {node}: {sentence}");
        self.socket.refuse(code, sentence).await;
        if self.state.hub.is_news(&node, code, self.state.clock.now())
            && let Err(error) = tell_refusal(&self.state, &self.ingest.session, code, sentence).await
        {
            return End::Store(error);
        }
        End::Refused
    }

    async fn close(&mut self, end: &End) {
        match end {
            End::Gone | End::Refused => {}
            End::NotOurs => {
                let (code, sentence) = why_not_ours(&self.state, &self.ingest.session).await;
                self.socket.refuse(code, sentence).await;
            }
            End::Stopping => self.socket.leave("the server stops").await,
            End::Silent => self.socket.leave("nothing was heard for too long").await,
            End::Store(error) => {
                error.log();
                self.socket.leave("the server cannot store what it hears").await;
            }
        }
    }
}

async fn tell_refusal(
    state: &AppState,
    session: &nodes::NodeSession,
    code: &str,
    sentence: &str,
) -> Result<(), StoreError> {
    let mut tx = state.db.begin().await?;
    let said = format!("A message of its agent was refused: {sentence}");
    tell(&mut tx, state, session, ("node.message_refused", said), json!({ "code": code })).await?;
    tx.commit().await
}

async fn tell_left_out(state: &AppState, session: &nodes::NodeSession, count: u32) -> Result<(), StoreError> {
    tracing::warn!(node.id = %session.node, count, "events of node {} were left out", session.node);
    let mut tx = state.db.begin().await?;
    let said = format!("{count} events of its agent were left out, because there were too many in a minute.");
    tell(&mut tx, state, session, ("node.events_left_out", said), json!({ "count": count })).await?;
    tx.commit().await
}

/// Why a session does not speak for its node any more, for the agent.
async fn why_not_ours(state: &AppState, session: &nodes::NodeSession) -> (&'static str, &'static str) {
    match nodes::find(&mut &state.db, &proof(), &session.node).await {
        Ok(node) if node.may_not_speak() => {
            ("node_retired", "The node is retired; its agent may not connect any more.")
        }
        Ok(_) | Err(_) => ("replaced", "A newer session speaks for this node now."),
    }
}

/// Frees the node's place, unless a newer session has it.
async fn leave(state: &AppState, session: &nodes::NodeSession, end: &End) -> Result<(), StoreError> {
    let mut tx = state.db.begin().await?;
    if nodes::end_session(&mut tx, &proof(), session).await? {
        let sentence = "Its agent is disconnected.".to_owned();
        let body = json!({ "because": end.word() });
        tell_of_many(&mut tx, state, session, ("node.disconnected", sentence), body).await?;
    }
    tx.commit().await?;
    tracing::info!(node.id = %session.node, because = end.word(), "the agent of node {} is disconnected", session.node);
    Ok(())
}

/// An event of a kind that one agent can cause as often as it likes: so many a minute are told, the rest is counted.
async fn tell_of_many(
    tx: &mut Tx,
    state: &AppState,
    session: &nodes::NodeSession,
    said: (&'static str, String),
    body: serde_json::Value,
) -> Result<(), StoreError> {
    if !state.hub.admits_event(&session.node, state.clock.now()) {
        return Ok(());
    }
    tell(tx, state, session, said, body).await
}

/// An event about the session's node.
async fn tell(
    tx: &mut Tx,
    state: &AppState,
    session: &nodes::NodeSession,
    (kind, sentence): (&'static str, String),
    body: serde_json::Value,
) -> Result<(), StoreError> {
    let event = NewEvent {
        at: state.clock.now(),
        kind,
        actor: format!("agent {}", session.node),
        sentence,
        operation: None,
        step: None,
        project: None,
        resource: Some(resource(&session.node)),
        body,
    };
    events::append(tx, &*state.ids, event).await
}
