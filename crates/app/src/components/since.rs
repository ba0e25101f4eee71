//! A moment, relative to when the page's facts were true: server and browser render the same, and nobody's own clock
//! decides. The absolute moment is in `datetime` and on hover.

use leptos::prelude::*;
use read_models::time::{Timestamp, spoken};

/// `12 min ago`, `in 48 min`, `now`.
#[component]
pub(crate) fn Since(at: Timestamp, as_of: Timestamp) -> impl IntoView {
    moment(at, relative(at, as_of))
}

/// How long it has been so: `12 min`.
#[component]
pub(crate) fn Lasting(since: Timestamp, as_of: Timestamp) -> impl IntoView {
    moment(since, spoken(as_of.since(since)))
}

/// The same words, for sentences.
pub(crate) fn relative(at: Timestamp, as_of: Timestamp) -> String {
    if at > as_of {
        return format!("in {}", spoken(at.since(as_of)));
    }
    let ago = as_of.since(at);
    if ago.as_secs() == 0 { "now".to_owned() } else { format!("{} ago", spoken(ago)) }
}

fn moment(at: Timestamp, words: String) -> impl IntoView {
    view! { <time datetime=at.rfc3339() title=format!("{} UTC", at.date_and_minute())>{words}</time> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_moment_is_said_relative_to_the_facts() {
        let now = Timestamp::from_micros(1_795_305_600_000_000);
        assert_eq!(relative(now, now), "now");
        assert_eq!(relative(now.minus(Duration::from_mins(12)), now), "12 min ago");
        assert_eq!(relative(now.plus(Duration::from_mins(48)), now), "in 48 min");
    }
}
