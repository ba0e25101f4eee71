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

use super::only_path;
use super::process_sandboxed::{BwrapAbilities, find_bwrap};
use super::workload_dir::{Order, WorkloadDir};
use crate::data::DataDir;

/// The user of slot 0 where nothing else is said; every slot has its own, so that neighbours cannot touch each other.
/// Neither people's accounts nor systemd's own ranges reach here.
pub(crate) const FIRST_UID: u32 = 60_600;
/// How long trying a driver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was found.
#[derive(Debug, Clone)]
pub(crate) struct Drivers {
    sandbox: Result<Sandbox, String>,
    /// The user of slot 0; none where the agent is not root and cannot be anybody else.
    first_uid: Option<u32>,
    allow_unconfined: bool,
    /// Nothing runs here at all.
    is_simulated: bool,
}

/// The bubblewrap of this machine.
#[derive(Debug, Clone)]
struct Sandbox {
    version: String,
    abilities: BwrapAbilities,
}

impl Drivers {
    /// Really runs a program in the sandbox, the same way a workload is run.
    pub(crate) fn probe(data: &DataDir, first_uid: u32, allow_unconfined: bool) -> Self {
        let first_uid = Uid::effective().is_root().then_some(first_uid);
        let drivers =
            Self { sandbox: try_sandbox(data, first_uid), first_uid, allow_unconfined, is_simulated: false };
        match (drivers.refusal(), &drivers.sandbox) {
            (Some(refusal), _) => tracing::warn!("{refusal}"),
            (None, Err(reason)) => tracing::warn!(reason, "workloads will run without isolation: {reason}"),
            (None, Ok(_)) => {}
        }
        drivers
    }

    /// Those of a machine that is made up.
    pub(crate) fn simulated() -> Self {
        let sandbox = Err("Nothing runs on a simulated node.".to_owned());
        Self { sandbox, first_uid: None, allow_unconfined: true, is_simulated: true }
    }

    /// The user of a slot; the agent's own where there is none.
    pub(crate) fn uid_of(&self, slot: u32) -> Option<u32> {
        self.first_uid.map(|first| first.saturating_add(slot))
    }

    /// What this machine's bubblewrap can do.
    pub(crate) fn bwrap(&self) -> BwrapAbilities {
        self.sandbox.as_ref().map(|sandbox| sandbox.abilities).unwrap_or_default()
    }

    /// Why no workload is run here, and what to do about it: a plain process with the agent's own user could read the
    /// agent's key and speak as this node.
    pub(crate) fn refusal(&self) -> Option<String> {
        let reason = self.sandbox.as_ref().err()?;
        let is_apart = self.first_uid.is_some() || self.allow_unconfined;
        (!is_apart).then(|| {
            format!(
                "This node runs no workloads: {reason} The agent is not root either, so a workload could read the agent's own key. Install bubblewrap on the node, or run the agent as root, or accept it with --allow-unconfined; then start the agent again."
            )
        })
    }

    /// The driver workloads get: the most isolation this machine can give.
    pub(crate) const fn chosen(&self) -> Isolation {
        match self.sandbox {
            _ if self.is_simulated => Isolation::Simulated,
            Ok(_) => Isolation::ProcessSandboxed,
            Err(_) => Isolation::ProcessNone,
        }
    }

    /// What is said to the server.
    pub(crate) fn capabilities(&self) -> Vec<Capability> {
        if self.is_simulated {
            let detail = "Workloads are made up: no program runs, and nothing is isolated from anything.";
            return vec![capability("driver.simulated", true, detail)];
        }
        let (available, detail) = match &self.sandbox {
            Ok(sandbox) => (true, sandbox.words()),
            Err(reason) => (false, reason.clone()),
        };
        let refusal = self.refusal();
        let plain = refusal.as_deref().unwrap_or("Plain processes, used only when there is no sandbox.");
        let own_users = self.first_uid.is_some();
        let users = if own_users {
            "Each slot has a user of its own, and the number of processes is limited."
        } else {
            "The agent is not root: workloads run as its own user, and the number of processes is not limited."
        };
        vec![
            capability("driver.process-sandboxed", available, &detail),
            capability("driver.process-none", refusal.is_none(), plain),
            capability("workload.own-user", own_users, users),
        ]
    }
}

