//! An operation on many, in the samples.

use super::{hex, node_id, operation_id};
use read_models::{
    navigation::Address,
    operation::{
        BulkIncluded, BulkLeftOut, BulkOutcome, BulkPlan, BulkTarget, BulkView, FieldKind, FormField, Target,
        TargetKind,
    },
};

fn node(n: u8) -> Target {
    Target { kind: TargetKind::Node, id: node_id(n).to_string() }
}

/// Of two nodes one is included.
pub(super) fn plan() -> BulkPlan {
    BulkPlan {
        operation: "node.drain".to_owned(),
        title: "Drain node".to_owned(),
        included: vec![BulkIncluded {
            target: node(1),
            name: "hx-114".to_owned(),
            address: Address::Node(node_id(1)),
            is_canary: true,
            plan_hash: hex(7),
            noticed_by: vec!["eval-7 of helios-lab is asked to stop.".to_owned()],
        }],
        left_out: vec![BulkLeftOut {
            target: node(2),
            name: "hx-102".to_owned(),
            address: Address::Node(node_id(2)),
            why: "No heartbeat since 14:02.".to_owned(),
            unblocked_by: Some("node.probe".to_owned()),
        }],
        canary: 1,
        parallelism: 3,
        stop_after_failures: 2,
        fields: vec![FormField {
            name: "grace_s".to_owned(),
            label: "Grace, seconds".to_owned(),
            help: "Seconds each workload may take.".to_owned(),
            value: "30".to_owned(),
            kind: FieldKind::Number,
            choices: Vec::new(),
            error: None,
        }],
    }
}

/// One failed, one was left out.
pub(super) fn view() -> BulkView {
    let target = |n, name: &str, outcome, sentence: &str, operation: Option<u8>| BulkTarget {
        target: node(n),
        name: name.to_owned(),
        address: Address::Node(node_id(n)),
        is_canary: n == 1,
        outcome,
        sentence: sentence.to_owned(),
        operation: operation.map(operation_id),
        attempt: u32::from(n),
        earlier: None,
    };
    BulkView {
        operation: "node.drain".to_owned(),
        title: "Drain node".to_owned(),
        canary: 1,
        parallelism: 3,
        stop_after_failures: 2,
        of: 2,
        over: 2,
        running: 0,
        succeeded: 1,
        failed: 1,
        not_started: 0,
        paused: false,
        ended: true,
        unsuccessful: vec![node_id(2).to_string()],
        with: serde_json::Map::new(),
        targets: vec![
            target(1, "hx-114", BulkOutcome::Succeeded, "", Some(3)),
            target(2, "hx-102", BulkOutcome::Failed, "The agent refused.", Some(4)),
            target(3, "hx-140", BulkOutcome::LeftOut, "No heartbeat since 14:02.", None),
        ],
    }
}
