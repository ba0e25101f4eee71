//! The node agent as `cargo xtask run` starts it: enrolled through the real enrolment, once.

use std::{path::Path, process::Command, sync::mpsc};

use anyhow::{Context as _, Result};

use super::{
    child::{Child, Event},
    server::Server,
};
use crate::{
    command::{self, say},
    host::Needed,
    workspace::Programs,
};

/// How `slipway-node status` begins on a machine that is no node.
const NOT_ENROLLED: &str = "This machine is not enrolled";

/// What the machine needs so that workloads are isolated.
pub(super) fn prepare_host() {
    let bubblewrap = Needed {
        program: "bwrap",
        package: "bubblewrap",
        purpose: "isolating workloads; without it a node whose agent is not root refuses to run them",
        folders: Vec::new(),
    };
    if let Err(missing) = bubblewrap.find_or_install() {
        // The agent copes: it declares what it can do, and the pages show it.
        say(format!("{missing:#}"));
    }
}

/// Enrols this machine if it is not a node yet, and starts its agent.
pub(super) fn start(
    programs: &Programs,
    server: &Server,
    agents: &str,
    events: &mpsc::Sender<Event>,
) -> Result<Child> {
    let data = server.data().join("node");
    if !is_enrolled(programs, &data)? {
        say("enrolling this machine as a node");
        let token = server.admin(&["issue-enrolment-token"])?;
        let mut enrol = Command::new(&programs.node_agent);
        // In the environment, where the process list does not show the token.
        enrol.env("SLIPWAY_ENROLMENT_TOKEN", &token).args(["enrol", "--server", agents, "--data"]).arg(&data);
        command::output(&mut enrol).context("this machine could not be enrolled")?;
    }
    say("starting the node agent");
    let mut run = Command::new(&programs.node_agent);
    run.args(["run", "--data"]).arg(&data);
    Child::start("node", &mut run, events.clone())
}

/// The agent itself says whether it has an identity.
fn is_enrolled(programs: &Programs, data: &Path) -> Result<bool> {
    if !data.is_dir() {
        return Ok(false);
    }
    let answer = command::output(Command::new(&programs.node_agent).args(["status", "--data"]).arg(data))?;
    Ok(!answer.starts_with(NOT_ENROLLED))
}
