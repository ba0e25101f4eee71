//! Samples of the audit: a chain that was checked, one that does not fit, files and checkpoints.

use super::operations::{card, runs};
use super::{NOW, Scene, ago, node_id, operation_id, project};
use read_models::{
    audit::{
        AuditEventView, AuditSearch, AuditView, BrokenView, ChainView, CheckpointRow, CheckpointsView,
        EvidenceRow, EvidenceView, ExportRow, ExportsView, OperationsEvidence, OperationsSearch,
        VerificationView,
    },
    evidence::{BundledOperation, Coverage, ResourceBundleHolds, ResourceEvidence},
    navigation::Address,
    operation::{
        Danger, FieldChoice, FieldKind, FormField, Intent, OperationCard, OperationState, TargetKind,
    },
    workloads::RunNext,
};

const HASH: &str = "9f3c55aa11bb22cc33dd44ee55ff66aa77bb88cc99dd00ee11ff22aa33bb44cc";

fn operation(id: &str, title: &str) -> OperationCard {
    card(id, title, TargetKind::Platform, Intent::Inspect, Danger::Safe)
}

fn checkpoint(number: i64, seconds: u64) -> CheckpointRow {
    CheckpointRow {
        number,
        hash: HASH.to_owned(),
        at: ago(seconds),
        key_id: "0f1e2d3c4b5a6978".to_owned(),
        download: format!("/api/v1/evidence/checkpoints/{number}"),
    }
}

fn chain(busy: bool) -> ChainView {
    ChainView {
        last: if busy { 48_213 } else { 0 },
        waiting: i64::from(busy),
        signed: busy.then(|| checkpoint(48_200, 40)),
        behind: if busy { 13 } else { 0 },
        key_id: "0f1e2d3c4b5a6978".to_owned(),
    }
}

fn next() -> RunNext {
    RunNext {
        operation: "audit.verify".to_owned(),
        title: "Verify audit chain".to_owned(),
        reason: "The last check found something that does not fit.".to_owned(),
    }
}

fn required(busy: bool) -> Vec<String> {
    let broken = "The audit chain does not fit at event 31442: Event 31442 was changed.";
    busy.then(|| broken.to_owned()).into_iter().collect()
}

pub(crate) fn posture(scene: Scene) -> EvidenceView {
    let busy = scene == Scene::Busy;
    EvidenceView {
        as_of: NOW,
        chain: chain(busy),
        verification: busy.then(|| VerificationView {
            operation: operation_id(2),
            begun_at: ago(4000),
            finished_at: Some(ago(3960)),
            from: 1,
            to: 48_000,
            checked_to: 31_441,
            checkpoints: 188,
            broken: Some(BrokenView {
                number: 31_442,
                sentence: "Event 31442 was changed: its hash is “9f3c”, the chain has “11bb”.".to_owned(),
            }),
        }),
        action_required: required(busy),
        run_next: Some(next()),
        safe_to_ignore: "Nothing: look at what does not fit first.".to_owned(),
        cards: vec![
            operation("audit.verify", "Verify audit chain"),
            operation("checkpoint.publish", "Publish checkpoint"),
            operation("evidence.export", "Export evidence"),
        ],
        in_progress: Vec::new(),
        past_operations: if busy { runs() } else { Vec::new() },
    }
}

fn event(number: i64, seconds: u64, kind: &str, actor: &str, sentence: &str) -> AuditEventView {
    AuditEventView {
        number,
        at: ago(seconds),
        kind: kind.to_owned(),
        actor: actor.to_owned(),
        sentence: sentence.to_owned(),
        operation: (number % 2 == 1).then(|| operation_id(1)),
        project: None,
        resource: Some(format!("node:{}", node_id(1))),
        resource_page: Some(Address::Node(node_id(1))),
        hash: HASH.to_owned(),
    }
}

fn file(format: &str, seconds: u64) -> ExportRow {
    ExportRow {
        operation: operation_id(1),
        made_by: "auditor@helios.example".to_owned(),
        made_at: ago(seconds),
        format: format.to_owned(),
        search: AuditSearch::default().with("actor", Some("ops@helios.example".to_owned())),
        up_to: 48_100,
        events: 1204,
        bytes: 804_311,
        sha256: HASH.to_owned(),
        download: format!("/api/v1/evidence/exports/{}/file", operation_id(1)),
    }
}

fn export() -> OperationCard {
    let mut export = operation("evidence.export", "Export evidence");
    let choice = |word: &str| FieldChoice { value: word.to_owned(), label: word.to_uppercase() };
    export.fields.push(FormField {
        name: "format".to_owned(),
        label: "Format".to_owned(),
        help: "NDJSON has an event with its hashes on each line; CSV is for tables.".to_owned(),
        value: "ndjson".to_owned(),
        kind: FieldKind::Choice,
        choices: vec![choice("ndjson"), choice("csv")],
        error: None,
    });
    export
}

