//! A server that is asked to stop (SIGTERM) hands its leases back, so that the next one goes on at once.

use std::time::{Duration, Instant};

use crate::database;
use crate::programs::{Faults, wait_for};
use crate::say;
use crate::site::{PATIENCE, Settings, Site};

/// So long that nobody here would see an operation go on that waits for it.
const LEASE: Duration = Duration::from_mins(10);
/// A stop that finds no worker in the middle of something shows little and is tried again, as long as there are slots.
const TRIES: usize = 15;

#[test]
fn a_server_that_is_asked_to_stop_hands_its_leases_back() {
    for kind in database::kinds() {
        let site =
            Site::set_up(&format!("{kind:?} stopping"), kind, &Settings { lease: LEASE, ..crate::USUAL });
        let mut has_handed_back = false;
        for turn in 1..=TRIES {
            let operations: Vec<String> = (0..4).map(|_| site.launch().0).collect();
            site.server.stop();
            assert_eq!(
                site.database.leases(),
                0,
                "{kind:?}: nobody holds a lease after the server has stopped"
            );
            let begin = Instant::now();
            site.server.run_with(Faults::default());
            for operation in &operations {
                let over = site.api.over(operation, PATIENCE);
                assert_eq!(over["state"], "succeeded", "{over:#}");
            }
            wait_for("events get their numbers again", PATIENCE, || {
                (site.database.unnumbered() == 0).then_some(())
            });
            let log = std::fs::read_to_string(site.server.log()).expect("a log");
            has_handed_back = log.contains(" leases back");
            say(&format!(
                "{kind:?}: stop {turn}, four launches ended {:.1} s after the next start",
                begin.elapsed().as_secs_f32()
            ));
            if has_handed_back {
                break;
            }
        }
        assert!(has_handed_back, "{kind:?}: no stop met a worker in the middle of something");
    }
}
