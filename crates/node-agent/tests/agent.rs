//! The real agent against a small server: enrolment, commands, crashes, restarts.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use node_protocol::command::{FENCED, PORT_TAKEN, SLOT_TAKEN, STILL_RUNNING, WORKLOAD_REMOVED};
use node_protocol::{CommandBody, Heartbeat, Outcome, StopSignal, ToServer, WorkloadReport, WorkloadState};
use support::fake_server::FakeServer;
use support::node::{Node, command, remove, start, stop};
use support::wait_for;

/// A program that says when it is ready and when it is asked to end.
const POLITE: &str = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
/// A program that will not be asked.
const STUBBORN: &str = "trap 'echo no' TERM; echo ready; while :; do sleep 0.05; done";

fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done { .. })
}

fn is_refused(outcome: &Outcome, with: &str) -> bool {
    matches!(outcome, Outcome::Refused { code, .. } if code == with)
}

fn workload<'a>(beat: &'a Heartbeat, id: &str) -> Option<&'a WorkloadReport> {
    beat.workloads.iter().find(|report| report.workload_id.as_str() == id)
}

fn is_in(state: WorkloadState) -> impl Fn(&Heartbeat) -> bool {
    move |beat| workload(beat, "wl_1").is_some_and(|report| report.state == state)
}

/// A server, and a node on which `wl_1` runs and is ready.
fn with_running(script: &str) -> (FakeServer, Node) {
    let server = FakeServer::start();
    let node = Node::running(&server);
    server.send(&command("cmd_1", "op_1", 1, start("wl_1", 0, script)));
    assert!(is_done(&server.result("cmd_1")), "{:?}", server.result("cmd_1"));
    wait_for("the program to be ready", || server.log("wl_1").contains("ready").then_some(()));
    (server, node)
}

#[test]
fn an_enrolled_node_reports_itself_and_says_so_on_the_machine() {
    let server = FakeServer::start();
    let node = Node::running(&server);
    let beat = server.heartbeat("a heartbeat with a measured clock", |beat| {
        beat.clock_skew_us.is_some_and(|skew| skew > 0)
    });
    assert_eq!(beat.slots.len(), 2);
    assert!(beat.inventory.memory_bytes.is_some() && !beat.boot_id.is_empty());
    assert!(beat.capabilities.iter().any(|each| each.name == "driver.process-sandboxed"));
    wait_for("the contact to be written down", || {
        node.status().contains("connected; the server was last heard").then_some(())
    });
    let status = node.status();
    assert!(status.contains("node-a (node_1)") && status.contains("in 6 days"), "{status}");
    assert!(status.contains("60 minutes ahead") || status.contains("59 minutes ahead"), "{status}");
}

#[test]
fn a_server_with_another_root_hears_nothing() {
    let (server, other) = (FakeServer::start(), FakeServer::start());
    let node = Node::bare();
    let output = node.enrol(&server.url, &other.token.reveal());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("no certificate that belongs to this enrolment token"), "{said}");
    assert_eq!(server.enrolments(), 0);
    assert_eq!(node.status(), "This machine is not enrolled.\n");
}

#[test]
fn a_name_the_certificate_does_not_hold_is_refused_although_the_root_is_right() {
    let server = FakeServer::start();
    let url = server.url.replace("127.0.0.1", "127.0.0.2");
    let output = Node::bare().enrol(&url, &server.token.reveal());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("not valid for name"), "{said}");
    assert_eq!(server.enrolments(), 0);
}

#[test]
fn a_damaged_token_gets_a_sentence_and_changes_nothing() {
    let node = Node::bare();
    let output = node.enrol("https://127.0.0.1:1", "ent_1.x.y");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("second part of the enrolment token is damaged") && said.contains("Copy"),
        "{said}"
    );
    assert!(!node.data().exists());
}

