//! What is one's own, in the samples.

use super::{
    FakeConsole, NOW, Scene, ago, hence, hex,
    operations::{card, runs},
    project,
};
use read_models::{
    Answer,
    account::{
        AccountConsole, AccountFrame, AppView, Enrolling, PasskeyRow, PasskeysView, ProfileView, QrView,
        RecoveryView, SecondFactorView, SecurityView, SessionRow, SessionsView, ShownCodes, SshKeyRow,
        TokenRow, TokenSecret,
    },
    ids::{DraftId, KeptSecretId, PasskeyId, SessionId, SshKeyId, TokenId},
    navigation::Role,
    operation::{Danger, FieldChoice, FieldKind, FormField, Intent, OperationCard, TargetKind},
    session::RoleView,
    workloads::{ProgressBrief, RunNext},
};

const DAY: u64 = 24 * 60 * 60;

fn frame(scene: Scene) -> AccountFrame {
    let busy = scene == Scene::Busy;
    AccountFrame {
        as_of: NOW,
        email: "ops@helios.example".to_owned(),
        display_name: "Ada <script>alert(1)</script>".to_owned(),
        action_required: if busy {
            vec!["The token ci ends in 3 d, and something uses it: issue another one.".to_owned()]
        } else {
            Vec::new()
        },
        run_next: busy.then(|| RunNext {
            operation: "token.issue".to_owned(),
            title: "Issue token".to_owned(),
            reason: "A token that is in use ends within a week.".to_owned(),
        }),
        safe_to_ignore: Some("2 tokens have ended or were revoked: they let nobody in.".to_owned()),
        in_progress: if busy {
            vec![ProgressBrief {
                id: super::operation_id(1),
                title: "Revoke token".to_owned(),
                step: 1,
                of: 1,
                observation: "Revoke the token old".to_owned(),
                needs_attention: false,
            }]
        } else {
            Vec::new()
        },
        past_operations: if busy { runs() } else { Vec::new() },
    }
}

pub(super) fn own(operation: &str, title: &str, fields: Vec<FormField>) -> OperationCard {
    let mut card = card(operation, title, TargetKind::User, Intent::SetUp, Danger::Safe);
    card.fields = fields;
    card
}

fn field(name: &str, label: &str, kind: FieldKind, words: &[&str]) -> FormField {
    let choice = |word: &&str| FieldChoice { value: (*word).to_owned(), label: (*word).to_owned() };
    FormField {
        name: name.to_owned(),
        label: label.to_owned(),
        help: "One sentence of help.".to_owned(),
        value: words.first().copied().unwrap_or_default().to_owned(),
        kind,
        choices: words.iter().map(choice).collect(),
        error: None,
    }
}

fn keys() -> Vec<SshKeyRow> {
    let key = |n: u8, name: &str| SshKeyRow {
        id: SshKeyId::from_uuid(&hex(n)),
        name: name.to_owned(),
        algorithm: "ssh-ed25519".to_owned(),
        fingerprint: "SHA256:zs3aXkKa3+s3qop592Wqqt00ndlBFu2wt+8bWk3lClw".to_owned(),
        added_at: ago(40 * DAY),
    };
    vec![key(1, "laptop"), key(2, "a machine with a rather long name in the second basement")]
}

fn tokens() -> Vec<TokenRow> {
    let token = |n: u8, name: &str, scope: &str, days, secret| TokenRow {
        id: TokenId::from_uuid(&hex(n)),
        name: name.to_owned(),
        scope: scope.to_owned(),
        created_at: ago(20 * DAY),
        expires_at: hence(days * DAY),
        last_used_at: (n > 1).then(|| ago(300)),
        ends_soon: days < 7,
        secret,
    };
    let text = "slw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_0f1e2d".to_owned();
    let secret = Some(TokenSecret { text, shown_until: hence(500) });
    vec![token(1, "nightly", "read", 30, secret), token(2, "ci", "operate", 3, None)]
}

fn passkeys() -> Vec<PasskeyRow> {
    let key = |n: u8, name: &str, doubted: bool| PasskeyRow {
        id: PasskeyId::from_uuid(&hex(n)),
        name: name.to_owned(),
        added_at: ago(20 * DAY),
        last_used_at: (n > 1).then(|| ago(300)),
        doubted_at: doubted.then(|| ago(200)),
    };
    vec![key(1, "phone", false), key(2, "a security key with a rather long name on the second ring", true)]
}

