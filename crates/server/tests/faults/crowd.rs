//! More launches at one time than there is room: each slot goes to one of them, and the others are told.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use crate::database;
use crate::say;
use crate::site::{Settings, Site};

const SLOTS: u32 = 8;
/// People who launch at one time, and how often each does.
const PEOPLE: usize = 8;
const EACH: usize = 3;
/// A launch that finds no room waits for it as long as its step may take.
const UNTIL_GIVEN_UP: Duration = Duration::from_mins(2);

#[test]
fn two_launches_never_get_one_slot_however_many_launch_at_one_time() {
    thread::scope(|scope| {
        for kind in database::kinds() {
            scope.spawn(move || {
                let settings = Settings { slots: SLOTS, ..crate::USUAL };
                let site = Site::set_up(&format!("{kind:?} crowded"), kind, &settings);
                crowd(&site);
            });
        }
    });
}

fn crowd(site: &Site) {
    let accepted: Vec<String> = thread::scope(|scope| {
        let launching = || (0..EACH).filter_map(|_| site.launch_once()).collect::<Vec<_>>();
        let people: Vec<_> = (0..PEOPLE).map(|_| scope.spawn(launching)).collect();
        people.into_iter().flat_map(|person| person.join().expect("a person launches")).collect()
    });
    let mut launched = BTreeSet::new();
    for id in &accepted {
        let over = site.api.over(id, UNTIL_GIVEN_UP);
        match over["state"].as_str() {
            Some("succeeded") => _ = launched.insert(id.replacen("op_", "wl_", 1)),
            Some("failed") => {
                assert!(over.to_string().contains("No node has room for it"), "{}: {over:#}", site.label);
            }
            other => panic!("{}: {other:?}: {over:#}", site.label),
        }
    }
    assert_eq!(launched.len(), SLOTS as usize, "{}: every slot was taken once", site.label);
    let node = site.api.get(&format!("/api/v1/nodes/{}", site.node));
    let held =
        node["slots"].as_array().expect("slots").iter().filter(|slot| !slot["allocated"].is_null()).count();
    assert_eq!(held, SLOTS as usize, "{}: {node:#}", site.label);
    assert_eq!(site.spawned(), launched, "{}: what was really started", site.label);
    let refused = PEOPLE * EACH - accepted.len();
    say(&format!(
        "{}: {} launches for {SLOTS} slots: {} run, {refused} were refused at once, {} found no room",
        site.label,
        PEOPLE * EACH,
        launched.len(),
        accepted.len() - launched.len()
    ));
}
