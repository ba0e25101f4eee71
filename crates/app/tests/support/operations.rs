//! Cards, plans and operations, in the samples.

use super::bulk;
use super::{FakeConsole, NOW, Scene, ago, events, hence, hex, node_id, operation_id, plan_id};
use read_models::{
    Answer,
    evidence::EventView,
    ids::{DraftId, OperationId, PlanId},
    navigation::Address,
    operation::{
        Attention, Blocker, Button, CancelView, Choice, Confirmation, Danger, Decision, Fact, FieldKind,
        FormField, FourFacts, FreshFactor, HandOverView, Intent, IntentGroup, LastRun, OfBulk, OperationCard,
        OperationState, OperationView, PlanRequest, PlanView, PlannedStep, Precondition, ProposedChoice,
        Question, StartRequest, StepState, StepView, Target, TargetKind, TargetView, Usually, Waiting,
    },
    operations::{OperationRow, OperationsConsole, OperationsFilter, Started},
    paging::{Page, PageRequest},
};
use serde_json::json;

pub(crate) fn card(
    operation: &str,
    title: &str,
    kind: TargetKind,
    intent: Intent,
    danger: Danger,
) -> OperationCard {
    let rule = |code: &str, holds, sentence: &str| Precondition {
        code: code.to_owned(),
        holds,
        sentence: sentence.to_owned(),
        unblocked_by: (!holds).then(|| "node.resume".to_owned()),
    };
    let destructive = danger == Danger::Destructive;
    OperationCard {
        operation: operation.to_owned(),
        target: Target { kind, id: format!("node_{}", hex(1)) },
        intent,
        title: title.to_owned(),
        danger,
        preconditions: vec![
            rule("agent_online", true, "The agent reported 4 s ago."),
            rule(
                "policy",
                !destructive,
                if destructive { "The node is draining." } else { "The node is in service." },
            ),
        ],
        expected: "No workload runs on it and no new one is placed.".to_owned(),
        verified_by: "The agent's own list of processes, empty for 30 s.".to_owned(),
        steps: card_steps(destructive),
        sla: "Longer than 2 min is above its SLA.".to_owned(),
        usually: (!destructive).then_some(Usually { median_ms: 41_000, p90_ms: 130_000, runs: 12 }),
        progress: "Four steps, on the operation's page, live.".to_owned(),
        on_failure: "The node stays cordoned; you choose: wait, evict, or undo.".to_owned(),
        evidence: "Each step with what was observed, and the audit of who asked.".to_owned(),
        never_held_back: None,
        last_run: (danger == Danger::Disruptive).then(|| runs().remove(0)),
        fields: if operation == "node.issue_enrolment_token" {
            vec![FormField {
                name: "node_name".to_owned(),
                label: "Name of the node".to_owned(),
                help: "Leave empty to take the machine's host name.".to_owned(),
                value: String::new(),
                kind: FieldKind::Text,
                choices: Vec::new(),
                error: None,
            }]
        } else {
            Vec::new()
        },
        button: Button {
            enabled: !destructive,
            reason: destructive.then(|| "The node is draining: wait, or resume it first.".to_owned()),
        },
    }
}

pub(crate) fn runs() -> Vec<LastRun> {
    let run = |n, state, seconds| LastRun {
        id: operation_id(n),
        title: "Drain node".to_owned(),
        state,
        requested_at: ago(seconds),
        requested_by: "ops@helios.example".to_owned(),
    };
    vec![
        run(1, OperationState::Running, 73),
        run(2, OperationState::Succeeded, 90_000),
        run(3, OperationState::Failed, 180_000),
    ]
}

