//! `cargo xtask run`: from a checkout to a running Slipway with this machine enrolled as a node.
//!
//! What is there already is used again: a second run finds its data, its administrator and its node.

mod child;
mod demo;
mod dev;
mod node;
mod server;
mod signals;
mod watch;

use std::{path::PathBuf, sync::mpsc, thread};

use anyhow::{Result, bail};

pub(crate) use self::dev::dev;
use self::{
    child::{Child, Event},
    server::{Addresses, Server},
};
use crate::{
    assets,
    command::{self, say},
    workspace::{self, Programs},
};

/// How to run Slipway.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Where the console listens.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Where node agents are served.
    #[arg(long, default_value = "127.0.0.1:8443")]
    agents_listen: String,
    /// Add 24 simulated nodes with projects, people, workloads and a history. Everything simulated is labelled as that.
    /// `dev` starts what was made already, and makes nothing.
    #[arg(long)]
    demo: bool,
    /// Where everything is kept, instead of `.slipway` (with `--demo`: `.slipway-demo`) in the repository.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Leave out the node agent.
    #[arg(long)]
    no_node: bool,
    /// Built as it would be shipped.
    #[arg(long)]
    release: bool,
    /// A PostgreSQL instead of the embedded SQLite.
    #[arg(long)]
    database_url: Option<String>,
}

impl Options {
    /// Where everything is kept: a demo apart from what somebody works with.
    fn folder(&self) -> PathBuf {
        let name = if self.demo { ".slipway-demo" } else { ".slipway" };
        self.data.clone().unwrap_or_else(|| workspace::root().join(name))
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let data = options.folder();
    let assets = assets::build(&assets::Options { release: options.release, ..assets::Options::default() })?;
    let programs = build_programs(options)?;
    if !options.no_node {
        node::prepare_host();
    }

    // From here on Ctrl-C must reach us, and not take the terminal away from programs that still have to finish.
    let (send, events) = mpsc::channel();
    signals::listen(send.clone())?;
    let mut children = Vec::new();
    let server = Server::new(&programs, &data, options, &assets);
    thread::scope(|scope| {
        let ended = serve(options, &server, &programs, &send, &mut children).and_then(|running| {
            say_where(&server, &running.addresses.console, &running.people)?;
            if options.demo {
                // Beside us, so that Ctrl-C is heard: when what it talks to is stopped, it ends as well.
                let (server, programs) = (&server, &programs);
                scope.spawn(move || demo::make_or_say_why_not(programs, server, &running.addresses));
            }
            wait(&events, &mut children)
        });
        stop(children);
        ended
    })
}

/// What was started.
struct Running {
    addresses: Addresses,
    /// Who can sign in to a demo.
    people: Vec<String>,
}

/// Builds the server and the node agent.
fn build_programs(options: &Options) -> Result<Programs> {
    let profile = if options.release { "release" } else { "debug" };
    say(format!("compiling the server and the node agent ({profile})"));
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--package", "server", "--package", "node-agent", "--bins"]);
    if options.release {
        cargo.args(["--release", "--features", "server/embed"]);
    }
    command::run(&mut cargo)?;
    Programs::built_as(profile)
}

/// Starts the server and the agent; answers with where the console is.
fn serve(
    options: &Options,
    server: &Server,
    programs: &Programs,
    send: &mpsc::Sender<Event>,
    children: &mut Vec<Child>,
) -> Result<Running> {
    say(format!("starting the server, its data is in {}", server.data().display()));
    children.push(server.start(send)?);
    let addresses = server.wait_until_ready(&mut children[0])?;
    if !options.demo {
        server.admin(&["starter"])?;
    }
    if !options.no_node {
        children.push(node::start(programs, server, &addresses.agents, send)?);
    }
    let people =
        if options.demo { demo::start(programs, server, &addresses, send, children)? } else { Vec::new() };
    Ok(Running { addresses, people })
}

/// Where it is, and how its first administrator comes in.
fn say_where(server: &Server, console: &str, people: &[String]) -> Result<()> {
    println!();
    println!("  Slipway    {console}");
    if !people.is_empty() {
        println!(
            "  A demo: its nodes are simulated and labelled so. Sign in with a password made for this folder:"
        );
    }
    for line in people {
        println!("    {line}");
    }
    match server.bootstrap_link()? {
        Some(link) => println!("  Make yourself its administrator (once): {link}"),
        None if people.is_empty() => println!("  Sign in as before: it has an administrator."),
        None => {}
    }
    println!("  Ctrl-C stops it.");
    println!();
    Ok(())
}

/// Waits for Ctrl-C, which is the good end, or for one of the programs to end, which is not.
fn wait(events: &mpsc::Receiver<Event>, children: &mut [Child]) -> Result<()> {
    match events.recv()? {
        Event::AskedToStop => Ok(()),
        Event::Ended { program, how } => {
            let last = children.iter().find(|child| child.name() == program).map(Child::last_lines);
            bail!("{program} {how}; its last lines:\n{}", last.unwrap_or_default())
        }
    }
}

/// Stops what was started, the agent before the server it talks to.
fn stop(children: Vec<Child>) {
    let with_node = children.iter().any(|child| child.name() == "node");
    for child in children.into_iter().rev() {
        child.stop();
    }
    if with_node {
        say(
            "workloads that were running keep running under their supervisors; the next run takes them over again",
        );
    }
}
