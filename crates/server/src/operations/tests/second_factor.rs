//! The second factor: an app that is confirmed before it counts and shown to nobody else, passkeys, and their recovery codes.

use operations::OperationState;
use read_models::account::AccountConsole as _;
use read_models::operation::FreshFactor;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use std::time::Duration;

use super::support::account::{APP, KEYS};
use super::support::{Scene, Site, dump, proof};
use crate::authn::{recovery, totp};
use crate::authz::testing::with_token;
use crate::authz::{Principal, Role, TokenScope, Via};
use crate::clock::Clock as _;
use crate::store::recovery_codes;
use crate::store::testing::on_both;

fn on(who: &Principal, operation: &str, input: serde_json::Value) -> Scene {
    Scene::on_person(operation, &who.user_id, input)
}

/// A person in a session that is there.
async fn signed_in(site: &Site, role: Role) -> Principal {
    let mut who = site.person(role, None);
    let id = site.has_session(&who.user_id).await;
    who.via = Via::Session { id, stepped_up_at: site.clock.now(), project: None };
    who
}

fn code_of(site: &Site, secret: &[u8]) -> SecretString {
    SecretString::from(totp::code_at(secret, site.clock.now()).unwrap())
}

#[tokio::test]
async fn an_app_counts_once_a_code_confirmed_it_and_its_secret_is_in_no_table() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let member = signed_in(&site, Role::Member).await;
        let console = site.console(&member);
        let begun = console.begin_totp().await.unwrap();
        let text = begun.secret.replace(' ', "");
        assert!(begun.uri.contains(&text) && begun.qr.is_some());
        let shown = console.security(None).await.unwrap().second_factor.enrolling.unwrap();
        assert_eq!(shown.secret, begun.secret, "this browser sees it again");
        let elsewhere = signed_in(&site, Role::Member).await;
        for other in [elsewhere, with_token(member.clone(), TokenScope::Destructive)] {
            let view = site.console(&other).security(None).await.unwrap();
            assert_eq!(view.second_factor.enrolling, None, "no other browser and no program sees it");
        }
        let add = on(&member, "totp.add", json!({ "secret": begun.reference }));
        assert_eq!(site.plans(&member, &add).await.unwrap().blockers[0].code, "is_confirmed");
        let confirm = |reference: &read_models::ids::KeptSecretId, code: &str| {
            console.confirm_totp(reference.clone(), SecretString::from(code), "::1".to_owned())
        };
        assert_eq!(confirm(&begun.reference, "000000").await.unwrap_err().code, "code_wrong");
        let somebody = site.console(&site.admin());
        let theirs =
            somebody.confirm_totp(begun.reference.clone(), SecretString::from("1"), String::new()).await;
        assert_eq!(theirs.unwrap_err().code, "totp_over", "it is nobody else's to confirm");
        let secret = site.state.sealing.open(
            &crate::operations::kept_place(&begun.reference),
            &crate::store::kept_secrets::find(&mut &site.state.db, &proof(), &begun.reference)
                .await
                .unwrap()
                .unwrap()
                .sealed
                .unwrap(),
        );
        let secret = secret.unwrap();
        assert_eq!(totp::text_of(&secret).expose_secret(), text);
        confirm(&begun.reference, code_of(&site, &secret).expose_secret()).await.unwrap();
        let id = site.asks(&member, &add).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let view = console.security(None).await.unwrap().second_factor;
        assert!(view.app.is_some() && view.enrolling.is_none());
        let codes = view.recovery.shown.expect("the codes are shown now").codes;
        assert_eq!((codes.len(), view.recovery.left), (recovery::CODES, 10));
        site.whole_chain().await;
        let everything = format!("{:?}", dump(&site.state.db).await);
        for secret in codes.iter().chain([&text, &begun.secret]) {
            assert!(!everything.contains(secret.as_str()), "{secret}");
        }
        site.clock.advance(Duration::from_mins(10));
        assert_eq!(console.security(None).await.unwrap().second_factor.recovery.shown, None);
        assert_eq!(site.plans(&member, &add).await.unwrap().blockers[0].code, "has_none");
    })
    .await;
}

