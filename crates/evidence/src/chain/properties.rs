//! Whatever is done to a chain, it shows.

use super::*;
use proptest::{option, prelude::*, sample::Index};

/// Every way to change a single event by a little.
const FIELDS: usize = 11;

fn any_event() -> impl Strategy<Value = OwnedEvent> {
    let text = || "\\PC{0,12}";
    let optional = || option::of("[a-z]{0,6}");
    (
        (any::<i64>(), text(), text(), text()),
        (optional(), option::of(any::<i64>()), optional(), optional()),
        text(),
        text(),
    )
        .prop_map(|((at, kind, actor, sentence), (operation, step, project, resource), body, id)| {
            OwnedEvent { seq: 0, at, kind, actor, sentence, operation, step, project, resource, body, id }
        })
}

fn any_chain() -> impl Strategy<Value = Vec<(OwnedEvent, Link)>> {
    proptest::collection::vec(any_event(), 2..8).prop_map(|events| {
        let mut head = Head::genesis();
        let linked = |mut event: OwnedEvent| {
            event.seq = head.seq + 1;
            let link = Link::of(&head.hash, &event.as_event());
            head = Head { seq: event.seq, hash: link.hash.clone() };
            (event, link)
        };
        events.into_iter().map(linked).collect()
    })
}

/// Changes one byte of a text: one bit of the chosen ASCII character, or a new character.
fn touch(text: &mut String, at: Index) {
    let places: Vec<_> = text.char_indices().filter(|(_, c)| c.is_ascii()).collect();
    match places.get(at.index(places.len().max(1))) {
        Some((place, c)) => {
            let other = char::from(*c as u8 ^ 1);
            text.replace_range(place..=place, other.encode_utf8(&mut [0; 4]));
        }
        None => text.push('x'),
    }
}

fn touch_optional(text: &mut Option<String>, at: Index) {
    match text {
        Some(text) if !text.is_empty() => touch(text, at),
        Some(_) => *text = None,
        None => *text = Some(String::new()),
    }
}

fn change(event: &mut OwnedEvent, field: usize, at: Index) {
    match field {
        0 => event.seq ^= 1 << at.index(63),
        1 => event.at ^= 1 << at.index(63),
        2 => touch(&mut event.kind, at),
        3 => touch(&mut event.actor, at),
        4 => touch(&mut event.sentence, at),
        5 => touch_optional(&mut event.operation, at),
        6 => {
            event.step = event.step.map_or(Some(0), |step| (step % 2 == 0).then_some(step ^ 1));
        }
        7 => touch_optional(&mut event.project, at),
        8 => touch_optional(&mut event.resource, at),
        9 => touch(&mut event.body, at),
        _ => touch(&mut event.id, at),
    }
}

proptest! {
    #[test]
    fn a_chain_made_link_by_link_is_whole(chain in any_chain()) {
        let last = chain[chain.len() - 1].1.clone();
        prop_assert_eq!(verify(chain.into_iter()), Ok(Head { seq: last.seq, hash: last.hash }));
    }

    #[test]
    fn any_changed_field_of_any_event_is_found_at_that_event(
        chain in any_chain(), which in any::<Index>(), field in 0..FIELDS, at in any::<Index>(),
    ) {
        let mut chain = chain;
        let which = which.index(chain.len());
        let seq = chain[which].0.seq;
        change(&mut chain[which].0, field, at);
        match verify(chain.into_iter()) {
            Err(Break::Gap { expected, .. }) => prop_assert_eq!((expected, field), (seq, 0)),
            Err(Break::Hash { seq: at, .. }) => prop_assert_eq!(at, seq),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn any_changed_byte_of_a_link_is_found(
        chain in any_chain(), which in any::<Index>(), part in 0..3usize, at in any::<Index>(),
    ) {
        let mut chain = chain;
        let which = which.index(chain.len());
        let link = &mut chain[which].1;
        match part {
            0 => link.seq ^= 1 << at.index(63),
            1 => touch(&mut link.previous, at),
            _ => touch(&mut link.hash, at),
        }
        prop_assert!(verify(chain.into_iter()).is_err());
    }

    #[test]
    fn a_removed_event_is_found_or_the_head_tells(chain in any_chain(), which in any::<Index>()) {
        let mut chain = chain;
        let whole = verify(chain.iter().cloned()).unwrap();
        let which = which.index(chain.len());
        let is_last = which + 1 == chain.len();
        chain.remove(which);
        match verify(chain.into_iter()) {
            // Cutting off the end leaves a whole chain: only a head that somebody kept shows it.
            Ok(head) => prop_assert!(is_last && head != whole),
            Err(found) => {
                let is_gap = matches!(found, Break::Gap { .. });
                prop_assert!(!is_last && is_gap);
            }
        }
    }

    #[test]
    fn two_events_in_each_others_place_are_found_renumbered_or_not(
        chain in any_chain(), a in any::<Index>(), b in any::<Index>(), renumbered: bool,
    ) {
        let mut chain = chain;
        let (a, b) = (a.index(chain.len()), b.index(chain.len()));
        prop_assume!(a != b);
        chain.swap(a, b);
        if renumbered {
            for (seq, (event, link)) in (1..).zip(&mut chain) {
                (event.seq, link.seq) = (seq, seq);
            }
        }
        prop_assert!(verify(chain.into_iter()).is_err());
    }

    #[test]
    fn an_event_slipped_in_is_found(chain in any_chain(), which in any::<Index>(), event in any_event()) {
        let mut chain = chain;
        let which = which.index(chain.len());
        let previous = chain[which].1.previous.clone();
        let slipped = OwnedEvent { seq: chain[which].0.seq, ..event };
        let link = Link::of(&previous, &slipped.as_event());
        chain.insert(which, (slipped, link));
        prop_assert!(verify(chain.into_iter()).is_err());
    }
}
