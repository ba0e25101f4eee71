//! One connection to the server: hello, heartbeats, commands in, everything else out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use node_protocol::{
    Checkpoint, Command, CommandResult, DecodeError, MAX_FRAME_BYTES, NodeId, Outcome, PROTOCOL_VERSION,
    ToAgent, ToServer, WorkloadId, decode_to_agent, encode,
};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::beat::Beat;
use crate::checkpoints::{self, Taken};
use crate::contact::Contact;
use crate::data;
use crate::identity::{IdentityKey, NodeIdentity};
use crate::link::Link;
use crate::runtime::Runtime;
use crate::tls::{self, Address, TlsError};

/// How long the server may take to answer the WebSocket's request and the hello.
const PATIENCE: Duration = Duration::from_secs(10);
/// The connection is given up after this many heartbeats without a word from the server.
const SILENT_BEATS: u32 = 3;
/// …but not sooner than this.
const SHORTEST_SILENCE: Duration = Duration::from_secs(10);
/// Heartbeats are sent no faster and no slower than this, whatever the server asks for.
const HEARTBEAT_RANGE_MS: std::ops::RangeInclusive<u64> = 100..=300_000;

/// Commands are small, and an agent may be one of many in its process.
const READ_BUFFER_BYTES: usize = 4 * 1024;

type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// What every connection needs.
pub(crate) struct Sessions {
    pub(crate) identity: NodeIdentity,
    pub(crate) key: IdentityKey,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) beat: Arc<Beat>,
    pub(crate) link: Arc<Link>,
    pub(crate) commands: UnboundedSender<Command>,
    /// Whether the last contact is kept in a file for `slipway-node status`. Ten thousand nodes in one process do without.
    pub(crate) keeps_contact: bool,
}

/// Why a connection ended. All of them are answered with a new attempt.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error("there is no secure connection")]
    Tls(#[from] TlsError),
    #[error("the server answers with status {status}{said}")]
    NotWelcome { status: u16, said: String },
    #[error("the connection broke")]
    Broken(#[from] Box<tungstenite::Error>),
    #[error("the server closed the connection")]
    Closed,
    #[error("the server has not said anything for {0:?}")]
    Silent(Duration),
    #[error("the server refuses this node ({code}): {sentence}")]
    Refused { code: String, sentence: String },
    #[error("the server's first message is not a welcome")]
    NoWelcome,
    #[error("a message cannot be written")]
    Encode(#[from] serde_json::Error),
}

/// Where one connection is.
struct Session<'a> {
    all: &'a Sessions,
    socket: Socket,
    contact: Contact,
    heartbeat: Interval,
    silence: Duration,
    heard_at: Instant,
    /// When the heartbeat left that has not been acknowledged.
    beat_sent_us: Option<i64>,
    /// The newest measurement in each heartbeat that has not been acknowledged.
    measured: VecDeque<Option<u64>>,
}

impl Sessions {
    /// Connects and stays connected until something breaks. `lived` is set when it has carried a
    /// heartbeat there and its answer back: a welcome alone may be followed by a refusal every time.
    pub(crate) async fn run(&self, url: &str, lived: &mut bool) -> Result<(), SessionError> {
        let address = Address::parse(url)?;
        let stream = tls::connect(&address, tls::mutual(&self.identity, &self.key)?).await?;
        let mut socket = timeout(PATIENCE, upgrade(&address, stream))
            .await
            .map_err(|_| SessionError::Silent(PATIENCE))??;
        let every = timeout(PATIENCE, self.greet(&mut socket))
            .await
            .map_err(|_| SessionError::Silent(PATIENCE))??;
        tracing::info!(node.id = %self.identity.node_id, "connected to {url}");
        let mut outgoing = self.link.open();
        let mut heartbeat = interval(every);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let silence = (every * SILENT_BEATS).max(SHORTEST_SILENCE);
        let contact = Contact { is_connected: true, ..Contact::default() };
        let heard_at = Instant::now();
        let mut session = Session {
            all: self,
            socket,
            contact,
            heartbeat,
            silence,
            heard_at,
            beat_sent_us: None,
            measured: VecDeque::new(),
        };
        let ended = session.go_on(&mut outgoing).await;
        *lived = session.contact.last_heard_us.is_some();
        self.link.close();
        // Results that were on their way out go back to the queue; the rest is said anew.
        outgoing.close();
        while let Ok(message) = outgoing.try_recv() {
            self.link.tell(message);
        }
        ended
    }

    /// Says hello and learns how often to send heartbeats.
    async fn greet(&self, socket: &mut Socket) -> Result<Duration, SessionError> {
        let sent_us = self.runtime.host.now_us();
        let node_id: NodeId = self.identity.node_id.clone();
        let (boot_id, agent_version) = (self.beat.boot_id().to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        let simulated = self.runtime.host.is_simulated();
        let hello = ToServer::Hello {
            protocol_version: PROTOCOL_VERSION,
            node_id,
            boot_id,
            agent_version,
            simulated,
        };
        socket.send(Message::text(encode(&hello)?)).await.map_err(Box::new)?;
        loop {
            let message = socket.next().await.ok_or(SessionError::Closed)?.map_err(Box::new)?;
            let Message::Text(text) = message else { continue };
            return match decode_to_agent(&text) {
                Ok(ToAgent::Welcome { heartbeat_every_ms, server_time_us }) => {
                    self.link.measure_clock(sent_us, self.runtime.host.now_us(), server_time_us);
                    let (least, most) = HEARTBEAT_RANGE_MS.into_inner();
                    let every = Duration::from_millis(heartbeat_every_ms.clamp(least, most));
                    self.link.beats_every(every);
                    Ok(every)
                }
                Ok(ToAgent::Refused { code, sentence }) => Err(SessionError::Refused { code, sentence }),
                Ok(_) | Err(_) => Err(SessionError::NoWelcome),
            };
        }
    }
}

/// Makes a WebSocket of a TLS connection.
async fn upgrade(address: &Address, stream: TlsStream<TcpStream>) -> Result<Socket, SessionError> {
    let url = format!("wss://{}/agent/v1/control", address.authority());
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES))
        .read_buffer_size(READ_BUFFER_BYTES);
    match client_async_with_config(url, stream, Some(limits)).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            let text: String = String::from_utf8_lossy(body).chars().take(300).collect();
            let said = if text.trim().is_empty() { String::new() } else { format!(": {}", text.trim()) };
            Err(SessionError::NotWelcome { status: response.status().as_u16(), said })
        }
        Err(error) => Err(Box::new(error).into()),
    }
}

