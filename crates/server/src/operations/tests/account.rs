//! The operations on one's own account: nobody else's, no secret kept, no name twice, and nobody locked out by accident.

use operations::OperationState;
use read_models::account::AccountConsole as _;
use read_models::error::ErrorKind;
use read_models::ids::{DraftId, TokenId};
use read_models::navigation::Address;
use read_models::operation::Confirmation;
use secrecy::ExposeSecret as _;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

use super::support::account::{KEYS, user_of};
use super::support::{Scene, Site, dump, proof};
use crate::authn::token;
use crate::authz::testing::with_token;
use crate::authz::{Principal, Role, TokenScope, Via};
use crate::clock::Clock as _;
use crate::store::testing::on_both;
use crate::store::{form_drafts, users};

fn on(who: &Principal, operation: &str, input: serde_json::Value) -> Scene {
    Scene::on_person(operation, &who.user_id, input)
}

/// Issues a token and answers with its text as its person's browser is shown it.
async fn issues(site: &mut Site, who: &Principal, name: &str) -> (TokenId, String) {
    let asked = on(who, "token.issue", json!({ "name": name, "scope": "read", "days": 2 }));
    let id = site.asks(who, &asked).await;
    assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
    let id = TokenId::from_uuid(id.digits());
    let text = shown(site, who, &id).await.expect("a new token is shown to its person");
    (id, text)
}

async fn shown(site: &Site, who: &Principal, id: &TokenId) -> Option<String> {
    let view = site.console(who).security(None).await.unwrap();
    let row = view.tokens.into_iter().find(|token| token.id == *id)?;
    row.secret.map(|secret| secret.text)
}

#[tokio::test]
async fn a_token_is_shown_to_its_persons_browser_for_a_while_works_and_is_in_no_table() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (viewer, other) = (site.person(Role::Viewer, None), site.admin());
        let (id, text) = issues(&mut site, &viewer, "nightly").await;
        assert_eq!(shown(&site, &other, &id).await, None, "somebody else's token is in nobody's list");
        assert_eq!(shown(&site, &with_token(viewer.clone(), TokenScope::Read), &id).await, None);
        site.whole_chain().await;
        let secret = text.split('_').nth(1).unwrap();
        let everything = format!("{:?}", dump(&site.state.db).await);
        assert!(!everything.contains(secret) && everything.contains(&crate::authn::stored_hash(&text)));
        assert_eq!(text, token::derived(&site.state.sealing, &id).expose_secret());
        site.clock.advance(Duration::from_mins(10));
        assert_eq!(shown(&site, &viewer, &id).await, None, "ten minutes are over");
        let authn = site.state.authn.clone();
        let known = authn.by_token(&text).await.unwrap().expect("it lets its person's scripts in");
        assert_eq!(known.user_id, viewer.user_id);
        assert!(matches!(known.via, Via::Token { scope: TokenScope::Read, .. }));
    })
    .await;
}

#[tokio::test]
async fn a_token_that_was_used_is_not_shown_again_and_a_revoked_one_lets_nobody_in() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let member = site.person(Role::Member, None);
        let (id, text) = issues(&mut site, &member, "ci").await;
        let authn = site.state.authn.clone();
        assert!(authn.by_token(&text).await.unwrap().is_some());
        assert_eq!(shown(&site, &member, &id).await, None);
        let again = on(&member, "token.issue", json!({ "name": "ci", "scope": "read", "days": 2 }));
        let plan = site.plans(&member, &again).await.unwrap();
        assert!(plan.blockers[0].sentence.contains("is named ci"), "{plan:?}");
        let revoke = on(&member, "token.revoke", json!({ "token": id }));
        let plan = site.plans(&member, &revoke).await.unwrap();
        assert_eq!(plan.confirmation, Confirmation::PlanSeen, "scripts that use it will notice");
        assert!(plan.blast_radius[0].contains("used last"), "{:?}", plan.blast_radius);
        let done = site.asks(&member, &revoke).await;
        site.settles(&done).await;
        assert!(authn.by_token(&text).await.unwrap().is_none());
        assert!(site.plans(&member, &again).await.unwrap().blockers.is_empty(), "its name is free again");
    })
    .await;
}

