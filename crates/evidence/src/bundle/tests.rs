//! A bundle that nobody touched fits; one that was touched anywhere does not, and what does not fit is named.

use serde_json::Value;

use super::*;
use crate::chain::{Link, digest, operation_tag};
use crate::checkpoint::BadCheckpoint;

fn key(byte: u8) -> SigningKey {
    SigningKey::from_seed(&[byte; 32]).unwrap()
}

const OWN: &str = "op_1";

fn event(seq: i64, kind: &str, operation: Option<&str>, body: &str) -> OwnedEvent {
    OwnedEvent {
        seq,
        at: 1_700_000_000_000_000 + seq,
        kind: kind.to_owned(),
        actor: "ada@example.org".to_owned(),
        sentence: format!("Event {seq} happened."),
        operation: operation.map(str::to_owned),
        step: (seq % 2 == 0).then_some(seq),
        project: None,
        resource: Some("node:node_1".to_owned()),
        body: body.to_owned(),
        id: format!("{seq:032x}"),
    }
}

/// An operation's events among those of others.
fn events() -> Vec<OwnedEvent> {
    let intent = r#"{"operation":"node.drain","plan_hash":"ab"}"#;
    vec![
        event(1, "node.connected", None, "null"),
        event(2, "audit.intent", Some(OWN), intent),
        event(3, "audit.intent", Some("op_2"), intent),
        event(4, "step.observed", Some(OWN), r#"{"slots":4}"#),
        event(5, "audit.decision", Some(OWN), "null"),
        event(6, "node.connected", None, "null"),
        event(7, "audit.outcome", Some(OWN), r#"{"state":"succeeded","debris":[]}"#),
        event(8, "node.connected", None, "null"),
    ]
}

fn stretches(cut_after: &[usize], signer: &SigningKey) -> Vec<Stretch> {
    let (mut previous, mut all, mut entries, mut begins) = (String::new(), Vec::new(), Vec::new(), None);
    for (index, event) in events().into_iter().enumerate() {
        let link = Link::of(&previous, &event.as_event());
        begins.get_or_insert_with(|| previous.clone());
        previous.clone_from(&link.hash);
        let seq = event.seq;
        entries.push(if event.operation.as_deref() == Some(OWN) {
            Entry::Event { event, hash: link.hash.clone() }
        } else {
            let tag = operation_tag(event.operation.as_deref());
            Entry::Other { seq, operation: tag, digest: digest(&event.as_event()), hash: link.hash.clone() }
        });
        if cut_after.contains(&index) || index == 7 {
            let checkpoint = Checkpoint::sign(signer, seq, &link.hash, 1_700_000_000_100_000);
            let previous = begins.take().unwrap();
            all.push(Stretch { previous, entries: std::mem::take(&mut entries), checkpoint });
        }
    }
    all
}

fn draft(chain: Vec<Stretch>) -> Draft {
    let step = Step {
        number: 1,
        title: "Cordon".to_owned(),
        state: "observed".to_owned(),
        attempts: 1,
        observed_by: None,
        undo: "It is offered again.".to_owned(),
        begun_at: Some(1),
        acknowledged_at: Some(2),
        observed_at: Some(3),
        finished_at: Some(3),
        last_observation: Some("It is cordoned.".to_owned()),
    };
    let log = Log {
        of: "workload:wl_1".to_owned(),
        text: "hello\n".to_owned(),
        omitted_bytes: 7,
        received_at: None,
    };
    Draft {
        subject: Subject {
            id: OWN.to_owned(),
            operation: "node.drain".to_owned(),
            declaration: 1,
            title: "Drain node".to_owned(),
            target: "node:node_1".to_owned(),
            project: None,
            requested_by: "ada@example.org".to_owned(),
            requested_at: 1_700_000_000_000_000,
            plan_hash: "ab".to_owned(),
            state: "succeeded".to_owned(),
            state_since: 1_700_000_000_000_007,
            outcome: Some("It is empty.".to_owned()),
            debris: vec!["nothing much".to_owned()],
        },
        approvals: Approvals { given: Vec::new(), sentence: "None was needed.".to_owned() },
        steps: vec![step.clone(), Step { number: 2, ..step }],
        logs: vec![log],
        left_out: vec!["The beginning of a log.".to_owned()],
        chain,
    }
}

fn bundle() -> Bundle {
    draft(stretches(&[], &key(1))).seal(&key(1), 9)
}

fn verdict(bundle: &Bundle) -> Result<Verdict, Misfit> {
    verify_bundle(&serde_json::to_vec_pretty(bundle).unwrap(), key(1).public())
}

#[test]
fn what_nobody_touched_fits() {
    let verdict = verdict(&bundle()).unwrap();
    assert_eq!((verdict.events, verdict.range, verdict.is_over), (4, (1, 8), true));
    assert_eq!(verdict.operation, OWN);
}

#[test]
fn what_lies_between_two_checkpoints_may_be_left_out_and_is_named() {
    let mut chain = stretches(&[1, 2], &key(1));
    chain.remove(1);
    let bundle = draft(chain).seal(&key(1), 9);
    assert_eq!(verdict(&bundle).unwrap().skipped, [(3, 3)]);
}

/// Every place in a document where a value stands.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            places(value, &format!("{at}/{name}"), into);
        }),
        Value::Array(values) => values.iter().enumerate().for_each(|(index, value)| {
            places(value, &format!("{at}/{index}"), into);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => into.push(at.to_owned()),
    }
}