#[tokio::test]
async fn who_has_an_app_is_asked_for_its_code_and_each_code_counts_once() {
    on_both(async |db| {
        let site = Site::on(db).await;
        let mut member = signed_in(&site, Role::Member).await;
        let key = on(&member, "ssh_key.add", json!({ "name": "laptop", "public_key": KEYS[0] }));
        site.has_an_app(&member.user_id).await;
        site.clock.advance(Duration::from_mins(6));
        let plan = site.plans(&member, &key).await.unwrap();
        assert_eq!(plan.asks_for, Some(FreshFactor::Code));
        let refused = site.starts(&member, &plan, "k").await.unwrap_err();
        assert_eq!(refused.code, "fresh_factor_needed");
        assert!(format!("{refused:?}").contains("authenticator app"), "{refused:?}");
        let authn = &site.state.authn;
        let code = code_of(&site, APP);
        let renewed = authn.step_up_with_code(&member, &code, "::1").await.unwrap().unwrap();
        member = authn.by_cookie(renewed.expose_secret()).await.unwrap().unwrap();
        assert_eq!(site.plans(&member, &key).await.unwrap().asks_for, None);
        assert!(authn.step_up_with_code(&member, &code, "::1").await.is_err(), "it was used");
        let token = with_token(member.clone(), TokenScope::Destructive);
        assert_eq!(site.plans(&token, &key).await.unwrap().asks_for, None, "a token has its scope");
        // A second app would let somebody in who has neither.
        assert_eq!(site.console(&member).begin_totp().await.unwrap_err().code, "app_there");
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_works_once_is_in_the_audit_and_new_ones_end_those_from_before() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let member = signed_in(&site, Role::Member).await;
        site.has_an_app(&member.user_id).await;
        let console = site.console(&member);
        let issue = on(&member, "recovery_code.issue", json!({}));
        let plan = site.plans(&member, &issue).await.unwrap();
        assert!(plan.blast_radius[0].contains("the 2 codes"), "{:?}", plan.blast_radius);
        let id = site.asks(&member, &issue).await;
        site.settles(&id).await;
        let codes = console.security(None).await.unwrap().second_factor.recovery.shown.unwrap().codes;
        let authn = site.state.authn.clone();
        for (typed, works) in [(codes[0].replace('-', " ").to_uppercase(), true), (codes[0].clone(), false)] {
            let who = signed_in(&site, Role::Member).await;
            let stepped = authn.step_up_with_code(&who, &SecretString::from(typed), "::1").await;
            assert_eq!(stepped.is_ok(), works, "{stepped:?}");
        }
        let view = console.security(None).await.unwrap();
        assert_eq!((view.second_factor.recovery.left, view.second_factor.recovery.shown), (9, None));
        let kinds: Vec<_> = site.whole_chain().await.iter().map(|event| event.kind.clone()).collect();
        assert!(kinds.iter().any(|kind| kind == "audit.recovery_code_used"), "{kinds:?}");
        let remove = on(&member, "totp.remove", json!({}));
        let id = site.asks(&member, &remove).await;
        site.settles(&id).await;
        assert!(recovery_codes::of(&mut &site.state.db, &proof(), &member.user_id).await.unwrap().is_empty());
        let late = authn.step_up_with_code(&member, &SecretString::from(codes[1].clone()), "::1").await;
        assert!(late.is_err(), "without an app no code lets anybody in");
        assert_eq!(site.plans(&member, &issue).await.unwrap().blockers[0].code, "has_second_factor");
    })
    .await;
}

#[tokio::test]
async fn recovery_codes_come_with_the_first_second_factor_and_go_with_the_last() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let member = signed_in(&site, Role::Member).await;
        let user = member.user_id.clone();
        let codes = async |site: &Site| {
            let codes = recovery_codes::of(&mut &site.state.db, &proof(), &user).await.unwrap();
            codes.into_iter().map(|code| code.hash).collect::<Vec<_>>()
        };
        let kept = site.has_a_passkey_to_add(&user).await;
        let add = on(&member, "passkey.add", json!({ "name": "phone", "passkey": kept }));
        let id = site.asks(&member, &add).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let first = codes(&site).await;
        assert_eq!(first.len(), recovery::CODES);
        let view = site.console(&member).security(None).await.unwrap().second_factor;
        let phone = view.passkeys.keys[0].clone();
        assert_eq!((phone.name.as_str(), view.recovery.shown.is_some()), ("phone", true));
        // The reference is used up, and the name is taken.
        let again = site.plans(&member, &add).await.unwrap();
        let blockers: Vec<_> = again.blockers.iter().map(|blocker| blocker.code.as_str()).collect();
        assert_eq!(blockers, ["name_is_free", "is_answered"]);
        let secret = site.has_an_app_to_add(&user).await;
        let id = site.asks(&member, &on(&member, "totp.add", json!({ "secret": secret }))).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        assert_eq!(codes(&site).await, first, "what was written down stays good");
        let remove = on(&member, "passkey.remove", json!({ "passkey": phone.id }));
        let plan = site.plans(&member, &remove).await.unwrap();
        assert!(plan.blast_radius[1].contains("stays good"), "{:?}", plan.blast_radius);
        let id = site.asks(&member, &remove).await;
        site.settles(&id).await;
        assert_eq!(codes(&site).await, first);
        assert_eq!(site.plans(&member, &remove).await.unwrap().blockers[0].code, "is_there");
        let other = site.has_a_passkey(&user, "card").await;
        let id = site.asks(&member, &on(&member, "totp.remove", json!({}))).await;
        site.settles(&id).await;
        assert_eq!(codes(&site).await, first);
        let last = on(&member, "passkey.remove", json!({ "passkey": other }));
        let plan = site.plans(&member, &last).await.unwrap();
        assert!(plan.blast_radius[1].contains("Whoever has your password"), "{:?}", plan.blast_radius);
        let id = site.asks(&member, &last).await;
        site.settles(&id).await;
        assert!(codes(&site).await.is_empty());
    })
    .await;
}
