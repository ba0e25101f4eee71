//! `cargo xtask soak`: what takes too long for every change, run before a release or over night.

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::{
    command::{self, say},
    postgres::Postgres,
    test::{FEATURES, build_programs, with_databases, with_programs},
    workspace,
};

/// What to soak, and for how long.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only this part (may be given more than once).
    #[arg(long)]
    only: Vec<Part>,
    /// The seeds of the simulation: 42..43 runs one that failed again.
    #[arg(long, default_value = "20000..220000")]
    seeds: String,
    /// How often a program is killed or stopped at random, on both databases together.
    #[arg(long, default_value_t = 5000)]
    kills: u32,
    /// Which blows are dealt: another number, other blows.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The parts, the fastest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Part {
    /// The engine in memory, driven through crashes, delays and duplicates, by seed.
    Simulation,
    /// Real programs under load, killed and stopped at random, with an effects ledger.
    Kills,
    /// The same with three servers that share one PostgreSQL.
    Replicas,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let chosen = match options.only.as_slice() {
        [] => Part::value_variants(),
        only => only,
    };
    let mut failed = Vec::new();
    for part in chosen {
        let begin = Instant::now();
        let done = match part {
            Part::Simulation => simulation(&options.seeds),
            // Each database takes half of them.
            Part::Kills => kills(options.kills.div_ceil(2), options.seed, 1),
            Part::Replicas => kills(options.kills.div_ceil(2), options.seed, 3),
        };
        let took = begin.elapsed().as_secs();
        match done {
            Ok(()) => say(format!("{part:?}: passed in {took} s")),
            Err(error) => {
                say(format!("{part:?}: FAILED after {took} s: {error:#}"));
                failed.push(*part);
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("not everything passed: {failed:?}") }
}

/// In a release build: it is all computing.
fn simulation(seeds: &str) -> Result<()> {
    say(format!("simulating the seeds {seeds}"));
    let mut tests = workspace::cargo();
    tests.args([
        "test",
        "--release",
        "--package",
        "operations",
        "--lib",
        "--",
        "--ignored",
        "the_seeds_asked_for",
    ]);
    command::run(tests.env("SLIPWAY_SEEDS", seeds))
}

fn kills(blows: u32, seed: u64, servers: u32) -> Result<()> {
    let postgres = Postgres::start()?;
    let programs = build_programs()?;
    say(format!("dealing {blows} blows to each database, servers: {servers}, seed {seed}"));
    let mut tests: Command = workspace::cargo();
    tests.args(["test", "--package", "server", "--package", "node-agent", "--features", FEATURES]);
    tests.args(["--test", "faults", "--", "at_random", "--nocapture"]);
    tests.env("SLIPWAY_BLOWS", blows.to_string()).env("SLIPWAY_SEED", seed.to_string());
    tests.env("SLIPWAY_SERVERS", servers.to_string());
    command::run(with_programs(with_databases(&mut tests, &postgres), &programs))
}
