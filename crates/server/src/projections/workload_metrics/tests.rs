//! Every edge of what is whole, partial and missing.

use super::*;
use read_models::workloads::Coverage::{Gap as G, NotThere as N, Partial as P, Whole as W};

/// A beginning of points of every window.
const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);
const EVERY: Duration = Duration::from_secs(15);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(START.as_micros() + seconds * 1_000_000)
}

/// A measurement of processors in use, over the seconds before.
fn each(until: i64, over: i64, avg: u64) -> Stretch {
    let figures = Figures { avg, min: avg, max: avg };
    Stretch {
        from: at(until - over),
        until: at(until),
        covered: at(until).since(at(until - over)),
        samples: 1,
        figures: [Some(figures), None, None, None, None, None, None],
    }
}

/// Four points of 15 s, from the start; `now` is so many seconds after it.
fn frame(now: i64) -> Frame {
    Frame { from: START, until: at(60), step: EVERY, now: at(now), every: EVERY }
}

fn life(launched: i64, ended: Option<i64>) -> Life {
    let state = if ended.is_some() { WorkloadState::Finished } else { WorkloadState::Running };
    Life { launched: at(launched), state, since: at(launched), ended: ended.map(at) }
}

fn coverage(stretches: &[Stretch], life: Life, now: i64) -> Vec<Coverage> {
    judge(Measure::Cpu, stretches, life, frame(now)).points.iter().map(|point| point.coverage).collect()
}

