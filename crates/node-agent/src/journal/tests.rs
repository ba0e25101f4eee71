//! One effect for each order, through repetition, overtaken workers and crashes.

use node_protocol::{CommandBody, StopSignal};
use serde_json::json;

use super::*;

struct Place {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { path: dir.path().join("journal.jsonl"), _dir: dir }
    }

    fn open(&self) -> Journal {
        Journal::open(&self.path, 0).unwrap()
    }
}

fn stop(id: &str, token: u64) -> Command {
    Command {
        id: id.parse().unwrap(),
        fencing_token: token,
        operation_id: "op_1".parse().unwrap(),
        step: 1,
        deadline_us: i64::MAX,
        body: CommandBody::StopWorkload {
            workload_id: "wl_1".parse().unwrap(),
            run: 1,
            signal: StopSignal::Term,
        },
    }
}

fn done(what: &str) -> Outcome {
    Outcome::Done { detail: json!({ "what": what }) }
}

fn is_fenced(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Answer(Outcome::Refused { code, .. }) if code == FENCED)
}

#[test]
fn the_same_command_gets_the_same_result_even_after_a_restart() {
    let place = Place::new();
    let mut journal = place.open();
    assert_eq!(journal.admit(&stop("cmd_1", 1), 0).unwrap(), Verdict::Perform);
    journal.finish(&stop("cmd_1", 1).id, done("sent"), 1).unwrap();
    assert_eq!(journal.admit(&stop("cmd_1", 1), 2).unwrap(), Verdict::Answer(done("sent")));
    assert_eq!(place.open().admit(&stop("cmd_1", 1), 3).unwrap(), Verdict::Answer(done("sent")));
}

#[test]
fn the_same_order_from_the_next_worker_has_no_second_effect() {
    let place = Place::new();
    let mut journal = place.open();
    journal.admit(&stop("cmd_1", 1), 0).unwrap();
    journal.finish(&stop("cmd_1", 1).id, done("sent"), 1).unwrap();
    assert_eq!(journal.admit(&stop("cmd_2", 2), 2).unwrap(), Verdict::Answer(done("sent")));
}

#[test]
fn a_failed_order_may_be_tried_again() {
    let place = Place::new();
    let mut journal = place.open();
    journal.admit(&stop("cmd_1", 1), 0).unwrap();
    journal.finish(&stop("cmd_1", 1).id, Outcome::failed("x", "It failed."), 1).unwrap();
    assert_eq!(journal.admit(&stop("cmd_2", 1), 2).unwrap(), Verdict::Perform);
}

#[test]
fn an_overtaken_worker_is_refused_also_after_a_restart() {
    let place = Place::new();
    let mut journal = place.open();
    journal.admit(&stop("cmd_2", 7), 0).unwrap();
    assert!(is_fenced(&journal.admit(&stop("cmd_1", 6), 1).unwrap()));
    assert!(is_fenced(&place.open().admit(&stop("cmd_1", 6), 1).unwrap()));
}

#[test]
fn an_answered_command_sent_again_by_a_newer_worker_raises_the_fence() {
    let place = Place::new();
    let mut journal = place.open();
    journal.admit(&stop("cmd_1", 1), 0).unwrap();
    journal.finish(&stop("cmd_1", 1).id, done("sent"), 1).unwrap();
    assert_eq!(journal.admit(&stop("cmd_1", 9), 2).unwrap(), Verdict::Answer(done("sent")));
    assert!(is_fenced(&place.open().admit(&stop("cmd_3", 8), 3).unwrap()));
}

#[test]
fn other_steps_have_fences_of_their_own() {
    let place = Place::new();
    let mut journal = place.open();
    journal.admit(&stop("cmd_1", 9), 0).unwrap();
    let other = Command { step: 2, ..stop("cmd_2", 1) };
    assert_eq!(journal.admit(&other, 1).unwrap(), Verdict::Perform);
}

