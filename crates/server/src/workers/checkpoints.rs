//! Signs checkpoints: after so many events, after so much time, or because somebody waits for one.

use std::time::Duration;

use evidence::Checkpoint;
use read_models::time::Timestamp;

use crate::state::AppState;
use crate::store::checkpoints::{self, Standing};
use crate::store::db::StoreError;

/// At the latest after so many events.
const EVERY: i64 = 256;
/// At the latest this long after the newest, when there was an event.
const AT_THE_LATEST: Duration = Duration::from_mins(1);

/// Signs one when it is time and this server may; says whether it did.
pub(crate) async fn turn(state: &AppState) -> Result<bool, StoreError> {
    let (proof, now) = (super::proof(), state.clock.now());
    let standing = checkpoints::standing(&state.db, &proof).await?;
    let told = state.checkpoint.borrow().as_ref().map(|known| known.seq);
    if standing.newest.map(|(seq, _)| seq) > told {
        state.checkpoint.send_replace(checkpoints::newest(&state.db, &proof).await?);
    }
    if !is_due(standing, now) {
        return Ok(false);
    }
    let sign = |seq: i64, hash: &str| Checkpoint::sign(&state.evidence, seq, hash, now.as_micros());
    let lease = (state.instance.as_str(), state.timing.lease);
    checkpoints::publish(&state.db, &proof, lease, &*state.clock, sign).await
}

fn is_due(standing: Standing, now: Timestamp) -> bool {
    let Standing { last, newest, wanted } = standing;
    let (covered, at) = newest.unwrap_or((0, Timestamp::from_micros(0)));
    last > covered && (wanted || last - covered >= EVERY || now.since(at) >= AT_THE_LATEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_due_when_much_has_happened_or_long_ago_or_somebody_waits() {
        let now = Timestamp::from_micros(1_000_000_000_000);
        let standing =
            |last, since: Duration, wanted| Standing { last, newest: Some((100, now.minus(since))), wanted };
        let soon = Duration::from_secs(5);
        assert!(!is_due(standing(100, AT_THE_LATEST * 9, true), now), "nothing new");
        assert!(!is_due(standing(101, soon, false), now));
        assert!(is_due(standing(101, soon, true), now));
        assert!(is_due(standing(101, AT_THE_LATEST, false), now));
        assert!(is_due(standing(100 + EVERY, soon, false), now));
        assert!(is_due(Standing { last: 1, newest: None, wanted: false }, now));
        assert!(!is_due(Standing { last: 0, newest: None, wanted: true }, now));
    }
}
