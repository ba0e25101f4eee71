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

/// Makes projects and people where they are missing, and starts the simulated nodes. Answers with who can sign in.
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
    children.push(simulate(programs, server, addresses, &nodes_in(&folder), events)?);
    Ok(people.how_to_sign_in())
}

/// Makes what is missing of the history, while everybody can look on.
pub(super) fn make_or_say_why_not(programs: &Programs, server: &Server, addresses: &Addresses) {
    say(format!("making the demo: {NODES} simulated nodes, workloads, what happened to them"));
    match make(programs, server, addresses) {
        Ok(()) => say("the demo is made"),
        Err(error) => say(format!("the demo is not whole: {error:#}")),
    }
}

fn make(programs: &Programs, server: &Server, addresses: &Addresses) -> Result<()> {
    let folder = folder(server);
    let stage = Stage::open(&folder)?;
    let acting = |email| -> Result<Api> { Ok(Api::new(&addresses.console, people::token(server, email)?)) };
    let operator = acting(people::OPERATOR)?;
    let [one, other] = people::MEMBERS;
    let members = [acting(one)?, acting(other)?];
    nodes::wait_for(&operator, NODES)?;
    nodes::offer(&operator, &stage)?;
    workloads::launch(&members, &stage)?;
    workloads::go_on(&members, &stage)?;
    nodes::take_out(&operator, &members[1], &stage, &nodes_in(&folder))?;
    nodes::at_the_door(&operator, &stage, programs, &addresses.agents, &folder)?;
    people::invite(&acting(people::ADMINISTRATOR)?, &stage)
}

/// Where the simulation keeps its nodes.
fn nodes_in(folder: &Path) -> PathBuf {
    folder.join("nodes")
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