pub(crate) fn groups(kind: TargetKind) -> Vec<IntentGroup> {
    let group = |intent, cards| IntentGroup { intent, cards };
    match kind {
        TargetKind::Workload => {
            vec![group(
                Intent::Retirement,
                vec![card(
                    "workload.release",
                    "Release workload",
                    kind,
                    Intent::Retirement,
                    Danger::Disruptive,
                )],
            )]
        }
        TargetKind::Sku => vec![
            group(
                Intent::Maintain,
                vec![card("sku.update", "Update SKU", kind, Intent::Maintain, Danger::Disruptive)],
            ),
            group(
                Intent::Retirement,
                vec![card("sku.retire", "Retire SKU", kind, Intent::Retirement, Danger::Disruptive)],
            ),
        ],
        TargetKind::Node
        | TargetKind::Project
        | TargetKind::EnrolmentToken
        | TargetKind::Onboarding
        | TargetKind::Platform
        | TargetKind::User
        | TargetKind::Operation
        | TargetKind::People => vec![
            group(
                Intent::Inspect,
                vec![card("node.probe", "Probe node", kind, Intent::Inspect, Danger::Safe)],
            ),
            group(
                Intent::Scheduling,
                vec![
                    card("node.drain", "Drain node", kind, Intent::Scheduling, Danger::Disruptive),
                    card("node.resume", "Resume node", kind, Intent::Scheduling, Danger::Safe),
                ],
            ),
            group(
                Intent::Destructive,
                vec![card("node.delete", "Delete node", kind, Intent::Destructive, Danger::Destructive)],
            ),
        ],
    }
}

fn target_view() -> TargetView {
    TargetView {
        kind: TargetKind::Node,
        id: node_id(1).to_string(),
        name: "hx-114".to_owned(),
        address: Address::NodeOperations(node_id(1)),
        facts: ["slice host, 8 slots", "in service 211 days", "3 workloads run on it"]
            .map(str::to_owned)
            .to_vec(),
        simulated: true,
    }
}

fn target() -> Target {
    Target { kind: TargetKind::Node, id: node_id(1).to_string() }
}

const STEPS: [(&str, Option<&str>, &str, bool); 4] = [
    ("Stop new placements", Some("the node's policy, read back"), "set the policy back to in service", true),
    (
        "Stop workloads",
        Some("the agent's list of processes"),
        "cannot be undone: what was stopped stays stopped",
        false,
    ),
    ("Give slots back", Some("the allocations, read back"), "nothing to undo", true),
    ("Confirm empty", None, "nothing to undo", true),
];

fn plan(scene: Scene) -> PlanView {
    let card = card("node.drain", "Drain node", TargetKind::Node, Intent::Scheduling, Danger::Disruptive);
    let blocked = scene == Scene::Empty;
    PlanView {
        id: plan_id(1),
        hash: "9f3c55aa11bb22cc33dd44ee55ff66aa77bb88cc99dd00ee11ff22aa33bbe21a".to_owned(),
        operation: card.operation,
        title: card.title,
        intent: card.intent,
        danger: if blocked { Danger::Destructive } else { card.danger },
        confirmation: if blocked {
            Confirmation::TypeName { name: "hx-114".to_owned() }
        } else {
            Confirmation::PlanSeen
        },
        target: target(),
        target_view: target_view(),
        input: json!({"grace_seconds": 600, "reason": "disk firmware"}),
        made_at: ago(20),
        good_until: hence(1780),
        steps: STEPS
            .into_iter()
            .map(|(title, seen, undo, can)| PlannedStep {
                title: title.to_owned(),
                observed_by: seen.map(str::to_owned),
                undo: undo.to_owned(),
                can_be_undone: can,
                deadline_s: 120,
                tries: 3,
                wait_s: 2,
                then: "somebody is asked: Wait 10 min, Evict, Undo".to_owned(),
            })
            .collect(),
        preconditions: card.preconditions,
        blockers: if blocked {
            vec![Blocker {
                code: "agent_offline".to_owned(),
                sentence: "No heartbeat since 14:02.".to_owned(),
                evidence: Some("last heartbeat 14:02:11".to_owned()),
                unblocked_by: Some(Address::NodeActivity(node_id(1)).to_string()),
            }]
        } else {
            Vec::new()
        },
        blast_radius: ["eval-7 of helios-lab will be stopped", "chat-prod of atlas will be stopped"]
            .map(str::to_owned)
            .to_vec(),
        expected: card.expected,
        verified_by: card.verified_by,
        on_failure: card.on_failure,
        evidence: card.evidence,
        usually: card.usually,
        approval: None,
        undo_window_s: 10,
        denied: None,
        asks_for: blocked.then_some(FreshFactor::Password),
        bulk: blocked.then(bulk::plan),
    }
}

