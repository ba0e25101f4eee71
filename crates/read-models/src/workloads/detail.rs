//! One workload.

use super::{InUse, WorkloadRow};
use crate::{
    evidence::EventView,
    operation::{IntentGroup, LastRun},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// One workload: what it is, what it said, what can be done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkloadDetail {
    /// As of when.
    pub as_of: Timestamp,
    /// The workload as in lists.
    pub row: WorkloadRow,
    /// Its whole command.
    pub command: Vec<String>,
    /// The isolation it runs with, as the node's agent reports it; none when not known.
    pub isolation: Option<String>,
    /// Whether its port answers, as the node's agent saw it; none when not known or no port.
    pub port_answering: Option<bool>,
    /// How it ended, in a sentence.
    pub ended: Option<String>,
    /// Its exit code, when it ended by itself.
    pub exit_code: Option<i32>,
    /// What it used when it was last measured; none when it does not run, or was not measured for an hour.
    #[serde(default)]
    pub in_use: Option<InUse>,
    /// The newest end of its log.
    pub log: LogView,
    /// What can be done with it, by intent.
    pub operations: Vec<IntentGroup>,
    /// Operations carried out on it, newest first.
    pub past_operations: Vec<LastRun>,
    /// The operation to run next, when there is one, and why: id and sentence.
    pub run_next: Option<RunNext>,
    /// What happened, newest first.
    pub activity: Vec<EventView>,
    /// Why nothing has to be done, when that is so.
    pub safe_to_ignore: Option<String>,
}

/// The operation a person should run next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunNext {
    /// `workload.release`.
    pub operation: String,
    /// Its title.
    pub title: String,
    /// Why this one.
    pub reason: String,
}

/// The newest end of a workload's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogView {
    /// The text, at most 64 KiB.
    pub text: String,
    /// How many bytes of older log are not shown.
    pub omitted_bytes: u64,
    /// When the last of it arrived; none when nothing has.
    pub received_at: Option<Timestamp>,
}