#[test]
fn what_was_begun_before_a_crash_is_found_again() {
    let place = Place::new();
    place.open().admit(&stop("cmd_1", 1), 0).unwrap();
    let mut journal = place.open();
    assert_eq!(journal.unfinished(), [stop("cmd_1", 1)]);
    assert_eq!(journal.admit(&stop("cmd_1", 1), 1).unwrap(), Verdict::Perform);
    journal.finish(&stop("cmd_1", 1).id, done("sent"), 2).unwrap();
    assert!(place.open().unfinished().is_empty());
}

#[test]
fn a_line_cut_off_by_a_crash_is_dropped_and_the_next_one_is_whole() {
    let place = Place::new();
    place.open().admit(&stop("cmd_1", 1), 0).unwrap();
    let mut torn = fs::read(&place.path).unwrap();
    torn.extend(b"{\"entry\":\"done\",\"at_us\":1,\"id\":\"cm");
    fs::write(&place.path, torn).unwrap();
    let mut journal = place.open();
    assert_eq!(journal.unfinished().len(), 1);
    journal.finish(&stop("cmd_1", 1).id, done("sent"), 2).unwrap();
    assert!(place.open().unfinished().is_empty());
}

#[test]
fn damage_in_the_middle_stops_the_agent() {
    let place = Place::new();
    place.open().admit(&stop("cmd_1", 1), 0).unwrap();
    let good = fs::read_to_string(&place.path).unwrap();
    fs::write(&place.path, format!("garbage\n{good}")).unwrap();
    let error = Journal::open(&place.path, 0).err().unwrap();
    assert!(error.to_string().contains("line 1"), "{error}");
}

#[test]
fn a_removed_workload_stays_removed() {
    let place = Place::new();
    let workload: WorkloadId = "wl_1".parse().unwrap();
    place.open().note_removed(&workload, 2, 0).unwrap();
    place.open().note_removed(&workload, 1, 0).unwrap();
    let journal = place.open();
    assert!(journal.was_removed(&workload, 1) && journal.was_removed(&workload, 2));
    assert!(!journal.was_removed(&workload, 3), "a later run may come back");
}

#[test]
fn a_removal_from_before_there_were_runs_is_one_of_the_first() {
    let place = Place::new();
    fs::write(&place.path, "{\"entry\":\"removed\",\"at_us\":0,\"workload_id\":\"wl_1\"}\n").unwrap();
    let (journal, workload) = (place.open(), "wl_1".parse().unwrap());
    assert!(journal.was_removed(&workload, 1) && !journal.was_removed(&workload, 2));
}

#[test]
fn the_same_step_orders_each_run_for_itself() {
    let place = Place::new();
    let mut journal = place.open();
    journal.admit(&stop("cmd_1", 1), 0).unwrap();
    journal.finish(&stop("cmd_1", 1).id, done("sent"), 1).unwrap();
    let body =
        CommandBody::StopWorkload { workload_id: "wl_1".parse().unwrap(), run: 2, signal: StopSignal::Term };
    assert_eq!(journal.admit(&Command { body, ..stop("cmd_2", 1) }, 2).unwrap(), Verdict::Perform);
}

#[test]
fn a_grown_journal_keeps_the_young_the_newest_and_the_unfinished() {
    let place = Place::new();
    let mut journal = place.open();
    journal.admit(&stop("cmd_unfinished", 1), 0).unwrap();
    for index in 0..KEEP_NEWEST {
        let command = Command {
            operation_id: format!("op_{index}x").parse().unwrap(),
            ..stop(&format!("cmd_{index}"), 1)
        };
        journal.admit(&command, 0).unwrap();
        journal.finish(&command.id, done("sent"), 0).unwrap();
    }
    let before = fs::metadata(&place.path).unwrap().len();
    let journal = Journal::open_compacting(&place.path, KEEP_US + 1, 1).unwrap();
    assert!(fs::metadata(&place.path).unwrap().len() < before * 6 / 10);
    assert_eq!(journal.unfinished().len(), 1);
    let newest: CommandId = format!("cmd_{}", KEEP_NEWEST - 1).parse().unwrap();
    assert!(journal.known.contains_key(&newest) && !journal.known.contains_key(&"cmd_0".parse().unwrap()));
}
