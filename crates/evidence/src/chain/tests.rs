//! What a chain shows and what it does not, case by case.

use super::*;

fn event(seq: i64) -> OwnedEvent {
    OwnedEvent {
        seq,
        at: 1_700_000_000_000_000 + seq,
        kind: "step.observed".to_owned(),
        actor: "usr_1".to_owned(),
        sentence: format!("Step {seq} was seen."),
        operation: Some("op_1".to_owned()),
        step: Some(seq),
        project: None,
        resource: Some("node_1".to_owned()),
        body: r#"{"slots":4}"#.to_owned(),
        id: format!("evt_{seq}"),
    }
}

fn chain(length: i64) -> Vec<(OwnedEvent, Link)> {
    let mut previous = String::new();
    let linked = |event: OwnedEvent| {
        let link = Link::of(&previous, &event.as_event());
        previous.clone_from(&link.hash);
        (event, link)
    };
    (1..=length).map(event).map(linked).collect()
}

#[test]
fn the_encoding_of_version_1_never_changes() {
    // Computed once by hand from the table above `hash` (with Python's struct and hashlib), not with this program.
    assert_eq!(hash_v1("", &event(1).as_event()), FIRST);
    assert_eq!(hash_v1(FIRST, &event(2).as_event()), SECOND);
}

#[test]
fn the_encoding_of_version_2_never_changes() {
    // Computed in the same way, from the tables at `digest`, `operation_tag` and `link_hash`.
    let first = "17dcff87989bfcb2c6120f97db978f86d06adb5cf03dfb769f7ad4c71184c9fc";
    assert_eq!(hash_v2("", &event(1).as_event()), first);
    assert_eq!(
        hash_v2(first, &event(2).as_event()),
        "dc06df76d61e6bd10c88f27df3b39067e591e642e433625bf9511e3c73810241"
    );
}

#[test]
fn the_encoding_of_version_3_never_changes() {
    // Computed in the same way, from the tables at `digest`, `operation_tag`, `about_tag` and `link_hash`.
    let first = "f9c9c67c0739063adcdff00c8e7d5692d94254b23afb2cb1d31ab30f73d83370";
    assert_eq!(hash("", &event(1).as_event()), first);
    let of_project = OwnedEvent { project: Some("prj_1".to_owned()), ..event(2) };
    assert_eq!(
        hash(first, &of_project.as_event()),
        "d38d4178d6afbcf44b10bd15af4f4cbe32458cc20496ceb3a890d582bf6ff428"
    );
}

#[test]
fn a_chain_goes_on_from_one_version_to_the_next() {
    let link = |seq, previous: &str, hash: String| Link { seq, hash, previous: previous.to_owned() };
    let second = hash_v2(FIRST, &event(2).as_event());
    let all = [
        (event(1), link(1, "", FIRST.to_owned())),
        (event(2), link(2, FIRST, second.clone())),
        (event(3), Link::of(&second, &event(3).as_event())),
    ];
    assert!(verify(all.clone().into_iter()).is_ok());
    for which in 0..3 {
        let mut touched = all.clone();
        touched[which].0.actor.push('x');
        assert!(matches!(verify(touched.into_iter()), Err(Break::Hash { .. })), "{which}");
    }
}

#[test]
fn tags_tell_whoever_knows_the_name_and_differ_from_event_to_event() {
    let (one, other) = (Tags::of("a", &event(1).as_event()), Tags::of("b", &event(2).as_event()));
    assert_eq!(one.resource, about_tag("a", Some("node_1")));
    assert_ne!(one.resource, other.resource);
    assert_eq!(one.project, about_tag("a", None));
    assert_ne!(about_tag("a", None), about_tag("a", Some("")));
}

const FIRST: &str = "aff382d59ad1a8d16552b414aed0ef0bc543c3d94da5bbafad649e8aed5ac8a2";
const SECOND: &str = "162365d49e13094e4963be96a371b50ae695b9fc3ddac3d41f72be8671e8d308";

