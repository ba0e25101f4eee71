//! A bundle that nobody touched fits; one that was touched anywhere does not, and what does not fit is named.

use serde_json::Value;

use super::*;
use crate::chain::{Link, hash_v2};
use crate::checkpoint::BadCheckpoint;

mod kinds;
use kinds::*;

#[test]
fn what_nobody_touched_fits() {
    let of_operation = verdict(&bundle()).unwrap();
    assert_eq!((of_operation.events, of_operation.range), (4, (1, 8)));
    assert_eq!(of_operation.of, OfWhat::Operation { id: OWN.to_owned(), is_over: true });
    let of_thing = verdict(&of_thing(3)).unwrap();
    assert_eq!((of_thing.events, of_thing.range), (5, (2, 8)));
    let OfWhat::Resource { resource, operations, proved, not_proved, .. } = of_thing.of else { panic!() };
    assert_eq!((resource.as_str(), operations), (THING, vec![OWN.to_owned()]));
    assert_eq!((proved.len(), not_proved.len()), (3, 2), "{proved:?} {not_proved:?}");
}

#[test]
fn what_a_bundle_of_a_thing_does_not_prove_it_says() {
    let old = verdict(&of_thing(2)).unwrap();
    let OfWhat::Resource { not_proved, .. } = old.of else { panic!() };
    assert!(not_proved[0].contains("older version"), "{not_proved:?}");
    let mut draft = draft_of_thing(3);
    draft.subject.until += 1_000_000_000;
    let early = verdict(&draft.seal(&key(1), 9).with(entries_of_thing(3))).unwrap();
    let OfWhat::Resource { proved, not_proved, .. } = early.of else { panic!() };
    assert_eq!(proved.len(), 2);
    assert!(not_proved[0].contains("all of that time"), "{not_proved:?}");
    let mut boasts = of_thing(2);
    boasts.claim.told = true;
    boasts.seal = Seal::of(boasts.parts(), &key(1), 9);
    assert_eq!(verdict(&boasts), Err(Misfit::Part("claim".to_owned())), "even the server cannot say so");
}

