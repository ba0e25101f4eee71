//! Samples of onboardings: one where a machine is waited for and was refused, and the empty list.

use super::{
    FakeConsole, NOW, Scene, ago, hence, hex, node_id,
    operations::{card, runs},
};
use read_models::{
    Answer,
    ids::{DraftId, EnrolmentTokenId, OnboardingId},
    navigation::Address,
    nodes::{ActionItem, NodeRole},
    onboarding::{
        AttemptReason, AttemptRow, Cause, ChosenToken, Hints, Lamp, LampState, Landing, ModeRow,
        NextOperation, OnboardingConsole, OnboardingMode, OnboardingRow, OnboardingStatus, OnboardingStep,
        OnboardingView, OnboardingsView, OpenToken, Posture, RoleRow, SetupRow, Sign, SignsView, StepRow,
        StepStanding, TokenStep,
    },
    operation::{Danger, FieldKind, FormField, Intent, OperationCard, TargetKind},
};

pub(crate) fn onboarding_id() -> OnboardingId {
    OnboardingId::from_uuid(&hex(1))
}

fn modes() -> Vec<ModeRow> {
    let missing = "There is no MAAS site, and this version cannot connect one.";
    OnboardingMode::ALL
        .iter()
        .map(|mode| ModeRow {
            mode: *mode,
            what: "What it does.".to_owned(),
            missing: (*mode != OnboardingMode::Manual).then(|| missing.to_owned()),
        })
        .collect()
}

fn attempt(reason: AttemptReason, told_later: bool) -> AttemptRow {
    AttemptRow {
        at: ago(40),
        first_at: ago(90),
        tries: 3,
        reason,
        sentence: "Another node is named `hx-141` already.".to_owned(),
        next_step: "Choose another name with --name, with the same token.".to_owned(),
        address: "10.4.0.141".to_owned(),
        machine: (!told_later).then(|| "hx-141".to_owned()),
        told_later,
    }
}

fn field(name: &str, value: &str) -> FormField {
    FormField {
        name: name.to_owned(),
        label: name.to_owned(),
        help: "A word of help.".to_owned(),
        value: value.to_owned(),
        kind: FieldKind::Text,
        choices: Vec::new(),
        error: None,
    }
}

fn card_with(operation: &str, title: &str, kind: TargetKind, fields: Vec<FormField>) -> OperationCard {
    OperationCard { fields, ..card(operation, title, kind, Intent::SetUp, Danger::Safe) }
}

fn list(empty: bool) -> OnboardingsView {
    let row = |status| OnboardingRow {
        id: onboarding_id(),
        title: "hx-141".to_owned(),
        mode: OnboardingMode::Manual,
        site: Some("ams-1".to_owned()),
        status,
        begun_by: "ops@helios.example".to_owned(),
        begun_at: ago(4000),
        next: OnboardingStep::Signs,
        next_words: "0 of 4 there".to_owned(),
    };
    let action = ActionItem {
        title: "hx-141".to_owned(),
        reason: "Another node is named `hx-141` already.".to_owned(),
        since: ago(40),
        next_operation: None,
        address: Address::Onboarding { id: onboarding_id(), step: Some(OnboardingStep::Signs) },
        label: "See what happened".to_owned(),
        key: None,
        acknowledged: None,
        handed: None,
        simulated: true,
    };
    let fields = vec![field("mode", "manual"), field("site", "")];
    let full = |rows: Vec<OnboardingRow>| if empty { Vec::new() } else { rows };
    OnboardingsView {
        as_of: NOW,
        needs_action: if empty { Vec::new() } else { vec![action] },
        unfinished: full(vec![row(OnboardingStatus::Unfinished)]),
        over: full(vec![row(OnboardingStatus::Landed), row(OnboardingStatus::Abandoned)]),
        modes: modes(),
        begin: card_with("onboarding.begin", "Begin onboarding", TargetKind::Platform, fields),
        strangers: if empty { Vec::new() } else { vec![attempt(AttemptReason::TokenUnknown, false)] },
        past_operations: if empty { Vec::new() } else { runs() },
        safe_to_ignore: "2 onboardings are over and need nothing.".to_owned(),
    }
}

fn steps() -> Vec<StepRow> {
    OnboardingStep::ALL
        .iter()
        .map(|step| StepRow {
            step: *step,
            standing: match step.number() {
                1..=4 => StepStanding::Done,
                5 => StepStanding::Open,
                6 => StepStanding::Next,
                _ => StepStanding::Later,
            },
            summary: "A few words".to_owned(),
        })
        .collect()
}

