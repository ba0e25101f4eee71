//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::runtime::drivers::FIRST_UID;

/// Where the agent keeps its data when nobody says.
const DATA: &str = "/var/lib/slipway-node";
use crate::runtime::supervise::SuperviseArgs;

/// The Slipway node agent.
#[derive(Debug, Parser)]
#[command(name = "slipway-node", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Subcommands,
}

/// What the agent can be asked to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Subcommands {
    /// Make this machine a node of a Slipway server.
    Enrol(EnrolArgs),
    /// Run the agent until it is stopped. Workloads go on without it.
    Run(RunArgs),
    /// Run many nodes with no machine behind them, to try a server out. Nothing runs on them.
    Simulate(SimulateArgs),
    /// Say what is known on this machine.
    Status(StatusArgs),
    /// Look after one workload; started by the agent.
    #[command(hide = true)]
    Supervise(SuperviseArgs),
    /// Become one workload's program; started by its supervisor.
    #[command(hide = true)]
    Confine(ConfineArgs),
}

/// `slipway-node enrol`.
#[derive(Debug, Args)]
pub(crate) struct EnrolArgs {
    /// The server's address for agents, for example <https://slipway.example:8443>.
    #[arg(long)]
    pub(crate) server: String,
    /// The enrolment token from the Nodes page.
    #[arg(long, env = "SLIPWAY_ENROLMENT_TOKEN", hide_env_values = true)]
    pub(crate) token: String,
    /// The node's name; the host name where left out.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Where the agent keeps its data.
    #[arg(long, env = "SLIPWAY_NODE_DATA", default_value = DATA)]
    pub(crate) data: PathBuf,
}

/// `slipway-node run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Where the agent keeps its data.
    #[arg(long, env = "SLIPWAY_NODE_DATA", default_value = DATA)]
    pub(crate) data: PathBuf,
    /// How many workloads can run here at one time.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) slots: u32,
    /// The user of slot 0; every slot has its own, counted from here. Two agents on one machine need users of their own.
    #[arg(long, default_value_t = FIRST_UID, value_parser = clap::value_parser!(u32).range(1_000..=0x7fff_0000))]
    pub(crate) first_uid: u32,
    /// Run workloads even where nothing keeps them from the agent's own files: without bubblewrap and without root.
    #[arg(long)]
    pub(crate) allow_unconfined: bool,
    /// Misbehave on purpose: ack-without-effect, no-fencing, kill-before-effect=N, kill-after-effect=N.
    #[cfg(feature = "faults")]
    #[arg(long)]
    pub(crate) fault: Vec<String>,
}

/// `slipway-node simulate`.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// How many nodes.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) nodes: u32,
    /// The server's address for agents, for example <https://slipway.example:8443>. It has to admit simulated nodes.
    #[arg(long)]
    pub(crate) server: String,
    /// A file with an enrolment token in each line, one for each node that is not enrolled yet.
    #[arg(long)]
    pub(crate) tokens: Option<PathBuf>,
    /// Where the nodes' data is kept. Started again with it, they are the same nodes. A node whose name stands in its file
    /// `unplugged` is off the network for as long.
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Decides what the machines are made of and how their programs go.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How the nodes' names begin; a number follows.
    #[arg(long, default_value = "sim")]
    pub(crate) name_prefix: String,
    /// How many workloads each takes at one time.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) slots: u32,
}

/// `slipway-node status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Where the agent keeps its data.
    #[arg(long, env = "SLIPWAY_NODE_DATA", default_value = DATA)]
    pub(crate) data: PathBuf,
}

/// `slipway-node confine`.
#[derive(Debug, Args)]
pub(crate) struct ConfineArgs {
    /// The workload's folder.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Which run of the workload.
    #[arg(long, default_value_t = 1)]
    pub(crate) run: u32,
}
