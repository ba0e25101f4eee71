//! `cargo xtask dev`: the same as `run`, and whatever changes is built, started and shown again.
//!
//! Pages that are open load themselves again: they ask the server which build it runs. What does not compile is said, and
//! what runs goes on.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::{
    Options, Running as Started, build_programs,
    child::{Child, Event},
    node, say_where, serve,
    server::Server,
    signals, stop,
    watch::{Changed, Watch},
};
use crate::{assets, command::say, workspace::Programs};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Runs Slipway until Ctrl-C, in step with the checkout.
pub(crate) fn dev(options: &Options) -> Result<()> {
    let mut watch = Watch::begin();
    let programs = build(options, Changed { assets: true, programs: true })?;
    if !options.no_node {
        node::prepare_host();
    }
    let (send, asked_to_stop) = mpsc::channel();
    signals::listen(send)?;
    let mut running = Running::start(options, &programs)?;
    say_where(&running.server, &running.started.addresses.console, &running.started.people)?;
    say("watching crates, migrations, public and style");
    loop {
        if asked_to_stop.try_recv().is_ok() {
            stop(running.children);
            return Ok(());
        }
        if let Ok(Event::Ended { program, how }) = running.events.try_recv() {
            say(format!("the {program} {how}; the next change starts it again"));
        }
        match watch.changed() {
            Some(changed) if changed != Changed::default() => running = again(options, running, changed),
            Some(_) | None => thread::sleep(LOOK_EVERY),
        }
    }
}

/// What runs, and what is heard of it. Each start has a channel of its own: what was stopped on purpose is not news.
struct Running {
    server: Server,
    started: Started,
    children: Vec<Child>,
    events: mpsc::Receiver<Event>,
}

impl Running {
    fn start(options: &Options, programs: &Programs) -> Result<Self> {
        let data = options.folder();
        let assets = assets_of(options).out_dir();
        let server = Server::new(programs, &data, options, &assets);
        let (send, events) = mpsc::channel();
        let mut children = Vec::new();
        match serve(options, &server, programs, &send, &mut children) {
            Ok(started) => Ok(Self { server, started, children, events }),
            Err(error) => {
                stop(children);
                Err(error)
            }
        }
    }
}

/// Builds what changed and starts it; what ran before goes on while it is built, and when it cannot be.
fn again(options: &Options, mut before: Running, changed: Changed) -> Running {
    let begin = Instant::now();
    let programs = match build(options, changed) {
        Ok(programs) => programs,
        Err(error) => {
            say(format!("not built: {error:#}"));
            return before;
        }
    };
    stop(std::mem::take(&mut before.children));
    match Running::start(options, &programs) {
        Ok(running) => {
            say(format!("changed, built and started in {:.1} s", begin.elapsed().as_secs_f32()));
            running
        }
        Err(error) => {
            say(format!("not started: {error:#}"));
            before
        }
    }
}

/// Server and pages are compiled beside each other: they lie in different folders of cargo's.
fn build(options: &Options, changed: Changed) -> Result<Programs> {
    thread::scope(|scope| {
        let pages = changed.assets.then(|| scope.spawn(|| assets::build(&assets_of(options))));
        let programs =
            if changed.programs { build_programs(options) } else { Programs::built_as(profile(options)) };
        match pages.map(thread::ScopedJoinHandle::join) {
            Some(Ok(built)) => _ = built?,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => {}
        }
        programs
    })
}

const fn profile(options: &Options) -> &'static str {
    if options.release { "release" } else { "debug" }
}

fn assets_of(options: &Options) -> assets::Options {
    assets::Options { release: options.release, ..assets::Options::default() }
}
