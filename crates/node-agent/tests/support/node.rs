//! A machine with the real agent on it, enrolled with a fake server.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use node_protocol::{Command, CommandBody, Limits, StopSignal, WorkloadSpec};
use serde_json::Value;

use super::agent;
use super::fake_server::FakeServer;

/// Users of its own for each test, also when each test is a process of its own; below 60000, so that a container has them.
fn next_uid(count: u32) -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    30_000 + std::process::id() % 900 * 30 + NEXT.fetch_add(count, Ordering::Relaxed) % 30
}

/// A machine and the agent that runs on it.
pub(crate) struct Node {
    folder: tempfile::TempDir,
    /// Agents that run side by side have users of their own.
    first_uid: u32,
    agent: Option<Child>,
}

impl Node {
    /// A machine that is not enrolled.
    pub(crate) fn bare() -> Self {
        let first_uid = next_uid(2);
        Self { folder: tempfile::tempdir().unwrap(), first_uid, agent: None }
    }

    /// An enrolled machine.
    pub(crate) fn enrolled(server: &FakeServer) -> Self {
        let node = Self::bare();
        let output = node.enrol(&server.url, &server.token.reveal());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        node
    }

    /// An enrolled machine with a running agent.
    pub(crate) fn running(server: &FakeServer) -> Self {
        let mut node = Self::enrolled(server);
        node.run(&[]);
        node
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("node")
    }

    pub(crate) fn enrol(&self, url: &str, token: &str) -> Output {
        self.enrol_with(agent(), url, token)
    }

    /// The same, saying all there is to say.
    pub(crate) fn enrol_loudly(&self, url: &str, token: &str) -> Output {
        let mut command = agent();
        command.env("SLIPWAY_LOG_LEVEL", "debug");
        self.enrol_with(command, url, token)
    }

    fn enrol_with(&self, mut command: std::process::Command, url: &str, token: &str) -> Output {
        command
            .args(["enrol", "--server", url, "--token", token, "--name", "node-a", "--data"])
            .arg(self.data());
        command.output().unwrap()
    }

    /// Starts the agent, which says all there is to say.
    pub(crate) fn run_loudly(&mut self, log: fs::File) {
        let mut command = agent();
        command.env("SLIPWAY_LOG_LEVEL", "debug").stderr(log);
        self.run_with(command, &[]);
    }

    /// Starts the agent.
    pub(crate) fn run(&mut self, more: &[&str]) {
        self.run_with(agent(), more);
    }

    fn run_with(&mut self, mut command: std::process::Command, more: &[&str]) {
        command.args(["run", "--slots", "2", "--data"]).arg(self.data()).args(more);
        command.args(["--first-uid", &self.first_uid.to_string(), "--allow-unconfined"]);
        self.agent = Some(command.stdin(Stdio::null()).spawn().unwrap());
    }

    /// SIGKILL for the agent, nothing else.
    pub(crate) fn kill_agent(&mut self) {
        if let Some(mut agent) = self.agent.take() {
            agent.kill().unwrap();
            agent.wait().unwrap();
        }
    }

    /// Waits until the agent has died on its own, by SIGKILL.
    pub(crate) fn agent_dies(&mut self) {
        use std::os::unix::process::ExitStatusExt as _;
        let mut agent = self.agent.take().unwrap();
        let status = super::wait_for("the agent to die", || agent.try_wait().unwrap());
        assert_eq!(status.signal(), Some(9));
    }

    /// SIGTERM for the agent; it has to end well.
    pub(crate) fn stop_agent(&mut self) {
        let mut agent = self.agent.take().unwrap();
        let pid = nix::unistd::Pid::from_raw(i32::try_from(agent.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        let status = super::wait_for("the agent to stop", || agent.try_wait().unwrap());
        assert!(status.success(), "{status}");
    }

    pub(crate) fn status(&self) -> String {
        let output = agent().args(["status", "--data"]).arg(self.data()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The effects in the ledger.
    pub(crate) fn effects(&self) -> Vec<String> {
        let text = fs::read_to_string(self.data().join("effects.jsonl")).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["effect"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill_agent();
        // A supervisor whose folder is gone ends its program and itself.
        let _ = fs::remove_dir_all(self.data());
    }
}

/// A command of step 1 of an operation, under a token.
pub(crate) fn command(id: &str, operation: &str, token: u64, body: CommandBody) -> Command {
    Command {
        id: id.parse().unwrap(),
        fencing_token: token,
        operation_id: operation.parse().unwrap(),
        step: 1,
        deadline_us: i64::MAX / 2,
        body,
    }
}

/// A shell script as a workload.
pub(crate) fn start(workload: &str, slot: u32, script: &str) -> CommandBody {
    start_run((workload, 1), slot, script)
}

/// The same in one of its runs.
pub(crate) fn start_run((workload, run): (&str, u32), slot: u32, script: &str) -> CommandBody {
    CommandBody::StartWorkload(WorkloadSpec {
        workload_id: workload.parse().unwrap(),
        run,
        log_from: 0,
        name: "test".to_owned(),
        command: ["sh", "-c", script].map(str::to_owned).to_vec(),
        slot,
        port: None,
        env: Vec::new(),
        ssh_keys: Vec::new(),
        limits: Limits::default(),
    })
}

pub(crate) fn stop(workload: &str, signal: StopSignal) -> CommandBody {
    stop_run((workload, 1), signal)
}

pub(crate) fn stop_run((workload, run): (&str, u32), signal: StopSignal) -> CommandBody {
    CommandBody::StopWorkload { workload_id: workload.parse().unwrap(), run, signal }
}

pub(crate) fn remove(workload: &str) -> CommandBody {
    remove_run((workload, 1))
}

pub(crate) fn remove_run((workload, run): (&str, u32)) -> CommandBody {
    CommandBody::RemoveWorkload { workload_id: workload.parse().unwrap(), run }
}