#[test]
fn a_bundle_that_is_written_in_parts_is_the_same() {
    let (head, tail) = draft_of_thing(3).seal(&key(1), 9).frame();
    let entries: Vec<_> =
        entries_of_thing(3).iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
    let written = format!("{head}{}{tail}", entries.join(","));
    let read: ResourceBundle = serde_json::from_str(&written).unwrap();
    assert_eq!(read, of_thing(3));
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

fn tampered(value: &Value) -> Misfit {
    let file = serde_json::to_vec(value).unwrap();
    verify_bundle(&file, key(1).public()).expect_err(&value.to_string())
}

#[test]
fn every_value_that_is_changed_is_found_and_named() {
    for whole in wholes() {
        let mut all = Vec::new();
        places(&whole, "", &mut all);
        assert!(all.len() > 100, "{}", all.len());
        for place in all {
            let was = whole.pointer(&place).unwrap().clone();
            for other in changed(&was).into_iter().filter(|other| *other != was) {
                let mut touched = whole.clone();
                *touched.pointer_mut(&place).unwrap() = other.clone();
                let misfit = tampered(&touched).to_string();
                names(&whole, &place, &misfit, &other);
            }
        }
    }
}

/// What is said leads to the place.
fn names(whole: &Value, place: &str, misfit: &str, other: &Value) {
    let parts: Vec<_> = place.split('/').skip(1).collect();
    let says = |text: &str| misfit.contains(text);
    let is_named = says("no evidence bundle")
        || match parts.as_slice() {
            ["format" | "version"] => says("says it is"),
            // Where the first one stands is only known from itself.
            // What is another thing has other events.
            ["chain", _, "entries", "0", ..]
            | ["subject", "id" | "resource"]
            | ["operations", _, "subject", "id"] => says("vent "),
            ["chain", _, "entries", index, ..] => {
                let seq = index.parse::<i64>().unwrap() + first(whole);
                says(&format!("vent {seq}")) || (place.ends_with("/is") && says("no evidence bundle"))
            }
            ["chain", _, "previous"] => says("Event 1") || says("begin with event 2"),
            ["before", "seq" | "hash"] | ["before"] => says("heckpoint") || says("begin with event"),
            ["operations", _, "subject", "state"] => says("ended") || says("operations/0"),
            ["operations", index, ..] => says(&format!("operations/{index}")),
            ["subject", "from" | "until"] => says("claim") || says("subject"),
            ["chain", _, "checkpoint", ..] | ["before", ..] => says("heckpoint"),
            ["seal", "key"] => says("was sealed with the key"),
            ["seal", "parts", index, ..] => {
                let index: usize = index.parse().unwrap();
                says(whole["seal"]["parts"][index]["part"].as_str().unwrap()) || says("seal")
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
    for whole in wholes() {
        let mut all = Vec::new();
        walk(&whole, "", &mut all);
        for place in all {
            for touched in touches(&whole, &place) {
                tampered(&touched);
            }
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
    for version in [2, 3] {
        let mut bundle = draft(stretches_of(version, &[], &key(1), is_of_operation)).seal(&key(1), 9);
        hide(&mut bundle.chain[0], 3);
        assert_eq!(verdict(&bundle), Err(Misfit::Hidden { seq: 4 }), "{version}");
    }
    // Number 8 is about the thing and of no operation, number 7 of an operation that is listed.
    for (index, seq) in [(6, 8), (5, 7)] {
        let mut bundle = of_thing(3);
        hide(&mut bundle.chain[0], index);
        assert_eq!(verdict(&bundle), Err(Misfit::Hidden { seq }));
    }
    let mut old = of_thing(2);
    hide(&mut old.chain[0], 6);
    assert_eq!(verdict(&old), Err(Misfit::Part("contents".to_owned())), "the seal has its number");
}

#[test]
fn what_is_not_about_the_thing_does_not_belong_into_its_bundle() {
    let mut entries = entries_of_thing(3);
    let other = events().remove(5);
    entries[4] = Entry::Event { hash: entries[4].hash().to_owned(), event: other };
    let bundle = draft_of_thing(3).seal(&key(1), 9).with(entries);
    assert_eq!(verdict(&bundle), Err(Misfit::Foreign { seq: 6 }));
}

#[test]
fn events_of_a_project_belong_to_it_whatever_they_are_about() {
    let of_project =
        OwnedEvent { project: Some("prj_1".to_owned()), ..event(1, "workload.state", None, "null") };
    let hash = Link::of("", &of_project.as_event()).hash;
    let end = Checkpoint::sign(&key(1), 1, &hash, 10);
    let subject = Range { resource: "project:prj_1".to_owned(), from: 0, until: 5 };
    let numbers = |own: bool| if own { Numbers::of([(1, "workload.state")]) } else { Numbers::default() };
    for own in [true, false] {
        let (before, contents) = (None, numbers(own));
        let draft = ResourceDraft {
            subject: subject.clone(),
            told: true,
            contents,
            operations: Vec::new(),
            left_out: Vec::new(),
            before,
            end: end.clone(),
        };
        let entry = Entry::of("", of_project.clone(), hash.clone(), own).unwrap();
        let found = verdict(&draft.seal(&key(1), 9).with(vec![entry]));
        assert_eq!(found.err(), (!own).then_some(Misfit::Hidden { seq: 1 }));
    }
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
fn the_checkpoint_before_the_events_of_a_thing_is_the_one_they_follow_on() {
    let mut other_key = of_thing(3);
    let Some(before) = &other_key.before else { panic!() };
    other_key.before = Some(Checkpoint::sign(&key(2), before.seq, &before.hash, before.at));
    assert!(matches!(verdict(&other_key), Err(Misfit::Checkpoint(BadCheckpoint::OtherKey { .. }))));
    let mut elsewhere = of_thing(3);
    elsewhere.before = Some(Checkpoint::sign(&key(1), 1, "00", 5));
    assert_eq!(verdict(&elsewhere), Err(Misfit::Beginning { first: 2 }));
    let mut none = of_thing(3);
    none.before = None;
    assert_eq!(verdict(&none), Err(Misfit::Beginning { first: 2 }));
}

#[test]
fn with_another_key_nothing_fits() {
    for whole in wholes() {
        let file = serde_json::to_vec(&whole).unwrap();
        assert!(matches!(verify_bundle(&file, key(2).public()), Err(Misfit::OtherKey { .. })));
    }
    let forged = draft(stretches(&[], &key(2))).seal(&key(2), 9);
    assert!(matches!(verdict(&forged), Err(Misfit::OtherKey { .. })));
}

#[test]
fn a_file_that_is_cut_off_or_is_something_else_is_said_to_be_none() {
    for whole in wholes() {
        let file = serde_json::to_vec(&whole).unwrap();
        for length in (0..file.len()).step_by(97) {
            assert!(matches!(verify_bundle(&file[..length], key(1).public()), Err(Misfit::Unreadable(_))));
        }
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
