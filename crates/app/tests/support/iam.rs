//! People and invitations, in the samples.

use super::account::own;
use super::operations::runs;
use super::{FakeConsole, NOW, Scene, ago, hence, hex, project};
use read_models::{
    Answer,
    iam::{
        IamConsole, InvitationLink, InvitationRow, InvitationStanding, InvitationView, Invited, PeopleView,
        PersonRow,
    },
    ids::{DraftId, InvitationId, UserId},
    navigation::Role,
    operation::{FieldKind, FormField},
    session::RoleView,
    workloads::RunNext,
};

fn person(n: u8, name: &str, email: &str) -> PersonRow {
    PersonRow {
        id: UserId::from_uuid(&hex(n)),
        email: email.to_owned(),
        display_name: name.to_owned(),
        roles: vec![
            RoleView { role: Role::Operator, project: None },
            RoleView { role: Role::Member, project: Some(project("helios-lab", 1)) },
        ],
        signed_in_at: (n == 1).then(|| ago(7200)),
        suspended_at: (n == 3).then(|| ago(90_000)),
    }
}

fn invitation(n: u8, link: Option<InvitationLink>) -> InvitationRow {
    InvitationRow {
        id: InvitationId::from_uuid(&hex(n)),
        target: "people:platform".to_owned(),
        email: format!("somebody-with-a-long-name-{n}@helios.example"),
        role: RoleView { role: Role::PlatformAdmin, project: None },
        invited_by: "ops@helios.example".to_owned(),
        expires_at: hence(3 * 24 * 3600),
        link,
    }
}

fn email() -> FormField {
    FormField {
        name: "email".to_owned(),
        label: "Email".to_owned(),
        help: "The email of the person, to whom you give the link.".to_owned(),
        value: String::new(),
        kind: FieldKind::Text,
        choices: Vec::new(),
        error: None,
    }
}

impl IamConsole for FakeConsole {
    fn people(&self, _: Option<DraftId>) -> Answer<'_, PeopleView> {
        let busy = self.0 == Scene::Busy;
        let path = "/invite/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned();
        let link = InvitationLink { path, shown_until: hence(500) };
        self.answer(move || PeopleView {
            as_of: NOW,
            people: vec![
                person(1, "Ada <script>alert(1)</script>", "ops@helios.example"),
                person(2, "ci", "ci@helios.example"),
                person(3, "Left", "left@helios.example"),
            ],
            more_people: false,
            invitations: if busy { vec![invitation(1, Some(link)), invitation(2, None)] } else { Vec::new() },
            action_required: if busy {
                vec!["A link gives every permission there is.".to_owned()]
            } else {
                Vec::new()
            },
            run_next: (!busy).then(|| RunNext {
                operation: "user.invite".to_owned(),
                title: "Invite person".to_owned(),
                reason: "No invitation is open.".to_owned(),
            }),
            safe_to_ignore: "Everybody has signed in; nothing has to be done.".to_owned(),
            approval_policy: own("approval_policy.set", "Set approval policy", Vec::new()),
            invite: own("user.invite", "Invite person", vec![email()]),
            revoke: own("user.revoke_invitation", "Revoke invitation", Vec::new()),
            places: vec![("people:platform".to_owned(), "the platform".to_owned())],
            in_progress: Vec::new(),
            past_operations: if busy { runs() } else { Vec::new() },
        })
    }

    fn invitation(&self, _: String) -> Answer<'_, InvitationView> {
        let busy = self.0 == Scene::Busy;
        self.answer(move || InvitationView {
            standing: if busy { InvitationStanding::Open } else { InvitationStanding::Over },
            invitation: busy.then(|| Invited {
                email: "new@helios.example".to_owned(),
                role: Role::Member,
                place: "helios-lab".to_owned(),
                invited_by: "ops@helios.example".to_owned(),
                good_for_s: 3 * 24 * 3600,
            }),
            signed_in_as: None,
        })
    }
}
