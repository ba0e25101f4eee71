//! What a Slipway server and a node agent say to each other: enrolment, heartbeats, commands, workloads.
//!
//! Pure types and small pure functions. No I/O, no clock, no randomness: both sides, their tests and the
//! fuzzer can use the same code. Times are microseconds since the Unix epoch (`…_us`).

#![deny(missing_docs)]

pub mod command;
pub mod enrolment;
pub mod heartbeat;
pub mod ids;
pub mod measurement;
pub mod message;
pub mod workload;

pub use command::{Command, CommandBody, CommandResult, Outcome, StopSignal};
pub use enrolment::{
    EnrolAnswer, EnrolRefusal, EnrolRequest, EnrolmentToken, RefusalCode, TokenError, ca_pin,
};
pub use heartbeat::{Capability, Gpu, Heartbeat, Interface, Inventory, SlotReport, Usage};
pub use ids::{CommandId, MalformedId, NodeId, OperationId, WorkloadId, node_id_from_uri, node_uri};
pub use measurement::{LATEST, MOST_IN_A_BEAT, Measurement, measure_every};
pub use message::{
    Checkpoint, DecodeError, MAX_FRAME_BYTES, MAX_LOG_CHUNK_BYTES, PROTOCOL_VERSION, ToAgent, ToServer,
    check_version, decode_enrol_request, decode_to_agent, decode_to_server, encode,
};
pub use workload::{
    Exit, Isolation, Limits, SpecError, WorkloadReport, WorkloadSpec, WorkloadState, first_run,
};
