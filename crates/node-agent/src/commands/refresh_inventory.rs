//! `refresh_inventory`: forget what is known of the machine and find it out anew. The next heartbeat carries it.

use node_protocol::Outcome;
use node_protocol::command::OUTCOME_UNKNOWN;

use super::Executor;

impl Executor {
    pub(super) fn refresh_inventory(&self) -> Outcome {
        match serde_json::to_value(self.beat.take_inventory()) {
            Ok(detail) => Outcome::Done { detail },
            Err(error) => Outcome::failed(OUTCOME_UNKNOWN, format!("The answer cannot be written: {error}.")),
        }
    }
}
