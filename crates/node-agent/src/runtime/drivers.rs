//! Which drivers work on this machine, found out by trying them.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::Uid;
use node_protocol::{Capability, Isolation, Limits, WorkloadSpec};

use super::FIRST_UID;
use super::process_sandboxed::find_bwrap;
use super::workload_dir::{Order, WorkloadDir};
use crate::data::DataDir;

/// How long trying a driver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was found.
#[derive(Debug, Clone)]
pub(crate) struct Drivers {
    sandbox: Result<String, String>,
}

impl Drivers {
    /// Really runs a program in the sandbox, the same way a workload is run.
    pub(crate) fn probe(data: &DataDir) -> Self {
        let sandbox = try_sandbox(data);
        if let Err(reason) = &sandbox {
            tracing::warn!(reason, "workloads will run without isolation: {reason}");
        }
        Self { sandbox }
    }

    /// The driver workloads get: the most isolation this machine can give.
    pub(crate) const fn chosen(&self) -> Isolation {
        match self.sandbox {
            Ok(_) => Isolation::ProcessSandboxed,
            Err(_) => Isolation::ProcessNone,
        }
    }

    /// What is said to the server.
    pub(crate) fn capabilities(&self) -> Vec<Capability> {
        let (available, detail) = match &self.sandbox {
            Ok(version) => (true, format!("Workloads run in {version}.")),
            Err(reason) => (false, reason.clone()),
        };
        let own_users = Uid::effective().is_root();
        let users = if own_users {
            "Each slot has a user of its own, and the number of processes is limited."
        } else {
            "The agent is not root: workloads run as its own user, and the number of processes is not limited."
        };
        vec![
            capability("driver.process-sandboxed", available, &detail),
            capability("driver.process-none", true, "Plain processes, used only when there is no sandbox."),
            capability("workload.own-user", own_users, users),
        ]
    }
}

fn capability(name: &str, available: bool, detail: &str) -> Capability {
    Capability { name: name.to_owned(), available, detail: detail.to_owned() }
}

fn try_sandbox(data: &DataDir) -> Result<String, String> {
    let bwrap = find_bwrap().ok_or("bubblewrap (bwrap) is not installed on this machine.")?;
    let version = Command::new(bwrap)
        .arg("--version")
        .output()
        .map_err(|error| format!("bwrap cannot be run: {error}."))?;
    run_true(data).map_err(|reason| format!("bubblewrap is installed but does not work here: {reason}"))?;
    Ok(String::from_utf8_lossy(&version.stdout).trim().to_owned())
}

/// Runs `true` as a workload of slot 0 would run.
fn run_true(data: &DataDir) -> Result<(), String> {
    let prepared = prepare(data).map_err(|error| format!("its folder cannot be made: {error}."))?;
    let mut child = Command::new("/proc/self/exe")
        .arg0("slipway-node")
        .arg("confine")
        .arg("--dir")
        .arg(prepared.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("its process cannot be made: {error}."))?;
    let until = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(5)),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it did not end within {} seconds.", PATIENCE.as_secs()));
            }
        }
    };
    let _ = fs::remove_dir_all(prepared.path());
    if status.success() {
        return Ok(());
    }
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        let _ = stderr.read_to_string(&mut said);
    }
    Err(format!("it says \"{}\".", said.lines().next().unwrap_or("nothing").trim()))
}

fn prepare(data: &DataDir) -> io::Result<WorkloadDir> {
    let dir = WorkloadDir::create(&data.probe())?;
    let uid = Uid::effective().is_root().then_some(FIRST_UID);
    chown(dir.work(), uid, uid)?;
    let id = |text: &str| text.parse().map_err(|_| io::Error::other("the probe's id is malformed"));
    let spec = WorkloadSpec {
        workload_id: id("wl_probe")?,
        name: "probe".to_owned(),
        command: vec!["true".to_owned()],
        slot: 0,
        port: None,
        env: Vec::new(),
        limits: Limits::default(),
    };
    let command_id = "cmd_probe".parse().map_err(|_| io::Error::other("the probe's id is malformed"))?;
    let order = Order { spec, command_id, isolation: Isolation::ProcessSandboxed, uid };
    dir.write_order(&order).map_err(io::Error::other)?;
    Ok(dir)
}
