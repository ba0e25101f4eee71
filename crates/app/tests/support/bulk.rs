//! An operation on many, in the samples.

use super::{hex, node_id, operation_id, project, workload_id};
use read_models::{
    navigation::Address,
    operation::{
        BulkIncluded, BulkLeftOut, BulkOffer, BulkOperation, BulkOutcome, BulkPlan, BulkTarget, BulkView,
        Danger, FieldKind, FormField, Target, TargetKind,
    },
};
use std::collections::BTreeMap;

fn node(n: u8) -> Target {
    Target { kind: TargetKind::Node, id: node_id(n).to_string() }
}

/// What can be asked for on many of a kind.
pub(super) fn offer(kind: TargetKind) -> BulkOffer {
    let of_workloads = kind == TargetKind::Workload;
    let (bulk, whose, operation, title, danger) = if of_workloads {
        let whose = Target { kind: TargetKind::Project, id: project("helios-lab", 1).id.to_string() };
        ("bulk.run_in_project", whose, "workload.release", "Release workload", Danger::Destructive)
    } else {
        let whose = Target { kind: TargetKind::Platform, id: "platform".to_owned() };
        ("bulk.run", whose, "node.drain", "Drain node", Danger::Disruptive)
    };
    BulkOffer {
        bulk: bulk.to_owned(),
        target: whose,
        target_kind: kind,
        operations: vec![BulkOperation { operation: operation.to_owned(), title: title.to_owned(), danger }],
        ticked: if of_workloads { vec![workload_id(9).to_string()] } else { Vec::new() },
        typed: BTreeMap::new(),
        errors: Vec::new(),
        denied: None,
    }
}

/// Of two nodes one is included.
pub(super) fn plan() -> BulkPlan {
    BulkPlan {
        operation: "node.drain".to_owned(),
        title: "Drain node".to_owned(),
        target_kind: TargetKind::Node,
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
        target_kind: TargetKind::Node,
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
        may_ask_again: true,
        with: serde_json::Map::new(),
        targets: vec![
            target(1, "hx-114", BulkOutcome::Succeeded, "", Some(3)),
            target(2, "hx-102", BulkOutcome::Failed, "The agent refused.", Some(4)),
            target(3, "hx-140", BulkOutcome::LeftOut, "No heartbeat since 14:02.", None),
        ],
    }
}
