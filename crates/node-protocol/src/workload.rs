//! A workload as the server orders it and as the agent sees it.

use serde::{Deserialize, Serialize};

use crate::ids::WorkloadId;

/// The longest argument list that is accepted, in entries.
pub const MAX_COMMAND_ENTRIES: usize = 256;
/// The longest argument list that is accepted, in bytes.
pub const MAX_COMMAND_BYTES: usize = 64 * 1024;
/// The most public keys that may log in.
pub const MAX_SSH_KEYS: usize = 32;
/// The longest public key; an RSA key of 16384 bits is shorter.
const MAX_KEY_BYTES: usize = 8 * 1024;

/// The number of a workload's first run, and of one where none is named.
pub const fn first_run() -> u32 {
    1
}

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadSpec {
    /// The workload.
    pub workload_id: WorkloadId,
    /// Which run of it this is, from 1. The same run is started once; a later one only when the one before has ended.
    #[serde(default = "first_run")]
    pub run: u32,
    /// Where its log begins when this node has none of it: up to here the server has it from another place.
    #[serde(default)]
    pub log_from: u64,
    /// Its name, for people.
    pub name: String,
    /// Program and arguments. Never a shell string.
    pub command: Vec<String>,
    /// The slot the server reserved.
    pub slot: u32,
    /// The port it will answer on; given to it as `PORT`.
    pub port: Option<u16>,
    /// Environment variables, in order.
    #[serde(default)]
    pub env: Vec<(String, String)>,
    /// Public keys that may log in, a line each as in `authorized_keys`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ssh_keys: Vec<String>,
    /// What it may use.
    pub limits: Limits,
}

impl WorkloadSpec {
    /// Refuses what could not be started, before anything is changed.
    pub fn check(&self) -> Result<(), SpecError> {
        let program = self.command.first().ok_or(SpecError::NoProgram)?;
        if program.is_empty() {
            return Err(SpecError::NoProgram);
        }
        let bytes: usize = self.command.iter().map(String::len).sum();
        if self.command.len() > MAX_COMMAND_ENTRIES || bytes > MAX_COMMAND_BYTES {
            return Err(SpecError::CommandTooLong);
        }
        let values = self.env.iter().map(|(_, value)| value);
        if self.command.iter().chain(values).any(|text| text.contains('\0')) {
            return Err(SpecError::NulByte);
        }
        if self.ssh_keys.len() > MAX_SSH_KEYS || self.ssh_keys.iter().any(|key| !is_key_line(key)) {
            return Err(SpecError::BadKey);
        }
        match self.env.iter().find(|(name, _)| !is_variable_name(name)) {
            Some((name, _)) => Err(SpecError::BadVariable { name: name.clone() }),
            None => Ok(()),
        }
    }
}

/// One line of text.
fn is_key_line(key: &str) -> bool {
    !key.is_empty() && key.len() <= MAX_KEY_BYTES && !key.contains(char::is_control)
}

/// Letters, digits and underscores, not beginning with a digit.
fn is_variable_name(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

/// Why a workload cannot be started as ordered. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// The command is empty.
    #[error("The command is empty; its first entry is the program to run.")]
    NoProgram,
    /// The command is too long.
    #[error("The command is too long: at most {MAX_COMMAND_ENTRIES} entries and {MAX_COMMAND_BYTES} bytes.")]
    CommandTooLong,
    /// A NUL byte in an argument or a variable.
    #[error("The command or a variable holds a NUL byte, which no program can be given.")]
    NulByte,
    /// A key that is no line of `authorized_keys`, or too many of them.
    #[error(
        "A public key is one line of at most {MAX_KEY_BYTES} bytes, and there are at most {MAX_SSH_KEYS} of them."
    )]
    BadKey,
    /// A variable that no program could read.
    #[error("'{name}' is not a name for an environment variable: letters, digits and underscores only.")]
    BadVariable {
        /// The name as given.
        name: String,
    },
}

/// What a workload may use. What is absent is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory each of its processes may hold.
    pub memory_bytes: Option<u64>,
    /// Processors it may run on.
    pub cpus: Option<u32>,
    /// Processes and threads at one time.
    pub max_processes: Option<u64>,
    /// Open files for each process.
    pub max_open_files: Option<u64>,
    /// How much of its log is kept; the oldest goes first. The agent has its own limit where absent.
    pub log_bytes: Option<u64>,
}

