//! A workload that runs again: each run once, in the folder of the one before, whatever arrives late.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use node_protocol::command::{OLDER_RUN, SLOT_TAKEN, STILL_RUNNING, WORKLOAD_REMOVED};
use node_protocol::{Heartbeat, Outcome, StopSignal, WorkloadReport, WorkloadState};
use support::fake_server::FakeServer;
use support::node::{Node, command, remove_run, start_run, stop_run};
use support::wait_for;

/// Says in which run it is by what the one before left, and ends when it is asked.
const COUNTS: &str =
    "echo x >>runs; echo ready $(wc -l <runs); trap 'exit 0' TERM; while :; do sleep 0.05; done";

fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done { .. })
}

fn is_refused(outcome: &Outcome, with: &str) -> bool {
    matches!(outcome, Outcome::Refused { code, .. } if code == with)
}

fn workload(beat: &Heartbeat) -> Option<&WorkloadReport> {
    beat.workloads.iter().find(|report| report.workload_id.as_str() == "wl_1")
}

fn is_in(run: u32, state: WorkloadState) -> impl Fn(&Heartbeat) -> bool {
    move |beat| workload(beat).is_some_and(|report| (report.run, report.state) == (run, state))
}

/// A node on which run 1 of `wl_1` has ended.
fn with_ended() -> (FakeServer, Node) {
    let server = FakeServer::start();
    let node = Node::running(&server);
    server.send(&command("cmd_1", "op_1", 1, start_run(("wl_1", 1), 0, COUNTS)));
    assert!(is_done(&server.result("cmd_1")), "{:?}", server.result("cmd_1"));
    wait_for("the program to be ready", || server.log("wl_1").contains("ready 1").then_some(()));
    server.send(&command("cmd_2", "op_2", 1, stop_run(("wl_1", 1), StopSignal::Term)));
    assert!(is_done(&server.result("cmd_2")));
    server.heartbeat("run 1 to end", is_in(1, WorkloadState::Exited));
    (server, node)
}

#[test]
fn it_runs_again_where_it_was_and_its_log_goes_on() {
    let (server, node) = with_ended();
    server.send(&command("cmd_3", "op_3", 1, start_run(("wl_1", 2), 0, COUNTS)));
    assert!(is_done(&server.result("cmd_3")), "{:?}", server.result("cmd_3"));
    let beat = server.heartbeat("run 2 to run", is_in(2, WorkloadState::Running));
    assert_eq!(workload(&beat).unwrap().exit, None);
    wait_for("its files and its log to be there", || {
        let log = server.log("wl_1");
        (log.contains("ready 1") && log.contains("ready 2")).then_some(())
    });
    assert_eq!(node.effects(), ["spawn", "signal-term", "spawn"]);
}

#[test]
fn each_run_starts_once_and_what_is_late_changes_nothing() {
    let (server, node) = with_ended();
    for (id, operation, token) in
        [("cmd_3", "op_3", 1), ("cmd_3", "op_3", 1), ("cmd_4", "op_3", 2), ("cmd_5", "op_9", 1)]
    {
        server.send(&command(id, operation, token, start_run(("wl_1", 2), 0, COUNTS)));
        assert!(is_done(&server.result(id)), "{:?}", server.result(id));
    }
    server.send(&command("cmd_6", "op_6", 1, start_run(("wl_1", 1), 0, COUNTS)));
    assert!(is_refused(&server.result("cmd_6"), OLDER_RUN), "{:?}", server.result("cmd_6"));
    for (id, body) in [
        ("cmd_7", stop_run(("wl_1", 1), StopSignal::Kill)),
        ("cmd_8", remove_run(("wl_1", 1))),
        ("cmd_9", stop_run(("wl_1", 3), StopSignal::Kill)),
    ] {
        server.send(&command(id, "op_7", 1, body));
        assert!(is_done(&server.result(id)), "{:?}", server.result(id));
    }
    server.send(&command("cmd_10", "op_10", 1, start_run(("wl_1", 3), 0, COUNTS)));
    assert!(is_refused(&server.result("cmd_10"), STILL_RUNNING));
    server.forget();
    server.heartbeat("run 2 to run on", is_in(2, WorkloadState::Running));
    assert_eq!(node.effects(), ["spawn", "signal-term", "spawn"]);
}

#[test]
fn it_stays_in_its_slot_and_a_removed_run_never_comes_back_but_a_later_one_may() {
    let (server, node) = with_ended();
    server.send(&command("cmd_3", "op_3", 1, start_run(("wl_1", 2), 1, COUNTS)));
    assert!(is_refused(&server.result("cmd_3"), SLOT_TAKEN));
    server.send(&command("cmd_4", "op_4", 1, remove_run(("wl_1", 2))));
    assert!(is_done(&server.result("cmd_4")));
    server.send(&command("cmd_5", "op_5", 1, start_run(("wl_1", 2), 1, COUNTS)));
    assert!(is_refused(&server.result("cmd_5"), WORKLOAD_REMOVED));
    server.forget();
    server.send(&command("cmd_6", "op_6", 1, start_run(("wl_1", 3), 1, COUNTS)));
    assert!(is_done(&server.result("cmd_6")), "{:?}", server.result("cmd_6"));
    server.heartbeat("run 3 to run", is_in(3, WorkloadState::Running));
    wait_for("it to begin with nothing", || server.log("wl_1").contains("ready 1").then_some(()));
    server.send(&command("cmd_7", "op_7", 1, stop_run(("wl_1", 3), StopSignal::Kill)));
    server.heartbeat("run 3 to end", is_in(3, WorkloadState::Exited));
    server.send(&command("cmd_8", "op_8", 1, remove_run(("wl_1", 3))));
    assert!(is_done(&server.result("cmd_8")));
    assert_eq!(node.effects(), ["spawn", "signal-term", "remove", "spawn", "signal-kill", "remove"]);
}

#[test]
fn a_restarted_agent_adopts_the_run_it_finds() {
    let (server, mut node) = with_ended();
    server.send(&command("cmd_3", "op_3", 1, start_run(("wl_1", 2), 0, COUNTS)));
    let pid_of = |beat: &Heartbeat| workload(beat).unwrap().pid;
    let pid = pid_of(&server.heartbeat("run 2 to run", is_in(2, WorkloadState::Running)));
    node.kill_agent();
    server.forget();
    node.run(&[]);
    assert_eq!(pid_of(&server.heartbeat("it to be adopted", is_in(2, WorkloadState::Running))), pid);
    server.send(&command("cmd_3", "op_3", 1, start_run(("wl_1", 2), 0, COUNTS)));
    assert!(is_done(&server.result("cmd_3")));
    assert_eq!(node.effects(), ["spawn", "signal-term", "spawn"]);
}

#[cfg(feature = "faults")]
#[test]
fn an_agent_that_dies_around_starting_it_again_starts_it_once() {
    for fault in ["kill-before-effect=1", "kill-after-effect=1"] {
        let (server, mut node) = with_ended();
        node.kill_agent();
        node.run(&["--fault", fault]);
        let order = command("cmd_3", "op_3", 1, start_run(("wl_1", 2), 0, COUNTS));
        server.forget();
        server.heartbeat("the agent with the fault", |_| true);
        server.send(&order);
        node.agent_dies();
        server.forget();
        node.run(&[]);
        server.heartbeat("run 2 to run", is_in(2, WorkloadState::Running));
        server.send(&order);
        assert!(is_done(&server.result("cmd_3")));
        assert_eq!(node.effects(), ["spawn", "signal-term", "spawn"], "{fault}");
    }
}
