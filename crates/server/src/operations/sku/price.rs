//! Prices as people write them, in dollars: exact, no floating point in between.

/// Micro-cents in a dollar.
const DOLLAR: i64 = 100_000_000;
/// Nobody means more than this an hour.
const MOST_DOLLARS: i64 = 100_000;

/// `4.10` as micro-cents, or what to write instead.
pub(super) fn read(text: &str) -> Result<i64, &'static str> {
    const WANTED: &str =
        "Write dollars an hour with a point and at most 6 digits after it, up to 100000: 4.10";
    let text = text.trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(part) || whole.len() > 6 || part.len() > 6 {
        return Err(WANTED);
    }
    let number = |digits: &str| digits.parse::<i64>().map_err(|_| WANTED);
    let micros = number(&format!("{part:0<6}"))?;
    let price = number(whole)? * DOLLAR + micros * (DOLLAR / 1_000_000);
    if price > MOST_DOLLARS * DOLLAR { Err(WANTED) } else { Ok(price) }
}

/// Micro-cents as they are written.
pub(crate) fn written(microcents: i64) -> String {
    let (whole, part) = (microcents / DOLLAR, microcents % DOLLAR / (DOLLAR / 1_000_000));
    let digits = format!("{part:06}");
    format!("{whole}.{:0<2}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_exactly_and_written_as_they_were() {
        for (text, price, written_as) in [
            ("4.10", 410_000_000, "4.10"),
            (" 0 ", 0, "0.00"),
            ("26.4", 2_640_000_000, "26.40"),
            ("0.000001", 100, "0.000001"),
            ("100000", 100_000 * DOLLAR, "100000.00"),
        ] {
            assert_eq!(read(text), Ok(price), "{text}");
            assert_eq!(written(price), written_as);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in
            ["", ".", "1.", ".5", "-1", "+1", "1,5", "1e3", "4.1000001", "100000.01", "١", "1 000", "NaN"]
        {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
