//! A workload's folder as the agent makes it, a real supervisor for it, and waiting for facts.

#![expect(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod fake_server;
pub(crate) mod node;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use node_protocol::{Isolation, Limits};
use serde_json::{Value, json};

/// How long a fact may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// When the tests are root, every place has a user of its own: the kernel counts processes by user.
/// Users of its own for each test, also when each test is a process of its own; below 60000, so that a container has them.
fn next_uid(count: u32) -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    2_000 + std::process::id() % 900 * 30 + NEXT.fetch_add(count, Ordering::Relaxed) % 30
}

/// Where one workload is tested.
pub(crate) struct Place {
    _folder: tempfile::TempDir,
    pub(crate) dir: PathBuf,
    pub(crate) ledger: PathBuf,
    /// The user its program runs as, when the tests are root.
    pub(crate) uid: Option<u32>,
    supervisors: Vec<Child>,
}

impl Place {
    /// A folder nobody but the test may enter, like the one below `/root`.
    pub(crate) fn with_order(isolation: Isolation, command: &[&str], limits: &Limits) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("it is ours");
        let dir = folder.path().join("wl_1");
        for part in ["work", "log", "requests", "answers"] {
            fs::create_dir_all(dir.join(part)).expect("a folder can be made");
        }
        let uid = is_root().then(|| next_uid(1));
        chown(dir.join("work"), uid, uid).expect("it is ours");
        let order = json!({
            "spec": { "workload_id": "wl_1", "name": "Web server!", "command": command, "slot": 0, "port": 18_765,
                      "env": [["COLOUR", "blue"]], "limits": limits },
            "command_id": "cmd_1",
            "isolation": isolation,
            "uid": uid,
            "bwrap": { "sizes_folders": bwrap_can("--size "), "seals_users": bwrap_can("--disable-userns ") },
        });
        fs::write(dir.join("order.json"), order.to_string()).expect("it can be written");
        let ledger = folder.path().join("effects.jsonl");
        Self { _folder: folder, dir, ledger, uid, supervisors: Vec::new() }
    }

    /// Starts the real supervisor.
    pub(crate) fn supervise(&mut self) {
        // As careless as a shell may be: a descriptor that nobody closed, and a secret in the environment.
        let mut command = Command::new("sh");
        command.args(["-c", "exec 7</etc/hostname; exec \"$0\" \"$@\""]).env("SLIPWAY_CANARY", "canary-41");
        let child = command
            .arg(env!("CARGO_BIN_EXE_slipway-node"))
            .args(["supervise", "--dir"])
            .arg(&self.dir)
            .arg("--ledger")
            .arg(&self.ledger)
            .stdin(Stdio::null())
            .spawn()
            .expect("the agent can be started");
        self.supervisors.push(child);
    }

    /// Starts it and waits for the program's process.
    pub(crate) fn start(&mut self) -> i32 {
        self.supervise();
        self.started_pid()
    }

    /// The process the supervisor started.
    pub(crate) fn started_pid(&self) -> i32 {
        let started = wait_for("the program to be started", || read(&self.dir.join("started.json")));
        i32::try_from(started["program"]["pid"].as_i64().expect("a number")).expect("a process number")
    }

    /// Asks for a signal and waits for the answer.
    pub(crate) fn signal(&self, name: &str, signal: &str) -> Value {
        let request = json!({ "command_id": name, "signal": signal });
        let temporary = self.dir.join("requests").join(format!(".{name}"));
        fs::write(&temporary, request.to_string()).expect("it can be written");
        fs::rename(temporary, self.dir.join("requests").join(name)).expect("it can be moved");
        wait_for("the signal to be sent", || read(&self.dir.join("answers").join(name)))
    }

    /// How the program ended.
    pub(crate) fn exit(&self) -> Value {
        wait_for("the program to end", || read(&self.dir.join("exit.json")))
    }

    /// Waits until the log holds a text, and answers with all of it.
    pub(crate) fn log_with(&self, text: &str) -> String {
        wait_for(&format!("{text:?} in the log"), || Some(self.log()).filter(|log| log.contains(text)))
    }

    pub(crate) fn log(&self) -> String {
        let Ok(entries) = fs::read_dir(self.dir.join("log")) else { return String::new() };
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        files.iter().map(|file| fs::read_to_string(file).unwrap_or_default()).collect()
    }

    /// The effects in the ledger.
    pub(crate) fn effects(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.ledger).unwrap_or_default();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        lines.map(|line| line["effect"].as_str().expect("a name").to_owned()).collect()
    }

    /// Waits until every supervisor of this place has ended.
    pub(crate) fn supervisors_end(&mut self) {
        for supervisor in &mut self.supervisors {
            wait_for("a supervisor to end", || supervisor.try_wait().expect("it is our child"));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for supervisor in &mut self.supervisors {
            // Its program asked to die with it.
            let _ = supervisor.kill();
            let _ = supervisor.wait();
        }
    }
}

/// The real agent.
pub(crate) fn agent() -> Command {
    Command::new(env!("CARGO_BIN_EXE_slipway-node"))
}

pub(crate) fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}

/// Whether the bubblewrap of this machine has an option.
pub(crate) fn bwrap_can(option: &str) -> bool {
    let help = Command::new("bwrap").arg("--help").output();
    help.is_ok_and(|help| String::from_utf8_lossy(&[help.stdout, help.stderr].concat()).contains(option))
}

/// The isolations that can be tested here. Without bubblewrap the sandbox is left out, loudly.
pub(crate) fn isolations() -> Vec<Isolation> {
    let sandbox = Command::new("bwrap").args(["--ro-bind", "/", "/", "--unshare-pid", "true"]).status();
    if sandbox.is_ok_and(|status| status.success()) {
        return vec![Isolation::ProcessSandboxed, Isolation::ProcessNone];
    }
    eprintln!("NOT TESTED: bubblewrap does not work on this machine, so process-sandboxed is left out");
    vec![Isolation::ProcessNone]
}

/// Reads a file of JSON, if it is there.
pub(crate) fn read(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Waits for a fact, and fails when it does not come true.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "waited in vain for {what}");
        thread::yield_now();
        thread::park_timeout(Duration::from_millis(10));
    }
}
