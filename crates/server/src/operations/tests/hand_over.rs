//! `operation.hand_over` and `operation.take_back`: who may get it, where it is told, and that nobody's permissions change.

use std::time::Duration;

use operations::OperationState;
use read_models::error::ErrorKind;
use read_models::ids::OperationId;
use read_models::operation::TargetKind;
use read_models::operations::{OperationsConsole as _, OperationsFilter};
use read_models::ops::{OpsConsole as _, OpsView};
use read_models::paging::PageRequest;
use serde_json::json;

use super::support::account::user_of;
use super::support::{Scene, Site, proof, target};
use crate::args;
use crate::authz::{Grant, Principal, Role, Scope};
use crate::store::checkpoints;
use crate::store::testing::on_both;
use crate::store::users;
use crate::workers::checkpoints::turn as signs_checkpoints;

const SUSPEND: &str = "UPDATE user_account SET suspended_at = 1 WHERE email = $1";

async fn carries_out(site: &mut Site, who: &Principal, scene: &Scene) {
    let id = site.asks(who, scene).await;
    let state = site.settles(&id).await.record.state;
    assert_eq!(state, OperationState::Succeeded);
    site.keeps_its_promises(&id, "handed over").await;
}

async fn queue(site: &Site, who: &Principal) -> OpsView {
    site.console(who).ops(None, None).await.unwrap()
}

async fn handed_to(site: &Site, who: &Principal) -> Vec<OperationId> {
    let filter = OperationsFilter { target: None, only_open: false, handed_to_me: true };
    let found = site.console(who).operations(filter, PageRequest::default()).await.unwrap();
    found.items.into_iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn what_is_handed_over_is_told_wherever_the_operation_stands() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (admin, operator) = (site.admin(), site.person(Role::Operator, None));
        let about = site.has_got_stuck().await;
        carries_out(&mut site, &admin, &Site::hands(&about, Role::Operator)).await;
        let mine = site.console(&operator).operation(about.clone()).await.unwrap().handed.unwrap();
        assert_eq!((mine.to.as_str(), mine.note.as_str()), ("operator@example.org", "Its disk was swapped."));
        assert!(mine.is_yours && mine.may_act && mine.by == "platform_admin@example.org");
        let item = queue(&site, &operator).await.needs_action.remove(0);
        assert_eq!(item.handed, Some(mine.clone()));
        let theirs = queue(&site, &admin).await.needs_action.remove(0).handed.unwrap();
        assert!(!theirs.is_yours);
        assert_eq!(handed_to(&site, &operator).await, std::slice::from_ref(&about));
        assert_eq!(handed_to(&site, &admin).await, []);

        // It is among its events, and so in its bundle.
        site.whole_chain().await;
        let events = site.console(&admin).events(about.clone(), PageRequest::default()).await.unwrap().items;
        let last = events.last().unwrap();
        assert_eq!(last.kind, "operation.handed_over");
        let said = "platform_admin@example.org handed it to operator@example.org: Its disk was swapped.";
        assert_eq!(last.sentence, said);
        checkpoints::want(&site.state.db, &proof()).await.unwrap();
        signs_checkpoints(&site.state).await.unwrap();
        let bundle = serde_json::to_string(&site.console(&admin).bundle(&about).await.unwrap()).unwrap();
        assert!(bundle.contains(said));
    })
    .await;
}

#[tokio::test]
async fn it_is_handed_on_taken_by_oneself_and_taken_back() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (admin, operator) = (site.admin(), site.person(Role::Operator, None));
        let about = site.has_got_stuck().await;
        carries_out(&mut site, &admin, &Site::hands(&about, Role::Operator)).await;
        let again = site.plans(&admin, &Site::hands(&about, Role::Operator)).await.unwrap();
        assert_eq!(again.blockers[0].code, "they_have_it_not");
        carries_out(&mut site, &operator, &Site::hands(&about, Role::PlatformAdmin)).await;
        assert_eq!(handed_to(&site, &operator).await, []);
        assert_eq!(handed_to(&site, &admin).await, std::slice::from_ref(&about));
        carries_out(&mut site, &operator, &Site::hands(&about, Role::Operator)).await;
        assert_eq!(
            handed_to(&site, &operator).await,
            std::slice::from_ref(&about),
            "they took it themselves"
        );
        carries_out(&mut site, &admin, &Site::takes_back(&about)).await;
        assert_eq!(handed_to(&site, &operator).await, []);
        let view = site.console(&admin).operation(about.clone()).await.unwrap();
        assert!(view.handed.is_none());
        let cards: Vec<_> = view.caring.iter().map(|card| card.operation.as_str()).collect();
        assert_eq!(cards, ["operation.hand_over"], "there is nothing to take back");
        let blocked = site.plans(&admin, &Site::takes_back(&about)).await.unwrap();
        assert_eq!(blocked.blockers[0].code, "somebody_has_it");
    })
    .await;
}

