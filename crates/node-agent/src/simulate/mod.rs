//! `slipway-node simulate`: many nodes in one process, with no machine behind them.
//!
//! Each enrols with a token of its own and speaks the real protocol with the agent's own code: identity, session, journal,
//! commands. What is made up is the machine (`host::made_up`) and its programs (`programs`). No thread and no process
//! belongs to a node: ten thousand of them are tasks.

mod node;
mod programs;
mod script;
mod tokens;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::agent::{self, RunError};
use crate::cli::SimulateArgs;
use crate::clock;
use crate::data::{self, DataDir, DataError};
use crate::enrol::EnrolError;
use crate::runtime::debris::Debris;
use node::{Live, Node};
use tokens::{TokenError, Tokens};

/// How many enrol at one time: the server counts attempts before it looks at them.
const ENROL_AT_ONCE: usize = 3;
/// How often the programs' time passes.
const TICK_EVERY: Duration = Duration::from_millis(250);
/// How often it is said how many are connected.
const SAY_EVERY: Duration = Duration::from_secs(10);
/// Nodes begin one after the other, so that ten thousand do not all knock in the same moment.
const BEGIN_EVERY: Duration = Duration::from_millis(4);

/// Why there is no simulation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SimulateError {
    #[error("the data folder cannot be used")]
    Data(#[from] DataError),
    #[error("the nodes in this folder were begun with seed {0}")]
    OtherSeed(u64),
    #[error("another simulation runs with this data folder")]
    AlreadyRunning,
    #[error("{0}")]
    Tokens(#[from] TokenError),
    #[error("{name} is not enrolled")]
    Enrol {
        name: String,
        #[source]
        source: Box<EnrolError>,
    },
    #[error("{name} cannot run")]
    Run {
        name: String,
        #[source]
        source: Box<RunError>,
    },
    #[error("signals cannot be heard")]
    SetUp(#[from] io::Error),
}

impl SimulateError {
    /// What a person can do.
    pub(crate) fn next_step(&self) -> String {
        match self {
            Self::OtherSeed(seed) => format!("Use --seed {seed}, or another folder with --data."),
            Self::AlreadyRunning => "Stop the other one, or use another folder with --data.".to_owned(),
            Self::Tokens(error) => error.next_step().to_owned(),
            Self::Enrol { source, .. } => source.next_step(),
            Self::Run { source, .. } => source.next_step().to_owned(),
            Self::Data(_) | Self::SetUp(_) => "Check the data folder and its permissions.".to_owned(),
        }
    }

    /// The typed reason of a refusal.
    pub(crate) fn reason(&self) -> Option<String> {
        if let Self::Enrol { source, .. } = self { source.reason() } else { None }
    }
}

/// What stays the same however often a simulation is started. One file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Simulation {
    seed: u64,
    name_prefix: String,
    /// Digits of the numbers in names, so that they sort.
    digits: usize,
    begun_at_us: i64,
}

impl Simulation {
    fn open(args: &SimulateArgs) -> Result<Self, SimulateError> {
        let path = args.data.join("simulation.json");
        if let Some(kept) = data::read_json::<Self>(&path)? {
            return if kept.seed == args.seed { Ok(kept) } else { Err(SimulateError::OtherSeed(kept.seed)) };
        }
        let digits = args.nodes.to_string().len().max(2);
        let name_prefix = args.name_prefix.clone();
        let new = Self { seed: args.seed, name_prefix, digits, begun_at_us: clock::now_us() };
        data::write_json(&path, &new)?;
        Ok(new)
    }

    fn name(&self, number: u32) -> String {
        format!("{}-{number:0digits$}", self.name_prefix, digits = self.digits)
    }
}

/// Where the data of one node is.
fn folder(data: &Path, name: &str) -> PathBuf {
    data.join("nodes").join(name)
}

/// Runs until told to stop.
pub(crate) async fn simulate(args: &SimulateArgs) -> Result<(), SimulateError> {
    data::make_folder(&args.data).map_err(|source| DataError::write(&args.data, source))?;
    let lock = agent::lock_file(&args.data.join("simulation.lock"));
    let _lock = match lock {
        Ok(lock) => lock.ok_or(SimulateError::AlreadyRunning)?,
        Err(source) => {
            return Err(SimulateError::Run { name: "The simulation".to_owned(), source: Box::new(source) });
        }
    };
    raise_limit();
    let simulation = Simulation::open(args)?;
    let nodes = prepare(args, &simulation)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        done = run_all(nodes, &args.data) => done,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

/// Every node with the token it will need, where it needs one.
fn prepare(args: &SimulateArgs, simulation: &Simulation) -> Result<Vec<Node>, SimulateError> {
    let names: Vec<String> = (1..=args.nodes).map(|number| simulation.name(number)).collect();
    let mut tokens = Tokens::read(args.tokens.as_deref())?;
    let debris = Arc::new(Debris::start());
    let mut identities = Vec::new();
    for name in &names {
        let data = DataDir::open(&folder(&args.data, name))?;
        identities.push(node::identity(&data).map_err(|source| run_error(name, source))?);
    }
    tokens.leave_out(identities.iter().flatten().filter_map(|identity| identity.token_id.as_deref()));
    let mut nodes = Vec::new();
    for ((name, number), identity) in names.into_iter().zip(1..).zip(identities) {
        let token = if identity.is_some() { None } else { Some(tokens.take(&name)?) };
        nodes.push(Node {
            data: folder(&args.data, &name),
            seed: simulation.seed,
            number,
            begun_at_us: simulation.begun_at_us,
            slots: args.slots,
            server: args.server.clone(),
            debris: Arc::clone(&debris),
            name,
            token,
        });
    }
    Ok(nodes)
}

/// Enrols and runs them all; ends only when something is wrong.
async fn run_all(nodes: Vec<Node>, data: &Path) -> Result<(), SimulateError> {
    let all = nodes.len();
    tracing::warn!("simulating {all} nodes: no machine is behind them, and nothing runs on them");
    let may_enrol = Arc::new(Semaphore::new(ENROL_AT_ONCE));
    let live: Arc<Live> = Arc::default();
    let mut tasks = JoinSet::new();
    let (plugs, _) = watch::channel(unplugged(data));
    let mut waiting = nodes.into_iter();
    let mut begin = interval(BEGIN_EVERY);
    let (mut tick, mut say) = (interval(TICK_EVERY), interval(SAY_EVERY));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut said = None;
    loop {
        tokio::select! {
            _ = begin.tick(), if waiting.len() > 0 => {
                if let Some(node) = waiting.next() {
                    tasks.spawn(node.live(Arc::clone(&may_enrol), Arc::clone(&live), plugs.subscribe()));
                }
            }
            _ = tick.tick() => {
                let now_unplugged = unplugged(data);
                plugs.send_if_modified(|known| std::mem::replace(known, now_unplugged.clone()) != now_unplugged);
                let live = Arc::clone(&live);
                // It reads many small files.
                let _ = tokio::task::spawn_blocking(move || live.tick()).await;
            }
            _ = say.tick() => {
                let counts = live.counts();
                if said.replace(counts) != Some(counts) {
                    tracing::warn!("{} of {all} simulated nodes are enrolled, {} connected", counts.0, counts.1);
                }
            }
            Some(ended) = tasks.join_next() => match ended {
                Ok(Err(error)) => return Err(error),
                Ok(Ok(())) => {}
                Err(error) => tracing::error!("a simulated node is gone: {error}"),
            },
        }
    }
}

/// The names in the file `unplugged` of the data folder, one in each line: machines that are off the network for as long as
/// they stand there.
fn unplugged(data: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(data.join("unplugged")).unwrap_or_default();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

fn run_error(name: &str, source: RunError) -> SimulateError {
    SimulateError::Run { name: name.to_owned(), source: Box::new(source) }
}

/// Every node has a connection. What is not allowed shows when there are too many.
fn raise_limit() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}
