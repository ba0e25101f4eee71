//! `cargo xtask bench`: what pages and server take, each beside a control in the same run. Only the ratios mean anything: machines
//! differ, and the same one is not the same twice. `docs/performance.md` keeps what came out.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    assets,
    browser::Browser,
    command::{self, say},
    postgres::Postgres,
    workspace::{self, Programs},
};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only this part (may be given more than once).
    #[arg(long)]
    only: Vec<Part>,
    /// How many simulated nodes talk to the server while its pages are asked for; several numbers make a curve.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000])]
    nodes: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The server's parts: pages a second, lists as they grow, the engine, the feed. On both databases.
    Server,
    /// Fifty workloads and one, in Chromium, desktop and slow.
    Pages,
    /// Pages while many nodes report.
    Nodes,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let chosen = match options.only.as_slice() {
        [] => Part::value_variants(),
        only => only,
    };
    if chosen.contains(&Part::Server) {
        server()?;
    }
    if chosen.contains(&Part::Pages) || chosen.contains(&Part::Nodes) {
        let built = Built::new()?;
        if chosen.contains(&Part::Pages) {
            built.measure("pages", options)?;
        }
        if chosen.contains(&Part::Nodes) {
            built.measure("nodes", options)?;
        }
    }
    Ok(())
}

fn server() -> Result<()> {
    say("starting a private PostgreSQL");
    let postgres = Postgres::start()?;
    say("measuring the server");
    let mut bench = workspace::cargo();
    bench.args(["bench", "--package", "server", "--bench", "server"]);
    command::run(bench.env("SLIPWAY_TEST_POSTGRES", postgres.url()))
}

/// Everything as it would be shipped, and a browser to look at it.
struct Built {
    browser: Browser,
    programs: Programs,
}

impl Built {
    fn new() -> Result<Self> {
        let browser = Browser::set_up("measuring pages")?;
        assets::build(&assets::Options { release: true, ..assets::Options::default() })?;
        say("compiling the server and the node agent (release)");
        let mut cargo = workspace::cargo();
        cargo.args(["build", "--release", "--package", "server", "--package", "node-agent", "--bins"]);
        command::run(cargo.args(["--features", "server/embed"]))?;
        Ok(Self { browser, programs: Programs::built_as("release")? })
    }

    fn measure(&self, part: &str, options: &Options) -> Result<()> {
        say(format!("measuring: {part}"));
        let nodes: Vec<_> = options.nodes.iter().map(u32::to_string).collect();
        let mut bench = Command::new(self.browser.folder.join("node_modules/.bin/playwright"));
        bench.args(["test", "--config", "bench/bench.config.ts", part]).current_dir(&self.browser.folder);
        bench.env("SLIPWAY_CHROMIUM", &self.browser.chromium).env("BENCH_NODES", nodes.join(","));
        bench.env("SLIPWAY_BIN", &self.programs.server).env("SLIPWAY_NODE_BIN", &self.programs.node_agent);
        command::run(&mut bench)
    }
}