#[tokio::test]
async fn nobody_gets_it_who_may_not_act_on_it_and_all_are_told_the_same() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let about = site.has_got_stuck().await;
        site.state.db.execute(SUSPEND, args!["operator@example.org"]).await.unwrap();
        let wrong = ["nobody@example.org", "operator@example.org", "auditor@example.org", "member@example.org"];
        for wrong in wrong.into_iter().chain([user_of(Role::Auditor).as_str()]) {
            let mut scene = Site::hands(&about, Role::Operator);
            scene.input["to"] = json!(wrong);
            let plan = site.plans(&site.admin(), &scene).await.unwrap();
            let why = format!(
                "{wrong} is nobody who may act on it: there is no such account, it is suspended, or it has no role for that."
            );
            assert_eq!(plan.blockers[0].sentence, why);
            assert!(plan.steps.is_empty());
            let refused = site.starts(&site.admin(), &plan, &format!("key-{wrong}")).await.unwrap_err();
            assert_eq!((refused.kind, refused.code.as_str()), (ErrorKind::Conflict, "blocked"));
        }
        for (to, note, field) in [("", "Look.", "/to"), ("a@b", " ", "/note"), ("a@b", &*"x".repeat(501), "/note")] {
            let mut scene = Site::hands(&about, Role::Operator);
            scene.input = json!({ "to": to, "note": note });
            let refused = site.plans(&site.admin(), &scene).await.unwrap_err();
            assert_eq!(refused.fields[0].pointer, field);
        }
        let unknown = Scene { target: target(TargetKind::Operation, "op_0"), ..Site::hands(&about, Role::Operator) };
        assert_eq!(site.plans(&site.admin(), &unknown).await.unwrap_err().kind, ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test]
async fn it_changes_nobodys_permissions_and_says_when_theirs_have_changed() {
    on_both(async |db| {
        let mut site = Site::on(db.clone()).await;
        let admin = site.admin();
        let about = site.has_got_stuck().await;
        let before = super::support::dump(&db).await["role_grant"].clone();
        carries_out(&mut site, &admin, &Site::hands(&about, Role::Operator)).await;
        assert_eq!(super::support::dump(&db).await["role_grant"], before);
        site.state.db.execute(SUSPEND, args!["operator@example.org"]).await.unwrap();
        let view = site.console(&site.admin()).operation(about.clone()).await.unwrap();
        assert!(!view.handed.unwrap().may_act);
        let choices = view.caring[0].fields.iter().find(|field| field.name == "to").unwrap().choices.clone();
        let choices: Vec<_> = choices.iter().map(|choice| choice.value.as_str()).collect();
        assert_eq!(choices, ["platform_admin@example.org"], "nobody is offered who could not get it");
    })
    .await;
}

#[tokio::test]
async fn only_what_needs_somebody_is_handed_over() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let probe = Scene::on_node("node.probe", &site.node, super::support::nothing());
        let id = site.asks(&site.admin(), &probe).await;
        let runs = site.plans(&site.admin(), &Site::hands(&id, Role::Operator)).await.unwrap();
        assert_eq!(runs.blockers[0].sentence, "It asks nobody and is not stuck: it goes on by itself.");
        site.settles(&id).await;
        let over = site.plans(&site.admin(), &Site::hands(&id, Role::Operator)).await.unwrap();
        assert!(over.blockers[0].sentence.contains("nothing of it is left over"));
        let view = site.console(&site.admin()).operation(id).await.unwrap();
        assert!(view.caring.is_empty() && view.handed.is_none());
    })
    .await;
}

