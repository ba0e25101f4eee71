//! Why is a node that is on its way without an operation not there yet? It waits for its agent: for the first heartbeat, or
//! for the next one. What an operation does to it is the operation's to say.

use super::operation_view;
use crate::store::nodes::NodeRecord;
use read_models::evidence::EventView;
use read_models::nodes::{Awaited, NodePolicy, NodeState};
use read_models::operation::Waiting;

/// Events that tell what went wrong between the server and an agent.
const TROUBLE: [&str; 3] = ["node.message_refused", "node.events_left_out", "node.disconnected"];

/// What it waits for; `took` is how long first heartbeats took here, in milliseconds, the shortest first.
pub fn awaited(node: &NodeRecord, activity: &[EventView], took: &[u64]) -> Option<Awaited> {
    let (on, since, usually) = match node.state {
        NodeState::Expected | NodeState::Enrolling => {
            let on = "its agent's first heartbeat: it is enrolled, and `slipway-node run` has to be started on the machine";
            (on, node.state_since, operation_view::usually(took))
        }
        NodeState::Unreachable => {
            let on = if node.policy == NodePolicy::Maintenance {
                "its agent, which may be switched off: somebody works on the machine"
            } else {
                "its agent to connect again: whether the machine is up, and reaches this server, is seen on the machine"
            };
            (on, node.last_heartbeat_at.unwrap_or(node.state_since), None)
        }
        NodeState::Ready
        | NodeState::Provisioning
        | NodeState::FailedEnrolment
        | NodeState::FailedProvisioning
        | NodeState::FailedCleanup
        | NodeState::Gone => return None,
    };
    let waiting = Waiting { on: on.to_owned(), operation: None, since, next_check: None };
    let last_error = activity.iter().find(|event| TROUBLE.contains(&event.kind.as_str()));
    Some(Awaited { waiting, last_error: last_error.map(|event| event.sentence.clone()), usually })
}

#[cfg(test)]
mod tests {
    use super::super::node_row::tests::node;
    use super::*;
    use read_models::time::Timestamp;

    fn event(kind: &str, sentence: &str) -> EventView {
        EventView {
            cursor: String::new(),
            at: Timestamp::from_micros(0),
            kind: kind.to_owned(),
            actor: "agent".to_owned(),
            sentence: sentence.to_owned(),
            operation: None,
            resource: None,
            hash: String::new(),
        }
    }

    #[test]
    fn a_node_waits_for_its_agent_until_it_is_heard() {
        let good = Timestamp::from_micros(i64::MAX);
        for state in NodeState::ALL {
            let waits = awaited(&node(state, good, None), &[], &[]).is_some();
            let wanted = matches!(state, NodeState::Expected | NodeState::Enrolling | NodeState::Unreachable);
            assert_eq!(waits, wanted, "{state:?}");
        }
    }

    #[test]
    fn it_is_said_since_when_what_went_wrong_and_how_long_it_usually_takes() {
        let good = Timestamp::from_micros(i64::MAX);
        let events = [
            event("node.state", "It is unreachable."),
            event("node.message_refused", "A message of its agent was refused."),
            event("node.disconnected", "Its agent is disconnected."),
        ];
        let silent = node(NodeState::Unreachable, good, None);
        let found = awaited(&silent, &events, &[1000; 9]).unwrap();
        assert_eq!(Some(found.waiting.since), silent.last_heartbeat_at);
        assert_eq!(found.last_error.as_deref(), Some("A message of its agent was refused."));
        assert_eq!(found.usually, None, "how long silence lasts is nothing one could expect");
        let enrolling = node(NodeState::Enrolling, good, None);
        assert_eq!(awaited(&enrolling, &[], &[1000; 4]).unwrap().usually, None);
        assert_eq!(awaited(&enrolling, &[], &[1, 2, 3, 4, 500]).unwrap().usually.unwrap().median_ms, 3);
        assert_eq!(awaited(&enrolling, &[], &[]).unwrap().waiting.since, enrolling.state_since);
    }
}