#[test]
fn after_a_lost_answer_the_same_key_enrols_again() {
    let server = FakeServer::start();
    server.lose_next_enrolment_answer();
    let node = Node::bare();
    let output = node.enrol(&server.url, &server.token.reveal());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Repeat the same command"));
    assert!(node.enrol(&server.url, &server.token.reveal()).status.success());
    let fingerprints = server.fingerprints();
    assert_eq!(fingerprints.len(), 2);
    assert_eq!(fingerprints[0], fingerprints[1]);
    let again = node.enrol(&server.url, &server.token.reveal());
    assert!(String::from_utf8_lossy(&again.stderr).contains("already holds the node node-a"));
}

#[test]
fn a_workload_is_started_stopped_and_removed_and_each_is_seen() {
    let (server, node) = with_running(POLITE);
    let beat = server.heartbeat("the workload to run", is_in(WorkloadState::Running));
    assert_eq!(beat.slots[0].workload.as_ref().unwrap().as_str(), "wl_1");
    server.send(&command("cmd_2", "op_2", 1, remove("wl_1")));
    assert!(is_refused(&server.result("cmd_2"), STILL_RUNNING));
    server.send(&command("cmd_3", "op_3", 1, stop("wl_1", StopSignal::Term)));
    assert!(is_done(&server.result("cmd_3")));
    let beat = server.heartbeat("the workload to end", is_in(WorkloadState::Exited));
    assert_eq!(workload(&beat, "wl_1").unwrap().exit.as_ref().unwrap().code, Some(0));
    wait_for("the rest of the log", || server.log("wl_1").contains("bye").then_some(()));
    let changes =
        server.heard().iter().filter(|message| matches!(message, ToServer::WorkloadChanged(_))).count();
    assert!(changes >= 2, "{changes}");
    server.send(&command("cmd_4", "op_4", 1, remove("wl_1")));
    assert!(is_done(&server.result("cmd_4")));
    server.heartbeat("the slot to be free", |beat| beat.slots[0].workload.is_none());
    server.send(&command("cmd_5", "op_5", 1, start("wl_1", 0, POLITE)));
    assert!(is_refused(&server.result("cmd_5"), WORKLOAD_REMOVED));
    assert_eq!(node.effects(), ["spawn", "signal-term", "remove"]);
    assert!(!node.data().join("workloads/wl_1").exists());
}

#[test]
fn a_program_that_ignores_term_is_seen_running_until_it_is_killed() {
    let (server, node) = with_running(STUBBORN);
    server.send(&command("cmd_2", "op_2", 1, stop("wl_1", StopSignal::Term)));
    assert!(is_done(&server.result("cmd_2")));
    wait_for("the program to say no", || server.log("wl_1").contains("no").then_some(()));
    server.forget();
    server.heartbeat("it to run on", is_in(WorkloadState::Running));
    server.send(&command("cmd_3", "op_2", 1, stop("wl_1", StopSignal::Kill)));
    let beat = server.heartbeat("it to die", is_in(WorkloadState::Exited));
    assert_eq!(workload(&beat, "wl_1").unwrap().exit.as_ref().unwrap().signal, Some(9));
    assert_eq!(node.effects(), ["spawn", "signal-term", "signal-kill"]);
}

#[test]
fn a_port_is_seen_to_answer_and_cannot_be_taken_twice() {
    let server = FakeServer::start();
    let _node = Node::running(&server);
    let serve = |id: &str, slot| {
        let CommandBody::StartWorkload(mut spec) =
            start(id, slot, "sleep 0.5; exec python3 -m http.server $PORT")
        else {
            unreachable!("start makes a start")
        };
        spec.port = Some(18_766);
        CommandBody::StartWorkload(spec)
    };
    server.send(&command("cmd_1", "op_1", 1, serve("wl_1", 0)));
    assert!(is_done(&server.result("cmd_1")));
    let answers = |wanted| {
        move |beat: &Heartbeat| {
            workload(beat, "wl_1").is_some_and(|report| report.port_answering == Some(wanted))
        }
    };
    server.heartbeat("the port not to answer yet", answers(false));
    server.heartbeat("the port to answer", answers(true));
    server.send(&command("cmd_2", "op_2", 1, serve("wl_2", 1)));
    assert!(is_refused(&server.result("cmd_2"), PORT_TAKEN));
    server.send(&command("cmd_3", "op_3", 1, stop("wl_1", StopSignal::Kill)));
    server.heartbeat("the port to be closed", answers(false));
}

