//! A site: one server and one agent that has enrolled with it, each in a folder of its own, on ports of their own.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::Api;
use crate::database::{Database, Kind};
use crate::front::Front;
use crate::ledger::{self, Effect, Launched};
use crate::programs::{Faults, Program, Start, agent_program, server_program, wait_for};
use crate::say;

/// How long a fact may take that needs no killed program to come back.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// Ports of sites lie below those the system gives to whoever connects: while a server is dead, nobody takes its port.
const FIRST_PORT: u32 = 20_500;
const PORTS: u32 = 11_000;

/// So small that every machine has room for a workload in each slot.
const SMALL_MIB: &str = "64";

static NEXT_PORT: AtomicU32 = AtomicU32::new(0);
static NEXT_MARKER: AtomicU32 = AtomicU32::new(0);

/// A server with an agent.
pub(crate) struct Site {
    pub(crate) label: String,
    pub(crate) server: Program,
    /// Further servers on the same database, behind one address with the first.
    pub(crate) more: Vec<Program>,
    pub(crate) agent: Program,
    pub(crate) api: Api,
    pub(crate) database: Database,
    pub(crate) node: String,
    project: String,
    sku: String,
    stops_after: Duration,
    /// Where each server is reached itself.
    pub(crate) consoles: Vec<u16>,
    /// What shares requests and agents out between several servers.
    _fronts: Vec<Front>,
    folder: TempDir,
}

/// How a site is.
pub(crate) struct Settings {
    /// How long a worker may hold an operation without a sign of life.
    pub(crate) lease: Duration,
    /// How long a workload goes on after SIGTERM: for so long a second one reaches it too and shows.
    pub(crate) stops_after: Duration,
    /// How many workloads the node takes at one time.
    pub(crate) slots: u32,
    /// How long a server serves on after it was asked to stop.
    pub(crate) stop_delay: Duration,
}

impl Site {
    /// Sets both up without any fault, through the real enrolment.
    pub(crate) fn set_up(label: &str, kind: Kind, settings: &Settings) -> Self {
        Self::set_up_with(label, kind, settings, 1)
    }

    /// The same with several servers on one database.
    pub(crate) fn set_up_with(label: &str, kind: Kind, settings: &Settings, servers: usize) -> Self {
        let folder =
            tempfile::Builder::new().prefix("slipway-faults-").tempdir().expect("a folder can be made");
        let database = Database::make(kind, folder.path());
        let consoles: Vec<_> = (0..servers).map(|_| free_port()).collect();
        let doors: Vec<_> = (0..servers).map(|_| free_port()).collect();
        let starts = consoles.iter().zip(&doors).enumerate().map(|(number, (console, agents))| {
            server(&folder, number, (&database, settings), *console, *agents)
        });
        let mut starts: Vec<_> = starts.collect();
        let server = starts.remove(0);
        let fronts = match servers {
            1 => Vec::new(),
            _ => vec![Front::before(&consoles, &consoles), Front::before(&doors, &consoles)],
        };
        let reached = |ports: &[u16], front: usize| fronts.get(front).map_or(ports[0], Front::port);
        let (console, agents) = (reached(&consoles, 0), reached(&doors, 1));
        let token = first_administrator(&server);
        let starter = admin(&server, &["starter", "--memory-mib", SMALL_MIB], "");
        let mut lines = starter.lines().map(str::to_owned);
        let (project, sku) = (lines.next().expect("a project"), lines.next().expect("a SKU"));
        let invitation = admin(&server, &["issue-enrolment-token"], "");
        let mut site = Self {
            label: label.to_owned(),
            server: Program::new(server),
            more: starts.into_iter().map(Program::new).collect(),
            agent: Program::new(agent(&folder, settings.slots)),
            api: Api { address: format!("127.0.0.1:{console}"), token },
            database,
            node: String::new(),
            project,
            sku,
            stops_after: settings.stops_after,
            consoles,
            _fronts: fronts,
            folder,
        };
        site.server.run_with(Faults::default());
        for program in &mut site.more {
            program.run_with(Faults::default());
        }
        for console in &site.consoles {
            wait_for("the server is ready", PATIENCE, || site.api.of(*console).is_ready().then_some(()));
        }
        site.enrol(agents, &invitation);
        site.agent.run_with(Faults::default());
        site.database.assert_durable();
        site
    }

