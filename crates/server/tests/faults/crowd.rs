//! More launches at one time than there is room: each slot goes to one of them, and the others are told.

use std::collections::{BTreeMap, BTreeSet};
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
    // Before its first report nobody knows how large the node is, and nothing is placed on it.
    site.wait_for_heartbeats(1);
    let answers: Vec<Result<String, String>> = thread::scope(|scope| {
        let launching = || (0..EACH).map(|_| site.launch_once()).collect::<Vec<_>>();
        let people: Vec<_> = (0..PEOPLE).map(|_| scope.spawn(launching)).collect();
        people.into_iter().flat_map(|person| person.join().expect("a person launches")).collect()
    });
    let mut launched = BTreeSet::new();
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut found_no_room = 0;
    for answer in answers {
        match answer.map(|id| how_it_went(site, &id)) {
            Ok(Some(workload)) => _ = launched.insert(workload),
            Ok(None) => found_no_room += 1,
            Err(why) => *refused.entry(why).or_default() += 1,
        }
    }
    say(&format!(
        "{}: {} launches for {SLOTS} slots: {} run, {found_no_room} found no room, refused at once: {refused:?}",
        site.label,
        PEOPLE * EACH,
        launched.len(),
    ));
    assert_eq!(launched.len(), SLOTS as usize, "{}: every slot was taken once", site.label);
    let node = site.api.get(&format!("/api/v1/nodes/{}", site.node));
    let held =
        node["slots"].as_array().expect("slots").iter().filter(|slot| !slot["allocated"].is_null()).count();
    assert_eq!(held, SLOTS as usize, "{}: {node:#}", site.label);
    assert_eq!(site.spawned(), launched, "{}: what was really started", site.label);
    let beyond = site.launch_once().expect_err("nothing is left");
    assert!(beyond.contains("held"), "{}: {beyond}", site.label);
}

/// Waits for the end of a launch: its workload, or nothing when it found no room.
fn how_it_went(site: &Site, id: &str) -> Option<String> {
    let over = site.api.over(id, UNTIL_GIVEN_UP);
    match over["state"].as_str() {
        Some("succeeded") => Some(id.replacen("op_", "wl_", 1)),
        Some("failed") if over.to_string().contains("No node has room for it") => None,
        other => panic!("{}: {other:?}: {over:#}", site.label),
    }
}
