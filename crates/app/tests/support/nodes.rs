//! Nodes, in the samples.

use super::{
    FakeConsole, NOW, Scene, ago, bulk, events, hence, node_id, operation_id,
    operations::{card, groups, runs},
    workloads::{brief, row as workload},
};
use read_models::{
    Answer,
    ids::{DraftId, EnrolmentTokenId, NodeId},
    navigation::Address,
    nodes::{
        ActionItem, Awaited, CertificatePosture, CertificateView, EnrolmentPanel, EnrolmentTokenRow, Fact,
        Held, IncidentRow, NodeCounts, NodeDetail, NodeHeader, NodePolicy, NodeRole, NodeRow, NodeState,
        NodesConsole, NodesView, Overlay, SlotRow,
    },
    operation::{Danger, Intent, TargetKind, Usually, Waiting},
    paging::{Page, PageRequest},
    workloads::{RunNext, WorkloadState},
};

fn row(n: u8, name: &str, state: NodeState, policy: NodePolicy) -> NodeRow {
    NodeRow {
        id: node_id(n),
        name: name.to_owned(),
        state,
        since: ago(18_230_400),
        policy,
        policy_since: ago(73),
        held: None,
        role: NodeRole::SliceHost,
        overlays: Vec::new(),
        slots_used: 3,
        slots_total: Some(8),
        last_heartbeat_at: Some(ago(4)),
        progress: None,
        above_sla: None,
        simulated: n == 1,
    }
}

fn draining() -> NodeRow {
    let mut node = row(1, "hx-114", NodeState::Ready, NodePolicy::Draining);
    node.progress = Some(brief("Drain node", true));
    node.above_sla = Some("Nine in ten take less than 2 min.".to_owned());
    node.overlays = vec![overlay()];
    node.held = Some(Held {
        sentence: "Being drained by ops@helios.example.".to_owned(),
        operation: operation_id(1),
        until: None,
    });
    node
}

fn overlay() -> Overlay {
    Overlay {
        code: "certificate_expiring".to_owned(),
        word: "Certificate ends in 21 h".to_owned(),
        sentence: "The certificate ends in 21 h: then commands stop and running workloads go on unseen."
            .to_owned(),
        since: ago(3_600),
    }
}

fn nodes() -> Vec<NodeRow> {
    let mut silent = row(2, "hx-102", NodeState::Unreachable, NodePolicy::InService);
    (silent.since, silent.last_heartbeat_at) = (ago(720), Some(ago(735)));
    let mut coming = row(3, "hx-140", NodeState::Enrolling, NodePolicy::Cordoned);
    (coming.since, coming.last_heartbeat_at, coming.slots_total) = (ago(3), None, None);
    vec![draining(), silent, coming, row(4, "hx-055", NodeState::Ready, NodePolicy::InService)]
}

fn view(scene: Scene) -> NodesView {
    let empty = scene == Scene::Empty;
    let item = |title: &str, reason: &str, seconds, label: &str| ActionItem {
        title: title.to_owned(),
        reason: reason.to_owned(),
        since: ago(seconds),
        next_operation: None,
        address: Address::Node(node_id(1)),
        label: label.to_owned(),
        key: Some(format!("node:{}:silent", node_id(1))),
        acknowledged: None,
        handed: None,
        simulated: false,
    };
    NodesView {
        bulk: bulk::offer(TargetKind::Node),
        as_of: NOW,
        counts: if empty {
            NodeCounts::default()
        } else {
            NodeCounts { all: 4, in_service: 2, unreachable: 1, held: 2, simulated: 1 }
        },
        needs_action: if empty {
            Vec::new()
        } else {
            vec![
                item(
                    "hx-102 is silent",
                    "No heartbeat since 14:10. Its 3 workloads go on, but nobody sees them.",
                    720,
                    "Probe node",
                ),
                item(
                    "Drain of hx-114 waits for you",
                    "eval-7 ignores SIGTERM. The node stays cordoned.",
                    12,
                    "Decide",
                ),
            ]
        },
        in_progress: if empty { Vec::new() } else { vec![draining()] },
        nodes: if empty { Vec::new() } else { nodes() },
        next_cursor: None,
        enrolment: enrolment(empty),
        safe_to_ignore: if empty {
            "Nothing to ignore yet.".to_owned()
        } else {
            "Safe to ignore: 2 nodes are in service and need nothing.".to_owned()
        },
    }
}

