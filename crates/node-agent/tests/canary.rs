//! What an agent was told and what is its own to keep is not in what it writes to its log, however loud that is.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fs::{self, File};
use std::path::Path;

use node_protocol::{CommandBody, Outcome};
use support::fake_server::FakeServer;
use support::node::{Node, command, remove, start, stop};
use support::wait_for;

/// Handed to a workload in its environment.
const OF_WORKLOAD: &str = "canary-of-a-workload";

/// The lines of a key's file that are the key.
fn lines_of_key(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("-----") && line.len() > 8);
    lines.map(str::to_owned).collect()
}

#[test]
fn no_secret_of_an_agent_is_in_its_log() {
    let server = FakeServer::start();
    let mut node = Node::bare();
    let token = server.token.reveal();
    let output = node.enrol_loudly(&server.url, &token);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let again = node.enrol_loudly(&server.url, &token);
    let elsewhere = Node::bare().enrol_loudly("https://127.0.0.1:1", &token);
    assert!(!elsewhere.status.success(), "nobody is there");
    let log = node.data().join("agent.log");
    node.run_loudly(File::create(&log).unwrap());
    let mut body = start("wl_1", 0, "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done");
    let CommandBody::StartWorkload(spec) = &mut body else { panic!("another command") };
    spec.env.push(("SECRET".to_owned(), OF_WORKLOAD.to_owned()));
    server.send(&command("cmd_1", "op_1", 1, body));
    assert!(matches!(server.result("cmd_1"), Outcome::Done { .. }), "{:?}", server.result("cmd_1"));
    wait_for("the program to be ready", || server.log("wl_1").contains("ready").then_some(()));
    server.send(&command("cmd_2", "op_1", 1, stop("wl_1", node_protocol::StopSignal::Term)));
    server.result("cmd_2");
    server.send(&command("cmd_3", "op_1", 1, remove("wl_1")));
    server.result("cmd_3");
    node.stop_agent();

    let mut said = fs::read_to_string(&log).unwrap();
    assert!(said.contains("DEBUG") && said.len() > 500, "it is loud: {said}");
    for output in [&output, &again, &elsewhere] {
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        said.push_str(&String::from_utf8_lossy(&output.stdout));
    }
    said.push_str(&node.status());
    let mut secrets = lines_of_key(&node.data().join("identity.key"));
    assert!(!secrets.is_empty());
    secrets.push(OF_WORKLOAD.to_owned());
    secrets.push(token.split('.').nth(1).unwrap().to_owned());
    for secret in secrets {
        assert!(secret.len() >= 8, "too short to be looked for");
        assert!(!said.contains(&secret), "{secret} is in what the agent said:\n{said}");
    }
}