#[tokio::test]
async fn what_lets_somebody_in_wants_a_fresh_sign_in_or_the_widest_token() {
    on_both(async |db| {
        let site = Site::on(db).await;
        let admin = site.admin();
        let key = on(&admin, "ssh_key.add", json!({ "name": "laptop", "public_key": KEYS[0] }));
        let issue = on(&admin, "token.issue", json!({ "name": "x", "scope": "destructive", "days": 1 }));
        let profile = on(&admin, "profile.update", json!({ "display_name": "Ada" }));
        site.clock.advance(Duration::from_mins(6));
        for (scene, wants) in [(&key, true), (&issue, true), (&profile, false)] {
            let plan = site.plans(&admin, scene).await.unwrap();
            assert_eq!(plan.asks_for.is_some(), wants, "{}", scene.operation);
            let started = site.starts(&admin, &plan, &scene.operation).await;
            let refused = started.as_ref().is_err_and(|error| error.code == "fresh_factor_needed");
            assert_eq!(refused, wants, "{started:?}");
        }
        for (scope, may) in
            [(TokenScope::Read, false), (TokenScope::Operate, false), (TokenScope::Destructive, true)]
        {
            let planned = site.plans(&with_token(admin.clone(), scope), &issue).await;
            assert_eq!(planned.is_ok(), may, "{scope:?}: {planned:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_reads_or_changes_somebody_elses_account_and_only_who_reads_records_reads_what_was_done() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let member = site.person(Role::Member, None);
        let rename = on(&member, "profile.update", json!({ "display_name": "Grace", "landing": "account" }));
        let planned = site.plans(&member, &rename).await;
        // The person has no role written down that opens anything: the rule says so, the permission does not.
        assert_eq!(planned.unwrap().blockers[0].code, "may_land_there");
        let rename = on(&member, "profile.update", json!({ "display_name": "Grace" }));
        let id = site.asks(&member, &rename).await;
        site.settles(&id).await;
        for role in Role::ALL {
            let who = site.person(role, None);
            if role == Role::Member {
                continue;
            }
            let refused = site.plans(&who, &rename).await.unwrap_err();
            assert_eq!(refused.kind, ErrorKind::NotFound, "{role:?}: {refused:?}");
            let read =
                read_models::operations::OperationsConsole::operation(&site.console(&who), id.clone()).await;
            let may = matches!(role, Role::Operator | Role::PlatformAdmin | Role::Auditor);
            assert_eq!(read.is_ok(), may, "{role:?}");
        }
        let own =
            read_models::operations::OperationsConsole::operation(&site.console(&member), id).await.unwrap();
        assert_eq!(own.target_view.address, Address::AccountProfile);
        assert!(!own.events.is_empty() || site.whole_chain().await.len() > 1);
    })
    .await;
}

#[tokio::test]
async fn all_other_sessions_end_and_the_one_that_stays_is_never_guessed() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let mut viewer = site.person(Role::Viewer, None);
        let (mine, one, two) = (
            site.has_session(&viewer.user_id).await,
            site.has_session(&viewer.user_id).await,
            site.has_session(&viewer.user_id).await,
        );
        let now = site.clock.now();
        viewer.via = Via::Session { id: mine.clone(), stepped_up_at: now, project: None };
        let others = on(&viewer, "session.end", json!({ "all_but": mine }));
        let plan = site.plans(&viewer, &others).await.unwrap();
        assert_eq!(plan.steps.len(), 2);
        assert!(plan.steps.iter().all(|step| step.title == "End the session of Firefox on Linux"));
        let id = site.asks(&viewer, &others).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let open = site.console(&viewer).sessions(None).await.unwrap().sessions;
        assert_eq!(open.iter().map(|row| (&row.id, row.is_this)).collect::<Vec<_>>(), [(&mine, true)]);
        for (input, code) in [
            (json!({ "session": one }), "is_open"),
            (json!({ "all_but": mine }), "is_open"),
            (json!({ "all_but": two }), "stays_open"),
        ] {
            let plan = site.plans(&viewer, &on(&viewer, "session.end", input)).await.unwrap();
            assert!(plan.blockers.iter().any(|blocker| blocker.code == code), "{code}: {:?}", plan.blockers);
        }
        for input in [json!({}), json!({ "session": one, "all_but": two })] {
            let refused = site.plans(&viewer, &on(&viewer, "session.end", input)).await.unwrap_err();
            assert_eq!(refused.fields[0].pointer, "/session");
        }
        let foreign = site.has_session(&user_of(Role::Operator)).await;
        let plan =
            site.plans(&viewer, &on(&viewer, "session.end", json!({ "session": foreign }))).await.unwrap();
        assert_eq!(plan.blockers[0].code, "is_open", "somebody else's session is not there");
    })
    .await;
}