fn steps() -> Vec<StepView> {
    let states = [StepState::Observed, StepState::Running, StepState::Pending, StepState::Pending];
    let saw = ["The policy is draining.", "1 of 3 stopped; eval-7 ignores SIGTERM for 62 s."];
    (1..)
        .zip(STEPS.into_iter().zip(states))
        .map(|(number, ((title, seen, undo, _), state))| {
            let begun = state != StepState::Pending;
            let over = state == StepState::Observed;
            StepView {
                number,
                title: title.to_owned(),
                state,
                attempts: u32::from(begun) * number,
                started_at: begun.then(|| ago(72 / u64::from(number))),
                acknowledged_at: begun.then(|| ago(60 / u64::from(number))),
                observed_at: over.then(|| ago(58)),
                finished_at: over.then(|| ago(58)),
                deadline_at: begun.then(|| hence(540)),
                observed_by: seen.map(str::to_owned),
                last_observation: saw.get(number as usize - 1).filter(|_| begun).map(|&saw| saw.to_owned()),
                undo: undo.to_owned(),
                can_be_undone: true,
            }
        })
        .collect()
}

fn choices() -> Vec<Choice> {
    let choice = |id: &str, title: &str, what: &str, danger| Choice {
        id: id.to_owned(),
        title: title.to_owned(),
        what: what.to_owned(),
        danger,
        confirm: (danger == Danger::Destructive).then(|| "hx-114".to_owned()),
        second_person: None,
    };
    vec![
        choice("wait", "Wait 10 min", "Asks again until 14:42. Nothing is stopped by force.", Danger::Safe),
        choice("evict", "Evict eval-7", "Sends SIGKILL. What it has not saved is lost.", Danger::Destructive),
        choice(
            "undo",
            "Undo the drain",
            "The node takes workloads again. What was stopped stays stopped.",
            Danger::Disruptive,
        ),
    ]
}

fn facts() -> FourFacts {
    let fact = |at, sentence: &str| Fact { at, sentence: sentence.to_owned() };
    FourFacts {
        requested: fact(Some(ago(73)), "By ops@helios.example."),
        accepted: fact(Some(ago(73)), "Stored with its plan."),
        acknowledged: fact(Some(ago(60)), "The agent took the command."),
        observed: fact(None, "The agent does not report the node empty yet."),
    }
}

fn operation(scene: Scene) -> OperationView {
    let plan = plan(Scene::Busy);
    let over = scene == Scene::Empty;
    OperationView {
        id: operation_id(1),
        as_of: NOW,
        operation: plan.operation,
        title: plan.title,
        danger: plan.danger,
        target: target(),
        target_view: target_view(),
        made: None,
        input: plan.input,
        state: if over { OperationState::Succeeded } else { OperationState::Running },
        since: ago(72),
        requested_by: "ops@helios.example".to_owned(),
        facts: facts(),
        steps: steps(),
        begins_at: None,
        approval: None,
        waiting: (!over).then(|| Waiting {
            on: "eval-7 to stop".to_owned(),
            operation: Some(operation_id(2)),
            since: ago(62),
            next_check: Some(hence(8)),
        }),
        attention: (!over).then(|| Attention {
            sentence:
                "1 of 3 workloads did not stop within 60 s: eval-7 ignores SIGTERM. The node stays cordoned."
                    .to_owned(),
            since: ago(12),
        }),
        choices: if over { Vec::new() } else { choices() },
        asks_for: None,
        proposed: proposed(over),
        cancel: CancelView {
            possible: true,
            requested: false,
            what: "Stops after the current step and sets the policy back. What was stopped stays stopped."
                .to_owned(),
        },
        on_failure: plan.on_failure,
        expected: plan.expected,
        outcome: over.then(|| "The node is empty: its agent reported no process for 30 s.".to_owned()),
        debris: Vec::new(),
        usually: plan.usually,
        events: events(),
        plan_hash: plan.hash,
        above_sla: (!over).then(|| "Nine in ten drains end within 2 min.".to_owned()),
        bulk: over.then(bulk::view),
        parent: (!over).then(|| OfBulk {
            id: operation_id(9),
            title: "Drain node on 9 of 11 nodes".to_owned(),
            state: OperationState::Running,
            attempt: 2,
        }),
        handed: handed(over),
        caring: caring(over),
    }
}

