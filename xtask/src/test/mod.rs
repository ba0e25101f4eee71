//! `cargo xtask test`: sets up what tests need and runs everything CI runs, stage by stage.

mod browser;
mod counts;
mod stages;

pub(crate) use stages::{with_databases, with_programs};

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::ValueEnum;

use self::counts::Counts;
use crate::{
    command::{self, say},
    postgres::Postgres,
    workspace::{self, Programs},
};

/// Cold, on two cores, everything together.
const TIME_FOR_ALL: Duration = Duration::from_mins(50);
/// One set of features for checking, linting, testing and the programs under test, so that nothing is compiled twice.
pub(crate) const FEATURES: &str = "server/faults,node-agent/faults";

/// Which of the tests to run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only this stage (may be given more than once).
    #[arg(long)]
    only: Vec<Stage>,
}

/// The stages, in the order they run: what fails fastest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Stage {
    /// The rules of the house.
    Tidy,
    /// Layout of the code.
    Fmt,
    /// Lints, for the server's side and for browsers.
    Clippy,
    /// Every Rust test, on both databases.
    Unit,
    /// The reference files are what the program says.
    Generate,
    /// Kills and crashes with an effects ledger.
    Faults,
    /// What a person sees, in a browser, on both databases.
    End2end,
}

/// What stages share.
struct Setting {
    postgres: Postgres,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let chosen: Vec<Stage> = match options.only.as_slice() {
        [] => Stage::value_variants().to_vec(),
        only => only.to_vec(),
    };
    let begin = Instant::now();
    say("starting a private PostgreSQL");
    let setting = Setting { postgres: Postgres::start()? };

    let mut counts = Counts::default();
    let mut times = Vec::new();
    for stage in chosen {
        let stage_begin = Instant::now();
        println!("\n── {} ──", name(stage));
        let (counted, sentence) = match stages::run(stage, &setting) {
            Ok(counted) => (counted, "passed".to_owned()),
            Err(failure) => (failure.counts, format!("FAILED: {:#}", failure.cause)),
        };
        println!("{}: {sentence}", name(stage));
        counts.add(counted);
        times.push(format!("  {:<9} {:>5} s  {sentence}", name(stage), stage_begin.elapsed().as_secs()));
    }
    drop(setting);
    conclude(&times, counts, begin.elapsed())
}

/// Each stage's time, then the line CI reads.
fn conclude(times: &[String], counts: Counts, took: Duration) -> Result<()> {
    println!("\n{}\n  together  {:>5} s", times.join("\n"), took.as_secs());
    let late = took > TIME_FOR_ALL;
    if late {
        println!("over the {} minutes everything may take", TIME_FOR_ALL.as_secs() / 60);
    }
    println!("{} passed, {} failed", counts.passed, counts.failed);
    if late || counts.failed > 0 {
        bail!("not everything passed");
    }
    Ok(())
}

/// Builds the programs that tests start, with their fault switches.
pub(crate) fn build_programs() -> Result<Programs> {
    say("compiling the server and the node agent with their fault switches");
    let mut cargo = workspace::cargo();
    command::run(cargo.args([
        "build",
        "--package",
        "server",
        "--package",
        "node-agent",
        "--bins",
        "--features",
        FEATURES,
    ]))?;
    Programs::built_as("debug")
}

fn name(stage: Stage) -> String {
    format!("{stage:?}").to_lowercase()
}