    fn enrol(&mut self, agents: u16, invitation: &str) {
        let data = self.node_data();
        let mut enrol = Command::new(agent_program());
        enrol.args([
            "enrol",
            "--name",
            "n1",
            "--server",
            &format!("https://127.0.0.1:{agents}"),
            "--token",
            invitation,
        ]);
        let done = enrol.arg("--data").arg(&data).output().expect("the agent starts");
        assert!(done.status.success(), "enrolment: {}", String::from_utf8_lossy(&done.stderr));
        let nodes = self.api.get("/api/v1/nodes");
        nodes["items"][0]["id"].as_str().expect("a node").clone_into(&mut self.node);
    }

    fn node_data(&self) -> PathBuf {
        self.folder.path().join("node")
    }

    /// What the agent and its supervisors did.
    pub(crate) fn effects(&self) -> Vec<Effect> {
        ledger::effects(&self.node_data().join("effects.jsonl"))
    }

    /// The workloads that were really started, each once.
    pub(crate) fn spawned(&self) -> BTreeSet<String> {
        let (effects, mut started) = (self.effects(), BTreeSet::new());
        for workload in ledger::spawned(&effects) {
            assert!(started.insert(workload.to_owned()), "{}: {workload} was started twice", self.label);
        }
        started
    }

    /// How often the agent has connected since the site was set up.
    pub(crate) fn connections(&self) -> usize {
        let log = std::fs::read_to_string(self.agent.log()).unwrap_or_default();
        log.lines().filter(|line| line.contains(" connected to https://")).count()
    }

    /// Asks for a launch, once: the operation, or the sentence it is refused with.
    pub(crate) fn launch_once(&self) -> Result<String, String> {
        let (input, _) = self.order();
        self.api.start_once("workload.launch", &format!("project:{}", self.project), &input)
    }

    /// Asks for a launch.
    pub(crate) fn launch(&self) -> (String, Launched) {
        let (input, marker) = self.order();
        let operation = self.api.start("workload.launch", &format!("project:{}", self.project), &input, None);
        // The workload of a launch has the digits of its operation.
        let id = operation.replacen("op_", "wl_", 1);
        (operation, Launched { id, marker, is_drained: false })
    }

    /// What is launched, and what tells its processes from all others.
    fn order(&self) -> (Value, String) {
        let number = NEXT_MARKER.fetch_add(1, Ordering::Relaxed);
        let marker = format!("900.{:05}{number:04}", std::process::id() % 100_000);
        let moment = self.stops_after.as_secs_f32();
        let script = format!("trap 'sleep {moment}; exit 0' TERM; sleep {marker} & wait");
        let input = json!({ "name": format!("w{number}"), "sku": self.sku, "command": ["sh", "-c", script] });
        (input, marker)
    }

    /// Asks for a drain in which every workload may take its time.
    pub(crate) fn drain(&self) -> String {
        self.api.start("node.drain", &self.target(), &json!({ "grace_s": 120 }), Some("confirmed"))
    }

    /// Takes workloads again.
    pub(crate) fn resume(&self) {
        let operation = self.api.start("node.resume", &self.target(), &json!({}), None);
        let over = self.api.over(&operation, PATIENCE);
        assert_eq!(over["state"], "succeeded", "{over:#}");
    }

    /// Waits until the agent has reported so often since now.
    pub(crate) fn wait_for_heartbeats(&self, count: usize) {
        let (_, mut last) = self.database.reported(&self.node);
        for _ in 0..count {
            last = wait_for("a heartbeat", PATIENCE, || {
                let (_, at) = self.database.reported(&self.node);
                (at > last).then_some(at)
            });
        }
    }