fn enrolment(empty: bool) -> EnrolmentPanel {
    let token = |n, command: Option<&str>| EnrolmentTokenRow {
        id: EnrolmentTokenId::from_uuid(&super::hex(n)),
        node_name: command.map(|_| "hx-141".to_owned()),
        issued_by: "ops@helios.example".to_owned(),
        expires_at: hence(3480),
        command: command.map(str::to_owned),
        revoke: card(
            "enrolment_token.revoke",
            "Revoke enrolment token",
            TargetKind::EnrolmentToken,
            Intent::Retirement,
            Danger::Disruptive,
        ),
    };
    EnrolmentPanel {
        issue: card(
            "node.issue_enrolment_token",
            "Issue enrolment token",
            TargetKind::Platform,
            Intent::SetUp,
            Danger::Safe,
        ),
        tokens: if empty {
            Vec::new()
        } else {
            vec![
                token(
                    1,
                    Some(
                        "slipway-node enrol --server https://slipway.helios.example:8443 \\\n  --token ent_0192f3a4.8f2kVq1cT3.4b1e77d0 --data /var/lib/slipway-node",
                    ),
                ),
                token(2, None),
            ]
        },
        incidents: if empty {
            Vec::new()
        } else {
            vec![IncidentRow {
                at: ago(4000),
                sentence: "A used token came again with another key, from 10.4.0.114.".to_owned(),
            }]
        },
    }
}

fn awaited() -> Awaited {
    Awaited {
        waiting: Waiting {
            on: "its agent's first heartbeat".to_owned(),
            operation: None,
            since: ago(90),
            next_check: None,
        },
        last_error: None,
        usually: Some(Usually { median_ms: 4000, p90_ms: 9000, runs: 6 }),
    }
}

fn detail() -> NodeDetail {
    let fact = |name: &str, value: &str| Fact { name: name.to_owned(), value: value.to_owned() };
    NodeDetail {
        as_of: NOW,
        row: draining(),
        header: NodeHeader {
            agent_version: Some("0.1.0".to_owned()),
            hostname: Some("hx-114.ams.helios.example".to_owned()),
            boot_id: Some("5d1f7c2e-6f0d-4b9a-9c40-0a8d0a0c7e11".to_owned()),
            clock_skew_ms: Some(-14),
            connected: true,
            gpus: Some("8 × H200".to_owned()),
        },
        action_required: vec![overlay()],
        run_next: Some(RunNext {
            operation: "node.probe".to_owned(),
            title: "Probe node".to_owned(),
            reason: "The last inventory is 3 h old.".to_owned(),
        }),
        safe_to_ignore: None,
        operations: groups(TargetKind::Node),
        past_operations: runs(),
        under_way: vec![super::ops::running()],
        awaited: Some(awaited()),
        slots: vec![
            SlotRow { index: 0, allocated: Some("eval-7".to_owned()), reported: Some("eval-7".to_owned()) },
            SlotRow { index: 1, allocated: Some("chat-prod".to_owned()), reported: None },
            SlotRow { index: 2, allocated: None, reported: None },
        ],
        workloads: vec![
            workload(6, "eval-7", WorkloadState::Stopping, 62),
            workload(7, "chat-prod", WorkloadState::Running, 90_000),
        ],
        inventory: vec![
            fact("CPU", "AMD EPYC 9654, 96 cores"),
            fact("Memory", "1.5 TiB"),
            fact("Kernel", "6.1.0-28-amd64"),
        ],
        usage: vec![fact("CPU", "34 %"), fact("Memory", "410 GiB of 1.5 TiB"), fact("GPU", "not known")],
        capabilities: vec![
            fact("Driver", "process-sandboxed"),
            fact("Isolation", "bubblewrap 0.8.0, unprivileged user"),
            fact("Terminal", "no"),
        ],
        certificate: Some(CertificateView {
            serial: "3f0a77c1d2b94e65a1".to_owned(),
            identity: format!("spiffe://slipway/node/{}", node_id(1)),
            not_before: ago(529_200),
            not_after: hence(75_600),
            posture: CertificatePosture::Expiring,
            sentence: "Ends in 21 h. Then commands, probes and drains stop; workloads go on unseen."
                .to_owned(),
        }),
        activity: events(),
    }
}

impl NodesConsole for FakeConsole {
    fn nodes_view(&self, _: PageRequest, _: Option<DraftId>) -> Answer<'_, NodesView> {
        self.answer(|| view(self.0))
    }
    fn node(&self, _: NodeId, _: Option<DraftId>) -> Answer<'_, NodeDetail> {
        self.answer(detail)
    }
    fn nodes(&self, _: PageRequest) -> Answer<'_, Page<NodeRow>> {
        self.answer(|| Page { items: nodes(), next_cursor: None })
    }
}
