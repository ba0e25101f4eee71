//! Invitations: shown once to who made them, good once for one person, and nobody's way into somebody else's account.

use operations::OperationState;
use read_models::iam::{IamConsole as _, InvitationStanding};
use read_models::ids::{InvitationId, ProjectId};
use secrecy::SecretString;
use serde_json::json;
use std::time::Duration;

use super::support::account::user_of;
use super::support::{Scene, Site, dump, proof};
use crate::authn::{InviteRefused, Invited, invitation_secret};
use crate::authz::testing::with_token;
use crate::authz::{Grant, Principal, Role, Scope, TokenScope};
use crate::clock::Clock as _;
use crate::store::invitations::Standing;
use crate::store::testing::on_both;
use crate::store::users;
use secrecy::ExposeSecret as _;

const PASSWORD: &str = "seven green bottles hang";

async fn invites(site: &mut Site, who: &Principal, whose: &str, email: &str, role: &str) -> InvitationId {
    let input = json!({ "email": email, "role": role, "days": 2 });
    let id = site.asks(who, &Scene::on_people("user.invite", whose, input)).await;
    assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
    InvitationId::from_uuid(id.digits())
}

fn secret(site: &Site, id: &InvitationId) -> String {
    invitation_secret(&site.state.sealing, id).expose_secret().to_owned()
}

fn typed(secret: &str) -> Invited {
    Invited {
        secret: SecretString::from(secret),
        name: " Grace ".to_owned(),
        password: SecretString::from(PASSWORD),
        address: "192.0.2.7".to_owned(),
        device: "test".to_owned(),
    }
}

async fn shown(site: &Site, who: &Principal, id: &InvitationId) -> bool {
    let view = site.console(who).people(None).await.unwrap();
    view.invitations.iter().any(|row| row.id == *id && row.link.is_some())
}

#[tokio::test]
async fn a_link_is_shown_to_who_made_it_for_a_few_minutes_and_is_written_down_nowhere() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let admin = site.admin();
        let id = invites(&mut site, &admin, "platform", "grace@example.org", "operator").await;
        let text = secret(&site, &id);
        assert!(shown(&site, &admin, &id).await);
        assert!(!shown(&site, &with_token(admin.clone(), TokenScope::Destructive), &id).await);
        assert!(!shown(&site, &site.person(Role::Auditor, None), &id).await);
        for (table, rows) in dump(&site.state.db).await {
            assert!(!format!("{rows:?}").contains(&text), "{table} has the link");
        }
        site.clock.advance(Duration::from_mins(11));
        assert!(!shown(&site, &admin, &id).await);
    })
    .await;
}

#[tokio::test]
async fn one_person_comes_in_once_with_the_role_and_nobody_after_them() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let admin = site.admin();
        let project = site.project.clone();
        let id = invites(&mut site, &admin, project.as_str(), "Grace@Example.org", "member").await;
        let text = secret(&site, &id);
        let seen = site.console(&admin).invitation(text.clone()).await.unwrap();
        assert_eq!(seen.standing, InvitationStanding::Open);
        let session = site.state.authn.come_in(typed(&text)).await.unwrap();
        let grants = users::grants(&mut &site.state.db, &proof(), &session.user_id).await.unwrap();
        assert_eq!(grants, [Grant { role: Role::Member, scope: Scope::Project(project) }]);
        let account = users::by_id(&mut &site.state.db, &proof(), &session.user_id).await.unwrap();
        assert_eq!((account.email.as_str(), account.display_name.as_str()), ("grace@example.org", "Grace"));
        let again = site.state.authn.come_in(typed(&text)).await;
        assert!(matches!(again, Err(InviteRefused::NotOpen(Standing::Used))), "{again:?}");
        let told = site.whole_chain().await;
        assert!(told.iter().any(|event| event.kind == "audit.invitation_used"));
        assert!(!told.iter().any(|event| event.body.contains(&text)));
    })
    .await;
}