    fn target(&self) -> String {
        format!("node:{}", self.node)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for program in [&self.server, &self.agent].into_iter().chain(&self.more) {
                let log = std::fs::read_to_string(program.log()).unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                let tail = lines[lines.len().saturating_sub(25)..].join("\n");
                say(&format!("── {}: {} ──\n{tail}", self.label, program.log().display()));
            }
        }
        // Workloads outlive their agent. Both programs first, so that nobody starts another supervisor.
        drop(std::mem::replace(&mut self.server, Program::new(agent(&self.folder, 1))));
        self.more.clear();
        drop(std::mem::replace(&mut self.agent, Program::new(agent(&self.folder, 1))));
        let until = std::time::Instant::now() + PATIENCE;
        while std::time::Instant::now() < until {
            let left = ledger::processes_of(self.folder.path());
            if left.is_empty() {
                break;
            }
            for (pid, _) in left {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn server(
    folder: &TempDir,
    number: usize,
    (database, settings): (&Database, &Settings),
    console: u16,
    agents: u16,
) -> Start {
    let data = folder.path().join(format!("server{number}"));
    let words = [
        "serve",
        "--listen",
        &format!("127.0.0.1:{console}"),
        "--agents-listen",
        &format!("127.0.0.1:{agents}"),
    ];
    Start {
        program: server_program(),
        words: words.map(str::to_owned).to_vec(),
        environment: vec![
            ("SLIPWAY_DATA", data.display().to_string()),
            // Servers on one database open what the others have sealed.
            ("SLIPWAY_SEALING_KEY_FILE", folder.path().join("sealing.key").display().to_string()),
            ("SLIPWAY_STOP_DELAY_MS", settings.stop_delay.as_millis().to_string()),
            ("SLIPWAY_DATABASE_URL", database.url.clone()),
            ("SLIPWAY_LEASE_MS", settings.lease.as_millis().to_string()),
            ("SLIPWAY_HEARTBEAT_SECONDS", "1".to_owned()),
        ],
        log: folder.path().join(format!("server{number}.log")),
    }
}

fn agent(folder: &TempDir, slots: u32) -> Start {
    let data = folder.path().join("node");
    Start {
        program: agent_program(),
        words: [
            "run",
            "--slots",
            &slots.to_string(),
            "--first-uid",
            &first_uid().to_string(),
            "--allow-unconfined",
            "--data",
            &data.display().to_string(),
        ]
        .map(str::to_owned)
        .to_vec(),
        environment: Vec::new(),
        log: folder.path().join("node.log"),
    }
}

/// Agents on one machine need users of their own, 64 each; below 60000, so that a container has them too.
fn first_uid() -> u32 {
    static AGENTS: AtomicU32 = AtomicU32::new(0);
    let agent = std::process::id().wrapping_add(AGENTS.fetch_add(1, Ordering::Relaxed));
    20_000 + agent % 600 * 64
}

/// An account that may do everything, and its token.
fn first_administrator(server: &Start) -> String {
    let email = "operator@example.org";
    let password = "a sentence that is long\n";
    admin(
        server,
        &["create-user", "--email", email, "--role", "platform_admin", "--password-stdin"],
        password,
    );
    let token =
        admin(server, &["issue-token", "--email", email, "--expires", "1d", "--scope", "destructive"], "");
    token.split_whitespace().last().expect("a token").to_owned()
}

fn admin(server: &Start, words: &[&str], typed: &str) -> String {
    let words: Vec<String> = ["admin"].iter().chain(words).map(|word| (*word).to_owned()).collect();
    let mut command = server.command(&words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the server's program starts");
    child.stdin.take().expect("a pipe").write_all(typed.as_bytes()).expect("it listens");
    let done = child.wait_with_output().expect("it ends");
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn free_port() -> u16 {
    loop {
        let next = NEXT_PORT.fetch_add(1, Ordering::Relaxed) + std::process::id() * 64;
        let port = u16::try_from(FIRST_PORT + next % PORTS).expect("a port");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
