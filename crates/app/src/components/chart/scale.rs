//! The scale of a chart: from nothing to a round figure above the largest, in four equal steps.

use read_models::workloads::{Series, Unit};

/// Into how many steps it is divided.
const STEPS: u64 = 4;
/// A limit that is more than so many times the largest figure would press the line flat; it is said in words only.
const LIMIT_WITHIN: u64 = 4;

/// From nothing to `top`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) top: u64,
    pub(super) limit: Option<u64>,
}

impl Scale {
    /// A scale for these figures, and for their limit where that is near enough.
    pub(super) fn of(series: &Series) -> Self {
        let largest = series
            .points
            .iter()
            .filter_map(|point| point.figures)
            .map(|figures| figures.max)
            .max()
            .unwrap_or(0);
        let limit = series.limit.as_ref().map(|limit| limit.value);
        let limit = limit.filter(|limit| *limit <= largest.saturating_mul(LIMIT_WITHIN));
        let step = round_up(largest.max(limit.unwrap_or(0)).div_ceil(STEPS).max(1), series.unit);
        Self { top: step.saturating_mul(STEPS), limit }
    }

    /// The figures beside the lines, the largest first.
    pub(super) fn ticks(self) -> impl Iterator<Item = u64> {
        (0..=STEPS).rev().map(move |n| self.top / STEPS * n)
    }

    /// How far from the top a value stands, of a height.
    pub(super) fn depth(self, value: u64, height: u64) -> u64 {
        let up = u128::from(value.min(self.top)) * u128::from(height) / u128::from(self.top.max(1));
        height - u64::try_from(up).unwrap_or(height)
    }
}

/// The next round step: 1, 2, 5, 10, 20, … of things and thousandths, 1, 2, 4, … 512 of bytes and their thousands.
fn round_up(least: u64, unit: Unit) -> u64 {
    match unit {
        Unit::Bytes | Unit::BytesPerSecond => least.checked_next_power_of_two().unwrap_or(u64::MAX / STEPS),
        Unit::Thousandths => tens(least.max(5)),
        Unit::Count => tens(least),
    }
}

fn tens(least: u64) -> u64 {
    let mut ten: u64 = 1;
    while ten < u64::MAX / (10 * STEPS) {
        for times in [1, 2, 5] {
            if ten * times >= least {
                return ten * times;
            }
        }
        ten *= 10;
    }
    u64::MAX / STEPS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (unit, least, step) in [
            (Unit::Count, 1, 1),
            (Unit::Count, 3, 5),
            (Unit::Count, 11, 20),
            (Unit::Thousandths, 1, 5),
            (Unit::Thousandths, 260, 500),
            (Unit::Bytes, 1000, 1024),
            (Unit::Bytes, 1025, 2048),
        ] {
            assert_eq!(round_up(least, unit), step, "{unit:?} {least}");
        }
        for unit in [Unit::Count, Unit::Bytes, Unit::Thousandths, Unit::BytesPerSecond] {
            assert!(round_up(u64::MAX, unit).checked_mul(STEPS).is_some(), "{unit:?}");
        }
    }

    #[test]
    fn depths_are_within_the_drawing() {
        let scale = Scale { top: 400, limit: None };
        assert_eq!([0, 100, 400, 900].map(|value| scale.depth(value, 1000)), [1000, 750, 0, 0]);
        assert_eq!(scale.ticks().collect::<Vec<_>>(), [400, 300, 200, 100, 0]);
        assert_eq!(Scale { top: u64::MAX, limit: None }.depth(u64::MAX, 1000), 0);
    }
}
