//! The one place that reads the machine's clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "this is the one place; everyone else asks the `Host`")]
pub(crate) fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// A number from 0 to 1, different every time. Without randomness it is 1.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place; it only spreads reconnections over time"
)]
pub(crate) fn random_share() -> f64 {
    let mut random = [0; 2];
    getrandom::fill(&mut random).map_or(1.0, |()| f64::from(u16::from_le_bytes(random)) / f64::from(u16::MAX))
}