/// What it is, what was measured, the workload's life, now, and what follows.
type Case = (&'static str, Vec<Stretch>, Life, i64, Vec<Coverage>);

fn while_it_lives() -> Vec<Case> {
    let all = [each(15, 15, 1), each(30, 15, 1), each(45, 15, 1), each(60, 15, 1)];
    vec![
        ("all is there", all.to_vec(), life(-100, None), 300, vec![W, W, W, W]),
        (
            "a measurement in the middle is missing",
            vec![each(15, 15, 1), each(45, 15, 1), each(60, 15, 1)],
            life(-100, None),
            300,
            vec![W, G, W, W],
        ),
        (
            "they do not come at the points' edges",
            vec![each(8, 15, 1), each(24, 16, 1), each(37, 13, 1), each(52, 15, 1), each(67, 15, 1)],
            life(-100, None),
            300,
            vec![W, W, W, W],
        ),
        ("one stands for a long time", vec![each(60, 60, 1)], life(-100, None), 300, vec![W, W, W, W]),
        (
            "one begins late: a part, and what is before is missing",
            vec![each(30, 10, 1), each(60, 30, 1)],
            life(-100, None),
            300,
            vec![G, P, W, W],
        ),
        (
            "nine tenths are the whole",
            vec![each(28, 14, 1), each(60, 32, 1)],
            life(-100, None),
            300,
            vec![P, W, W, W],
        ),
        (
            "a first look stands for no time",
            vec![each(20, 0, 1), each(35, 15, 1), each(60, 25, 1)],
            life(-100, None),
            300,
            vec![G, P, W, W],
        ),
    ]
}

fn at_its_ends() -> Vec<Case> {
    vec![
        (
            "launched in the window: nothing is missed before it began",
            vec![each(20, 0, 1), each(35, 15, 1), each(60, 25, 1)],
            life(5, None),
            300,
            vec![N, W, W, W],
        ),
        (
            "ended in the window: nothing is missed after that",
            vec![each(15, 15, 1), each(28, 13, 1)],
            life(-100, Some(28)),
            300,
            vec![W, W, N, N],
        ),
        (
            "ended, and the last is missing",
            vec![each(15, 15, 1)],
            life(-100, Some(40)),
            300,
            vec![W, G, G, N],
        ),
        ("silent since", vec![each(15, 15, 1)], life(-100, None), 300, vec![W, G, G, G]),
        ("the newest are not due yet", vec![each(15, 15, 1)], life(-100, None), 50, vec![W]),
        ("late, and now missed", vec![each(5, 15, 1)], life(-100, None), 66, vec![P, G]),
        (
            "the point that holds now is a part",
            vec![each(15, 15, 1), each(25, 10, 1)],
            life(-100, None),
            25,
            vec![W, P],
        ),
        ("nothing at all", vec![], life(-100, None), 300, vec![]),
        ("all of it before the window", vec![each(-5, 15, 1)], life(-100, None), 300, vec![]),
    ]
}

#[test]
fn each_point_is_whole_partial_missing_or_not_there() {
    for (what, stretches, life, now, wanted) in while_it_lives().into_iter().chain(at_its_ends()) {
        assert_eq!(coverage(&stretches, life, now), wanted, "{what}");
    }
}

#[test]
fn a_point_has_figures_exactly_when_something_was_measured() {
    for stretches in [vec![each(15, 15, 3)], vec![each(20, 0, 3)], vec![each(5, 15, 3), each(60, 10, 3)]] {
        for point in judge(Measure::Cpu, &stretches, life(-100, None), frame(300)).points {
            assert_eq!(point.figures.is_some(), matches!(point.coverage, W | P), "{point:?}");
        }
    }
}

#[test]
fn figures_are_the_mean_by_time_and_the_extremes() {
    let judged = judge(Measure::Cpu, &[each(10, 10, 1000), each(15, 5, 4000)], life(-100, None), frame(300));
    let Figures { avg, min, max } = judged.points[0].figures.unwrap();
    assert!((1999..=2001).contains(&avg), "{avg}");
    assert_eq!((min, max), (1000, 4000));
    let summary = judged.summary.unwrap();
    assert_eq!((summary.min, summary.max, summary.last, summary.last_at), (1000, 4000, 4000, at(15)));
    // What no agent measures of this one is not there, whatever is measured of another.
    assert_eq!(judge(Measure::Gpu, &[each(15, 15, 1)], life(-100, None), frame(300)), Judged::default());
    // Numbers no machine has are still numbers.
    let huge = judge(Measure::Cpu, &[each(60, 60, u64::MAX)], life(-100, None), frame(300));
    assert_eq!(huge.summary.unwrap().avg, u64::MAX);
}

#[test]
fn gaps_that_follow_each_other_are_one_and_end_where_they_end() {
    let gaps = |stretches: &[Stretch], life, now| -> Vec<(i64, i64)> {
        let seconds = |time: Timestamp| (time.as_micros() - START.as_micros()) / 1_000_000;
        let judged = judge(Measure::Cpu, stretches, life, frame(now));
        judged.gaps.iter().map(|gap| (seconds(gap.from), seconds(gap.until))).collect()
    };
    assert_eq!(gaps(&[each(15, 15, 1), each(60, 15, 1)], life(-100, None), 300), [(15, 45)]);
    assert_eq!(gaps(&[each(30, 15, 1), each(60, 15, 1)], life(-100, None), 300), [(0, 15), (30, 45)]);
    assert_eq!(gaps(&[each(15, 15, 1)], life(-100, Some(40)), 300), [(15, 40)]);
    assert_eq!(gaps(&[each(15, 15, 1)], life(-100, None), 59), [], "not due yet");
}

#[test]
fn a_bucket_counts_by_how_much_of_it_was_measured() {
    let bucket = |covered: u64| Stretch { covered: Duration::from_secs(covered), ..each(15, 15, 1) };
    assert_eq!(coverage(&[bucket(15)], life(-100, None), 300)[0], W);
    assert_eq!(coverage(&[bucket(13)], life(-100, None), 300)[0], P);
    assert_eq!(coverage(&[bucket(0)], life(-100, None), 300)[0], P, "a first look is something");
}

#[test]
fn windows_begin_at_the_same_moments_whenever_they_are_looked_at() {
    for window in MetricsWindow::ALL {
        let (count, seconds) = window.points();
        let one = Frame::of(window, at(7), EVERY);
        let other = Frame::of(window, at(12), EVERY);
        assert_eq!((one.from, one.until), (other.from, other.until));
        assert_eq!(one.until.since(one.from), Duration::from_secs(u64::from(count * seconds)));
        assert!(one.from < at(7) && at(7) < one.until);
        let on_the_edge = Frame::of(window, START, EVERY);
        assert_eq!(on_the_edge.until, START.plus(on_the_edge.step));
    }
}

#[test]
fn how_it_stands_is_said_for_every_state() {
    let of = |state, measured: Option<i64>, since: i64, now: i64| {
        let ended = (!matches!(state, WorkloadState::Running)).then(|| at(since));
        standing(Life { launched: at(-9000), state, since: at(since), ended }, measured.map(at), frame(now))
    };
    for (state, measured, since, now, said) in [
        (WorkloadState::Provisioning, None, 0, 60, "does not run yet"),
        (WorkloadState::Running, None, 50, 60, "just begun. The first measurement comes within 15 s"),
        (WorkloadState::Running, None, 0, 60, "was never measured"),
        (WorkloadState::Running, Some(60), 50, 65, "just begun. It is measured every 15 s"),
        (WorkloadState::Running, Some(60), 0, 65, "Measured every 15 s, last at 00:01:00 UTC"),
        (WorkloadState::Running, Some(60), 0, 95, "Measured every 15 s"),
        (WorkloadState::Running, Some(60), 0, 96, "Not measured since 00:01:00 UTC, for 36 s"),
        (WorkloadState::Finished, Some(60), 60, 120, "It ended 1 min ago. It was last measured 1 min ago"),
        (WorkloadState::Released, None, 60, 120, "nothing that was measured of it is kept"),
    ] {
        let sentence = of(state, measured, since, now);
        assert!(sentence.contains(said), "{state:?}, {measured:?}: {sentence}");
    }
}
