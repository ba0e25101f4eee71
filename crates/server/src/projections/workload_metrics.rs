//! What was measured of a workload as the points of a window, judged: what is whole, what is partial, what is missing.
//!
//! Points begin at whole multiples of their length since the epoch, so that a page that is read again shows the same ones.
//! A measurement stands for the time before it and counts in every point it reaches into. Nothing is made up in between.

mod standing;
#[cfg(test)]
mod tests;

use std::time::Duration;

use read_models::time::Timestamp;
use read_models::workloads::{Coverage, Figures, Gap, Measure, MetricsWindow, Point, Summary, WorkloadState};

pub use self::standing::{standing, unknown};
use crate::store::workload_measurements::Stretch;

/// Less than this share of a point's time, in hundredths, is a part of it. Measurements are not exactly as far apart as they
/// should be, so all of it would be too much to ask.
const WHOLE: u128 = 90;

/// The points of a window: where they begin and end, now, and how often is measured.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub from: Timestamp,
    pub until: Timestamp,
    pub step: Duration,
    pub now: Timestamp,
    /// How far apart measurements should be.
    pub every: Duration,
}

/// When a workload was there to be measured.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    pub launched: Timestamp,
    pub state: WorkloadState,
    pub since: Timestamp,
    pub ended: Option<Timestamp>,
}

/// Where in the window measurements are expected: up to now, or to its end.
#[derive(Clone, Copy, Debug)]
struct There {
    begins: Timestamp,
    ends: Timestamp,
    is_over: bool,
}

/// The points of one measure, and what follows from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub points: Vec<Point>,
    pub gaps: Vec<Gap>,
    pub summary: Option<Summary>,
}

impl Frame {
    /// The window that ends with the point that holds now.
    pub fn of(window: MetricsWindow, now: Timestamp, every: Duration) -> Self {
        let (count, seconds) = window.points();
        let step = Duration::from_secs(u64::from(seconds));
        let micros = i64::from(seconds) * 1_000_000;
        let last = Timestamp::from_micros(now.as_micros().div_euclid(micros) * micros);
        let until = last.plus(step);
        Self { from: until.minus(step * count), until, step, now, every }
    }

    /// How late the newest measurement may be before it is missed: a beat that was lost, the next one, and the time a
    /// server may keep heartbeats to write them together.
    pub fn patience(&self) -> Duration {
        self.every * 2 + Duration::from_secs(5)
    }
}

/// Judges what was measured of one measure in the window.
pub fn judge(measure: Measure, stretches: &[Stretch], life: Life, frame: Frame) -> Judged {
    let own: Vec<(&Stretch, Figures)> = stretches
        .iter()
        .filter_map(|stretch| Some((stretch, stretch.figures.get(place(measure)).copied().flatten()?)))
        .filter(|(stretch, _)| stretch.until >= frame.from)
        .collect();
    let Some(first) = own.first() else { return Judged::default() };
    // What was launched in the window is expected from the first measurement on: before, it was on its way.
    let begins = if life.launched <= frame.from { frame.from } else { first.0.from.max(frame.from) };
    let ends = life.ended.unwrap_or(frame.now).min(frame.now);
    let there = There { begins, ends, is_over: life.ended.is_some() };
    let mut points = Vec::new();
    let mut at = frame.from;
    while at < frame.until {
        points.push(point(&own, (at, at.plus(frame.step)), there));
        at = at.plus(frame.step);
    }
    let is_not_due = |point: &Point| {
        life.ended.is_none()
            && point.figures.is_none()
            && point.at.plus(frame.step) > frame.now.minus(frame.patience())
    };
    while points.last().is_some_and(is_not_due) {
        points.pop();
    }
    let gaps = gaps(&points, frame.step, there);
    Judged { summary: summary(&own, frame), points, gaps }
}

/// Where a measure stands among the figures of a stretch.
fn place(measure: Measure) -> usize {
    Measure::ALL.iter().position(|each| *each == measure).unwrap_or(Measure::COUNT)
}

fn point(own: &[(&Stretch, Figures)], (begin, end): (Timestamp, Timestamp), there: There) -> Point {
    let reached: Vec<(u128, Figures)> =
        own.iter().filter_map(|(stretch, figures)| Some((covers(stretch, begin, end)?, *figures))).collect();
    let expected = there.ends.min(end).since(there.begins.max(begin)).as_micros();
    let covered: u128 = reached.iter().map(|(covered, _)| covered).sum();
    let is_enough = covered > 0 && covered * 100 >= expected * WHOLE;
    let coverage = match (reached.is_empty(), expected) {
        (true, 0) => Coverage::NotThere,
        (true, _) => Coverage::Gap,
        // The point that holds now is a part until it is over.
        (false, _) if is_enough && (end <= there.ends || there.is_over) => Coverage::Whole,
        (false, _) => Coverage::Partial,
    };
    Point { at: begin, coverage, figures: together(&reached) }
}

/// How many microseconds between two moments a stretch was measured; none when it does not reach in. A measurement that
/// stands for no time at all reaches into the point that holds its moment.
fn covers(stretch: &Stretch, begin: Timestamp, end: Timestamp) -> Option<u128> {
    let whole = stretch.until.since(stretch.from).as_micros();
    if whole == 0 {
        return (begin <= stretch.until && stretch.until < end).then_some(0);
    }
    let reached = stretch.until.min(end).since(stretch.from.max(begin)).as_micros();
    (reached > 0).then(|| stretch.covered.as_micros().min(whole) * reached / whole)
}

/// The mean by the time each stands for, the smallest, the largest.
fn together(reached: &[(u128, Figures)]) -> Option<Figures> {
    let min = reached.iter().map(|(_, figures)| figures.min).min()?;
    let max = reached.iter().map(|(_, figures)| figures.max).max()?;
    let covered: u128 = reached.iter().map(|(covered, _)| covered).sum();
    let mean = if covered == 0 {
        reached.iter().map(|(_, figures)| u128::from(figures.avg)).sum::<u128>() / reached.len() as u128
    } else {
        // In milliseconds, so that no figure an agent can send is too large.
        let weight = |covered: u128| covered / 1000 + 1;
        let all: u128 = reached.iter().map(|(covered, _)| weight(*covered)).sum();
        reached.iter().map(|(covered, figures)| weight(*covered) * u128::from(figures.avg)).sum::<u128>()
            / all
    };
    Some(Figures { avg: u64::try_from(mean).unwrap_or(u64::MAX), min, max })
}

/// Gaps that follow each other are one.
fn gaps(points: &[Point], step: Duration, there: There) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    for point in points.iter().filter(|point| point.coverage == Coverage::Gap) {
        let (from, until) = (point.at.max(there.begins), point.at.plus(step).min(there.ends));
        match gaps.last_mut() {
            Some(last) if last.until == from => last.until = until,
            Some(_) | None => gaps.push(Gap { from, until }),
        }
    }
    gaps
}

fn summary(own: &[(&Stretch, Figures)], frame: Frame) -> Option<Summary> {
    let inside: Vec<(u128, Figures)> = own
        .iter()
        .filter_map(|(stretch, figures)| Some((covers(stretch, frame.from, frame.until)?, *figures)))
        .collect();
    let Figures { avg, min, max } = together(&inside)?;
    let (newest, last) = own.iter().max_by_key(|(stretch, _)| stretch.until)?;
    Some(Summary { min, avg, max, last: last.avg, last_at: newest.until })
}
