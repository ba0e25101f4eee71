//! How errors and times are said to people.

use std::error::Error;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An error with everything that caused it, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        // Some layers repeat their cause's words.
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    text
}

/// A time as it is written on the wire.
pub(crate) fn time(at_us: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_us) * 1000).ok();
    let whole = at.and_then(|at| at.replace_nanosecond(0).ok());
    whole.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_else(|| "an unknown time".to_owned())
}

/// How far apart two times are, in the largest unit that says enough.
pub(crate) fn span(us: i64) -> String {
    let seconds = us.unsigned_abs() / 1_000_000;
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// A text as one line of at most so many characters, without control characters.
pub(crate) fn short_line(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_units_that_say_enough() {
        assert_eq!(span(1_000_000), "1 second");
        assert_eq!(span(-90_000_000), "90 seconds");
        assert_eq!(span(7 * 86_400_000_000), "7 days");
        assert_eq!(time(1_700_000_000_123_456), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn a_long_line_with_control_characters_is_cut_between_characters() {
        let line = format!("bwrap: \u{1b}[31m{}", "ü".repeat(5_000));
        let short = short_line(&line, 300);
        assert_eq!(short.chars().count(), 300);
        assert!(short.starts_with("bwrap: [31mü") && !short.contains('\u{1b}'), "{short}");
    }
}