#[test]
fn a_restarted_agent_adopts_what_runs() {
    let (server, mut node) = with_running(POLITE);
    let pid_of = |beat: &Heartbeat| workload(beat, "wl_1").unwrap().pid;
    let pid = pid_of(&server.heartbeat("the workload to run", is_in(WorkloadState::Running)));
    node.kill_agent();
    server.forget();
    assert!(node.status().contains("not running") && node.status().contains("running for"));
    node.run(&[]);
    assert_eq!(pid_of(&server.heartbeat("it to be adopted", is_in(WorkloadState::Running))), pid);
    node.stop_agent();
    server.forget();
    node.run(&[]);
    assert_eq!(pid_of(&server.heartbeat("it to be adopted again", is_in(WorkloadState::Running))), pid);
    server.send(&command("cmd_2", "op_2", 1, stop("wl_1", StopSignal::Term)));
    assert!(is_done(&server.result("cmd_2")));
    server.heartbeat("it to end", is_in(WorkloadState::Exited));
    assert_eq!(node.effects(), ["spawn", "signal-term"]);
}

#[test]
fn a_program_that_ends_while_no_agent_runs_is_reported_by_the_next_one() {
    let (server, mut node) = with_running("echo ready; sleep 1; exit 5");
    node.kill_agent();
    wait_for("the program to end", || support::read(&node.data().join("workloads/wl_1/exit.json")));
    server.forget();
    node.run(&[]);
    let beat = server.heartbeat("the end to be reported", is_in(WorkloadState::Exited));
    assert_eq!(workload(&beat, "wl_1").unwrap().exit.as_ref().unwrap().code, Some(5));
}

#[test]
fn repeated_overtaken_and_conflicting_commands_have_one_effect() {
    let (server, node) = with_running(POLITE);
    server.send(&command("cmd_1", "op_1", 1, start("wl_1", 0, POLITE)));
    let results = server.results("cmd_1", 2);
    assert_eq!(results[0], results[1]);
    server.send(&command("cmd_2", "op_1", 5, start("wl_1", 0, POLITE)));
    assert_eq!(server.result("cmd_2"), results[0]);
    server.send(&command("cmd_3", "op_1", 4, start("wl_1", 0, POLITE)));
    assert!(is_refused(&server.result("cmd_3"), FENCED));
    server.send(&command("cmd_4", "op_4", 1, start("wl_2", 0, POLITE)));
    assert!(is_refused(&server.result("cmd_4"), SLOT_TAKEN));
    let late =
        node_protocol::Command { deadline_us: 1, ..command("cmd_5", "op_5", 1, start("wl_2", 1, POLITE)) };
    server.heartbeat("the clock to be measured", |beat| beat.clock_skew_us.is_some());
    server.send(&late);
    assert!(is_refused(&server.result("cmd_5"), "deadline_passed"));
    assert_eq!(node.effects(), ["spawn"]);
}

#[test]
fn what_the_agent_does_not_understand_is_refused_and_it_goes_on() {
    let server = FakeServer::start();
    let node = Node::running(&server);
    for garbage in ["", "{", "[]", "\u{0}", r#"{"type":"shell","run":"rm -rf /"}"#, r#"{"type":"welcome"}"#] {
        server.send_text(garbage);
    }
    server.send_text(
        r#"{"type":"command","id":"cmd_9","fencing_token":3,"body":{"type":"shell","run":"true"}}"#,
    );
    assert!(is_refused(&server.result("cmd_9"), "message_unknown"));
    server.send(&command("cmd_8", "op_8", 1, start("wl_1", 77, POLITE)));
    assert!(is_refused(&server.result("cmd_8"), "no_such_slot"));
    server.send(&command("cmd_1", "op_1", 1, CommandBody::Probe));
    let Outcome::Done { detail } = server.result("cmd_1") else { panic!("the agent does not answer") };
    assert!(serde_json::from_value::<Heartbeat>(detail).is_ok());
    assert!(node.effects().is_empty());
}

