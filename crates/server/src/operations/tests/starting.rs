//! From a plan to an operation: asked once, with what was looked at, confirmed, and fresh.

use std::time::Duration;

use read_models::error::ErrorKind;
use read_models::nodes::NodePolicy;
use read_models::operation::{Confirmation, FreshFactor, StartRequest};
use read_models::operations::{OperationsConsole as _, Started};
use serde_json::json;

use super::support::{Scene, Site, accepted, nothing};
use crate::args;
use crate::authz::testing::with_token;
use crate::authz::{Role, TokenScope};
use crate::store::testing::on_both;

async fn count(site: &Site) -> i64 {
    const COUNT: &str = "SELECT COUNT(*) AS count FROM operation";
    site.state.db.row(COUNT, args![]).await.unwrap().unwrap().int("count").unwrap()
}

#[tokio::test]
async fn the_same_key_for_the_same_request_is_the_same_operation_and_for_another_it_is_refused() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let probe = Scene::on_node("node.probe", &site.node, nothing());
        let plan = site.plans(&site.admin(), &probe).await.unwrap();
        let first = accepted(site.starts(&site.admin(), &plan, "key").await.unwrap());
        let again = site.starts(&site.admin(), &plan, "key").await.unwrap();
        assert_eq!(again, Started::Accepted { id: first.clone(), repeated: true });
        // Also when it is over and its plan is forgotten.
        site.settles(&first).await;
        site.clock.advance(Duration::from_hours(2));
        let again = site.starts(&site.admin(), &plan, "key").await.unwrap();
        assert_eq!(again, Started::Accepted { id: first, repeated: true });
        let launch = site.launch();
        let other = site.plans(&site.admin(), &launch).await.unwrap();
        let refused = site.starts(&site.admin(), &other, "key").await.unwrap_err();
        assert_eq!((refused.kind.status(), refused.code.as_str()), (422, "idempotency_key_reused"));
        assert_eq!(count(&site).await, 1);
        // Somebody else's key is their own.
        let operator = site.person(Role::Operator, None);
        let theirs = site.plans(&operator, &probe).await.unwrap();
        site.clock.advance(Duration::from_millis(1));
        assert!(matches!(
            site.starts(&operator, &theirs, "key").await.unwrap(),
            Started::Accepted { repeated: false, .. } | Started::Changed { .. }
        ));
    })
    .await;
}

#[tokio::test]
async fn starts_at_one_moment_with_one_key_are_one_operation() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let probe = Scene::on_node("node.probe", &site.node, nothing());
        let (admin, plan) = (site.admin(), site.plans(&site.admin(), &probe).await.unwrap());
        let all = tokio::join!(
            site.starts(&admin, &plan, "key"),
            site.starts(&admin, &plan, "key"),
            site.starts(&admin, &plan, "key"),
            site.starts(&admin, &plan, "key"),
        );
        let ids = [all.0, all.1, all.2, all.3].map(|started| accepted(started.unwrap()));
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(count(&site).await, 1);
        let intents = site.whole_chain().await.iter().filter(|event| event.kind == "audit.intent").count();
        assert_eq!(intents, 1);
    })
    .await;
}