#[tokio::test]
async fn what_is_over_revoked_or_forged_lets_nobody_in_and_says_so() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let admin = site.admin();
        let revoked = invites(&mut site, &admin, "platform", "a@example.org", "operator").await;
        let revoke = Scene::on_people("user.revoke_invitation", "platform", json!({ "invitation": revoked }));
        let revoke = site.asks(&admin, &revoke).await;
        site.settles(&revoke).await;
        let over = invites(&mut site, &admin, "platform", "b@example.org", "operator").await;
        site.clock.advance(Duration::from_hours(49));
        for (text, standing, seen) in [
            (secret(&site, &revoked), Some(Standing::Revoked), InvitationStanding::Revoked),
            (secret(&site, &over), Some(Standing::Over), InvitationStanding::Over),
            ("A".repeat(43), None, InvitationStanding::Unknown),
        ] {
            let view = site.console(&admin).invitation(text.clone()).await.unwrap();
            assert_eq!((view.standing, view.invitation), (seen, None));
            match (site.state.authn.come_in(typed(&text)).await, standing) {
                (Err(InviteRefused::NotOpen(is)), Some(wanted)) => assert_eq!(is, wanted),
                (Err(InviteRefused::Forged), None) => {}
                (other, _) => panic!("{seen:?}: {other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_never_opens_an_account_that_is_there_already() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (admin, viewer) = (site.admin(), site.person(Role::Viewer, Some(&site.project.clone())));
        let before = users::by_id(&mut &site.state.db, &proof(), &user_of(Role::Viewer)).await.unwrap();
        // Asking for the invitation says nothing of whether there is such an account.
        let id = invites(&mut site, &admin, "platform", &before.email, "auditor").await;
        let text = secret(&site, &id);
        let refused = site.state.authn.come_in(typed(&text)).await;
        assert!(matches!(refused, Err(InviteRefused::SignInFirst)), "{refused:?}");
        let after = users::by_id(&mut &site.state.db, &proof(), &user_of(Role::Viewer)).await.unwrap();
        assert_eq!(before.password_hash, after.password_hash);
        let stranger = site.state.authn.accept(&text, &admin).await;
        assert!(matches!(stranger, Err(InviteRefused::SomebodyElse)), "{stranger:?}");
        site.state.authn.accept(&text, &viewer).await.unwrap();
        let grants = users::grants(&mut &site.state.db, &proof(), &viewer.user_id).await.unwrap();
        assert!(grants.contains(&Grant { role: Role::Auditor, scope: Scope::Platform }));
        assert!(site.state.authn.accept(&text, &viewer).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn who_guesses_has_to_wait() {
    on_both(async |db| {
        let site = Site::on(db).await;
        let mut waits = 0;
        for _ in 0..40 {
            let refused = site.state.authn.come_in(typed("guess")).await.unwrap_err();
            waits += u32::from(matches!(refused, InviteRefused::Wait(_)));
        }
        assert!(waits > 0);
    })
    .await;
}

#[tokio::test]
async fn an_administrator_of_a_project_invites_into_it_and_nowhere_else() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (own, other): (ProjectId, ProjectId) = (site.project.clone(), site.other_project.clone());
        let theirs = site.person(Role::ProjectAdmin, Some(&own));
        invites(&mut site, &theirs, own.as_str(), "member@elsewhere.example", "member").await;
        for (whose, role) in
            [(other.as_str(), "member"), ("platform", "operator"), (own.as_str(), "operator")]
        {
            let input = json!({ "email": "x@example.org", "role": role, "days": 1 });
            let refused = site.plans(&theirs, &Scene::on_people("user.invite", whose, input)).await;
            assert!(refused.is_err(), "{whose} {role}");
        }
        let member = site.person(Role::Member, Some(&own));
        let input = json!({ "email": "x@example.org", "role": "member", "days": 1 });
        let refused = site.plans(&member, &Scene::on_people("user.invite", own.as_str(), input)).await;
        assert!(refused.is_err());
        assert!(
            site.console(&theirs).people(None).await.is_err(),
            "the people of the platform are not theirs"
        );
        assert!(site.clock.now().as_micros() > 0);
    })
    .await;
}