#[test]
fn a_second_agent_on_the_same_data_is_refused() {
    let server = FakeServer::start();
    let node = Node::running(&server);
    server.heartbeat("the first agent to run", |_| true);
    let output = support::agent().args(["run", "--data"]).arg(node.data()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("another agent already runs"));
}

#[cfg(feature = "faults")]
mod faults {
    use super::*;

    /// Lets an agent die at its first command and a new one go on; the server sends the command again, as it does after
    /// every hello.
    fn dies_and_goes_on(fault: &str) -> (FakeServer, Node) {
        let server = FakeServer::start();
        let mut node = Node::enrolled(&server);
        let order = command("cmd_1", "op_1", 1, start("wl_1", 0, POLITE));
        node.run(&["--fault", fault]);
        server.send(&order);
        node.agent_dies();
        server.forget();
        node.run(&[]);
        server.heartbeat("the new agent to run", is_in(WorkloadState::Running));
        server.send(&order);
        assert!(is_done(&server.result("cmd_1")));
        (server, node)
    }

    #[test]
    fn killed_before_the_effect_it_happens_once() {
        assert_eq!(dies_and_goes_on("kill-before-effect=1").1.effects(), ["spawn"]);
    }

    #[test]
    fn killed_after_the_effect_it_happens_once() {
        assert_eq!(dies_and_goes_on("kill-after-effect=1").1.effects(), ["spawn"]);
    }

    #[test]
    fn a_signal_is_sent_once_although_the_agent_dies_around_it() {
        for fault in ["kill-before-effect=1", "kill-after-effect=1"] {
            let (server, mut node) = with_running(STUBBORN);
            node.kill_agent();
            node.run(&["--fault", fault]);
            let order = command("cmd_2", "op_2", 1, stop("wl_1", StopSignal::Term));
            server.forget();
            server.heartbeat("the agent with the fault", |_| true);
            server.send(&order);
            node.agent_dies();
            server.forget();
            node.run(&[]);
            server.heartbeat("the new agent", |_| true);
            server.send(&order);
            assert!(is_done(&server.result("cmd_2")));
            assert_eq!(node.effects(), ["spawn", "signal-term"], "{fault}");
        }
    }

    #[test]
    fn without_fencing_the_same_order_acts_again() {
        let server = FakeServer::start();
        let mut node = Node::enrolled(&server);
        node.run(&["--fault", "no-fencing"]);
        server.send(&command("cmd_1", "op_1", 1, start("wl_1", 0, POLITE)));
        server.result("cmd_1");
        server.send(&command("cmd_1", "op_1", 1, start("wl_1", 0, POLITE)));
        server.results("cmd_1", 2);
        wait_for("the second effect", || (node.effects() == ["spawn", "spawn"]).then_some(()));
    }

    #[test]
    fn an_agent_that_acknowledges_without_doing_leaves_no_trace() {
        let server = FakeServer::start();
        let mut node = Node::enrolled(&server);
        node.run(&["--fault", "ack-without-effect"]);
        server.send(&command("cmd_1", "op_1", 1, start("wl_1", 0, POLITE)));
        assert!(is_done(&server.result("cmd_1")));
        server.forget();
        let beat = server.heartbeat("the next heartbeat", |_| true);
        assert!(beat.workloads.is_empty() && node.effects().is_empty());
    }

    #[test]
    fn an_unknown_fault_is_named() {
        let output =
            support::agent().args(["run", "--data", "/nowhere", "--fault", "explode"]).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("--fault 'explode' is unknown"));
    }
}
