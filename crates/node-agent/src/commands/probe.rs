//! `probe`: look at what the node holds and uses, now, and answer with what was seen.

use node_protocol::Outcome;
use node_protocol::command::OUTCOME_UNKNOWN;

use super::Executor;

impl Executor {
    pub(super) fn probe(&self) -> Outcome {
        match serde_json::to_value(self.beat.make(self.link.clock_skew_us())) {
            Ok(detail) => Outcome::Done { detail },
            Err(error) => Outcome::failed(OUTCOME_UNKNOWN, format!("The answer cannot be written: {error}.")),
        }
    }
}