fn token() -> TokenStep {
    let id = EnrolmentTokenId::from_uuid(&hex(1));
    let open = OpenToken {
        id: EnrolmentTokenId::from_uuid(&hex(2)),
        node_name: None,
        issued_by: "ops@helios.example".to_owned(),
        expires_at: hence(900),
    };
    let revoke = card(
        "enrolment_token.revoke",
        "Revoke enrolment token",
        TargetKind::EnrolmentToken,
        Intent::Retirement,
        Danger::Disruptive,
    );
    TokenStep {
        chosen: Some(ChosenToken {
            id,
            is_good: true,
            standing: "good for one machine, 58 min left".to_owned(),
            issued_by: "ops@helios.example".to_owned(),
            expires_at: hence(3480),
            allows: "It lets one machine in, once, as hx-141.".to_owned(),
            command: Some(
                "slipway-node enrol --server https://slipway.example:8443 --token ent_1".to_owned(),
            ),
            no_command: None,
            revoke,
        }),
        issue: card_with("enrolment_token.issue", "Issue enrolment token", TargetKind::Platform, Vec::new()),
        use_token: card_with("onboarding.use_token", "Use open token", TargetKind::Onboarding, Vec::new()),
        open: vec![open],
    }
}

fn signs() -> SignsView {
    let lamp = |sign, state, since| Lamp { sign, state, since, sentence: "What was seen.".to_owned() };
    let cause = Cause {
        cause: "The machine does not reach the server's port for agents.".to_owned(),
        place: "On the machine".to_owned(),
        command: "curl --insecure https://slipway.example:8443/agent/v1/enrol".to_owned(),
        tells: "Any answer means that the way is open.".to_owned(),
    };
    SignsView {
        lamps: vec![
            lamp(Sign::Heartbeat, LampState::Waiting, Some(ago(400))),
            lamp(Sign::Certificate, LampState::There, Some(ago(380))),
            lamp(Sign::Capabilities, LampState::There, None),
            lamp(Sign::Telemetry, LampState::Unknown, None),
        ],
        attempts: vec![
            attempt(AttemptReason::NameTaken, false),
            attempt(AttemptReason::ServerNotTrusted, true),
        ],
        perhaps: vec![attempt(AttemptReason::ServerNotTrusted, false)],
        hints: Some(Hints {
            quiet_since: ago(400),
            sentence: "No machine has come in with the token; nothing was heard for 6 min.".to_owned(),
            causes: vec![cause],
        }),
    }
}

fn wizard(step: Option<OnboardingStep>) -> OnboardingView {
    let fields = vec![field("role", "slice_host"), field("node_name", "hx-141")];
    let setup = |posture, is_needed| SetupRow {
        code: "agents_address".to_owned(),
        title: "Address for agents".to_owned(),
        posture,
        is_needed,
        sentence: "What the server knows.".to_owned(),
        address: Some(Address::AccountSecurity),
    };
    let role = |role, missing: Option<&str>| RoleRow {
        role,
        implies: "What it implies.".to_owned(),
        missing: missing.map(str::to_owned),
    };
    OnboardingView {
        as_of: NOW,
        id: onboarding_id(),
        title: "hx-141".to_owned(),
        status: OnboardingStatus::Unfinished,
        since: ago(4000),
        begun_by: "ops@helios.example".to_owned(),
        begun_at: ago(4000),
        mode: OnboardingMode::Manual,
        site: Some("ams-1".to_owned()),
        role: Some(NodeRole::SliceHost),
        node_name: Some("hx-141".to_owned()),
        step: step.unwrap_or(OnboardingStep::Signs),
        next: OnboardingStep::Signs,
        steps: steps(),
        needs_action: Some("The machine was refused.".to_owned()),
        is_in_trouble: true,
        safe_to_ignore: "It goes on without you.".to_owned(),
        modes: modes(),
        roles: vec![
            role(NodeRole::SliceHost, None),
            role(NodeRole::BareMetal, Some("Nothing is placed on it.")),
        ],
        choose: card_with("onboarding.choose", "Choose role and name", TargetKind::Onboarding, fields),
        setup: vec![
            setup(Posture::Configured, true),
            setup(Posture::Missing, true),
            setup(Posture::Stale, false),
        ],
        add_ssh_key: Some(card_with("ssh_key.add", "Add SSH key", TargetKind::User, vec![field("name", "")])),
        token: token(),
        signs: signs(),
        landing: Some(Landing {
            node: node_id(1),
            name: "hx-141".to_owned(),
            sentence: "hx-141 is ready and in service.".to_owned(),
            simulated: true,
            next: vec![NextOperation {
                title: "Probe node".to_owned(),
                reason: "See whether what it says is so.".to_owned(),
                address: Address::NodeOperations(node_id(1)),
            }],
        }),
        abandon: card_with("onboarding.abandon", "Give up onboarding", TargetKind::Onboarding, Vec::new()),
        past_operations: runs(),
    }
}

impl OnboardingConsole for FakeConsole {
    fn onboardings(&self, _: Option<DraftId>) -> Answer<'_, OnboardingsView> {
        self.answer(|| list(self.0 == Scene::Empty))
    }

    fn onboarding(
        &self,
        _: OnboardingId,
        step: Option<OnboardingStep>,
        _: Option<DraftId>,
    ) -> Answer<'_, OnboardingView> {
        self.answer(move || wizard(step))
    }
}
