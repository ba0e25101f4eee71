//! The frames of the control WebSocket: JSON text, one message each, with a `type`.
//!
//! The agent says `hello`, the server answers `welcome` (or `refused` and closes) and then sends again every
//! command it has no result for; the agent's journal makes that harmless.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::command::{Command, CommandResult};
use crate::enrolment::{EnrolRequest, first_version};
use crate::heartbeat::Heartbeat;
use crate::ids::{CommandId, NodeId, WorkloadId};
use crate::workload::WorkloadReport;

/// The version both sides must speak.
pub const PROTOCOL_VERSION: u32 = 1;
/// The largest frame, and the largest enrolment request, either side reads.
pub const MAX_FRAME_BYTES: usize = 1024 * 1024;
/// The largest piece of a log in one frame.
pub const MAX_LOG_CHUNK_BYTES: usize = 64 * 1024;

/// Where the audit chain ended at a time, as the server signed it. An agent keeps it as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The number of the last event.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
    /// When it was signed.
    pub at_us: i64,
    /// The id of the key.
    pub key: String,
    /// The signature.
    pub signature: String,
}

/// What an agent says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToServer {
    /// The first message on every connection.
    Hello {
        /// What the agent speaks.
        protocol_version: u32,
        /// Who it says it is; the certificate decides.
        node_id: NodeId,
        /// The kernel's id of this boot.
        boot_id: String,
        /// The agent's version.
        agent_version: String,
        /// Whether there is no machine behind this agent: it makes everything up, and nothing runs there.
        #[serde(default)]
        simulated: bool,
    },
    /// The state of the node, at the rate `welcome` asks for and at once after a change.
    Heartbeat(Box<Heartbeat>),
    /// Something changed about one workload.
    WorkloadChanged(WorkloadReport),
    /// More of a workload's log.
    Log {
        /// The workload.
        workload_id: WorkloadId,
        /// Offset of the first byte. Larger than the last `end` when the part between was rotated away.
        offset: u64,
        /// Offset behind the last byte: what `log_ack` carries. Bytes that are no UTF-8 are replaced in
        /// `text`, so its length says nothing about offsets.
        end: u64,
        /// The text.
        text: String,
    },
    /// The command is in the journal.
    CommandAccepted {
        /// Which command.
        id: CommandId,
    },
    /// What came of a command.
    CommandResult(CommandResult),
    /// A checkpoint does not go on from one that is kept here: the chain was cut off or written anew.
    CheckpointRefused {
        /// The one that was sent.
        given: Checkpoint,
        /// The one that is kept.
        kept: Checkpoint,
    },
    /// The answer to `ping`.
    Pong,
}

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToAgent {
    /// The answer to `hello`.
    Welcome {
        /// How often to send a heartbeat.
        heartbeat_every_ms: u64,
        /// The server's clock.
        server_time_us: i64,
    },
    /// Something to do.
    Command(Box<Command>),
    /// The log is kept up to here.
    LogAck {
        /// The workload.
        workload_id: WorkloadId,
        /// The `end` of the last piece that was stored.
        offset: u64,
    },
    /// The answer to a heartbeat, from which the agent measures its clock.
    HeartbeatAck {
        /// The server's clock.
        server_time_us: i64,
    },
    /// Where the audit chain ended, to be kept: so many machines keep it that nobody can take all of them back.
    Checkpoint(Checkpoint),
    /// Asks for `pong`.
    Ping,
    /// The server will not go on; it closes after this.
    Refused {
        /// What programs compare.
        code: String,
        /// What a person reads.
        sentence: String,
    },
}

/// Why a message was not understood. Nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Larger than [`MAX_FRAME_BYTES`].
    #[error("The message has {bytes} bytes; at most {MAX_FRAME_BYTES} are read.")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not JSON.
    #[error("The message is not JSON (line {line}, column {column}).")]
    NotJson {
        /// Where it stops being JSON.
        line: usize,
        /// Where it stops being JSON.
        column: usize,
    },
    /// JSON, but no message of ours.
    #[error("The message is not one this version knows: {reason}.")]
    Unknown {
        /// What does not fit.
        reason: String,
    },
    /// Another protocol.
    #[error("The other side speaks protocol version {theirs}; this one speaks {PROTOCOL_VERSION}.")]
    UnknownVersion {
        /// What it speaks.
        theirs: u32,
    },
}

impl DecodeError {
    /// What programs compare.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "message_too_large",
            Self::NotJson { .. } => "message_not_json",
            Self::Unknown { .. } => "message_unknown",
            Self::UnknownVersion { .. } => "unknown_version",
        }
    }
}

/// Reads what an agent sent.
pub fn decode_to_server(text: &str) -> Result<ToServer, DecodeError> {
    decode(text.as_bytes())
}

/// Reads what a server sent.
pub fn decode_to_agent(text: &str) -> Result<ToAgent, DecodeError> {
    decode(text.as_bytes())
}

/// Reads the body of an enrolment.
pub fn decode_enrol_request(body: &[u8]) -> Result<EnrolRequest, DecodeError> {
    // First of all, because another version may have other fields.
    let Versioned { protocol_version } = decode(body)?;
    check_version(protocol_version)?;
    decode(body)
}

/// What is the same in every version.
#[derive(Deserialize)]
struct Versioned {
    #[serde(default = "first_version")]
    protocol_version: u32,
}

/// Checks the version in a `hello`.
pub const fn check_version(theirs: u32) -> Result<(), DecodeError> {
    if theirs == PROTOCOL_VERSION { Ok(()) } else { Err(DecodeError::UnknownVersion { theirs }) }
}

/// Writes a message as the text of one frame.
pub fn encode<M: Serialize>(message: &M) -> Result<String, serde_json::Error> {
    serde_json::to_string(message)
}

fn decode<M: DeserializeOwned>(body: &[u8]) -> Result<M, DecodeError> {
    if body.len() > MAX_FRAME_BYTES {
        return Err(DecodeError::TooLarge { bytes: body.len() });
    }
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => DecodeError::Unknown { reason: short(&error.to_string()) },
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => {
            DecodeError::NotJson { line: error.line(), column: error.column() }
        }
    })
}

/// A reason may quote what was sent; a log line must not grow with it.
fn short(reason: &str) -> String {
    const LONGEST: usize = 200;
    if reason.chars().count() <= LONGEST {
        return reason.to_owned();
    }
    reason.chars().take(LONGEST).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests;