/// What the agent sees of one workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadReport {
    /// The workload.
    pub workload_id: WorkloadId,
    /// Which run of it this says something about.
    #[serde(default = "first_run")]
    pub run: u32,
    /// The slot it holds.
    pub slot: u32,
    /// Where it is in its life.
    pub state: WorkloadState,
    /// The process the supervisor started, as numbered on the node.
    pub pid: Option<i32>,
    /// When that process was started.
    pub started_at_us: Option<i64>,
    /// How it is kept apart from the machine; absent until it was started.
    pub isolation: Option<Isolation>,
    /// Whether its port answers; absent when it has none, or when nobody could have looked yet.
    pub port_answering: Option<bool>,
    /// How it ended.
    pub exit: Option<Exit>,
    /// The offset behind the last byte of its log.
    pub log_end: u64,
}

/// Where a workload is in its life, as the agent sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkloadState {
    /// Its supervisor has been told to start it.
    Starting,
    /// Its process is there.
    Running,
    /// Its process has ended or is lost.
    Exited,
}

/// How a workload is kept apart from its machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Own file system view, processes and user; capabilities dropped.
    ProcessSandboxed,
    /// A plain process.
    ProcessNone,
    /// Nothing runs: its node is simulated.
    Simulated,
}

impl Isolation {
    /// The name people and pages use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProcessSandboxed => "process-sandboxed",
            Self::ProcessNone => "process-none",
            Self::Simulated => "simulated",
        }
    }
}

/// How a workload ended. Neither code nor signal: nobody saw it end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Its exit code.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// When it ended, or when it was found to be gone.
    pub at_us: i64,
    /// More than the numbers say, for example why it could not be started.
    #[serde(default)]
    pub sentence: Option<String>,
}

impl Exit {
    /// Whether nobody saw how it ended.
    pub const fn is_lost(&self) -> bool {
        self.code.is_none() && self.signal.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(command: &[&str]) -> WorkloadSpec {
        WorkloadSpec {
            workload_id: "wl_1".parse().unwrap(),
            run: 1,
            log_from: 0,
            name: "web".to_owned(),
            command: command.iter().map(|&text| text.to_owned()).collect(),
            slot: 0,
            port: None,
            env: vec![],
            ssh_keys: vec![],
            limits: Limits::default(),
        }
    }

    #[test]
    fn an_order_that_cannot_be_started_is_refused() {
        assert_eq!(spec(&[]).check(), Err(SpecError::NoProgram));
        assert_eq!(spec(&[""]).check(), Err(SpecError::NoProgram));
        assert_eq!(spec(&["echo", "a\0b"]).check(), Err(SpecError::NulByte));
        assert_eq!(spec(&["x"; 257]).check(), Err(SpecError::CommandTooLong));
        let mut bad = spec(&["echo"]);
        bad.env.push(("A=B".to_owned(), String::new()));
        assert!(matches!(bad.check(), Err(SpecError::BadVariable { .. })));
        for keys in
            [vec!["a\nb".to_owned()], vec![String::new()], vec!["a".to_owned(); 33], vec!["a".repeat(9000)]]
        {
            let order = WorkloadSpec { ssh_keys: keys, ..spec(&["echo"]) };
            assert_eq!(order.check(), Err(SpecError::BadKey));
        }
        assert_eq!(spec(&["python3", "-m", "http.server"]).check(), Ok(()));
    }

    #[test]
    fn what_names_no_run_is_the_first() {
        let mut written = serde_json::to_value(spec(&["true"])).unwrap();
        written.as_object_mut().unwrap().retain(|name, _| name != "run" && name != "log_from");
        assert_eq!(serde_json::from_value::<WorkloadSpec>(written).unwrap(), spec(&["true"]));
    }

    #[test]
    fn isolation_is_named_the_same_on_the_wire_and_on_pages() {
        for isolation in [Isolation::ProcessSandboxed, Isolation::ProcessNone, Isolation::Simulated] {
            assert_eq!(serde_json::to_value(isolation).unwrap(), isolation.name());
        }
    }
}
