//! The paths of a chart. Whole numbers only: server and browser draw the same to the letter.

use super::{Span, scale::Scale};
use read_models::workloads::{Coverage, Figures, Point, Series};
use std::fmt::Write as _;

/// How wide a point is, and how high the drawing.
const WIDE: u64 = 10;
const HIGH: u64 = 1000;

/// What is drawn, as the data of paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Drawing {
    points: u64,
    pub(super) grid: String,
    /// Where nothing was measured.
    pub(super) gaps: String,
    /// From the least to the most.
    pub(super) range: String,
    pub(super) limit: String,
    /// Between whole points.
    pub(super) whole: String,
    /// To, from and between partial points.
    pub(super) partial: String,
    /// Whole points that nothing is joined to.
    pub(super) dots: String,
    /// Partial points.
    pub(super) hollow: String,
}

impl Drawing {
    pub(super) fn of(series: &Series, span: Span, scale: &Scale) -> Self {
        let step = span.step.as_micros().max(1);
        let points = u64::try_from(span.until.since(span.from).as_micros() / step).unwrap_or(0);
        let mut drawing = Self { points, ..Self::default() };
        let right = points * WIDE;
        for tick in scale.ticks() {
            _ = write!(drawing.grid, "M0 {}H{right}", scale.depth(tick, HIGH));
        }
        if let Some(limit) = scale.limit {
            drawing.limit = format!("M0 {}H{right}", scale.depth(limit, HIGH));
        }
        for (index, point) in series.points.iter().enumerate() {
            if point.coverage == Coverage::Gap {
                _ = write!(drawing.gaps, "M{} 0h{WIDE}v{HIGH}h-{WIDE}z", index as u64 * WIDE);
            }
        }
        drawing.line(&series.points, scale);
        for run in runs(&series.points) {
            drawing.range_of(&run, scale);
        }
        drawing
    }

    pub(super) fn view_box(&self) -> String {
        format!("0 0 {} {HIGH}", self.points * WIDE)
    }

    /// Neighbours are joined; what is missing between two is not bridged.
    fn line(&mut self, points: &[Point], scale: &Scale) {
        let drawn = |index: usize| {
            let point = points.get(index)?;
            point.figures.map(|figures| (place(index, figures.avg, scale), point.coverage))
        };
        for index in 0..points.len() {
            let Some((here, coverage)) = drawn(index) else { continue };
            let next = drawn(index + 1);
            if let Some((there, of_next)) = &next {
                let both_whole = coverage == Coverage::Whole && *of_next == Coverage::Whole;
                let path = if both_whole { &mut self.whole } else { &mut self.partial };
                _ = write!(path, "M{here}L{there}");
            }
            let is_alone = next.is_none() && index.checked_sub(1).and_then(drawn).is_none();
            if coverage == Coverage::Partial {
                _ = write!(self.hollow, "M{here}h0");
            } else if is_alone {
                _ = write!(self.dots, "M{here}h0");
            }
        }
    }

    /// There along the most, back along the least. A point that nothing is joined to has its own width.
    fn range_of(&mut self, run: &[(usize, Figures)], scale: &Scale) {
        if run.iter().all(|(_, figures)| figures.min == figures.max) {
            return;
        }
        if let [(index, figures)] = run {
            let (top, bottom) = (scale.depth(figures.max, HIGH), scale.depth(figures.min, HIGH));
            _ = write!(self.range, "M{} {top}h{WIDE}V{bottom}h-{WIDE}z", *index as u64 * WIDE);
            return;
        }
        let there = run.iter().map(|(index, figures)| place(*index, figures.max, scale));
        let back = run.iter().rev().map(|(index, figures)| place(*index, figures.min, scale));
        _ = write!(self.range, "M{}z", there.chain(back).collect::<Vec<_>>().join("L"));
    }
}

/// Points with figures that follow each other.
fn runs(points: &[Point]) -> Vec<Vec<(usize, Figures)>> {
    let mut runs: Vec<Vec<(usize, Figures)>> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let Some(figures) = point.figures else { continue };
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|(last, _)| last + 1 == index) => run.push((index, figures)),
            Some(_) | None => runs.push(vec![(index, figures)]),
        }
    }
    runs
}

fn place(index: usize, value: u64, scale: &Scale) -> String {
    format!("{} {}", index as u64 * WIDE + WIDE / 2, scale.depth(value, HIGH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use read_models::time::Timestamp;
    use read_models::workloads::Measure;
    use std::time::Duration;

    fn point(coverage: Coverage, avg: u64) -> Point {
        let figures = matches!(coverage, Coverage::Whole | Coverage::Partial);
        let figures = figures.then_some(Figures { avg, min: avg, max: avg });
        Point { at: Timestamp::from_micros(0), coverage, figures }
    }

    fn drawn(points: Vec<Point>) -> Drawing {
        let measure = Measure::Processes;
        let series = Series {
            measure,
            unit: measure.unit(),
            points,
            gaps: Vec::new(),
            limit: None,
            summary: None,
            unknown: None,
        };
        let step = Duration::from_secs(15);
        let from = Timestamp::from_micros(0);
        Drawing::of(
            &series,
            Span { from, until: from.plus(step * 4), step },
            &Scale { top: 4, limit: Some(2) },
        )
    }

    #[test]
    fn a_gap_in_the_data_is_a_gap_in_the_line() {
        use Coverage::{Gap, NotThere, Partial, Whole};
        let drawing = drawn(vec![point(Whole, 4), point(Whole, 2), point(Gap, 0), point(Whole, 1)]);
        assert_eq!((drawing.whole.as_str(), drawing.partial.as_str()), ("M5 0L15 500", ""));
        assert_eq!((drawing.gaps.as_str(), drawing.dots.as_str()), ("M20 0h10v1000h-10z", "M35 750h0"));
        assert_eq!((drawing.limit.as_str(), drawing.view_box().as_str()), ("M0 500H40", "0 0 40 1000"));
        let drawing = drawn(vec![point(NotThere, 0), point(Partial, 4), point(Whole, 4)]);
        assert_eq!((drawing.whole.as_str(), drawing.partial.as_str()), ("", "M15 0L25 0"));
        assert_eq!((drawing.gaps.as_str(), drawing.hollow.as_str()), ("", "M15 0h0"));
        assert_eq!(drawn(Vec::new()).whole, "");
    }

    #[test]
    fn the_range_ends_where_the_line_does() {
        let mut points = vec![point(Coverage::Whole, 2), point(Coverage::Whole, 2), point(Coverage::Gap, 0)];
        points.push(point(Coverage::Whole, 2));
        for point in &mut points {
            point.figures = point.figures.map(|figures| Figures { min: 1, max: 3, ..figures });
        }
        assert_eq!(drawn(points).range, "M5 250L15 250L15 750L5 750zM30 250h10V750h-10z");
    }
}