fn capability(name: &str, available: bool, detail: &str) -> Capability {
    Capability { name: name.to_owned(), available, detail: detail.to_owned() }
}

impl Sandbox {
    /// What it keeps apart, and what it does not.
    fn words(&self) -> String {
        let memory = if self.abilities.sizes_folders {
            "/tmp, /run and /dev/shm in memory have a size limit"
        } else {
            "/tmp, /run and /dev/shm in memory have no size limit, because this bubblewrap is too old for one"
        };
        let users = if self.abilities.seals_users {
            "user namespaces inside are disabled"
        } else {
            "user namespaces inside cannot be disabled with this bubblewrap"
        };
        format!(
            "Workloads run in {}; {memory}; {users}. The work folder has no quota. The network is the machine's: a \
             workload reaches what listens on its loopback.",
            self.version
        )
    }
}

fn try_sandbox(data: &DataDir, first_uid: Option<u32>) -> Result<Sandbox, String> {
    find_bwrap().ok_or("bubblewrap (bwrap) is not installed on this machine.")?;
    let version = ask_bwrap("--version")?.lines().next().unwrap_or_default().trim().to_owned();
    let help = ask_bwrap("--help")?;
    let mut abilities = BwrapAbilities {
        sizes_folders: help.contains("--size "),
        seals_users: help.contains("--disable-userns "),
    };
    // Knowing the option is not enough: the kernel has to let it.
    if abilities.seals_users && run_true(data, first_uid, abilities).is_ok() {
        return Ok(Sandbox { version, abilities });
    }
    abilities.seals_users = false;
    run_true(data, first_uid, abilities)
        .map_err(|reason| format!("bubblewrap is installed but does not work here: {reason}"))?;
    Ok(Sandbox { version, abilities })
}

/// What bwrap says about itself.
fn ask_bwrap(option: &str) -> Result<String, String> {
    let mut command = Command::new("bwrap");
    only_path(&mut command);
    let output = command.arg(option).output().map_err(|error| format!("bwrap cannot be run: {error}."))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

/// Runs `true` as a workload of slot 0 would run.
fn run_true(data: &DataDir, uid: Option<u32>, bwrap: BwrapAbilities) -> Result<(), String> {
    let prepared =
        prepare(data, uid, bwrap).map_err(|error| format!("its folder cannot be made: {error}."))?;
    let mut command = Command::new("/proc/self/exe");
    only_path(&mut command);
    let mut child = command
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

fn prepare(data: &DataDir, uid: Option<u32>, bwrap: BwrapAbilities) -> io::Result<WorkloadDir> {
    let dir = WorkloadDir::create(&data.probe(), 1)?;
    chown(dir.work(), uid, uid)?;
    let id = |text: &str| text.parse().map_err(|_| io::Error::other("the probe's id is malformed"));
    let spec = WorkloadSpec {
        workload_id: id("wl_probe")?,
        run: 1,
        log_from: 0,
        name: "probe".to_owned(),
        command: vec!["true".to_owned()],
        slot: 0,
        port: None,
        env: Vec::new(),
        ssh_keys: Vec::new(),
        limits: Limits::default(),
    };
    let command_id = "cmd_probe".parse().map_err(|_| io::Error::other("the probe's id is malformed"))?;
    let order = Order { spec, command_id, isolation: Isolation::ProcessSandboxed, uid, bwrap };
    dir.write_order(&order).map_err(io::Error::other)?;
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_sandbox_and_a_user_of_its_own_no_workload_runs_unless_it_is_accepted() {
        let drivers = |first_uid, allow_unconfined| Drivers {
            sandbox: Err("bubblewrap (bwrap) is not installed on this machine.".to_owned()),
            first_uid,
            allow_unconfined,
            is_simulated: false,
        };
        let refusal = drivers(None, false).refusal().unwrap();
        assert!(refusal.contains("not installed") && refusal.contains("--allow-unconfined"), "{refusal}");
        let plain = drivers(None, false).capabilities().remove(1);
        assert!(plain.name == "driver.process-none" && !plain.available, "{plain:?}");
        assert_eq!(drivers(Some(60_600), false).refusal(), None);
        assert_eq!(drivers(None, true).refusal(), None);
        assert_eq!(drivers(Some(60_600), false).uid_of(3), Some(60_603));
    }
}