#[tokio::test]
async fn a_key_is_there_once_by_name_and_by_fingerprint_and_a_private_one_is_kept_nowhere() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let member = site.person(Role::Member, None);
        let add =
            |name: &str, key: &str| on(&member, "ssh_key.add", json!({ "name": name, "public_key": key }));
        let id = site.asks(&member, &add("laptop", KEYS[0])).await;
        site.settles(&id).await;
        let keys = site.console(&member).security(None).await.unwrap().keys;
        assert_eq!((keys[0].name.as_str(), keys[0].algorithm.as_str()), ("laptop", "ssh-ed25519"));
        assert!(keys[0].fingerprint.starts_with("SHA256:"));
        for (name, key, code) in [("laptop", KEYS[1], "name_is_free"), ("other", KEYS[0], "key_is_new")] {
            let plan = site.plans(&member, &add(name, key)).await.unwrap();
            assert_eq!(plan.blockers[0].code, code);
        }
        // Somebody else may have both.
        let theirs = Scene { target: on(&site.admin(), "", json!({})).target, ..add("laptop", KEYS[0]) };
        assert!(site.plans(&site.admin(), &theirs).await.unwrap().blockers.is_empty());
        let private =
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----";
        let refused = site.plans(&member, &add("oops", private)).await.unwrap_err();
        assert_eq!(refused.fields[0].pointer, "/public_key");
        let typed = [("name", "oops"), ("public_key", private)];
        let typed: BTreeMap<_, _> = typed.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let draft: DraftId =
            site.console(&member).keep_draft("ssh_key.add".to_owned(), typed, refused.fields).await.unwrap();
        let kept = form_drafts::find(&site.state.db, &member.user_id, &draft).await.unwrap().unwrap();
        assert_eq!(kept.fields.keys().collect::<Vec<_>>(), ["name"]);
        assert!(!format!("{:?}", dump(&site.state.db).await).contains("b3BlbnNzaC1rZXk"));
    })
    .await;
}

#[tokio::test]
async fn a_chosen_landing_page_holds_as_long_as_a_role_opens_it() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let mut operator = site.person(Role::Operator, None);
        assert_eq!(operator.landing_address(), Address::Ops);
        let choose = |landing: &str| {
            on(&operator, "profile.update", json!({ "display_name": "Ada", "landing": landing }))
        };
        let id = site.asks(&operator, &choose("workloads")).await;
        assert_eq!(site.settles(&id).await.record.state, OperationState::Succeeded);
        let plan = site.plans(&operator, &choose("workloads")).await.unwrap();
        assert_eq!(plan.blockers[0].sentence, "It is so already.");
        for nowhere in ["entrance", "operations", "mars", "/workloads"] {
            let refused = site.plans(&operator, &choose(nowhere)).await.unwrap_err();
            assert_eq!(refused.fields[0].pointer, "/landing", "{nowhere}");
        }
        let account = users::by_id(&mut &site.state.db, &proof(), &operator.user_id).await.unwrap();
        operator.landing = account.landing;
        assert_eq!(operator.landing_address(), Address::Workbench);
        operator.grants.clear();
        assert_eq!(operator.landing_address(), Address::Workbench, "nothing else is open either");
    })
    .await;
}