impl Session<'_> {
    async fn go_on(&mut self, outgoing: &mut UnboundedReceiver<ToServer>) -> Result<(), SessionError> {
        loop {
            let silent_at = self.heard_at + self.silence;
            tokio::select! {
                message = outgoing.recv() => match message {
                    Some(message) => self.say(&message).await?,
                    None => return Ok(()),
                },
                _ = self.heartbeat.tick() => self.send_heartbeat().await?,
                () = self.all.link.wait_for_heartbeat_due() => self.heartbeat.reset_immediately(),
                message = self.socket.next() => {
                    let message = message.ok_or(SessionError::Closed)?.map_err(Box::new)?;
                    self.heard_at = Instant::now();
                    self.take(message).await?;
                }
                () = tokio::time::sleep_until(silent_at) => return Err(SessionError::Silent(self.silence)),
            }
        }
    }

    async fn say(&mut self, message: &ToServer) -> Result<(), SessionError> {
        let text = encode(message)?;
        Ok(self.socket.send(Message::text(text)).await.map_err(Box::new)?)
    }

    async fn send_heartbeat(&mut self) -> Result<(), SessionError> {
        let (beat, skew) = (Arc::clone(&self.all.beat), self.all.link.clock_skew_us());
        // It reads many small files, and sometimes waits for a program.
        let made = tokio::task::spawn_blocking(move || beat.make_with_measurements(skew)).await;
        let Ok((heartbeat, measured)) = made else { return Ok(()) };
        self.measured.push_back(measured);
        self.beat_sent_us = Some(self.all.runtime.host.now_us());
        self.say(&ToServer::Heartbeat(Box::new(heartbeat))).await
    }

    async fn take(&mut self, message: Message) -> Result<(), SessionError> {
        match message {
            Message::Text(text) => match decode_to_agent(&text) {
                Ok(message) => self.obey(message).await,
                Err(error) => match not_understood(&error, &text) {
                    Some(refusal) => self.say(&refusal).await,
                    None => Ok(()),
                },
            },
            Message::Close(_) => Err(SessionError::Closed),
            Message::Binary(_) => {
                tracing::warn!("the server sent bytes instead of text; ignored");
                Ok(())
            }
            // Answered by the library.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
        }
    }

    async fn obey(&mut self, message: ToAgent) -> Result<(), SessionError> {
        match message {
            ToAgent::Command(command) => {
                // The other end ends only after this one.
                let _ = self.all.commands.send(*command);
                Ok(())
            }
            ToAgent::HeartbeatAck { server_time_us } => {
                self.acknowledged(server_time_us);
                Ok(())
            }
            ToAgent::LogAck { workload_id, offset } => {
                self.keep_log_offset(&workload_id, offset);
                Ok(())
            }
            ToAgent::Checkpoint(given) => self.keep_checkpoint(given).await,
            ToAgent::Ping => self.say(&ToServer::Pong).await,
            ToAgent::Refused { code, sentence } => Err(SessionError::Refused { code, sentence }),
            ToAgent::Welcome { .. } => {
                tracing::warn!("the server said welcome twice; ignored");
                Ok(())
            }
        }
    }

    /// Ten thousand nodes in one process do without: they would all keep the same in one place.
    async fn keep_checkpoint(&mut self, given: Checkpoint) -> Result<(), SessionError> {
        if !self.all.keeps_contact {
            return Ok(());
        }
        match checkpoints::keep(&self.all.runtime.data, &given) {
            Ok(Taken::Kept) => Ok(()),
            Ok(Taken::Refused(kept)) => {
                tracing::error!(
                    seq = given.seq,
                    "the server's audit chain contradicts a checkpoint kept here: it was cut off or written anew"
                );
                self.say(&ToServer::CheckpointRefused { given, kept }).await
            }
            Err(error) => {
                tracing::warn!(%error, "a checkpoint cannot be kept");
                Ok(())
            }
        }
    }

    fn acknowledged(&mut self, server_time_us: i64) {
        let now_us = self.all.runtime.host.now_us();
        // Heartbeats are answered in the order in which they were sent.
        if let Some(newest) = self.measured.pop_front().flatten() {
            self.all.beat.measured.delivered(newest);
        }
        if let Some(sent_us) = self.beat_sent_us.take() {
            self.all.link.measure_clock(sent_us, now_us, server_time_us);
        }
        self.contact.last_heard_us = Some(now_us);
        self.contact.clock_skew_us = self.all.link.clock_skew_us();
        if self.all.keeps_contact {
            self.contact.save(&self.all.runtime.data);
        }
    }

    fn keep_log_offset(&self, workload: &WorkloadId, offset: u64) {
        let path = self.all.runtime.dir(workload).log_acknowledged();
        // A workload that was removed in the meantime has no folder any more.
        if path.parent().is_some_and(std::path::Path::exists)
            && let Err(error) = data::write_json(&path, &offset)
        {
            tracing::warn!(workload.id = %workload, %error, "the log's offset cannot be kept");
        }
    }
}

