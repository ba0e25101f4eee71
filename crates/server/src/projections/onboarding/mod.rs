//! Where an onboarding stands, from what was chosen, its token, the node the machine became and what was refused. Pure: the
//! server's clock comes in as an argument.

mod hints;
mod setup;
mod signs;
mod steps;
mod ways;

pub use hints::{QUIET, hints};
pub use setup::{SetupFacts, setup};
pub use signs::lamps;
pub use steps::{next, status, steps};
pub use ways::{missing_for, missing_for_role, modes, roles};

use crate::store::enrolment_attempts::EnrolmentAttempt;
use crate::store::enrolment_tokens::EnrolmentToken;
use crate::store::nodes::{FirstSigns, NodeRecord};
use crate::store::onboardings::Onboarding;
use node_protocol::Usage;
use read_models::onboarding::AttemptRow;
use read_models::time::Timestamp;

/// What is known of an onboarding.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub onboarding: &'a Onboarding,
    /// The token that was chosen.
    pub token: Option<&'a EnrolmentToken>,
    /// The node that came in with it.
    pub node: Option<&'a NodeRecord>,
    pub first: FirstSigns,
    /// Failed attempts with the token, newest first.
    pub attempts: &'a [EnrolmentAttempt],
    pub now: Timestamp,
}

impl Known<'_> {
    /// What is wrong with the token, if it can let nobody in and has let nobody in.
    fn token_is_over(&self) -> Option<&'static str> {
        let token = self.token.filter(|token| token.used.is_none() && !token.is_good(self.now))?;
        Some(if token.revoked_at.is_some() { "it was revoked" } else { "its time is over" })
    }
}

/// Whether all signs of a node are there.
pub fn has_landed(node: &NodeRecord) -> bool {
    has_capabilities(node) && has_usage(node)
}

fn has_capabilities(node: &NodeRecord) -> bool {
    node.heartbeat.as_ref().is_some_and(|beat| !beat.capabilities.is_empty())
}

fn has_usage(node: &NodeRecord) -> bool {
    node.heartbeat.as_ref().is_some_and(|beat| beat.usage != Usage::default())
}

/// An attempt as it is shown.
pub fn attempt_row(attempt: &EnrolmentAttempt) -> AttemptRow {
    AttemptRow {
        at: attempt.at,
        first_at: attempt.first_at,
        tries: attempt.tries,
        reason: attempt.reason,
        sentence: attempt.sentence.clone(),
        next_step: attempt.next_step.clone(),
        address: attempt.address.clone(),
        machine: attempt.machine.clone(),
        told_later: attempt.told_later,
    }
}

/// What a machine of this onboarding is called while it has no name.
pub fn title(onboarding: &Onboarding, node: Option<&NodeRecord>) -> String {
    match (node, &onboarding.node_name) {
        (Some(node), _) => node.name.clone(),
        (None, Some(name)) => name.clone(),
        (None, None) => "A machine without a name yet".to_owned(),
    }
}

#[cfg(test)]
mod samples;
