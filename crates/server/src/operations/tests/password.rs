//! Another password of one's own: by whoever handed it in, once, and with every other session ended.

use operations::OperationState;
use read_models::operation::Confirmation;
use secrecy::SecretString;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

use super::support::{Scene, Site, dump, proof};
use crate::authn::Passwords;
use crate::authz::testing::with_token;
use crate::authz::{Principal, Role, TokenScope, Via};
use crate::clock::Clock as _;
use crate::store::kept_secrets;
use crate::store::testing::on_both;
use crate::store::users;
use read_models::account::AccountConsole as _;
use read_models::ids::KeptSecretId;

/// Said nowhere but at the door.
const CANARY: &str = "canary password of nobody";

fn change(who: &Principal, reference: &KeptSecretId) -> Scene {
    Scene::on_person("password.change", &who.user_id, json!({ "password": reference }))
}

/// A person with a password, in a session that is there.
async fn signed_in(site: &Site, role: Role) -> Principal {
    let mut who = site.person(role, None);
    let (before, now) = (SecretString::from("the password from before"), site.clock.now());
    let hash = Passwords::default().hash(&before, &*site.state.ids).await.unwrap();
    let mut tx = site.state.db.begin().await.unwrap();
    users::set_password(&mut tx, &proof(), &who.user_id, &hash, now).await.unwrap();
    tx.commit().await.unwrap();
    let id = site.has_session(&who.user_id).await;
    who.via = Via::Session { id, stepped_up_at: now, project: None };
    who
}

#[tokio::test]
async fn a_new_password_is_in_force_ends_the_other_sessions_and_is_written_nowhere() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let member = signed_in(&site, Role::Member).await;
        site.has_session(&member.user_id).await;
        let console = site.console(&member);
        let hand_in = |present: &str, new: &str| {
            console.hand_in_password(SecretString::from(present), SecretString::from(new), "::1".to_owned())
        };
        for (present, new, code) in [
            ("the password from before", "short", "password_too_short"),
            ("the password from before", "Password1234", "password_breached"),
            ("the password from before", "the password from before", "password_same"),
            ("another one that is wrong", CANARY, "password_wrong"),
        ] {
            let refused = hand_in(present, new).await.unwrap_err();
            assert_eq!(refused.code, code);
            assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");
        }
        site.clock.advance(Duration::from_mins(1));
        let began = site.clock.now();
        let kept = hand_in("the password from before", CANARY).await.unwrap();
        let plan = site.plans(&member, &change(&member, &kept.reference)).await.unwrap();
        assert_eq!(plan.confirmation, Confirmation::PlanSeen);
        assert_eq!(
            plan.blast_radius,
            [
                "Whoever uses Firefox on Linux: that session ends.",
                "SSH keys and API tokens stay good: remove those you do not know."
            ]
        );
        let id = site.asks(&member, &change(&member, &kept.reference)).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let account = users::by_id(&mut &site.state.db, &proof(), &member.user_id).await.unwrap();
        let is_right = async |password: &str| {
            let password = SecretString::from(password);
            Passwords::default().is_right(&password, Some(&account.password_hash)).await.unwrap()
        };
        assert!(is_right(CANARY).await && !is_right("the password from before").await);
        let open = console.sessions(None).await.unwrap().sessions;
        assert_eq!(open.iter().map(|row| row.is_this).collect::<Vec<_>>(), [true]);
        assert!(console.security(None).await.unwrap().password_set_at >= Some(began));
        let again = site.plans(&member, &change(&member, &kept.reference)).await.unwrap();
        assert_eq!(again.blockers[0].sentence, "This new password was set already.");
        site.whole_chain().await;
        let everything = dump(&site.state.db).await;
        assert!(!format!("{everything:?}").contains(CANARY));
        let holding = everything.iter().filter(|(_, rows)| rows.iter().any(|row| row.contains("$argon2id$")));
        assert_eq!(holding.map(|(table, _)| table.as_str()).collect::<Vec<_>>(), ["user_account"]);
    })
    .await;
}

#[tokio::test]
async fn what_was_handed_in_is_its_persons_for_half_an_hour_and_never_stands_in_an_input() {
    on_both(async |db| {
        let site = Site::on(db).await;
        let (member, other) = (site.person(Role::Member, None), site.admin());
        let kept = site.has_a_new_password(&member.user_id, None).await;
        let theirs = site.plans(&other, &change(&other, &kept)).await.unwrap();
        assert_eq!(theirs.blockers[0].code, "is_kept");
        assert!(theirs.blockers[0].sentence.contains("never handed in"), "{:?}", theirs.blockers);
        assert!(site.plans(&member, &change(&member, &kept)).await.unwrap().blockers.is_empty());
        site.clock.advance(kept_secrets::GOOD_FOR);
        let late = site.plans(&member, &change(&member, &kept)).await.unwrap();
        assert_eq!(late.blockers[0].unblocked_by.as_deref(), Some("/account/security"));
        // Typed where the reference belongs: refused without repeating it, and no draft keeps it.
        let typed = json!({ "password": CANARY });
        let refused = site
            .plans(&member, &Scene::on_person("password.change", &member.user_id, typed))
            .await
            .unwrap_err();
        assert_eq!(refused.code, "invalid_input");
        assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");
        let fields = BTreeMap::from([("password".to_owned(), CANARY.to_owned())]);
        site.console(&member).keep_draft("password.change".to_owned(), fields, refused.fields).await.unwrap();
        assert!(!format!("{:?}", dump(&site.state.db).await).contains("canary"));
    })
    .await;
}

#[tokio::test]
async fn a_program_hands_in_with_the_present_password_and_changes_with_the_widest_scope_only() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let mut person = signed_in(&site, Role::Viewer).await;
        let from_before = site.has_session(&person.user_id).await;
        site.clock.advance(Duration::from_mins(6));
        let stale = site.has_a_new_password(&person.user_id, Some(&from_before)).await;
        assert!(site.plans(&person, &change(&person, &stale)).await.unwrap().asks_for.is_some());
        person = with_token(person, TokenScope::Destructive);
        let (present, new) = ("the password from before", SecretString::from(CANARY));
        let kept =
            site.console(&person).hand_in_password(present.into(), new, "::1".to_owned()).await.unwrap();
        let narrow = with_token(person.clone(), TokenScope::Operate);
        assert!(site.plans(&narrow, &change(&person, &kept.reference)).await.is_err());
        let plan = site.plans(&person, &change(&person, &kept.reference)).await.unwrap();
        assert_eq!(plan.blast_radius.len(), 3, "both browsers, and what stays good: {plan:?}");
        let id = site.asks(&person, &change(&person, &kept.reference)).await;
        site.settles(&id).await;
        assert!(site.console(&person).sessions(None).await.unwrap().sessions.is_empty());
    })
    .await;
}