/// A message nobody understands changes nothing. When it is a command with an id, that is answered, so that its
/// operation does not have to wait for the deadline.
fn not_understood(error: &DecodeError, text: &str) -> Option<ToServer> {
    tracing::warn!(code = error.code(), "the server sent something that is not understood: {error}");
    if text.len() > MAX_FRAME_BYTES {
        return None;
    }
    let message: serde_json::Value = serde_json::from_str(text).ok()?;
    let command_id = message.get("id")?.as_str()?.parse().ok()?;
    let fencing_token = message.get("fencing_token")?.as_u64()?;
    let outcome = Outcome::refused(error.code(), error.to_string());
    Some(ToServer::CommandResult(CommandResult { command_id, fencing_token, outcome }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_of_a_later_version_is_refused_by_its_id() {
        let text =
            r#"{"type":"command","id":"cmd_1","fencing_token":4,"body":{"type":"shell","run":"rm -rf /"}}"#;
        let error = decode_to_agent(text).unwrap_err();
        let Some(ToServer::CommandResult(result)) = not_understood(&error, text) else { panic!("no answer") };
        assert_eq!((result.command_id.as_str(), result.fencing_token), ("cmd_1", 4));
        assert!(matches!(result.outcome, Outcome::Refused { .. }));
        for garbage in ["", "{}", "[]", r#"{"id":7}"#, r#"{"id":"../x","fencing_token":1}"#] {
            assert_eq!(not_understood(&decode_to_agent(garbage).unwrap_err(), garbage), None, "{garbage}");
        }
    }
}
