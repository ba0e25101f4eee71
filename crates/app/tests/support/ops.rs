//! A sample of the queue.

use super::{FakeConsole, Scene, ago, hence, node_id, operation_id, operations::card};
use read_models::{
    Answer,
    ids::DraftId,
    navigation::Address,
    nodes::{Acknowledged, ActionItem, CertificatePosture},
    operation::{
        Danger, HandOverView, Intent, LastRun, OperationState, TargetKind, TargetView, Usually, Waiting,
    },
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

pub(crate) fn running() -> RunningOperation {
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
        last_error: Some("The agent did not answer within 10 s.".to_owned()),
    }
}

fn view(scene: Scene) -> OpsView {
    let busy = scene == Scene::Busy;
    let left_alone = ActionItem {
        title: "hx-102".to_owned(),
        reason: "No heartbeat for 12 min.".to_owned(),
        since: ago(720),
        next_operation: None,
        address: Address::Node(node_id(2)),
        label: "Look at it".to_owned(),
        key: Some(format!("node:{}:silent", node_id(2))),
        acknowledged: Some(Acknowledged {
            by: "ops@helios.example".to_owned(),
            reason: "Its switch is replaced tonight.".to_owned(),
            at: ago(300),
            until: hence(80_000),
            operation: operation_id(4),
        }),
        handed: None,
        simulated: false,
    };
    let card = |operation: &str, title: &str| {
        card(operation, title, TargetKind::Platform, Intent::Recover, Danger::Safe)
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
        needs_action: if busy { vec![item()] } else { Vec::new() },
        more_needs_action: busy,
        acknowledged: if busy { vec![left_alone] } else { Vec::new() },
        acknowledge: card("action_item.acknowledge", "Acknowledge item"),
        reopen: card("action_item.reopen", "Reopen item"),
        standstill: card("platform.unfreeze", "Unfreeze platform"),
        running: if busy { vec![running()] } else { Vec::new() },
        more_running: busy,
        certificates: if busy { vec![certificate] } else { Vec::new() },
        ended: if busy { vec![EndedOperation { run: ended, target: None }] } else { Vec::new() },
        safe_to_ignore: "1 operation succeeded lately and needs nothing.".to_owned(),
    }
}

impl OpsConsole for FakeConsole {
    fn ops(&self, _: Option<String>, _: Option<DraftId>) -> Answer<'_, OpsView> {
        self.answer(|| view(self.0))
    }
}

fn handed() -> HandOverView {
    HandOverView {
        to: "night@helios.example".to_owned(),
        is_yours: true,
        may_act: true,
        by: "ops@helios.example".to_owned(),
        note: "Its supervisor hangs; the vendor calls back at four.".to_owned(),
        at: ago(120),
        operation: operation_id(5),
    }
}

fn item() -> ActionItem {
    ActionItem {
        title: "Drain node: hx-114".to_owned(),
        reason: "eval-7 ignores SIGTERM.".to_owned(),
        since: ago(12),
        next_operation: None,
        address: Address::Operation(operation_id(1)),
        label: "Decide".to_owned(),
        key: Some(format!("operation:{}:asks", operation_id(1))),
        acknowledged: None,
        handed: Some(handed()),
        simulated: true,
    }
}
