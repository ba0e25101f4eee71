//! Who is here, in the samples.

use super::{FakeConsole, NOW, Scene, ago, project};
use read_models::{
    Answer,
    navigation::{Address, Family, Role},
    session::{FrozenView, Me, RailItem, RoleView, SessionConsole, ShellView, SignInView},
};

impl SessionConsole for FakeConsole {
    fn shell(&self) -> Answer<'_, ShellView> {
        // The shell answers also when a page does not.
        let FakeConsole(scene) = *self;
        let busy = u32::from(scene != Scene::Empty);
        let item =
            |family, needs_action: u32| RailItem { family, needs_action: (needs_action * busy).into() };
        let shell = ShellView {
            as_of: NOW,
            me: Some(Me {
                email: "ops@helios.example".to_owned(),
                roles: vec![
                    RoleView { role: Role::Operator, project: None },
                    RoleView { role: Role::Member, project: Some(project("helios-lab", 1)) },
                ],
                landing: Address::Ops,
            }),
            rail: vec![
                item(Family::Workloads, 2),
                item(Family::Compute, 0),
                item(Family::Access, 0),
                item(Family::Account, 0),
                item(Family::Ops, 1),
                item(Family::Lifecycle, 3),
                item(Family::Config, 0),
                item(Family::Evidence, 0),
                item(Family::Iam, 0),
            ],
            project: Some(project("helios-lab", 1)),
            projects: vec![project("helios-lab", 1), project("atlas", 2)],
            running_operations: (2 * busy).into(),
            frozen: (scene == Scene::Busy).then(|| FrozenView {
                since: ago(300),
                by: "ops@helios.example".to_owned(),
                reason: "The link between the halls is down".to_owned(),
                lift: Some(Address::Ops),
            }),
            build: "dev".to_owned(),
        };
        Box::pin(async move { Ok(shell) })
    }

    fn sign_in(&self) -> Answer<'_, SignInView> {
        self.answer(|| SignInView {
            has_administrator: self.0 != Scene::Empty,
            passkeys: self.0 == Scene::Busy,
        })
    }
}