#[test]
fn a_chain_that_nobody_touched_is_whole_and_says_where_it_ends() {
    let chain = chain(5);
    let last = chain[4].1.clone();
    assert_eq!(verify(chain.into_iter()), Ok(Head { seq: 5, hash: last.hash }));
}

#[test]
fn a_chain_without_events_ends_where_it_begins() {
    assert_eq!(verify(std::iter::empty()), Ok(Head::genesis()));
}

#[test]
fn the_rest_of_a_chain_is_checked_from_a_head_that_was_kept() {
    let whole = chain(5);
    let kept = verify(whole[..2].iter().cloned()).unwrap();
    assert_eq!(verify_after(kept.clone(), whole[2..].iter().cloned()), verify(whole.iter().cloned()));
    assert_eq!(
        verify_after(kept, whole[3..].iter().cloned()),
        Err(Break::Gap { expected: 3, found: 4 }),
        "a part that does not follow on the head is refused"
    );
}

#[test]
fn the_first_event_follows_on_nothing() {
    let mut chain = chain(2);
    chain[0].1.previous = "00".to_owned();
    let found = verify(chain.into_iter()).unwrap_err();
    assert_eq!(found, Break::Previous { seq: 1, expected: String::new(), found: "00".to_owned() });
}

#[test]
fn a_missing_event_is_named() {
    let mut chain = chain(5);
    chain.remove(2);
    let found = verify(chain.into_iter()).unwrap_err();
    assert_eq!(found, Break::Gap { expected: 3, found: 4 });
    assert_eq!(found.to_string(), "Event 3 is missing: event 4 stands in its place.");
}

#[test]
fn renumbering_after_a_removal_does_not_hide_it() {
    let mut chain = chain(5);
    chain.remove(2);
    for (seq, (event, link)) in (1..).zip(&mut chain) {
        (event.seq, link.seq) = (seq, seq);
    }
    assert!(matches!(verify(chain.into_iter()), Err(Break::Previous { seq: 3, .. })));
}

#[test]
fn hashing_a_changed_event_anew_breaks_the_next_one() {
    let mut chain = chain(5);
    chain[2].0.sentence.push('!');
    let (event, link) = &mut chain[2];
    *link = Link::of(&link.previous, &event.as_event());
    let found = verify(chain.into_iter()).unwrap_err();
    assert!(matches!(found, Break::Previous { seq: 4, .. }));
    assert!(found.to_string().starts_with("Event 4 follows on another event than the one before it:"));
}

#[test]
fn a_changed_event_is_named_first_however_many_are_wrong() {
    let mut chain = chain(5);
    chain[1].0.actor = "usr_2".to_owned();
    chain[3].0.actor = "usr_2".to_owned();
    let found = verify(chain.into_iter()).unwrap_err();
    assert!(matches!(found, Break::Hash { seq: 2, .. }));
    assert!(found.to_string().starts_with("Event 2 was changed:"));
}

#[test]
fn a_link_of_another_event_is_named() {
    let mut chain = chain(3);
    chain[1].1.seq = 3;
    let found = verify(chain.into_iter()).unwrap_err();
    assert_eq!(found, Break::OtherLink { seq: 2, link: 3 });
    assert_eq!(found.to_string(), "The link beside event 2 belongs to event 3.");
}

#[test]
fn a_character_that_moves_to_the_next_field_and_an_absent_one_that_becomes_empty_change_the_hash() {
    let is = event(1);
    let moved = OwnedEvent { kind: "step.observe".to_owned(), actor: "dusr_1".to_owned(), ..is.clone() };
    let empty = OwnedEvent { project: Some(String::new()), ..is.clone() };
    let swapped = OwnedEvent { project: is.resource.clone(), resource: None, ..is.clone() };
    for other in [moved, empty, swapped] {
        assert_ne!(hash("", &is.as_event()), hash("", &other.as_event()), "{other:?}");
    }
}

#[test]
fn an_event_is_read_back_from_json_with_the_same_hash() {
    let text = serde_json::to_string(&event(7)).unwrap();
    let back: OwnedEvent = serde_json::from_str(&text).unwrap();
    assert_eq!(hash("p", &back.as_event()), hash("p", &event(7).as_event()));
}
