//! `cargo xtask run --demo`: 24 simulated nodes, two projects, people with roles, and a history – all of it made through
//! operations on the API against agents that speak the real protocol. Nothing is written behind the engine's back.
//!
//! What was done is noted in `demo/done.txt`, so that a second start makes nothing twice and a start that was interrupted
//! goes on.

mod api;
mod nodes;
mod people;
mod stage;
mod workloads;

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc,
};

use anyhow::Result;

use super::{
    child::{Child, Event},
    server::{Addresses, Server},
};
use crate::{command::say, workspace::Programs};
use api::Api;
use people::People;
use stage::Stage;

/// How many nodes are simulated.
const NODES: u32 = 24;
/// Decides what the machines are: the same each time.
const SEED: &str = "7";
/// The two projects: the name of each sorts by what it does.
pub(super) const PROJECTS: [&str; 2] = ["inference", "training"];

/// Where the demo keeps what it knows: beside the server's data, for this account alone.
fn folder(server: &Server) -> PathBuf {
    server.data().join("demo")
}

/// Starts the simulated nodes, and makes what is missing of the demo. Answers with who can sign in.
pub(super) fn start(
    programs: &Programs,
    server: &Server,
    addresses: &Addresses,
    events: &mpsc::Sender<Event>,
    children: &mut Vec<Child>,
) -> Result<Vec<String>> {
    let folder = folder(server);
    stage::private_folder(&folder)?;
    for project in PROJECTS {
        server.admin(&["starter", "--project", project])?;
    }
    let people = People::made(server, &folder)?;
    let nodes = folder.join("nodes");
    children.push(simulate(programs, server, addresses, &nodes, events)?);
    let stage = Stage::open(&folder)?;
    say(format!("making the demo: {NODES} simulated nodes, projects, workloads, history"));
    let operator = Api::new(&addresses.console, people.token(server, people::OPERATOR)?);
    let member = Api::new(&addresses.console, people.token(server, people::MEMBER)?);
    nodes::wait_for(&operator, NODES)?;
    nodes::offer(&operator, &stage)?;
    workloads::launch(&member, &stage)?;
    workloads::go_on(&member, &stage)?;
    nodes::take_out(&operator, &member, &stage, &nodes)?;
    nodes::at_the_door(&operator, &stage, programs, &addresses.agents, &folder)?;
    people::invite(&Api::new(&addresses.console, people.token(server, people::ADMINISTRATOR)?), &stage)?;
    Ok(people.how_to_sign_in())
}

/// Every node enrols with a token of its own; those that are enrolled need none.
fn simulate(
    programs: &Programs,
    server: &Server,
    addresses: &Addresses,
    data: &Path,
    events: &mpsc::Sender<Event>,
) -> Result<Child> {
    let mut simulate = Command::new(&programs.node_agent);
    simulate.args(["simulate", "--nodes", &NODES.to_string(), "--seed", SEED]);
    simulate.args(["--server", &addresses.agents, "--data"]).arg(data);
    let missing = nodes::not_enrolled(data, NODES);
    if missing > 0 {
        let tokens = server.admin(&["issue-enrolment-token", "--count", &missing.to_string()])?;
        let path = data.with_file_name("tokens");
        stage::write_private(&path, &tokens)?;
        simulate.arg("--tokens").arg(path);
    }
    Child::start("sim", &mut simulate, events.clone())
}
