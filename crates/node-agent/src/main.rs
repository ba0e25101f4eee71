//! `slipway-node`: makes a machine a node, runs workloads on it, and says what is there.

mod agent;
mod beat;
mod checkpoints;
mod cli;
mod clock;
mod commands;
mod contact;
mod data;
mod descriptors;
mod earlier;
mod enrol;
mod faults;
mod host;
mod identity;
mod journal;
mod ledger;
mod link;
mod measuring;
mod runtime;
mod session;
mod simulate;
mod status;
mod tls;
mod watch;
mod words;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use cli::{Cli, RunArgs, SimulateArgs, Subcommands};
use faults::Faults;
use host::RealHost;
use runtime::confine::confine;
use runtime::supervise::supervise;
use runtime::workload_dir::WorkloadDir;

/// Threads for what reads files and waits for programs: one agent needs two, ten thousand share these.
const MOST_BLOCKING_THREADS: usize = 8;

/// What a person is told when it did not work.
struct Problem {
    sentence: String,
    next_step: String,
    /// What programs compare, and the pages of the server show; none for what only this machine knows.
    reason: Option<String>,
}

impl Problem {
    fn new(sentence: String, next_step: impl Into<String>) -> Self {
        Self { sentence, next_step: next_step.into(), reason: None }
    }
}

fn main() -> ExitCode {
    descriptors::close_inherited();
    let cli = Cli::parse();
    let done = match cli.command {
        Subcommands::Supervise(args) => {
            supervise(&args, &RealHost).map_err(|error| Problem::new(words::chain(&error), ""))
        }
        Subcommands::Confine(args) => {
            let error = confine(&WorkloadDir::of_run(&args.dir, args.run));
            Err(Problem::new(words::chain(&error), ""))
        }
        Subcommands::Status(args) => status(&args),
        Subcommands::Enrol(args) => in_runtime("info", enrol(&args)),
        Subcommands::Run(args) => in_runtime("info", run(&args)),
        // What each of very many agents has to say would be noise.
        Subcommands::Simulate(args) => in_runtime("error,slipway_node::simulate=warn", simulate(&args)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("slipway-node: {}", problem.sentence);
            if !problem.next_step.is_empty() {
                eprintln!("{}", problem.next_step);
            }
            if let Some(reason) = problem.reason {
                eprintln!("Reason: {reason}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Only the commands that talk to a server need an async runtime and a log.
fn in_runtime(log_filter: &str, work: impl Future<Output = Result<(), Problem>>) -> Result<(), Problem> {
    let filter = EnvFilter::try_from_env("SLIPWAY_LOG_LEVEL").unwrap_or_else(|_| EnvFilter::new(log_filter));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false);
    log.with_ansi(io::stderr().is_terminal()).init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(MOST_BLOCKING_THREADS)
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| {
        let sentence = format!("the agent's threads cannot be started: {error}");
        Problem::new(sentence, "Check the limits of this machine.")
    })?;
    runtime.block_on(work)
}

async fn enrol(args: &cli::EnrolArgs) -> Result<(), Problem> {
    let node = enrol::enrol(args, &RealHost).await.map_err(|error| Problem {
        reason: error.reason(),
        ..Problem::new(words::chain(&error), error.next_step())
    })?;
    say(&format!(
        "Enrolled as {} ({}). The certificate ends {}.\n",
        node.node_name,
        node.node_id,
        words::time(node.expires_at_us)
    ))
}

async fn run(args: &RunArgs) -> Result<(), Problem> {
    let faults = faults_of(args)?;
    let done = agent::run(args, faults).await;
    done.map_err(|error| Problem::new(words::chain(&error), error.next_step()))
}

async fn simulate(args: &SimulateArgs) -> Result<(), Problem> {
    simulate::simulate(args).await.map_err(|error| Problem {
        reason: error.reason(),
        ..Problem::new(words::chain(&error), error.next_step())
    })
}

#[cfg(feature = "faults")]
fn faults_of(args: &RunArgs) -> Result<Faults, Problem> {
    let armed = args.fault.iter().try_fold(Faults::default(), |faults, text| faults.arm(text));
    armed.map_err(|error| Problem::new(error.to_string(), ""))
}

#[cfg(not(feature = "faults"))]
#[expect(clippy::unnecessary_wraps, reason = "the same call as with the feature")]
fn faults_of(_: &RunArgs) -> Result<Faults, Problem> {
    Ok(Faults::default())
}

fn status(args: &cli::StatusArgs) -> Result<(), Problem> {
    let text = status::status(&args.data, &RealHost).map_err(|error| {
        Problem::new(words::chain(&error), "Name the folder the agent was enrolled with: --data DIR.")
    })?;
    say(&text)
}

fn say(text: &str) -> Result<(), Problem> {
    io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Problem::new(format!("the answer cannot be written: {error}"), ""))
}