fn second_factor(scene: Scene) -> SecondFactorView {
    let busy = scene == Scene::Busy;
    let shown = ShownCodes { codes: vec!["abcd-efgh-ijkl-mnop".to_owned(); 10], shown_until: hence(500) };
    let enrolling = Enrolling {
        reference: KeptSecretId::from_uuid(&hex(1)),
        secret: "GEZD GNBV GY3T QOJQ".to_owned(),
        uri: "otpauth://totp/Slipway:ops?secret=GEZDGNBVGY3TQOJQ".to_owned(),
        qr: Some(QrView { size: 21, path: "M0 0h1v1h-1z".to_owned() }),
        good_until: hence(900),
    };
    SecondFactorView {
        app: busy.then(|| AppView { added_at: ago(9 * DAY), last_used_at: Some(ago(300)) }),
        enrolling: (!busy).then_some(enrolling),
        add: own("totp.add", "Add authenticator app", Vec::new()),
        remove: own("totp.remove", "Remove authenticator app", Vec::new()),
        passkeys: PasskeysView {
            keys: if busy { passkeys() } else { Vec::new() },
            host: busy.then(|| "slipway.example.org".to_owned()),
            why_not: (!busy).then(|| "This server is opened over plain HTTP.".to_owned()),
            add: own("passkey.add", "Add passkey", Vec::new()),
            remove: own("passkey.remove", "Remove passkey", Vec::new()),
        },
        recovery: RecoveryView {
            left: if busy { 10 } else { 0 },
            issued_at: busy.then(|| ago(100)),
            shown: busy.then_some(shown),
            issue: own("recovery_code.issue", "Issue recovery codes", Vec::new()),
        },
    }
}

fn sessions() -> Vec<SessionRow> {
    let session = |n: u8, device: &str, is_this| SessionRow {
        id: SessionId::from_uuid(&hex(n)),
        device: device.to_owned(),
        is_this,
        signed_in_at: ago(u64::from(n) * 7200),
        seen_at: ago(u64::from(n) * 60),
        ends_at: hence(12 * 3600),
    };
    vec![session(1, "Firefox on Linux", true), session(2, "Safari on an iPhone", false)]
}

impl AccountConsole for FakeConsole {
    fn profile(&self, _: Option<DraftId>) -> Answer<'_, ProfileView> {
        self.answer(|| ProfileView {
            frame: frame(self.0),
            roles: vec![
                RoleView { role: Role::Operator, project: None },
                RoleView { role: Role::Member, project: Some(project("helios-lab", 1)) },
            ],
            lands_on: "Lifecycle".to_owned(),
            landing_by_role: true,
            update: own(
                "profile.update",
                "Update profile",
                vec![
                    field("display_name", "Display name", FieldKind::Text, &[]),
                    field("landing", "Landing", FieldKind::Choice, &["", "workloads", "lifecycle"]),
                ],
            ),
        })
    }

    fn security(&self, _: Option<DraftId>) -> Answer<'_, SecurityView> {
        let busy = self.0 == Scene::Busy;
        self.answer(|| SecurityView {
            frame: frame(self.0),
            password_set_at: busy.then(|| ago(90 * DAY)),
            change_password: own("password.change", "Change password", Vec::new()),
            second_factor: second_factor(self.0),
            keys: if busy { keys() } else { Vec::new() },
            add_key: own(
                "ssh_key.add",
                "Add SSH key",
                vec![
                    field("name", "Name", FieldKind::Text, &[]),
                    field("public_key", "Public key", FieldKind::Text, &[]),
                ],
            ),
            remove_key: own("ssh_key.remove", "Remove SSH key", Vec::new()),
            tokens: if busy { tokens() } else { Vec::new() },
            tokens_over: 2,
            issue_token: own(
                "token.issue",
                "Issue token",
                vec![
                    field("name", "Name", FieldKind::Text, &[]),
                    field("scope", "Scope", FieldKind::Choice, &["read", "operate", "destructive"]),
                    field("days", "Days", FieldKind::Number, &["30"]),
                ],
            ),
            revoke_token: own("token.revoke", "Revoke token", Vec::new()),
        })
    }

    fn sessions(&self, _: Option<DraftId>) -> Answer<'_, SessionsView> {
        let rows = if self.0 == Scene::Busy { sessions() } else { Vec::new() };
        self.answer(|| SessionsView {
            frame: frame(self.0),
            sessions: rows,
            end: own("session.end", "End session", Vec::new()),
        })
    }

    fn token_text(&self, _: TokenId) -> Answer<'_, TokenSecret> {
        self.answer(|| TokenSecret { text: "slw_sample".to_owned(), shown_until: NOW })
    }
}