impl OperationsConsole for FakeConsole {
    fn plan(&self, _: PlanRequest) -> Answer<'_, PlanView> {
        self.answer(|| plan(self.0))
    }
    fn planned(&self, _: PlanId) -> Answer<'_, PlanView> {
        self.answer(|| plan(self.0))
    }
    fn start(&self, _: StartRequest, _: String) -> Answer<'_, Started> {
        self.answer(|| Started::Accepted { id: operation_id(1), repeated: false })
    }
    fn operation(&self, _: OperationId) -> Answer<'_, OperationView> {
        self.answer(|| operation(self.0))
    }
    fn operation_page(&self, _: OperationId, _: Option<DraftId>) -> Answer<'_, OperationView> {
        self.answer(|| operation(self.0))
    }
    fn operations(&self, _: OperationsFilter, _: PageRequest) -> Answer<'_, Page<OperationRow>> {
        self.answer(|| Page { items: Vec::new(), next_cursor: None })
    }
    fn events(&self, _: OperationId, _: PageRequest) -> Answer<'_, Page<EventView>> {
        self.answer(|| Page { items: events(), next_cursor: None })
    }
    fn question(&self, _: OperationId) -> Answer<'_, Question> {
        self.answer(|| {
            let OperationView { id, attention, choices, .. } = operation(self.0);
            Question { operation: id, attention, choices, tag: hex(7) }
        })
    }
    fn decide(&self, _: OperationId, _: Decision) -> Answer<'_, OperationView> {
        self.answer(|| operation(self.0))
    }
    fn cancel(&self, _: OperationId, _: String) -> Answer<'_, OperationView> {
        self.answer(|| operation(self.0))
    }
}

fn card_steps(destructive: bool) -> Vec<PlannedStep> {
    if destructive {
        Vec::new()
    } else {
        vec![PlannedStep {
            title: "Stop new placements".to_owned(),
            observed_by: None,
            undo: "The policy is set back.".to_owned(),
            can_be_undone: true,
            deadline_s: 60,
            tries: 3,
            wait_s: 2,
            then: "it has failed and what was done is undone".to_owned(),
        }]
    }
}

fn proposed(over: bool) -> Option<ProposedChoice> {
    (!over).then(|| ProposedChoice {
        choice: "evict".to_owned(),
        title: "Evict".to_owned(),
        by: "ops@helios.example".to_owned(),
        reason: "It does not answer.".to_owned(),
        at: ago(30),
        until: hence(86_000),
        is_own: false,
    })
}

fn handed(over: bool) -> Option<HandOverView> {
    (!over).then(|| HandOverView {
        to: "night@helios.example".to_owned(),
        is_yours: false,
        may_act: true,
        by: "ops@helios.example".to_owned(),
        note: "Its supervisor hangs; the vendor calls back at four.".to_owned(),
        at: ago(9),
        operation: operation_id(5),
    })
}

fn caring(over: bool) -> Vec<OperationCard> {
    if over {
        Vec::new()
    } else {
        let kind = TargetKind::Operation;
        vec![
            card("operation.hand_over", "Hand over operation", kind, Intent::Recover, Danger::Safe),
            card("operation.take_back", "Take back operation", kind, Intent::Recover, Danger::Safe),
        ]
    }
}