fn changed(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => {
            let mut flipped = text.clone();
            flipped.pop();
            vec![format!("{text}x").into(), flipped.into(), Value::Null]
        }
        Value::Number(number) => vec![(number.as_i64().unwrap() + 1).into(), 0.into(), Value::Null],
        Value::Null => vec![1.into(), "x".into()],
        Value::Bool(is) => vec![(!is).into()],
        Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

fn whole() -> Value {
    serde_json::to_value(bundle()).unwrap()
}

fn tampered(value: &Value) -> Misfit {
    let file = serde_json::to_vec(value).unwrap();
    verify_bundle(&file, key(1).public()).expect_err(&value.to_string())
}

#[test]
fn every_value_that_is_changed_is_found_and_named() {
    let (whole, mut all) = (whole(), Vec::new());
    places(&whole, "", &mut all);
    assert!(all.len() > 100, "{}", all.len());
    for place in all {
        let was = whole.pointer(&place).unwrap().clone();
        for other in changed(&was).into_iter().filter(|other| *other != was) {
            let mut touched = whole.clone();
            *touched.pointer_mut(&place).unwrap() = other.clone();
            let misfit = tampered(&touched).to_string();
            names(&place, &misfit, &other);
        }
    }
}

/// What is said leads to the place.
fn names(place: &str, misfit: &str, other: &Value) {
    let parts: Vec<_> = place.split('/').skip(1).collect();
    let says = |text: &str| misfit.contains(text);
    let is_named = says("no evidence bundle")
        || match parts.as_slice() {
            ["format" | "version"] => says("says it is"),
            // Where the first one stands is only known from itself.
            ["chain", _, "entries", "0", ..] | ["subject", "id"] => says("vent "),
            ["chain", _, "entries", index, ..] => {
                let seq: usize = index.parse::<usize>().unwrap() + 1;
                says(&format!("vent {seq}")) || (place.ends_with("/is") && says("no evidence bundle"))
            }
            ["chain", _, "previous"] => says("Event 1"),
            ["chain", _, "checkpoint", ..] => says("heckpoint"),
            ["seal", "key"] => says("was sealed with the key"),
            ["seal", "parts", index, ..] => {
                let index: usize = index.parse().unwrap();
                says(&bundle().seal.parts[index].part) || says("seal")
            }
            ["seal", ..] => says("seal"),
            ["subject", "state"] => says("ended") || says("outcome") || says("subject"),
            [name @ ("steps" | "logs" | "left_out"), index] | [name @ ("steps" | "logs"), index, ..] => {
                says(&format!("{name}/{index}"))
            }
            [name, ..] => says(name),
            [] => false,
        };
    assert!(is_named, "{place} became {other}: {misfit}");
}

#[test]
fn every_member_and_every_item_that_is_dropped_doubled_moved_or_added_is_found() {
    fn walk(value: &Value, at: &str, into: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                into.push(at.to_owned());
                members.iter().for_each(|(name, value)| walk(value, &format!("{at}/{name}"), into));
            }
            Value::Array(values) => {
                into.push(at.to_owned());
                values.iter().enumerate().for_each(|(i, value)| walk(value, &format!("{at}/{i}"), into));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let (whole, mut all) = (whole(), Vec::new());
    walk(&whole, "", &mut all);
    for place in all {
        for touched in touches(&whole, &place) {
            tampered(&touched);
        }
    }
}

/// Every way to take away from, add to or rearrange what stands at a place.
fn touches(whole: &Value, place: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut with = |change: &dyn Fn(&mut Value)| {
        let mut touched = whole.clone();
        change(touched.pointer_mut(place).unwrap());
        found.push(touched);
    };
    match whole.pointer(place).unwrap() {
        Value::Object(members) => {
            with(&|value| value["more"] = 1.into());
            for name in members.keys() {
                // A member that may be absent is the same absent and null.
                if !members[name].is_null() {
                    with(&|value| drop(value.as_object_mut().unwrap().remove(name)));
                }
            }
        }
        Value::Array(values) => {
            with(&|value| value.as_array_mut().unwrap().push("x".into()));
            for index in 0..values.len() {
                with(&|value| drop(value.as_array_mut().unwrap().remove(index)));
                with(&|value| value.as_array_mut().unwrap().truncate(index));
                with(&|value| {
                    let again = value[index].clone();
                    value.as_array_mut().unwrap().insert(index, again);
                });
                if index > 0 && values[index] != values[index - 1] {
                    with(&|value| value.as_array_mut().unwrap().swap(index, index - 1));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    found
}

#[test]
fn an_event_that_is_hidden_among_those_of_others_is_found() {
    let mut bundle = bundle();
    let entry = &mut bundle.chain[0].entries[3];
    let Entry::Event { event, hash } = entry.clone() else { panic!("another entry") };
    let (operation, digest) = (operation_tag(Some(OWN)), digest(&event.as_event()));
    *entry = Entry::Other { seq: 4, operation, digest, hash };
    assert_eq!(verdict(&bundle), Err(Misfit::Hidden { seq: 4 }));
}

#[test]
fn a_checkpoint_of_another_place_or_another_key_does_not_fit() {
    let mut other_place = bundle();
    let earlier = stretches(&[6], &key(1)).remove(0).checkpoint;
    other_place.chain[0].checkpoint = earlier;
    assert_eq!(verdict(&other_place), Err(Misfit::Uncovered { last: 8, seq: 7, hash: "" }));
    let mut forked = bundle();
    forked.chain[0].checkpoint = Checkpoint::sign(&key(1), 8, "00", 5);
    assert!(matches!(verdict(&forked), Err(Misfit::Uncovered { last: 8, seq: 8, .. })));
    let mut other_key = bundle();
    other_key.chain[0].checkpoint = stretches(&[], &key(2)).remove(0).checkpoint;
    assert!(matches!(verdict(&other_key), Err(Misfit::Checkpoint(BadCheckpoint::OtherKey { .. }))));
}

#[test]
fn with_another_key_nothing_fits() {
    let file = serde_json::to_vec(&bundle()).unwrap();
    assert!(matches!(verify_bundle(&file, key(2).public()), Err(Misfit::OtherKey { .. })));
    let forged = draft(stretches(&[], &key(2))).seal(&key(2), 9);
    assert!(matches!(verdict(&forged), Err(Misfit::OtherKey { .. })));
}

#[test]
fn a_file_that_is_cut_off_or_is_something_else_is_said_to_be_none() {
    let file = serde_json::to_vec(&bundle()).unwrap();
    for length in (0..file.len()).step_by(97) {
        assert!(matches!(verify_bundle(&file[..length], key(1).public()), Err(Misfit::Unreadable(_))));
    }
    let newer = br#"{"format":"slipway.evidence-bundle","version":2,"more":[]}"#;
    assert!(matches!(verify_bundle(newer, key(1).public()), Err(Misfit::Format { version: 2, .. })));
}

#[test]
fn what_its_end_was_cut_off_is_not_said_to_be_over() {
    let mut cut = stretches(&[5], &key(1));
    cut.truncate(1);
    let bundle = draft(cut).seal(&key(1), 9);
    assert!(matches!(verdict(&bundle), Err(Misfit::Outcome(_))));
}
