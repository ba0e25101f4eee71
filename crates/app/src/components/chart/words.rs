//! Figures and moments of charts, as people read them.

use super::Span;
use crate::ui::words::bytes;
use read_models::time::{Timestamp, spoken};
use read_models::workloads::{Gap, Unit};
use std::time::Duration;

/// Longer windows are told by day.
const BY_DAY: Duration = Duration::from_hours(2 * 24);
/// Shorter ones by second.
const BY_SECOND: Duration = Duration::from_hours(1);

/// A figure with its unit: `1.25`, `512 MiB`, `3`, `1.5 MiB/s`.
pub(crate) fn figure(unit: Unit, value: u64) -> String {
    match unit {
        Unit::Thousandths => thousandths(value),
        Unit::Bytes => bytes(value),
        Unit::Count => value.to_string(),
        Unit::BytesPerSecond => format!("{}/s", bytes(value)),
    }
}

/// Three digits that mean something, and no zeros at the end.
fn thousandths(value: u64) -> String {
    let digits: usize = match value {
        0..1_000 => 3,
        1_000..10_000 => 2,
        10_000..100_000 => 1,
        100_000.. => return (value / 1000).to_string(),
    };
    let text = format!("{}.{}", value / 1000, &format!("{:03}", value % 1000)[..digits]);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A moment as precise as the window wants it, in UTC.
pub(super) fn moment(at: Timestamp, span: Span) -> String {
    let whole = span.until.since(span.from);
    if whole > BY_DAY {
        return at.date_and_minute().get(5..).unwrap_or_default().to_owned();
    }
    let time = at.time_of_day();
    if whole > BY_SECOND { time.get(..5).unwrap_or_default().to_owned() } else { time }
}

/// A gap with how long it is.
pub(super) fn stretch(gap: Gap, span: Span) -> String {
    let length = spoken(gap.until.since(gap.from));
    format!("{}–{} ({length})", moment(gap.from, span), moment(gap.until, span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_digits_that_mean_something() {
        for (value, words) in [
            (0, "0"),
            (7, "0.007"),
            (250, "0.25"),
            (1000, "1"),
            (1259, "1.25"),
            (12_340, "12.3"),
            (128_000, "128"),
        ] {
            assert_eq!(figure(Unit::Thousandths, value), words);
        }
        assert_eq!(figure(Unit::Bytes, 512 << 20), "512 MiB");
        assert_eq!(figure(Unit::BytesPerSecond, 1536 << 10), "1.5 MiB/s");
    }

    #[test]
    fn moments_are_as_precise_as_the_window() {
        let from = Timestamp::from_micros(1_795_305_600_000_000);
        let span = |hours| {
            let until = from.plus(Duration::from_hours(hours));
            Span { from, until, step: Duration::from_secs(15) }
        };
        assert_eq!(moment(from, span(1)), "00:00:00");
        assert_eq!(moment(from, span(24)), "00:00");
        assert_eq!(moment(from, span(14 * 24)), "11-22 00:00");
    }
}