#[tokio::test]
async fn keys_that_are_none_are_refused() {
    on_both(async |db| {
        let site = Site::on(db).await;
        let probe = Scene::on_node("node.probe", &site.node, nothing());
        let plan = site.plans(&site.admin(), &probe).await.unwrap();
        for key in ["", "two words", "ümlaut", &"k".repeat(201)] {
            let refused = site.starts(&site.admin(), &plan, key).await.unwrap_err();
            assert_eq!(refused.code, "bad_idempotency_key", "{key:?}");
        }
        assert_eq!(count(&site).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_plan_that_is_not_true_any_more_is_answered_with_what_changed_and_a_fresh_one() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let drain = Scene::on_node("node.drain", &site.node, nothing());
        let plan = site.plans(&site.admin(), &drain).await.unwrap();
        site.runs_a_workload().await;
        let before = count(&site).await;
        let Started::Changed { differences, fresh, error } =
            site.starts(&site.admin(), &plan, "k").await.unwrap()
        else {
            panic!("it started with another plan than was looked at");
        };
        assert_eq!((error.kind.status(), error.code.as_str()), (409, "plan_changed"));
        assert_eq!(differences, ["New step: Ask w2 to stop."]);
        assert_eq!(count(&site).await, before);
        accepted(site.starts(&site.admin(), &fresh, "k").await.unwrap());
        // A rule that fails since is a difference as well.
        let resume = Scene::on_node("node.resume", &site.node, nothing());
        site.has_policy(NodePolicy::Cordoned).await;
        let plan = site.plans(&site.admin(), &resume).await.unwrap();
        site.has_policy(NodePolicy::InService).await;
        let Started::Changed { differences, .. } = site.starts(&site.admin(), &plan, "k2").await.unwrap()
        else {
            panic!("it started against its own rule");
        };
        assert_eq!(differences, ["It is in service already."]);
    })
    .await;
}

#[tokio::test]
async fn a_plan_is_for_whoever_made_it_and_for_half_an_hour() {
    on_both(async |db| {
        let site = Site::on(db).await;
        let probe = Scene::on_node("node.probe", &site.node, nothing());
        let plan = site.plans(&site.admin(), &probe).await.unwrap();
        let operator = site.person(Role::Operator, None);
        let refused = site.starts(&operator, &plan, "k").await.unwrap_err();
        assert_eq!((refused.kind.status(), refused.code.as_str()), (404, "no_such_plan"));
        let refused = site.console(&operator).planned(plan.id.clone()).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::NotFound);
        assert_eq!(site.console(&site.admin()).planned(plan.id.clone()).await.unwrap().hash, plan.hash);
        site.clock.advance(Duration::from_mins(31));
        let refused = site.starts(&site.admin(), &plan, "k").await.unwrap_err();
        assert_eq!((refused.kind.status(), refused.code.as_str()), (409, "plan_too_old"));
        assert_eq!(count(&site).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_somebody_notices_is_confirmed_and_what_is_lost_is_typed() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let workload = site.runs_a_workload().await;
        let name = site.workload(&workload).await.name;
        let drain =
            site.plans(&site.admin(), &Scene::on_node("node.drain", &site.node, nothing())).await.unwrap();
        let release = Scene::on_workload("workload.release", &workload, json!({}));
        let release = site.plans(&site.admin(), &release).await.unwrap();
        assert_eq!(drain.confirmation, Confirmation::PlanSeen);
        assert_eq!(release.confirmation, Confirmation::TypeName { name: name.clone() });
        let before = count(&site).await;
        for (plan, wrong) in
            [(&drain, None), (&drain, Some("yes")), (&release, None), (&release, Some("confirmed"))]
        {
            let confirmation = wrong.map(str::to_owned);
            let request = StartRequest { plan_hash: plan.hash.clone(), confirmation, undo_window: false };
            let refused = site.console(&site.admin()).start(request, "k".to_owned()).await.unwrap_err();
            assert_eq!((refused.kind.status(), refused.code.as_str()), (422, "not_confirmed"));
            assert_eq!(refused.fields[0].pointer, "/confirmation");
        }
        assert_eq!(count(&site).await, before);
        accepted(site.starts(&site.admin(), &release, "k").await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_destroys_needs_a_fresh_password_or_a_token_made_for_it() {
    on_both(async |db| {
        let mut site = Site::on(db).await;
        let (first, second) = (site.runs_a_workload().await, site.runs_a_workload().await);
        let release = |id| Scene::on_workload("workload.release", id, json!({}));
        let member = site.person(Role::Member, Some(&site.project));
        site.clock.advance(Duration::from_mins(5));
        assert!(
            site.plans(&member, &release(&first)).await.unwrap().asks_for.is_none(),
            "five minutes are fresh"
        );
        site.clock.advance(Duration::from_secs(1));
        let plan = site.plans(&member, &release(&first)).await.unwrap();
        assert_eq!(plan.asks_for, Some(FreshFactor::Password));
        let refused = site.starts(&member, &plan, "k").await.unwrap_err();
        assert_eq!(refused.code, "fresh_factor_needed");
        let fresh = site.person(Role::Member, Some(&site.project));
        accepted(site.starts(&fresh, &plan, "k").await.unwrap());
        for (scope, may) in
            [(TokenScope::Read, false), (TokenScope::Operate, false), (TokenScope::Destructive, true)]
        {
            let script = with_token(member.clone(), scope);
            assert_eq!(site.plans(&script, &release(&second)).await.is_ok(), may, "{scope:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_there_is_not_and_what_does_not_fit_is_answered_with_a_sentence() {
    on_both(async |db| {
        let site = Site::on(db).await;
        let unknown = Scene::on_node("node.explode", &site.node, nothing());
        assert_eq!(site.plans(&site.admin(), &unknown).await.unwrap_err().code, "unknown_operation");
        let misfit = Scene::on_project("node.drain", &site.project, nothing());
        assert_eq!(site.plans(&site.admin(), &misfit).await.unwrap_err().code, "wrong_target");
        for id in ["", "node_1", "wl_x", "../x"] {
            let mut nowhere = Scene::on_node("node.drain", &site.node, nothing());
            nowhere.target.id = id.to_owned();
            assert_eq!(
                site.plans(&site.admin(), &nowhere).await.unwrap_err().kind,
                ErrorKind::NotFound,
                "{id}"
            );
        }
        for grace in [json!(0), json!(3601), json!(-1), json!("long")] {
            let drain = Scene::on_node("node.drain", &site.node, json!({ "grace_s": grace }));
            assert_eq!(
                site.plans(&site.admin(), &drain).await.unwrap_err().kind,
                ErrorKind::Invalid,
                "{grace}"
            );
        }
    })
    .await;
}
