//! What hearing from an agent, or not hearing from it, means for its node's state.

use read_models::nodes::NodeState;

/// The state after a heartbeat, when it is another one.
pub const fn after_heartbeat(state: NodeState) -> Option<NodeState> {
    match state {
        NodeState::Expected | NodeState::Enrolling | NodeState::Unreachable | NodeState::FailedEnrolment => {
            Some(NodeState::Ready)
        }
        // Being installed, or left over from it: a heartbeat alone does not say that this is done.
        NodeState::Ready
        | NodeState::Provisioning
        | NodeState::FailedProvisioning
        | NodeState::FailedCleanup
        | NodeState::Gone => None,
    }
}

/// What the change means, for people: "worker-1 …".
pub const fn sentence(from: NodeState, to: NodeState) -> &'static str {
    match (from, to) {
        (NodeState::Unreachable, NodeState::Ready) => "is heard of again",
        (_, NodeState::Ready) => "is ready: its first heartbeat arrived",
        (_, NodeState::Unreachable) => "is unreachable: its agent is silent",
        (
            _,
            NodeState::Expected
            | NodeState::Enrolling
            | NodeState::Provisioning
            | NodeState::FailedEnrolment
            | NodeState::FailedProvisioning
            | NodeState::FailedCleanup
            | NodeState::Gone,
        ) => "has changed its state",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_makes_ready_what_waited_for_one_and_raises_nothing_from_the_dead() {
        for state in NodeState::ALL {
            let waited = matches!(
                state,
                NodeState::Expected
                    | NodeState::Enrolling
                    | NodeState::Unreachable
                    | NodeState::FailedEnrolment
            );
            assert_eq!(after_heartbeat(state), waited.then_some(NodeState::Ready), "{state:?}");
        }
    }
}
