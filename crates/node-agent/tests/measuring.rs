//! A real program is measured: what it spends and holds is what it was told to, and what it never had is not said.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod support;

use node_protocol::{Heartbeat, Measurement, Outcome};
use support::fake_server::FakeServer;
use support::node::{Node, command, start_run};

/// Keeps one processor busy, in a child of a child, which begins anew again and again.
const BURNS: &str = "while :; do sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'; done";

fn measured(beat: &Heartbeat, workload: &str) -> Vec<Measurement> {
    beat.measurements.iter().filter(|each| each.workload_id.as_str() == workload).cloned().collect()
}

#[test]
fn a_program_that_burns_is_told_from_one_that_sleeps() {
    let server = FakeServer::start();
    let _node = Node::running(&server);
    for (number, name, slot, program) in [(1, "wl_1", 0, BURNS), (2, "wl_2", 1, "sleep 600")] {
        let id = format!("cmd_{number}");
        server.send(&command(&id, "op_1", 1, start_run((name, 1), slot, program)));
        assert!(matches!(server.result(&id), Outcome::Done { .. }));
    }
    let spent = |each: &Measurement| each.cpu_millis;
    let beat = server.heartbeat("both to be measured over a while", |beat| {
        measured(beat, "wl_1").iter().any(|each| spent(each).is_some_and(|millis| millis > 20))
            && measured(beat, "wl_2").iter().any(|each| spent(each).is_some())
    });
    let burns = measured(&beat, "wl_1").pop().unwrap();
    let sleeps = measured(&beat, "wl_2").pop().unwrap();
    // More than one processor it cannot use; how much of one it got depends on who else wants it.
    assert!(burns.cpu_millis.unwrap() <= 1300, "{burns:?}");
    assert!(sleeps.cpu_millis.unwrap() <= 100, "{sleeps:?}");
    for each in [&burns, &sleeps] {
        assert!((900_000..60_000_000).contains(&each.over_us.unwrap()), "{each:?}");
        let memory = each.memory_bytes.unwrap();
        assert!((100 << 10..200 << 20).contains(&memory), "{each:?}");
        assert!((1..20).contains(&each.processes.unwrap()), "{each:?}");
        assert_eq!((each.gpu_millis, each.gpu_memory_bytes), (None, None));
    }
}