#[tokio::test]
async fn what_somebody_has_stays_in_the_queue_until_it_is_taken_back() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let admin = site.admin();
        let about = site.has_got_stuck().await;
        carries_out(&mut site, &admin, &Site::hands(&about, Role::Operator)).await;
        site.clock.advance(Duration::from_hours(30));
        let is_there = |view: OpsView| view.needs_action.iter().any(|item| item.handed.is_some());
        assert!(is_there(queue(&site, &site.admin()).await));
        carries_out(&mut site, &admin, &Site::takes_back(&about)).await;
        let view = queue(&site, &site.admin()).await;
        let key = format!("operation:{about}:stuck");
        assert!(view.needs_action.iter().all(|item| item.key.as_ref() != Some(&key)));
    })
    .await;
}

#[tokio::test]
async fn it_is_handed_over_while_the_platform_is_frozen() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let admin = site.admin();
        let about = site.has_got_stuck().await;
        site.is_frozen().await;
        carries_out(&mut site, &admin, &Site::hands(&about, Role::Operator)).await;
    })
    .await;
}

#[tokio::test]
async fn an_approval_is_not_handed_to_whoever_asked_for_it() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        site.needs_approval("platform").await;
        let workload = site.runs_a_workload().await;
        let release = Scene::on_workload("workload.release", &workload, json!({ "grace_s": 10 }));
        let id = site.asks(&site.admin(), &release).await;
        site.run_until_it_rests().await;
        assert!(site.operation(&id).await.record.attention.is_some());
        let plan = site.plans(&site.admin(), &Site::hands(&id, Role::PlatformAdmin)).await.unwrap();
        let why = "platform_admin@example.org asked for it, so somebody else has to approve it.";
        assert_eq!(plan.blockers[0].sentence, why);
    })
    .await;
}

#[tokio::test]
async fn a_tenant_hands_it_to_somebody_of_the_project_and_learns_of_nobody_else() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let ours = Scope::Project(site.project.clone());
        for role in [Role::Member, Role::ProjectAdmin] {
            let mut tx = site.state.db.begin().await.unwrap();
            let grant = Grant { role, scope: ours.clone() };
            users::grant_role(&mut tx, &proof(), &user_of(role), &grant, site.state.clock.now())
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        site.needs_approval("platform").await;
        let workload = site.runs_a_workload().await;
        let member = site.person(Role::Member, Some(&site.project.clone()));
        let release = Scene::on_workload("workload.release", &workload, json!({ "grace_s": 10 }));
        let about = site.asks(&member, &release).await;
        site.run_until_it_rests().await;
        let view = site.console(&member).operation(about.clone()).await.unwrap();
        let field = view.caring[0].fields.iter().find(|field| field.name == "to").unwrap();
        let offered: Vec<_> = field.choices.iter().map(|choice| choice.value.as_str()).collect();
        assert_eq!(offered, ["project_admin@example.org"], "who asked for it cannot approve it");
        let mut sentences = Vec::new();
        for stranger in ["platform_admin@example.org", "nobody@example.org"] {
            let mut scene = Site::hands(&about, Role::ProjectAdmin);
            scene.input["to"] = json!(stranger);
            let refused = site.plans(&member, &scene).await.unwrap_err();
            sentences.push(refused.sentence.replace(stranger, "…"));
            assert_eq!(refused.kind, ErrorKind::Invalid);
        }
        assert_eq!(sentences[0], sentences[1], "who has an account is not theirs to find out");
        carries_out(&mut site, &member, &Site::hands(&about, Role::ProjectAdmin)).await;
        let admin = site.person(Role::ProjectAdmin, Some(&site.project.clone()));
        assert_eq!(handed_to(&site, &admin).await, std::slice::from_ref(&about));
        let foreign = site.person(Role::Member, Some(&site.other_project.clone()));
        let refused = site.plans(&foreign, &Site::takes_back(&about)).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::NotFound);
    })
    .await;
}
