//! A sample of the queue.

use super::{FakeConsole, Scene, ago, hence, node_id, operation_id};
use read_models::{
    Answer,
    navigation::Address,
    nodes::{ActionItem, CertificatePosture},
    operation::{LastRun, OperationState, TargetKind, TargetView, Usually, Waiting},
    ops::{CertificateEnd, EndedOperation, OpsConsole, OpsView, RunningOperation},
    workloads::ProgressBrief,
};

fn target() -> TargetView {
    TargetView {
        kind: TargetKind::Node,
        id: node_id(1).to_string(),
        name: "hx-114".to_owned(),
        address: Address::Node(node_id(1)),
        facts: Vec::new(),
        simulated: true,
    }
}

fn running() -> RunningOperation {
    RunningOperation {
        progress: ProgressBrief {
            id: operation_id(1),
            title: "Drain node".to_owned(),
            step: 2,
            of: 4,
            observation: "eval-7 to stop".to_owned(),
            needs_attention: true,
        },
        target: Some(target()),
        requested_by: "ops@helios.example".to_owned(),
        requested_at: ago(73),
        waiting: Some(Waiting {
            on: "eval-7 to stop".to_owned(),
            operation: Some(operation_id(2)),
            since: ago(62),
            next_check: Some(hence(8)),
        }),
        usually: Some(Usually { median_ms: 40_000, p90_ms: 60_000, runs: 12 }),
        above_sla: Some("Nine in ten take less than 1 min. eval-7 to stop".to_owned()),
    }
}

fn view(scene: Scene) -> OpsView {
    let busy = scene == Scene::Busy;
    let item = ActionItem {
        title: "Drain node: hx-114".to_owned(),
        reason: "eval-7 ignores SIGTERM.".to_owned(),
        since: ago(12),
        next_operation: None,
        address: Address::Operation(operation_id(1)),
        label: "Decide".to_owned(),
        simulated: true,
    };
    let ended = LastRun {
        id: operation_id(3),
        title: "Probe node".to_owned(),
        state: OperationState::Succeeded,
        requested_at: ago(600),
        requested_by: "ops@helios.example".to_owned(),
    };
    let certificate = CertificateEnd {
        node: node_id(1),
        name: "hx-114".to_owned(),
        not_after: hence(75_600),
        posture: CertificatePosture::Expiring,
        simulated: true,
    };
    OpsView {
        as_of: super::NOW,
        needs_action: if busy { vec![item] } else { Vec::new() },
        running: if busy { vec![running()] } else { Vec::new() },
        more_running: busy,
        certificates: if busy { vec![certificate] } else { Vec::new() },
        ended: if busy { vec![EndedOperation { run: ended, target: None }] } else { Vec::new() },
        safe_to_ignore: "1 operation succeeded lately and needs nothing.".to_owned(),
    }
}

impl OpsConsole for FakeConsole {
    fn ops(&self) -> Answer<'_, OpsView> {
        self.answer(|| view(self.0))
    }
}