pub(crate) fn search(scene: Scene, search: AuditSearch) -> AuditView {
    let busy = scene == Scene::Busy;
    let wrong = search.read().err().unwrap_or_default();
    let events = vec![
        event(48_213, 4, "audit.intent", "ops@helios.example", "ops@helios.example asked to drain hx-114."),
        event(48_212, 62, "node.connected", "hx-114", "Its agent came in <script>alert(1)</script>."),
        event(48_211, 7300, "step.observed", "system:node.drain", "Stop eval-7: it ended with exit code 0."),
    ];
    AuditView {
        as_of: NOW,
        scope: None,
        kinds: ["audit.intent", "audit.outcome", "node.connected", "step.observed"]
            .map(str::to_owned)
            .to_vec(),
        projects: vec![project("helios-lab", 1)],
        events: if busy && wrong.is_empty() { events } else { Vec::new() },
        next_cursor: busy.then(|| "1.2".to_owned()),
        looked_back_to: (busy && search.text.is_some()).then(|| ago(9000)),
        action_required: required(busy),
        run_next: Some(next()),
        safe_to_ignore: "Nothing: look at what does not fit first.".to_owned(),
        bundle: bundle(busy && search.resource.is_some()),
        export: Some(export()),
        exports: if busy { vec![file("csv", 600), file("ndjson", 90_000)] } else { Vec::new() },
        wrong,
        search,
    }
}

fn bundle(is_offered: bool) -> ResourceEvidence {
    let sentences = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    let holds = ResourceBundleHolds {
        from: ago(9000),
        until: NOW,
        first: 48_001,
        last: 48_213,
        events: 12,
        others: 201,
        intents: 1,
        decisions: 1,
        observations: 9,
        outcomes: 1,
        operations: vec![BundledOperation {
            id: operation_id(1),
            title: "Drain node".to_owned(),
            state: "succeeded".to_owned(),
        }],
        proved: sentences(&["Nothing was left out."]),
        not_proved: sentences(&["What was not written down."]),
        left_out: sentences(&["What workloads wrote."]),
    };
    ResourceEvidence {
        resource: is_offered.then(|| format!("node:{}", node_id(1))),
        name: is_offered.then(|| "hx-114".to_owned()),
        page: is_offered.then(|| Address::Node(node_id(1))),
        holds: is_offered.then_some(holds),
        refused: None,
        download: is_offered.then(|| "/api/v1/evidence/bundle?resource=node%3Anode_1".to_owned()),
        key: "/api/v1/evidence/key".to_owned(),
        key_id: "0f1e2d3c4b5a6978".to_owned(),
    }
}

/// The same of one project: nothing of the platform's.
pub(crate) fn of_project(scene: Scene, asked: AuditSearch) -> AuditView {
    AuditView {
        scope: Some(project("helios-lab", 1)),
        kinds: Vec::new(),
        action_required: Vec::new(),
        run_next: None,
        safe_to_ignore: "All of it: the audit is kept without anybody doing something for it.".to_owned(),
        export: None,
        exports: Vec::new(),
        ..search(scene, asked)
    }
}

pub(crate) fn operations(scene: Scene, search: OperationsSearch) -> OperationsEvidence {
    let busy = scene == Scene::Busy;
    let row = |number: u8, state: OperationState, coverage: Coverage| EvidenceRow {
        id: operation_id(number),
        operation: "node.drain".to_owned(),
        title: "Drain node".to_owned(),
        target: format!("node:{}", node_id(1)),
        target_page: Some(Address::Node(node_id(1))),
        requested_by: "ops@helios.example".to_owned(),
        requested_at: ago(600),
        state,
        since: ago(60),
        events: 14,
        complete: state == OperationState::Succeeded,
        coverage,
        download: format!("/api/v1/operations/{}/evidence", operation_id(number)),
    };
    let rows = vec![
        row(1, OperationState::Running, Coverage::Waiting { events: 2 }),
        row(2, OperationState::Succeeded, Coverage::Covered { signed_at: ago(40) }),
    ];
    OperationsEvidence {
        as_of: NOW,
        wrong: search.read().err().unwrap_or_default(),
        search,
        known: vec![("node.drain".to_owned(), "Drain node (node.drain)".to_owned())],
        projects: vec![project("helios-lab", 1)],
        operations: if busy { rows } else { Vec::new() },
        next_cursor: None,
        looked_back_to: busy.then(|| ago(9000)),
        action_required: required(busy),
        run_next: Some(next()),
        safe_to_ignore: "Nothing: look at what does not fit first.".to_owned(),
    }
}

pub(crate) fn files(scene: Scene) -> ExportsView {
    let busy = scene == Scene::Busy;
    ExportsView {
        as_of: NOW,
        exports: if busy { vec![file("csv", 600), file("ndjson", 90_000)] } else { Vec::new() },
        next_cursor: None,
        action_required: required(busy),
        run_next: Some(next()),
        safe_to_ignore: "Nothing: look at what does not fit first.".to_owned(),
        export: export(),
        in_progress: Vec::new(),
    }
}

pub(crate) fn signed(scene: Scene) -> CheckpointsView {
    let busy = scene == Scene::Busy;
    CheckpointsView {
        as_of: NOW,
        chain: chain(busy),
        checkpoints: if busy { vec![checkpoint(48_200, 40), checkpoint(48_100, 100)] } else { Vec::new() },
        next_cursor: busy.then(|| "48100".to_owned()),
        agents: if busy { 3 } else { 0 },
        action_required: required(busy),
        run_next: Some(next()),
        safe_to_ignore: "Nothing: look at what does not fit first.".to_owned(),
        publish: operation("checkpoint.publish", "Publish checkpoint"),
    }
}
