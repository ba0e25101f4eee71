//! The keyboard map: one table, which the handler reads and the help shows, so that the two cannot disagree.
//!
//! Keys without a modifier can be switched off (WCAG 2.1.4), and never count while somebody writes.

use read_models::navigation::Family;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Opens the palette.
    Find,
    /// Opens this map.
    Help,
    /// Goes to the filter of the list, or to the palette where there is none.
    Filter,
    /// Goes to a family.
    Go(Family),
}

/// A line of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Binding {
    /// The keys, one after the other, as the browser names them.
    pub(crate) keys: &'static [&'static str],
    /// With ⌘ or Ctrl held: such a line is always good.
    pub(crate) with_modifier: bool,
    pub(crate) act: Act,
}

/// The map. A family that is not on somebody's rail is not on their map.
pub(crate) const MAP: &[Binding] = &[
    Binding { keys: &["k"], with_modifier: true, act: Act::Find },
    single(&["/"], Act::Filter),
    single(&["?"], Act::Help),
    single(&["g", "f"], Act::Find),
    single(&["g", "w"], Act::Go(Family::Workloads)),
    single(&["g", "c"], Act::Go(Family::Compute)),
    single(&["g", "r"], Act::Go(Family::Access)),
    single(&["g", "a"], Act::Go(Family::Account)),
    single(&["g", "o"], Act::Go(Family::Ops)),
    single(&["g", "l"], Act::Go(Family::Lifecycle)),
    single(&["g", "s"], Act::Go(Family::Config)),
    single(&["g", "e"], Act::Go(Family::Evidence)),
    single(&["g", "i"], Act::Go(Family::Iam)),
];

/// How long the first of two keys is good, in milliseconds.
const PATIENCE_MS: f64 = 1500.0;

/// The first of several keys that was pressed, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Begun {
    key: &'static str,
    at_ms: f64,
}

/// A key that was pressed, as far as the map cares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pressed<'a> {
    pub(crate) key: &'a str,
    /// ⌘ or Ctrl, and nothing else, is held.
    pub(crate) with_modifier: bool,
    /// Keys without a modifier count: nobody writes, no dialog is open, and they are not switched off.
    pub(crate) singles_count: bool,
    pub(crate) at_ms: f64,
}

/// What follows from a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Follows {
    Act(Act),
    /// The first of two.
    Wait(Begun),
    Nothing,
}

impl Act {
    /// What the map says of it.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Find => "Find anything, or run an operation".to_owned(),
            Self::Help => "Show this map".to_owned(),
            Self::Filter => "To the filter of the list; where it has none, find".to_owned(),
            Self::Go(family) => format!("Go to {}", family.word()),
        }
    }
}

const fn single(keys: &'static [&'static str], act: Act) -> Binding {
    Binding { keys, with_modifier: false, act }
}

/// Reads the table.
pub(crate) fn follows(begun: Option<Begun>, pressed: Pressed<'_>) -> Follows {
    let key = pressed.key;
    if pressed.with_modifier {
        let found = MAP.iter().find(|one| one.with_modifier && one.keys == [key.to_lowercase().as_str()]);
        return found.map_or(Follows::Nothing, |found| Follows::Act(found.act));
    }
    if !pressed.singles_count {
        return Follows::Nothing;
    }
    let singles = || MAP.iter().filter(|one| !one.with_modifier);
    let before = begun.filter(|begun| pressed.at_ms - begun.at_ms < PATIENCE_MS);
    if let Some(before) = before {
        let found = singles().find(|one| one.keys == [before.key, key]);
        return found.map_or(Follows::Nothing, |found| Follows::Act(found.act));
    }
    if let Some(found) = singles().find(|one| one.keys == [key]) {
        return Follows::Act(found.act);
    }
    let first = singles().find(|one| one.keys.len() > 1 && one.keys.first() == Some(&key));
    match first.and_then(|one| one.keys.first()) {
        Some(key) => Follows::Wait(Begun { key, at_ms: pressed.at_ms }),
        None => Follows::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const fn pressed(key: &str, at_ms: f64) -> Pressed<'_> {
        Pressed { key, with_modifier: false, singles_count: true, at_ms }
    }

    #[test]
    fn no_two_lines_have_the_same_keys_and_none_begins_another() {
        for one in MAP {
            let same = MAP
                .iter()
                .filter(|other| other.with_modifier == one.with_modifier && other.keys.starts_with(one.keys));
            assert_eq!(same.count(), 1, "{:?}", one.keys);
        }
    }

    #[test]
    fn every_family_of_the_rail_has_its_keys() {
        let there: BTreeSet<_> = MAP
            .iter()
            .filter_map(|one| if let Act::Go(family) = one.act { Some(family) } else { None })
            .collect();
        let wanted: BTreeSet<_> = Family::ALL.into_iter().filter(|family| family.entry().is_some()).collect();
        assert_eq!(there, wanted);
    }

    #[test]
    fn every_line_does_what_it_says() {
        for one in MAP {
            let mut begun = None;
            for (number, key) in one.keys.iter().enumerate() {
                let mut now = pressed(key, 10.0 + f64::from(u8::try_from(number).unwrap()));
                now.with_modifier = one.with_modifier;
                match follows(begun, now) {
                    Follows::Act(act) => assert_eq!((act, number + 1), (one.act, one.keys.len())),
                    Follows::Wait(first) => begun = Some(first),
                    Follows::Nothing => panic!("{:?} does nothing", one.keys),
                }
            }
        }
    }

    #[test]
    fn a_first_key_is_forgotten_after_a_moment_and_single_keys_count_only_where_they_may() {
        let Follows::Wait(begun) = follows(None, pressed("g", 0.0)) else { panic!() };
        assert_eq!(follows(Some(begun), pressed("w", 100.0)), Follows::Act(Act::Go(Family::Workloads)));
        assert_eq!(follows(Some(begun), pressed("w", 2000.0)), Follows::Nothing);
        assert_eq!(follows(Some(begun), pressed("x", 100.0)), Follows::Nothing);
        for key in ["/", "?", "g"] {
            let off = Pressed { singles_count: false, ..pressed(key, 0.0) };
            assert_eq!(follows(None, off), Follows::Nothing);
        }
        let held = Pressed { with_modifier: true, singles_count: false, ..pressed("K", 0.0) };
        assert_eq!(follows(None, held), Follows::Act(Act::Find));
    }
}
